import Foundation
import TestSupport
import Testing

/// Sockets of AF_UNIX: within the program, by names, in streams and messages.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct SocketTests {
    /// What a program says on the host's Linux.
    private func onHost(_ source: String, _ words: [String] = []) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        return try await Hermit.command(host, words)
    }

    /// The same source says the same on the host's Linux.
    @Test func whatIsSaidIsWhatLinuxSays() async throws {
        let source = Hermit.root + "/Tests/Programs/socket_errors.c"
        let expected = try await onHost(source)
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 450)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// SO_RCVLOWAT and SO_PEEK_OFF: the same source says the same on the host's Linux.
    @Test(arguments: [1, 4]) func looksAreThoseOfLinux(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/socket_looks.c"
        let expected = try await onHost(source, [])
        #expect(expected.status == 0)
        #expect(expected.text.hasSuffix("done\n"))
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--cpus", String(cpus), source])
        #expect(result.status == 0, "\(result.errors)")
        let differences = zip(
            expected.text.split(separator: "\n"), result.text.split(separator: "\n")
        ).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// 40,000 random operations, and what a model says of each; the same on Linux.
    @Test(arguments: [1, 77]) func socketsAgreeWithAModel(seed: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/socket_model.c"
        let host = try await onHost(source, [String(seed)])
        #expect(host.text == "all as it should be\n")
        let result = try await Hermit.run([
            "run", "--timeout", "180", source, "--", String(seed),
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "all as it should be\n")
    }

    @Test(arguments: [1, 2, 4]) func theExampleReports(cpus: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "180", "--cpus", String(cpus), "examples-c/local",
        ])
        #expect(result.status == 0, "\(result.errors)")
        // 8 clients, 200 questions and 50 files each; the sum of 1 to 200 eight times.
        #expect(
            result.text == """
                questions 2000 of 8 clients, sum 160800
                lines of the log: 1600, each client's in order
                bytes of a long stream: 2000000, wrong 0
                a name that is no file: connected, two messages, the end
                done

                """)
    }

    /// Tasks connect, send, pass descriptors, close and listen again all at once. Each
    /// call succeeds or says an error that can be; in the end everything is gone.
    @Test(arguments: [1, 4]) func everybodyMeetsEverybody(cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #include <hermit.h>
            #include <stdio.h>
            #include <string.h>

            enum { NAMES = 4, ROUNDS = 1500 };
            static volatile int wrong;
            static int out[2];

            static unsigned next(unsigned *state)
            {
                *state ^= *state << 13;
                *state ^= *state >> 17;
                *state ^= *state << 5;
                return *state;
            }

            static long allow(long result)
            {
                switch (result < 0 ? -result : 0) {
                case 0: case HERMIT_EAGAIN: case HERMIT_ECONNREFUSED: case HERMIT_ECONNRESET:
                case HERMIT_EPIPE: case HERMIT_ENOTCONN: case HERMIT_EADDRINUSE:
                case HERMIT_EPERM: case HERMIT_EPROTOTYPE: case HERMIT_EISCONN: case HERMIT_EINVAL:
                case HERMIT_ETOOMANYREFS: break;
                default: wrong = (int)result;
                }
                return result;
            }

            static void exchange(int fd, unsigned *state)
            {
                struct { struct hermit_cmsghdr header; int fd; } control = {
                    { sizeof control.header + 4, HERMIT_SOL_SOCKET, HERMIT_SCM_RIGHTS }, out[1] };
                char bytes[500] = "";
                struct hermit_iovec part = { bytes, 1 + next(state) % sizeof bytes };
                struct hermit_msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
                    .msg_control = &control, .msg_controllen = sizeof control };
                if (next(state) % 8 == 0) control.fd = fd;
                switch (next(state) % 4) {
                case 0: allow(sys_sendmsg(fd, &message, 0)); break;
                case 1: allow(sys_send(fd, bytes, part.iov_len, 0)); break;
                case 2: allow(sys_recv(fd, bytes, sizeof bytes, 0)); break;
                default:
                    control.header.cmsg_len = 0;
                    if (allow(sys_recvmsg(fd, &message, 0)) >= 0 && message.msg_controllen)
                        if (sys_close(control.fd) < 0) wrong = 1;
                }
            }

            static void use(size_t seed)
            {
                static const int types[] = { HERMIT_SOCK_STREAM, HERMIT_SOCK_DGRAM, HERMIT_SOCK_SEQPACKET };
                unsigned state = (unsigned)seed * 7919;
                for (int i = 0; i < ROUNDS; i++) {
                    struct hermit_sockaddr_un name = { 0, HERMIT_AF_UNIX, "\\0name?" };
                    struct hermit_sockaddr *address = (struct hermit_sockaddr *)&name;
                    int fd = sys_socket(HERMIT_AF_UNIX, types[next(&state) % 3] | HERMIT_SOCK_NONBLOCK, 0);
                    name.sun_path[5] = (char)('0' + next(&state) % NAMES);
                    if (fd < 0) { wrong = fd; return; }
                    if (next(&state) % 2 && allow(sys_bind(fd, address, 8)) == 0) {
                        sys_listen(fd, 3);
                        for (int j = 0; j < 20; j++) {
                            int end = sys_accept4(fd, NULL, NULL, HERMIT_SOCK_NONBLOCK);
                            if (end < 0) {
                                if (end != -HERMIT_EOPNOTSUPP) allow(end);
                                exchange(fd, &state);
                                sys_yield();
                                continue;
                            }
                            for (int k = 0; k < 5; k++) exchange(end, &state);
                            if (sys_close(end) < 0) wrong = 2;
                        }
                    } else {
                        allow(sys_connect(fd, address, 8));
                        for (int k = 0; k < 10; k++) exchange(fd, &state);
                        if (next(&state) % 4 == 0) sys_shutdown(fd, (int)(next(&state) % 3));
                    }
                    if (sys_close(fd) < 0) wrong = 3;
                }
            }

            int main(void)
            {
                hermit_tid_t tasks[4];
                char byte;
                sys_pipe2(out, HERMIT_O_NONBLOCK);
                for (int i = 0; i < 4; i++) tasks[i] = sys_spawn2(use, i + 1, 2, 0, -1);
                for (int i = 0; i < 4; i++) sys_join(tasks[i]);
                sys_close(out[1]);
                long end = sys_read(out[0], &byte, 1);
                sys_close(out[0]);
                printf("wrong %d, lowest free %d\\n", wrong, sys_dup(1));
                /* Sockets that were sent to themselves keep what is in them. */
                return end != 0 && end != -HERMIT_EAGAIN;
            }

            """)
        let result = try await Hermit.run([
            "run", "--timeout", "180", "--cpus", String(cpus), source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "wrong 0, lowest free 3\n")
    }

    /// Sockets that are on their way through each other, or through a connection that
    /// waits for one of them, and that nobody can receive, are closed, and with them what
    /// else was there; what can be received is not.
    @Test func circlesAreFound() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <fcntl.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            #include <unistd.h>

            static int give(int fd, int one, int two)
            {
                _Alignas(8) char control[CMSG_SPACE(2 * sizeof(int))] = "";
                struct iovec part = {"x", 1};
                struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1,
                    .msg_control = control, .msg_controllen = sizeof control};
                struct cmsghdr *header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(2 * sizeof(int));
                memcpy(CMSG_DATA(header), (int[]){one, two}, 2 * sizeof(int));
                return sendmsg(fd, &message, MSG_DONTWAIT) == 1;
            }

            int main(void)
            {
                int kept[2], inner[2], pair[2], ended = 0;
                char byte;
                /* One that stays: it is in a queue that can be read. */
                socketpair(AF_UNIX, SOCK_STREAM, 0, kept);
                socketpair(AF_UNIX, SOCK_STREAM, 0, inner);
                if (!give(inner[0], inner[0], inner[1]) || !give(kept[0], inner[0], inner[1])) return 1;
                close(inner[0]);
                close(inner[1]);
                for (int i = 0; i < 3000; i++) {
                    int out[2];
                    if (pipe2(out, O_NONBLOCK)) return 2;
                    if (i % 3) {
                        socketpair(AF_UNIX, i % 2 ? SOCK_STREAM : SOCK_DGRAM, 0, pair);
                        if (!give(pair[0], pair[1], out[1]) || !give(pair[1], pair[0], out[1])) return 3;
                    } else {
                        struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\\0circle"};
                        const socklen_t length = offsetof(struct sockaddr_un, sun_path) + 7;
                        name.sun_path[6] = 'a';
                        pair[0] = socket(AF_UNIX, SOCK_STREAM, 0);
                        pair[1] = socket(AF_UNIX, SOCK_STREAM, 0);
                        /* The name is that of the last circle, until that is found. */
                        do
                            name.sun_path[5]++;
                        while (bind(pair[0], (struct sockaddr *)&name, length));
                        listen(pair[0], 1);
                        if (connect(pair[1], (struct sockaddr *)&name, length)) return 4;
                        if (!give(pair[1], pair[0], out[1])) return 5;
                    }
                    close(pair[0]);
                    close(pair[1]);
                    close(out[1]);
                    if (dup2(out[0], 10 + i % 300) < 0) return 7;
                    close(out[0]);
                    /* All but the last ones have been found. */
                    for (int j = 0; j < 300 && i % 300 == 299; j++)
                        ended += read(10 + j, &byte, 1) == 0;
                }
                printf("most of 3000: %d\\n", ended > 2000 && ended < 3000);
                if (recv(kept[1], &byte, 1, 0) != 1) return 6;
                puts("done");
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "most of 3000: 1\ndone\n")
    }

    /// Waits for a connection, for room, for bytes: each is ended by what it waits for,
    /// by the end of the other side, or by a time-out.
    @Test(arguments: [1, 4]) func waitsEnd(cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #include <errno.h>
            #include <pthread.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/time.h>
            #include <sys/un.h>
            #include <unistd.h>

            static struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/tmp/waits"};
            static char large[200000];
            static int fds[2];

            static void *accepts(void *fd) { return (void *)(long)accept((int)(long)fd, NULL, NULL); }
            static void *connects(void *unused)
            {
                int fd = socket(AF_UNIX, SOCK_STREAM, 0);
                long result = connect(fd, (struct sockaddr *)&name, sizeof name);
                close(fd);
                return (void *)(result < 0 ? -(long)errno : result);
            }
            static void *sends(void *unused)
            {
                int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
                long result = 0;
                for (int i = 0; i < 10 && result >= 0; i++)
                    result = sendto(fd, large, sizeof large, 0, (struct sockaddr *)&name, sizeof name);
                close(fd);
                return (void *)(result < 0 ? -(long)errno : result);
            }
            static void *receives(void *unused)
            {
                long result = recv(fds[0], large, sizeof large, MSG_WAITALL);
                return (void *)(result < 0 ? -(long)errno : result);
            }
            static void *start(pthread_t *thread, void *(*body)(void *), long argument)
            {
                pthread_create(thread, NULL, body, (void *)argument);
                /* Mostly it waits by then; it does not matter. */
                usleep(2000);
                return NULL;
            }

            int main(void)
            {
                struct timeval time = {0, 1000};
                pthread_t thread, more[5];
                void *result;
                int listener = socket(AF_UNIX, SOCK_STREAM, 0), ends[6];

                bind(listener, (struct sockaddr *)&name, sizeof name);
                listen(listener, 0);
                start(&thread, accepts, listener);
                ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
                printf("connect %d\\n", connect(ends[0], (struct sockaddr *)&name, sizeof name));
                pthread_join(thread, &result);
                printf("accept %d\\n", (long)result > 0);
                for (int i = 0; i < 5; i++) start(&more[i], connects, 0);
                for (int i = 0; i < 5; i++) ends[i + 1] = accept(listener, NULL, NULL);
                for (int i = 0; i < 5; i++) {
                    pthread_join(more[i], &result);
                    printf("%ld ", (long)result);
                }
                printf("\\n");
                setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
                printf("accept in time: %d\\n", accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
                close(listener);
                unlink(name.sun_path);

                fds[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
                bind(fds[0], (struct sockaddr *)&name, sizeof name);
                start(&thread, sends, 0);
                for (int i = 0; i < 10; i++)
                    if (recv(fds[0], large, sizeof large, 0) != sizeof large) return 1;
                pthread_join(thread, &result);
                printf("sent %ld\\n", (long)result);
                start(&thread, sends, 0);
                close(fds[0]);
                pthread_join(thread, &result);
                /* Nobody has it now, whether the task waited by then or not. */
                printf("closed: %d\\n", (long)result == -ECONNREFUSED);
                unlink(name.sun_path);

                socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
                start(&thread, receives, 0);
                for (int i = 0; i < 4; i++) {
                    send(fds[1], large, sizeof large / 5, 0);
                    usleep(500);
                }
                shutdown(fds[1], SHUT_WR);
                pthread_join(thread, &result);
                printf("all there was: %ld\\n", (long)result);
                return 0;
            }

            """)
        let result = try await Hermit.run([
            "run", "--timeout", "180", "--cpus", String(cpus), source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                connect 0
                accept 1
                0 0 0 0 0 
                accept in time: 1
                sent 200000
                closed: 1
                all there was: 160000

                """)
    }
}
