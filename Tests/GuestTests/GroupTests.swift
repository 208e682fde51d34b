import Foundation
import TestSupport
import Testing

/// Echoes, groups, and hosts that are not there: what sockets say of a link.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct GroupTests {
    /// A namespace in which anybody may have sockets of ICMP; `nil`: the host gives none.
    static func namespace(_ program: String) async throws -> Hermit.Result? {
        let script = """
            ip link set lo up && echo '0 0' > /proc/sys/net/ipv4/ping_group_range || exit 77
            exec "$0"
            """
        let result = try await Hermit.command("/usr/bin/unshare", ["-rn", "/bin/sh", "-c", script, program])
        return result.status == 0 ? result : nil
    }

    static let hasNamespaces: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = [
            "-rn", "/bin/sh", "-c", "ip link set lo up && echo '0 0' > /proc/sys/net/ipv4/ping_group_range",
        ]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// Sockets of echoes and raw ones say what the host's Linux says.
    @Test(
        .enabled(if: hasNamespaces, "the host gives no namespace of the network"), arguments: [1, 4])
    func messagesAreWhatTheyAreOnLinux(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/socket_echoes.c"
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try #require(try await Self.namespace(host))
        let result = try await Hermit.run(["run", "--timeout", "120", "--cpus", String(cpus), source])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 70)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// Groups of IPv6 on the loopback, where Linux has no route for them.
    @Test func groupsOfTheLoopbackAreHeard() async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "60", Hermit.root + "/Tests/Programs/socket_groups.c", "--", "six"])
        #expect(result.status == 0, "\(result.errors)")
        let heard = result.text.split(separator: "\n").filter { $0.contains(" hears ") }
        #expect(
            heard == [
                "fd hears first", "other hears first", "fd hears second", "other hears nothing",
                "other hears third", "other hears nothing", "fd hears nothing",
            ])
    }

    // MARK: - Echoes

    /// What ping says, without its times.
    private func ping(_ words: [String], machine: [String] = []) async throws -> (status: Int32, lines: [String]) {
        let result = try await Hermit.run(
            ["run", "--timeout", "120"] + machine + [Hermit.root + "/examples-c/ping", "--"] + words)
        let text = result.text
            .replacing(#/time=[0-9.]+ ms/#, with: "time=T")
            .replacing(#/time [0-9]+ms/#, with: "time T")
            .replacing(#/= [0-9./]+ ms/#, with: "= T")
        return (Int32(result.status), text.split(separator: "\n").map(String.init))
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func thisHostAnswersEchoes(address: String) async throws {
        let (status, lines) = try await ping(["-c", "3", "-i", "0.01", "-s", "20000", "-t", "9", address])
        #expect(status == 0)
        #expect(
            lines == [
                "PING \(address): 20000 data bytes",
                "20008 bytes from \(address): icmp_seq=1 ttl=64 time=T",
                "20008 bytes from \(address): icmp_seq=2 ttl=64 time=T",
                "20008 bytes from \(address): icmp_seq=3 ttl=64 time=T",
                "--- \(address) ping statistics ---",
                "3 packets transmitted, 3 received, 0% packet loss, time T",
                "rtt min/avg/max/mdev = T",
            ])
    }

    /// The user network's gateway answers; a host that is not there is told of, and a connection to
    /// it fails at once where it would have waited for minutes.
    @Test(arguments: [["--machine", "q35"], ["--machine", "microvm", "--cpus", "2"]])
    func theGatewayAnswersEchoes(machine: [String]) async throws {
        let (status, lines) = try await ping(["-c", "2", "-i", "0.01", "10.0.2.2"], machine: machine)
        #expect(status == 0)
        #expect(
            lines == [
                "PING 10.0.2.2: 56 data bytes",
                "64 bytes from 10.0.2.2: icmp_seq=1 ttl=255 time=T",
                "64 bytes from 10.0.2.2: icmp_seq=2 ttl=255 time=T",
                "--- 10.0.2.2 ping statistics ---",
                "2 packets transmitted, 2 received, 0% packet loss, time T",
                "rtt min/avg/max/mdev = T",
            ])
    }

    @Test func nobodyThereIsTold() async throws {
        let (status, lines) = try await ping(["-c", "1", "10.0.2.77"])
        #expect(status == 1)
        #expect(
            lines == [
                "PING 10.0.2.77: 56 data bytes",
                "icmp_seq=1: Host is unreachable",
                "--- 10.0.2.77 ping statistics ---",
                "1 packets transmitted, 0 received, 100% packet loss, time T",
            ])
        let result = try await Hermit.run(
            ["run", "--timeout", "120"]
                + [Hermit.root + "/Tests/Programs/echo_client.c", "--", "10.0.2.77", "7", "1"])
        #expect(result.status == 1)
        #expect(result.errors.contains("connect: Host is unreachable"))
    }

    // MARK: - Groups on a link

    /// Who joins says so on the link, and what is sent to a group goes to its station's address.
    @Test func routersAreToldOfGroups() async throws {
        let folder = try TemporaryFolder()
        let capture = folder.path + "/frames.pcap"
        let source = try folder.write(
            "program.c",
            """
            #include <arpa/inet.h>
            #include <netinet/in.h>
            #include <poll.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>

            int main(void)
            {
                struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(4000)};
                struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(4000)};
                int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0), hops = 3;
                struct ip_mreqn group = {.imr_ifindex = 2};
                struct ipv6_mreq group6 = {.ipv6mr_interface = 2};
                char text[10];

                inet_pton(AF_INET, "239.1.2.3", &to.sin_addr);
                group.imr_multiaddr = to.sin_addr;
                inet_pton(AF_INET6, "ff15::4321", &six.sin6_addr);
                group6.ipv6mr_multiaddr = six.sin6_addr;
                if (bind(fd, (struct sockaddr *)&to, sizeof to) || bind(other, (struct sockaddr *)&six, sizeof six))
                    return 1;
                if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group)) return 2;
                if (setsockopt(other, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group6, sizeof group6)) return 3;
                if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops)) return 4;
                if (sendto(fd, "grouped", 7, 0, (struct sockaddr *)&to, sizeof to) != 7) return 5;
                /* It comes back. */
                if (recv(fd, text, sizeof text, 0) != 7 || memcmp(text, "grouped", 7)) return 6;
                /* Reports go out within a second. */
                poll(NULL, 0, 2500);
                puts("done");
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--pcap", capture, source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "done\n")
        let frames = try CapturedFrames.read(capture)
        // IGMPv3 to 224.0.0.22: one record, of a change to "all but none" (RFC 3376, 4.2).
        #expect(
            frames.contains {
                $0.starts(with: [0x01, 0x00, 0x5E, 0, 0, 22]) && $0.contains([239, 1, 2, 3]) && $0[14 + 24] == 0x22
            })
        // MLDv2 to ff02::16 (RFC 3810, 5.2).
        #expect(
            frames.contains {
                $0.starts(with: [0x33, 0x33, 0, 0, 0, 0x16]) && $0.contains([0xFF, 0x15]) && $0.contains([0x43, 0x21])
            })
        let datagram = try #require(frames.first { $0.contains(Array("grouped".utf8)) })
        #expect(datagram.starts(with: [0x01, 0x00, 0x5E, 1, 2, 3]))
        #expect(datagram[14 + 8] == 3)
    }

    /// Two guests on one link, without a router: one listens to a group, the other sends to it.
    @Test(arguments: [1, 4]) func twoGuestsMeetInAGroup(cpus: Int) async throws {
        try await Hermit.inOneTurn { try await meet(cpus: cpus) }
    }

    private func meet(cpus: Int) async throws {
        let port = try #require(Tools.freePort())
        let program = Hermit.root + "/examples-c/multicast"
        func guest(_ network: String, _ words: [String], station: String) async throws -> Hermit.Result {
            try await Hermit.run(
                ["run", "--timeout", "200", "--cpus", String(cpus), "--net", "socket=\(network)", "--mac", station]
                    + [program, "--"] + words + ["ff02::1234", "5000", "3", "2"])
        }
        async let listening = guest("listen=127.0.0.1:\(port)", ["receive"], station: "52:54:00:12:34:01")
        try await Tools.waitUntilListened(port)
        let sending = try await guest("connect=127.0.0.1:\(port)", ["send"], station: "52:54:00:12:34:02")
        #expect(sending.status == 0, "\(sending.errors)")
        #expect(sending.text == "3 answers\n")
        let heard = try await listening
        #expect(heard.status == 0, "\(heard.errors)")
        #expect(heard.text == "listening\nmessage 1\nmessage 2\nmessage 3\n")
    }
}
