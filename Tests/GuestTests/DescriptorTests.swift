import Foundation
import TestSupport
import Testing

/// Descriptors: pipes, events, and waiting for several of them.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct DescriptorTests {
    private func run(
        _ program: String, cpus: Int = 1, input: String = "", _ words: [String] = []
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let source = try folder.write("program.c", program)
        return try await Hermit.run(
            ["run", "--timeout", "180", "--cpus", String(cpus)] + words + [source], input: input)
    }

    /// The same source says the same on the host's Linux.
    @Test func errorsAreThoseOfLinux() async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/descriptor_errors.c"
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(host, [])
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.status == 0, "\(result.errors)")
        let lines = expected.text.split(separator: "\n")
        #expect(lines.count > 200)
        let differences = zip(lines, result.text.split(separator: "\n")).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// The same source says the same on the host's Linux.
    @Test(arguments: [1, 4]) func shortMovesAreThoseOfLinux(cpus: Int) async throws {
        let folder = try TemporaryFolder()
        let source = Hermit.root + "/Tests/Programs/short_moves.c"
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", source, "-o", host, "-lpthread"])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let expected = try await Hermit.command(host, [])
        #expect(expected.status == 0)
        #expect(expected.text.hasSuffix("done\n"))
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--cpus", String(cpus), source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == expected.text)
    }

    /// 20,000 random changes of pipes and eventfds, and what poll says after each.
    @Test func pollAgreesWithAModel() async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "120", Hermit.root + "/Tests/Programs/readiness.c"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "all as it should be\n")
    }

    private static let reports = [
        "pipes": """
            records of 4 writers: 20000, sum 49990000, none mixed
            lines by stdio: 1000
            a pipe holds 65536 bytes
            writing to nobody: EPIPE
            scattered bytes by descriptor 40
            pairs of sockets: a stream both ways, messages with their bounds
            done

            """,
        "poll": """
            nothing for 20 ms
            bytes of 16 pipes: 8000
            a closed descriptor: POLLNVAL; standard output: POLLOUT

            """,
        "epoll": """
            1000 events beside 1000 idle descriptors
            an edge is told once
            one shot, and another
            a set in a set
            a timer expires
            2000 jobs by 4 threads
            done

            """,
        "select": """
            nothing to read
            two to write to
            the answer: b
            the end is something to read
            a closed descriptor: EBADF

            """,
    ]

    @Test func whatIsNoTerminalSaysSo() async throws {
        let result = try await Hermit.run(["run", "--timeout", "60", "examples-c/termios"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                standard output is a terminal: 0
                tcgetattr: ENOTTY
                tcsetattr: ENOTTY
                tcflush: ENOTTY
                tcdrain: ENOTTY
                window size: ENOTTY
                a closed descriptor: EBADF
                raw: lines 0, echo 0, signals 0, output as it is 1, reads of 1 byte
                speed kept: 1

                """)
    }

    /// Types at a program's terminal: the next text when the one before is there.
    private func converse(
        _ words: [String], _ steps: [(shown: String, typed: String)]
    ) async throws -> (output: String, errors: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Hermit.executable)
        process.arguments = words
        var environment = ProcessInfo.processInfo.environment
        environment["HERMIT_HOME"] = Hermit.root
        process.environment = environment
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        var shown: [UInt8] = []
        var rest = steps[...]
        var from = 0
        while true {
            while let step = rest.first {
                let text = String(decoding: shown[from...], as: UTF8.self)
                guard step.shown.isEmpty || text.contains(step.shown) else { break }
                from = shown.count
                rest = rest.dropFirst()
                try input.fileHandleForWriting.write(contentsOf: Data(step.typed.utf8))
                if rest.isEmpty { try input.fileHandleForWriting.close() }
            }
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            shown += data
        }
        let told = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            String(decoding: shown, as: UTF8.self), String(decoding: told, as: UTF8.self),
            process.terminationStatus)
    }

    @Test(arguments: [1, 4])
    func theConsoleIsATerminal(cpus: Int) async throws {
        let result = try await converse(
            [
                "run", "--terminal", "always", "--timeout", "120", "--cpus", String(cpus),
                "Tests/Programs/terminal.c",
            ],
            [
                (
                    "",
                    "plain\nerasex\u{7f}d\nwords two\u{17}one\nlost\u{15}\n\u{4}after\nsecret?\n"
                ), ("go\n", "\u{3}\u{4}\r"), ("now\r\n", "\u{3}"), ("caught\r\n", "line\n"),
                ("name: ", "hello\n"),
            ])
        #expect(result.status == 0, "\(result.errors)")
        let erased = "\u{8} \u{8}"
        let expected = [
            "plain\r\n", "erasex\(erased)d\r\n",
            "words two" + String(repeating: erased, count: 3) + "one\r\n",
            "lost" + String(repeating: erased, count: 4) + "\r\n", "after\r\n", "secret?\r\n", "go\n",
            "now\r\n", "^Ccaught\r\n", "line\r\n", "name: hello\r\n",
        ]
        #expect(Array(result.output.utf8) == Array(expected.joined().utf8))
    }

    @Test func theExampleOfTerminalsTalks() async throws {
        let result = try await converse(
            ["run", "--terminal", "always", "--timeout", "120", "examples-c/termios"],
            [("a line: ", "helo\u{7f}lo\r"), ("q ends:\r\n", "a\u{3}q")])
        #expect(result.status == 0, "\(result.errors)")
        let expected = [
            "a terminal of 24 rows, 80 columns\n", "a line: helo\u{8} \u{8}lo\r\n",
            "the line was \"hello\"\r\n", "keys, q ends:\r\n", "97\r\n3\r\n113\r\n",
        ]
        #expect(Array(result.output.utf8) == Array(expected.joined().utf8))
    }

    @Test func whoHasNoHandlerIsEndedByTheTerminal() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #include <stdio.h>
            #include <termios.h>
            int main(void) {
                struct termios settings;
                if (tcgetattr(0, &settings) || tcsetattr(0, TCSANOW, &settings)) return 1;
                puts("computing");
                for (volatile int i = 0; ; i++) { }
            }

            """)
        let result = try await converse(
            ["run", "--terminal", "always", "--timeout", "120", source],
            [("computing\r\n", "\u{3}"), ("^C", "")])
        #expect(result.status == 130, "\(result.errors)")
        #expect(Array(result.output.utf8) == Array("computing\r\n^C".utf8))
    }

    @Test(arguments: ["pipes", "poll", "epoll", "select"], [1, 2, 4])
    func theExamplesReport(name: String, cpus: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "180", "--cpus", String(cpus), "examples-c/" + name,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == Self.reports[name]!)
    }

    /// Descriptors are closed, replaced and duplicated while others read,
    /// write and wait for them. Every call succeeds or says that there is no
    /// such descriptor; in the end all pipes are gone.
    @Test(arguments: [1, 4]) func closingMeetsEverybodyElse(cpus: Int) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>

            enum { LOWEST = 10, NUMBERS = 8, ROUNDS = 3000 };
            static volatile int stop, wrong;

            static unsigned next(unsigned *state)
            {
                *state ^= *state << 13;
                *state ^= *state >> 17;
                *state ^= *state << 5;
                return *state;
            }

            static void allow(long result)
            {
                if (result < 0 && result != -HERMIT_EBADF && result != -HERMIT_EAGAIN &&
                    result != -HERMIT_EPIPE && result != -HERMIT_ENOENT &&
                    result != -HERMIT_EEXIST && result != -HERMIT_ETIMEDOUT)
                    wrong = (int)result;
            }

            static void use(size_t seed)
            {
                unsigned state = (unsigned)seed;
                int set = sys_epoll_create(0);
                char bytes[64];
                while (!stop) {
                    int fd = LOWEST + next(&state) % NUMBERS;
                    struct hermit_pollfd poll = { fd, HERMIT_POLLIN | HERMIT_POLLOUT, 0 };
                    struct hermit_epoll_event event = { HERMIT_EPOLLIN | HERMIT_EPOLLOUT, 0, 1 };
                    struct hermit_epoll_event found[4];
                    switch (next(&state) % 6) {
                    case 0: allow(sys_read(fd, bytes, sizeof bytes)); break;
                    case 1: allow(sys_write(fd, bytes, sizeof bytes)); break;
                    case 2: allow(sys_poll(&poll, 1, 1)); break;
                    case 3: allow(sys_epoll_ctl(set, HERMIT_EPOLL_CTL_ADD, fd, &event)); break;
                    case 4: allow(sys_epoll_wait(set, found, 4, 0)); break;
                    default: allow(sys_fcntl(fd, HERMIT_F_GETFL, 0)); break;
                    }
                }
                sys_close(set);
            }

            int main(void)
            {
                hermit_tid_t tasks[4];
                unsigned state = 12345;
                for (int i = 0; i < 4; i++) tasks[i] = sys_spawn2(use, i + 1, 2, 0, -1);
                for (int i = 0; i < ROUNDS; i++) {
                    int fds[2], at = LOWEST + next(&state) % NUMBERS;
                    switch (next(&state) % 3) {
                    case 0:
                        if (sys_pipe2(fds, HERMIT_O_NONBLOCK) < 0) return 1;
                        if (sys_dup2(fds[0], at) != at) return 2;
                        if (sys_dup2(fds[1], LOWEST + next(&state) % NUMBERS) < 0) return 3;
                        if (sys_close(fds[0]) < 0 || sys_close(fds[1]) < 0) return 4;
                        break;
                    case 1: allow(sys_close(at)); break;
                    default: allow(sys_dup2(LOWEST + next(&state) % NUMBERS, at)); break;
                    }
                    if (i % 64 == 0) sys_usleep(100);
                }
                stop = 1;
                for (int i = 0; i < 4; i++) sys_join(tasks[i]);
                for (int fd = LOWEST; fd < LOWEST + NUMBERS; fd++) sys_close(fd);
                printf("lowest free %d, wrong %d\\n", sys_dup(1), wrong);
                return 0;
            }

            """, cpus: cpus)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "lowest free 3, wrong 0\n")
    }

    /// What is closed while a task reads it stays until that has ended; a
    /// signal ends a read, a wait for a set, and one in poll.
    @Test(arguments: [1, 4]) func waitsEnd(cpus: Int) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>

            static int fds[2], set;
            static volatile int result, state, handled;

            static void handle(int number) { handled = number; }

            static void wait(size_t how)
            {
                char byte;
                struct hermit_pollfd poll = { fds[0], HERMIT_POLLIN, 0 };
                struct hermit_epoll_event event;
                state = 1;
                switch (how) {
                case 0: result = (int)sys_read(fds[0], &byte, 1); break;
                case 1: result = sys_poll(&poll, 1, -1); break;
                case 2: result = sys_epoll_wait(set, &event, 1, -1); break;
                default: result = (int)sys_read(0, &byte, 1); break;
                }
                state = 2;
            }

            int main(void)
            {
                struct hermit_epoll_event event = { HERMIT_EPOLLIN, 0, 0 };
                hermit_tid_t task;
                sys_signal(handle);
                sys_pipe(fds);
                set = sys_epoll_create(0);
                sys_epoll_ctl(set, HERMIT_EPOLL_CTL_ADD, fds[0], &event);
                for (int how = 0; how < 4; how++) {
                    state = 0;
                    handled = 0;
                    task = sys_spawn2(wait, how, 2, 0, -1);
                    while (!state) sys_usleep(100);
                    /* Until it waits there is nothing to end. */
                    while (state == 1) {
                        sys_kill(task, 10);
                        sys_usleep(1000);
                    }
                    sys_join(task);
                    printf("%d: %d, handled %d\\n", how, result, handled);
                }
                state = 0;
                task = sys_spawn2(wait, 0, 2, 0, -1);
                while (!state) sys_usleep(100);
                sys_usleep(1000);
                printf("closed %d\\n", sys_close(fds[0]));
                long written = sys_write(fds[1], "x", 1);
                sys_join(task);
                /* Either it was in the read before the close, or it was too late. */
                printf("%s\\n", (written == 1 && result == 1) ||
                       (written == -HERMIT_EPIPE && result == -HERMIT_EBADF) ? "right" : "wrong");
                return 0;
            }

            """, cpus: cpus)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.text.split(separator: "\n").map(String.init)
        #expect(Array(lines.prefix(3)) == (0...2).map { "\($0): -4, handled 10" })
        // There is no input: the read has ended by itself, or the signal was first.
        #expect(lines.count == 6 && (lines[3] == "3: -4, handled 10" || lines[3].hasPrefix("3: 0, ")))
        #expect(Array(lines.suffix(2)) == ["closed 0", "right"])
    }

    /// Standard input is told by poll and by epoll, without a scheduler's help
    /// or with it, and a read takes all of it.
    @Test(arguments: [1, 2]) func standardInputIsWaitedFor(cpus: Int) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>

            int main(void)
            {
                struct hermit_pollfd poll = { 0, HERMIT_POLLIN, 0 };
                struct hermit_epoll_event event = { HERMIT_EPOLLIN, 0, 9 };
                int set = sys_epoll_create(0), in = sys_dup(0);
                long total = 0, count;
                static char bytes[1000];
                sys_epoll_ctl(set, HERMIT_EPOLL_CTL_ADD, in, &event);
                for (int i = 0;; i++) {
                    if (i % 2 ? sys_poll(&poll, 1, -1) != 1 : sys_epoll_wait(set, &event, 1, -1) != 1)
                        return 1;
                    if ((count = sys_read(i % 3 ? 0 : in, bytes, sizeof bytes)) <= 0) break;
                    for (long j = 0; j < count; j++) total += bytes[j];
                }
                printf("%ld, then %ld\\n", total, count);
                return 0;
            }

            """, cpus: cpus, input: String(repeating: "abcdefgh\n", count: 5000))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "4070000, then 0\n")
    }

    @Test func aSwiftProgramHasPipes() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("pipes", main: """
            import Hermit

            func all() throws(SystemError) {
                let (readEnd, writeEnd) = try FileDescriptor.pipe()
                let thread = try Thread.spawn { () -> Int in
                    do throws(SystemError) {
                        try writeEnd.closeAfter { () throws(SystemError) in
                            for number in 0..<1000 { try writeEnd.writeAll("\\(number)\\n") }
                        }
                        return 1000
                    } catch { return Int(error.rawValue) }
                }
                var (bytes, lines, count) = ([UInt8](repeating: 0, count: 100), 0, 0)
                repeat {
                    var span = bytes.mutableSpan
                    var raw = unsafe span.mutableBytes
                    count = try readEnd.read(into: &raw)
                    for i in 0..<count where bytes[i] == 10 { lines += 1 }
                } while count > 0
                print("\\(lines) lines of \\(try thread.join())")
                let copy = try FileDescriptor.standardOutput.duplicate()
                try copy.writeAll("by a duplicate\\n")
                try copy.duplicate(as: readEnd)
                try readEnd.writeAll("and by another\\n")
                try readEnd.close()
                do throws(SystemError) { try readEnd.close() } catch {
                    print(error == .badFileDescriptor ? "closed" : "?")
                }
            }
            do throws(SystemError) { try all() } catch { exit(error.rawValue) }
            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--cpus", "2", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "1000 lines of 1000\nby a duplicate\nand by another\nclosed\n")
    }

    /// A program that opens nothing has nothing of descriptors in its image.
    @Test func whatIsNotUsedIsNotThere() async throws {
        let folder = try TemporaryFolder()
        for (program, isThere) in [
            ("examples-c/hello_world", [false, false, false]),
            ("examples-c/pipes", [true, true, false]),
        ] {
            let image = folder.path + "/image"
            let built = try await Hermit.run(["build", program, "-o", image])
            #expect(built.status == 0, "\(built.errors)")
            let names = try await Hermit.command(
                Tools.path("llvm-nm"), ["--format=just-symbols", image]
            ).text.split(separator: "\n")
            let parts = ["11DescriptorsO10startAlone", "4PipeV4kind", "11StreamTimerV4kind"]
            #expect(parts.map { part in names.contains { $0.contains(part) } } == isThere, "\(program)")
        }
    }
}
