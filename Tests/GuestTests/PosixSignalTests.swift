import Foundation
import TestSupport
import Testing

/// POSIX's signals and timers, by programs' whole reports and statuses.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct PosixSignalTests {
    static let reports = [
        "signals": """
            a computation was stopped
            100 values were queued, their sum is 5050
            blocked: 0, let in: 1
            a sleep ended early: yes, time was left: yes
            SIGSEGV 1, address 0x10
            SIGFPE 1
            SIGILL 1
            the stack was used up: 1; blocked afterwards: 0

            """,
        "timers": """
            10 alarms, no earlier than they should: 1, period 2000 us
            alarm: 0, then what is left: 1
            after so much computing: 1
            monotonic, a span: value 42, from a timer 1, not early 1, overruns 0
            20 times or more, no earlier than they should: 1
            deleted: 1
            time of day, a point: value 42, from a timer 1, not early 1, overruns 0
            20 times or more, no earlier than they should: 1
            deleted: 1
            5 calls, in other threads: 1
            nobody is told, but there is time left: 1

            """,
    ]

    @Test(arguments: reports.keys.sorted(), [1, 2, 4])
    func examplesReportWhatTheyShould(example: String, cores: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(cores)", "examples-c/\(example)",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == Self.reports[example]!)
    }

    private func run(_ program: String, cores: Int = 1, _ words: [String] = []) async throws
        -> Hermit.Result
    {
        try await Hermit.run(
            [
                "run", "--timeout", "240", "--cpus", "\(cores)", "--memory", "128M",
                "Tests/Programs/signals/\(program).c",
            ] + (words.isEmpty ? [] : ["--"] + words))
    }

    /// - errors: what is refused, and how.
    /// - handlers: how they run, and which waits they end.
    /// - registers: what they are shown of them, and change.
    /// - load: each queued signal is taken once.
    /// - faults: what a program is told of them, and ways on.
    /// - pipes: the signal of what is written to nobody.
    /// - clocks: timers by threads' processor time.
    @Test(arguments: ["errors", "handlers", "registers", "load", "faults", "pipes", "clocks"], [1, 4])
    func programsFindNothingWrong(program: String, cores: Int) async throws {
        let result = try await run(program, cores: cores)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "checked, 0 failures\n")
    }

    /// Default actions: 128 and the number, or nothing, which is 77 here.
    static let actions: [(how: String, number: Int, status: Int32)] = [
        ("raise", 15, 143), ("thread", 1, 129), ("blocked", 10, 138), ("raise", 9, 137),
        ("raise", 34, 162), ("raise", 64, 192), ("raise", 17, 77), ("raise", 18, 77),
        ("raise", 19, 77), ("blocked", 28, 77), ("thread", 23, 77), ("pipe", 13, 141),
    ]

    @Test(arguments: actions.indices)
    func defaultActionsEndTheProgramOrDoNothing(index: Int) async throws {
        let action = Self.actions[index]
        let result = try await run("ends", [action.how, "\(action.number)"])
        #expect(result.status == action.status, "\(result.errors)")
    }

    /// Faults that nobody takes are reported as without signals, at their
    /// own place.
    static let faults: [(how: String, status: Int32, words: String)] = [
        ("abort", 134, "the program aborted"),
        ("ignored abort", 134, "the program aborted"),
        ("fault", 139, "write to 0x8 (the null page)"),
        ("ignored fault", 139, "write to 0x8 (the null page)"),
        ("fault in a handler", 139, "#0 faultAgain"),
        ("stack", 139, "stack overflow: task 1 (main)"),
        ("breakpoint", 133, "breakpoint"),
    ]

    @Test(arguments: faults.indices)
    func faultsThatNobodyTakesAreReported(index: Int) async throws {
        let fault = Self.faults[index]
        let result = try await run("ends", [fault.how])
        #expect(result.status == fault.status)
        #expect(result.text == "")
        #expect(result.errors.contains(fault.words), "\(result.errors)")
    }

    /// A signal ends a wait for input; with SA_RESTART it does not.
    @Test func signalsEndAWaitForInput() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "input.c",
            """
            #include <errno.h>
            #include <pthread.h>
            #include <signal.h>
            #include <stdio.h>
            #include <time.h>
            #include <unistd.h>
            static volatile int isDone, handled;
            static void note(int number) { handled = number; }
            static void *send(void *thread)
            {
                while (!isDone) {
                    pthread_kill(*(pthread_t *)thread, SIGUSR1);
                    nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
                }
                return NULL;
            }
            static void await(int flags)
            {
                struct sigaction action = { .sa_handler = note, .sa_flags = flags };
                pthread_t self = pthread_self(), other;
                char text[8];
                isDone = handled = 0;
                sigaction(SIGUSR1, &action, NULL);
                pthread_create(&other, NULL, send, &self);
                ssize_t length = read(0, text, sizeof text);
                int error = errno;
                while (!handled) ;
                isDone = 1;
                pthread_join(other, NULL);
                printf("%s\\n", length > 0 ? "input" : error == EINTR ? "interrupted" : "none");
                fflush(stdout);
            }
            int main(void)
            {
                char line[8];
                puts("a line?");
                fflush(stdout);
                if (!fgets(line, sizeof line, stdin)) return 1;
                await(0);
                await(SA_RESTART);
                return 0;
            }

            """)
        // The shell writes the last line when the first wait has ended.
        let result = try await Hermit.command(
            "/bin/sh",
            [
                "-c",
                """
                mkfifo "$1/in"
                HERMIT_HOME="$4" "$2" run --timeout 200 "$3" < "$1/in" > "$1/out" 2> "$1/errors" &
                exec 3> "$1/in"
                echo x >&3
                while ! grep -q interrupted "$1/out"; do kill -0 $! || break; sleep 0.05; done
                echo y >&3
                exec 3>&-
                wait $!
                status=$?
                cat "$1/out"
                cat "$1/errors" >&2
                exit $status
                """, "sh", folder.path, Hermit.executable, source, Hermit.root,
            ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "a line?\ninterrupted\ninput\n")
    }

    /// What the host's wish becomes, through QEMU's monitor; a line to it when
    /// the program is ready.
    @Test(arguments: ["q35", "microvm"])
    func theHostAsksTheMachineToPowerDown(machine: String) async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "server.c",
            """
            #include <signal.h>
            #include <stdio.h>
            #include <unistd.h>
            static volatile int isAsked;
            static void ask(int number) { isAsked = number; }
            int main(void)
            {
                sigset_t term, before;
                sigemptyset(&term);
                sigaddset(&term, SIGTERM);
                sigprocmask(SIG_BLOCK, &term, &before);
                signal(SIGTERM, ask);
                puts("ready");
                fflush(stdout);
                // Blocked until it is waited for: so it does not come just before that.
                sigsuspend(&before);
                printf("asked by %d\\n", isAsked);
                return 0;
            }

            """)
        let image = folder.path + "/server"
        let built = try await Hermit.run(["build", source, "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        // The tool's own line, with the monitor beside it.
        let line = try await Hermit.run(["run", "--dry-run", "--machine", machine, image])
        #expect(line.status == 0, "\(line.errors)")
        let words = line.text.replacing("-serial stdio", with: "-serial \"file:$1/out\" -monitor stdio")
        #expect(words.contains("-monitor stdio"), "\(line.text)")
        let result = try await Hermit.command(
            "/bin/sh",
            [
                "-c",
                """
                : > "$1/out"
                (while ! grep -q ready "$1/out"; do sleep 0.05; done
                 echo system_powerdown; while ! grep -q status "$1/out"; do sleep 0.05; done) |
                timeout 100 \(words.trimmingCharacters(in: .newlines)) > "$1/monitor"
                cat "$1/out"
                """, "sh", folder.path,
            ])
        #expect(result.text.contains("ready\nasked by 15\n"), "\(result.text) \(result.errors)")
    }

    /// microvm has a power button with ACPI's tables alone, which take time.
    @Test func aMachineHasAButtonForProgramsThatListen() async throws {
        let folder = try TemporaryFolder()
        let listener = try folder.write(
            "listener.c",
            """
            #include "hermit.h"
            int main(void) { return sys_power_request() < 0; }

            """)
        let deaf = try folder.write("deaf.c", "int main(void) { return 0; }\n")
        for (source, word) in [(listener, "acpi=on"), (deaf, "acpi=off")] {
            let image = source + ".image"
            let built = try await Hermit.run(["build", source, "-o", image])
            #expect(built.status == 0, "\(built.errors)")
            _ = try await Hermit.command(Tools.path("llvm-objcopy"), ["--strip-all", image])
            let line = try await Hermit.run(["run", "--dry-run", "--machine", "microvm", image])
            #expect(line.text.contains(word), "\(line.text) \(line.errors)")
            let result = try await Hermit.run(["run", "--machine", "microvm", image])
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    /// A program that ends by abort alone has nothing of signals.
    @Test func whatAProgramDoesNotUseIsNotInIt() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "abort.c",
            """
            #include <pthread.h>
            #include <stdlib.h>
            #include <time.h>
            static void *end(void *unused) { return unused; }
            int main(void)
            {
                pthread_t thread;
                nanosleep(&(struct timespec){ 0, 1000 }, NULL);
                pthread_create(&thread, NULL, end, NULL);
                pthread_join(thread, NULL);
                abort();
            }

            """)
        let image = folder.path + "/abort"
        let linked = try await Hermit.command(
            sysroot + "/bin/x86_64-hermit-cc", [source, "-o", image])
        #expect(linked.status == 0, "\(linked.errors)")
        let names = try await Hermit.command(
            Tools.path("llvm-nm"), ["--format=just-symbols", image]
        ).text.split(separator: "\n")
        for absent in ["__hermit_take_signals", "__hermit_actions", "sys_signal", "sys_kill", "sys_fault_handler"] {
            #expect(!names.contains { $0 == absent }, "\(absent)")
        }
    }
}
