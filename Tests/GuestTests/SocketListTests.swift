import Foundation
import TestSupport
import Testing

/// /proc/net: lists of sockets, and counters.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct SocketListTests {
    /// A program looks for its own sockets in the lists, reads them in pieces, and counts what it
    /// sends: on Linux, in a namespace without others, it says the same.
    @Test(
        .enabled(if: GroupTests.hasNamespaces, "the host gives no namespace of the network"), arguments: [1, 4])
    func listsAreThoseOfLinux(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/net_lists.c"
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try #require(try await GroupTests.namespace(host))
        #expect(expected.text.hasSuffix("done\n"))
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--net", "none", "--cpus", String(cpus), source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        let differences = zip(
            expected.text.split(separator: "\n"), result.text.split(separator: "\n")
        ).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// Names of counters that the host's Linux has are ours, in the same order: which there are
    /// depends on its version.
    @Test func countersHaveLinuxsNames() async throws {
        let source = """
            #include <stdio.h>
            #include <sys/socket.h>
            int main(void)
            {
                static char line[4096];
                FILE *file;
                socket(AF_INET, SOCK_DGRAM, 0);
                if (!(file = fopen("/proc/net/snmp", "r"))) return 1;
                while (fgets(line, sizeof line, file)) fputs(line, stdout);
                return 0;
            }

            """
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
        let ours = groups(result.text)
        let host = groups(try String(contentsOfFile: "/proc/net/snmp", encoding: .utf8))
        #expect(ours.keys.sorted() == host.keys.filter { $0 != "IcmpMsg:" }.sorted())
        for (group, names) in ours {
            #expect(names.filter { host[group]?.contains($0) == true } == host[group], "\(group)")
            #expect(Set(names).count == names.count)
        }
    }

    /// The names of each group; there are as many numbers.
    private func groups(_ text: String) -> [String: [String]] {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        var groups: [String: [String]] = [:]
        for index in stride(from: 0, to: lines.count - 1, by: 2) {
            #expect(lines[index].count == lines[index + 1].count && lines[index][0] == lines[index + 1][0])
            #expect(lines[index + 1].dropFirst().allSatisfy { Int($0) != nil })
            groups[lines[index][0]] = Array(lines[index].dropFirst())
        }
        return groups
    }

    /// 3000 sockets are listed while others are made and closed: lines are whole, each of those that
    /// stay is there once, and reading all of them costs no more for each than reading few does.
    @Test(arguments: [1, 4]) func thousandsAreListed(cpus: Int) async throws {
        let source = """
            #include <fcntl.h>
            #include <hermit.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/resource.h>
            #include <unistd.h>

            enum { COUNT = 3000, LINE = 150 };
            static struct hermit_sockaddr_in at = {sizeof at, HERMIT_AF_INET, 0, {0x0100007f}, ""};
            #define ADDRESS ((struct hermit_sockaddr *)&at)
            static volatile int done, changes;
            static unsigned char seen[65536];
            static unsigned short ports[COUNT];

            static int listening(unsigned short *port)
            {
                struct hermit_sockaddr_in own = at;
                hermit_socklen_t length = sizeof own;
                int fd = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0);
                if (fd < 0 || sys_bind(fd, ADDRESS, sizeof at) || sys_listen(fd, 1)) return -1;
                if (sys_getsockname(fd, (struct hermit_sockaddr *)&own, &length)) return -1;
                *port = (unsigned short)(own.sin_port >> 8 | own.sin_port << 8);
                return fd;
            }

            static void change(size_t number)
            {
                unsigned short port;
                (void)number;
                while (!done) {
                    int fds[8];
                    for (int i = 0; i < 8; i++) if ((fds[i] = listening(&port)) < 0) sys_exit(3);
                    for (int i = 0; i < 8; i++) sys_close(fds[i]);
                    changes++;
                    sys_yield();
                }
            }

            int main(void)
            {
                static char text[1 << 20];
                static const size_t pieces[] = {4096, 1 << 19, 150, 1000};
                hermit_tid_t tasks[2];
                int wrong = 0;
                if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){4000, 4000})) return 2;
                for (int i = 0; i < COUNT; i++) if (listening(&ports[i]) < 0) return 1;
                for (int i = 0; i < 2; i++) tasks[i] = sys_spawn2(change, i, 2, 0, -1);
                while (changes < 2) sys_yield();
                for (int round = 0; round < 4; round++) {
                    int fd = open("/proc/net/tcp", O_RDONLY);
                    size_t count = 0;
                    ssize_t got;
                    while ((got = read(fd, text + count, pieces[round])) > 0) {
                        count += (size_t)got;
                        sys_yield();
                    }
                    close(fd);
                    memset(seen, 0, sizeof seen);
                    if (count % LINE) wrong++;
                    for (size_t line = LINE; line + LINE <= count; line += LINE) {
                        char *end;
                        if (text[line + LINE - 1] != '\\n' || memchr(text + line, '\\n', LINE - 1)) wrong++;
                        if (memcmp(text + line + 4, ": 0100007F:", 11) && memcmp(text + line + 5, ": 0100007F:", 11)) wrong++;
                        seen[strtoul(text + line + 15, &end, 16)]++;
                    }
                    for (int i = 0; i < COUNT; i++) if (seen[ports[i]] != 1) wrong++;
                }
                done = 1;
                for (int i = 0; i < 2; i++) sys_join(tasks[i]);
                printf("wrong %d\\n", wrong);
                return 0;
            }

            """
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        let result = try await Hermit.run([
            "run", "--timeout", "180", "--memory", "128M", "--net", "none", "--cpus", String(cpus), path,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "wrong 0\n")
    }

    /// Two datagrams of three are received; a connection is made and closed; and one finds nobody.
    /// What is told at the end is that, and the files are empty before there is a socket.
    @Test func theEndTells() async throws {
        let source = """
            #include <arpa/inet.h>
            #include <fcntl.h>
            #include <netinet/in.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <unistd.h>

            static char bytes[100];

            int main(int argc, char **argv)
            {
                struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
                socklen_t length = sizeof at;
                const char *names[] = {"tcp", "tcp6", "udp", "udp6", "dev", "snmp"};
                for (int i = 0; i < 6; i++) {
                    char path[40];
                    snprintf(path, sizeof path, "/proc/net/%s", names[i]);
                    int fd = open(path, O_RDONLY);
                    printf("%d ", fd < 0 ? -1 : (int)read(fd, bytes, sizeof bytes));
                    close(fd);
                }
                puts("");
                if (argc < 2) return 0;
                int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
                if (bind(one, (void *)&at, length) || getsockname(one, (void *)&at, &length)) return 1;
                for (int i = 0; i < 3; i++) if (sendto(other, bytes, 10, 0, (void *)&at, length) != 10) return 2;
                for (int i = 0; i < 2; i++) if (recv(one, bytes, 100, 0) != 10) return 3;
                int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
                at.sin_port = 0;
                if (bind(listener, (void *)&at, length) || listen(listener, 1)) return 4;
                getsockname(listener, (void *)&at, &length);
                if (connect(client, (void *)&at, length)) return 5;
                int server = accept(listener, NULL, NULL);
                if (write(client, bytes, 100) != 100 || recv(server, bytes, 100, MSG_WAITALL) != 100) return 6;
                close(listener);
                int late = socket(AF_INET, SOCK_STREAM, 0);
                return connect(late, (void *)&at, length) == 0;
            }

            """
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        for uses in [true, false] {
            let result = try await Hermit.run(
                ["run", "--stats", "--net", "none", "--timeout", "60", path, "--"] + (uses ? ["sockets"] : []))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "0 0 0 0 0 0 \n")
            let mark = "[hermit] info: network "
            let told = result.errors.split(separator: "\n").filter { $0.hasPrefix(mark) }.map { $0.dropFirst(mark.count) }
            guard uses else {
                #expect(told.isEmpty)
                continue
            }
            try #require(told.count == 4, "\(result.errors)")
            #expect(told[0].wholeMatch(of: /lo: ([0-9]+) packets of ([0-9]+) bytes received, 0 dropped; \1 of \2 bytes sent, 0 dropped/) != nil)
            #expect(
                told[1].wholeMatch(
                    of: /ip: ([0-9]+) packets received, \1 delivered, 0 with wrong headers, 0 for others, \1 sent, 0 without a route/)
                    != nil)
            #expect(
                told[2].wholeMatch(
                    of: /tcp: 2 active opens, 1 passive, 1 failed, 0 reset; ([0-9]+) segments received, 0 wrong, \1 sent, 0 of them again, 1 resets/)
                    != nil)
            #expect(told[3] == "udp: 2 datagrams received, 0 for no socket, 0 without room, 0 lost in all, 3 sent")
        }
    }

    /// What goes by a card: the questions for an address and the way, and three datagrams.
    @Test func cardsAreCounted() async throws {
        let source = """
            #include <arpa/inet.h>
            #include <netinet/in.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>

            static char bytes[1000];

            static void look(unsigned long long sent[2], unsigned long long received[2])
            {
                static char line[400];
                FILE *file = fopen("/proc/net/dev", "r");
                while (fgets(line, sizeof line, file))
                    sscanf(line, " eth0: %llu %llu %*u %*u %*u %*u %*u %*u %llu %llu", &received[0], &received[1], &sent[0], &sent[1]);
                fclose(file);
            }

            int main(void)
            {
                struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(9)};
                unsigned long long before[2] = {0, 0}, after[2] = {0, 0}, received[2] = {0, 0};
                int fd = socket(AF_INET, SOCK_DGRAM, 0);
                inet_pton(AF_INET, "10.0.2.2", &at.sin_addr);
                if (connect(fd, (void *)&at, sizeof at)) return 1;
                /* The first one asks for the way, and waits for it. */
                if (send(fd, bytes, 1, 0) != 1) return 2;
                do look(before, received); while (received[1] < 1);
                int other = socket(AF_INET, SOCK_DGRAM, 0);
                if (connect(other, (void *)&at, sizeof at)) return 3;
                look(before, received);
                for (int i = 0; i < 3; i++) if (send(other, bytes, 1000, 0) != 1000) return 4;
                look(after, received);
                /* Ethernet's header, IP's and UDP's. */
                printf("%d %d\\n", after[1] - before[1] >= 3, after[0] - before[0] >= 3 * 1042);
                printf("%d %d\\n", received[0] >= 60, after[1] - before[1] < 10);
                return 0;
            }

            """
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--net", "user", "--ip", "10.0.2.15/24", "--gateway", "10.0.2.2", path,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "1 1\n1 1\n")
    }
}
