import Foundation
import TestSupport
import Testing

/// Sockets of AF_INET and AF_INET6 over the loopback.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct InternetSocketTests {
    /// What a program says on the host's Linux.
    private func onHost(_ source: String, _ words: [String] = []) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", "-pthread", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        return try await Hermit.command(host, words)
    }

    /// What each call says, on one core and on four: the host's Linux says the same.
    @Test(arguments: [1, 4], ["internet_sockets", "socket_controls", "socket_groups"])
    func whatIsSaidIsWhatLinuxSays(cpus: Int, program: String) async throws {
        let source = Hermit.root + "/Tests/Programs/\(program).c"
        let expected = try await onHost(source)
        #expect(expected.status == 0)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", String(cpus), source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > (["internet_sockets": 650, "socket_controls": 340][program] ?? 100))
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// What sockets say of interfaces and of bytes by `ioctl`, where the loopback is the only one.
    @Test(.enabled(if: GroupTests.hasNamespaces, "the host gives no namespace of the network"))
    func requestsAreAnsweredAsOnLinux() async throws {
        let source = Hermit.root + "/Tests/Programs/interface_requests.c"
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try #require(try await GroupTests.namespace(host))
        let result = try await Hermit.run(["run", "--timeout", "60", "--net", "none", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(expected.text.split(separator: "\n").count > 100)
        #expect(result.text == expected.text)
    }

    /// The same of a card with the command line's addresses.
    @Test func requestsTellOfCards() async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--net", "user", "--ip", "10.0.2.77/20,2001:db8::77/56", "--mac", "52:54:00:12:34:56",
            Hermit.root + "/Tests/Programs/interface_requests.c", "--", "eth0",
        ])
        #expect(result.status == 0, "\(result.errors)")
        // Flags: up, broadcasts, runs, groups.
        let told = result.text.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(
            told == [
                "  10.0.2.77 1 0", "  10.0.2.77 1 0", "  10.0.15.255 1 0", "  255.255.240.0 1 0", "  0x1043", "  0", "  1500", "  2",
                "  1 0 52 54 00 12 34 56", "  lo  127.0.0.1 1 0", "  eth0  10.0.2.77 1 0",
            ])
        #expect(result.text.hasSuffix("list(fd, 160, 0): 80 \n"))
    }

    /// Headers of the network's protocols have the numbers and places that the host's have.
    @Test func headersAreThoseOfTheHost() async throws {
        let source = Hermit.root + "/Tests/Programs/header_layouts.c"
        let expected = try await onHost(source)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(expected.text.split(separator: "\n").count > 250)
        #expect(result.text == expected.text)
    }

    /// Megabytes both ways, thousands of connections, everything at once, and datagrams:
    /// sums and counts are those of the host's Linux, whatever the number of cores.
    @Test(arguments: [1, 2, 4]) func threadsExchange(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/internet_streams.c"
        let words = ["bulk", "many", "race", "mixed", "6", "bulk", "many", "race", "mixed"]
        let expected = try await onHost(source, words)
        #expect(expected.status == 0)
        #expect(expected.text.hasSuffix("lowest free 3\n"))
        let result = try await Hermit.run(
            ["run", "--timeout", "300", "--cpus", String(cpus), source, "--"] + words)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == expected.text)
    }

    /// What connections have taken is given back: as many again and again find room in a
    /// machine that could not hold them all.
    @Test func closedConnectionsLeaveNothing() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #include <hermit.h>
            #include <stdio.h>

            static struct hermit_sockaddr_in at = {sizeof at, HERMIT_AF_INET, 0, {0x0100007f}, ""};
            #define ADDRESS ((struct hermit_sockaddr *)&at)
            static char bytes[20000];

            int main(void)
            {
                hermit_socklen_t length = sizeof at;
                int listener = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0);
                if (sys_bind(listener, ADDRESS, length) || sys_listen(listener, 10)) return 1;
                sys_getsockname(listener, ADDRESS, &length);
                for (int i = 0; i < 12000; i++) {
                    int one = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0);
                    if (one < 0 || sys_connect(one, ADDRESS, length)) return 2;
                    int other = sys_accept(listener, NULL, NULL);
                    if (other < 0 || sys_write(one, bytes, sizeof bytes) != sizeof bytes) return 3;
                    if (sys_recv(other, bytes, sizeof bytes, HERMIT_MSG_WAITALL) != sizeof bytes) return 4;
                    /* In turns: who closes first keeps TIME-WAIT. */
                    if (sys_close(i % 2 ? one : other) || sys_close(i % 2 ? other : one)) return 5;
                }
                puts("12000 connections");
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "180", "--memory", "32M", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "12000 connections\n")
    }
}
