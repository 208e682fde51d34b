import Foundation
import TestSupport
import Testing

/// POSIX's and C11's threads, by programs' whole reports, on one core and on
/// four.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct ThreadTests {
    static let reports = [
        "pthreads": """
            8 threads counted 8000, returned 36
            joined again: no such thread
            joined itself: deadlock
            initialised 1 time, 8 errnos, main's is 0
            on the program's stack: yes
            a detached thread ran
            unlocked once more: not its owner

            """,
        "cond": """
            012301230123
            4 wait
            all went on
            timed out: 1 1

            """,
        "rwlock": """
            the readers read together
            written 400 and 400, torn 0
            again: 1 1, try: 1
            not held: 1

            """,
        // The binomial coefficients of 9, in every second column; at the edges 9 + 1.
        "barrier": """
            0 10 0 36 0 84 0 126 0 126 0 84 0 36 0 10
            9 rows, 9 serial threads

            """,
        "cancel": """
            in a wait for a condition
              the mutex is given back
              cancelled
            in a wait for a semaphore
              inner
              outer
              cancelled
            in its sleep
              cancelled
            while it computes
              not while it may not
              cancelled

            """,
        "keys": """
            thread 1
            thread 2
            thread 3
            main, freed 3, 4 rounds each
            deleted: 1

            """,
        "tls": "12 threads, 0 wrong; main has 42 and 1\n",
        "producer_consumer": """
            semaphores: 4498500 of 4498500
            conditions: 4498500 of 4498500

            """,
        "c11threads": """
            once 1, counted 2000, results 2006, freed 4
            busy 1, timed out 1

            """,
    ]
    static let cores = [1, 4]

    @Test(arguments: reports.keys.sorted(), cores)
    func examplesReportWhatTheyShould(example: String, cores: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", "\(cores)", "examples-c/\(example)",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == Self.reports[example]!)
    }

    private func run(_ program: String, cores: Int, _ words: [String] = []) async throws
        -> Hermit.Result
    {
        try await Hermit.run(
            [
                "run", "--timeout", "240", "--cpus", "\(cores)", "--memory", "128M",
                "Tests/Programs/threads/\(program).c",
            ] + (words.isEmpty ? [] : ["--"] + words))
    }

    /// Every error that POSIX lists and that can be seen.
    @Test(arguments: cores)
    func errorsAreWhatPosixLists(cores: Int) async throws {
        let result = try await run("errors", cores: cores)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "checked, 0 failures\n")
    }

    @Test(arguments: cores)
    func nothingIsLostUnderLoad(cores: Int) async throws {
        let result = try await run("load", cores: cores)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "checked, 0 failures\n")
    }

    /// Processors are changed of threads that compute, wait and move each other.
    @Test(arguments: cores)
    func threadsRunWhereTheyMay(cores: Int) async throws {
        let result = try await run("processors", cores: cores)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "checked, 0 failures\n")
    }

    /// The program's end in a thread, with others, and after main's.
    @Test(
        arguments: [
            ("exit", Int32(7), "at the end\n"), ("thread", 9, "at the end\n"),
            ("main", 0, "main returned 3\nat the end\n"),
        ], cores)
    func theEndIsOneThreads(end: (String, Int32, String), cores: Int) async throws {
        let result = try await run("ends", cores: cores, [end.0])
        let lines = String(repeating: "one line of a thread's own\n", count: 60)
        #expect(result.status == end.1, "\(result.errors)")
        #expect(result.text == lines + "checked, 0 failures\n" + end.2)
    }

    /// What build systems look for: macros, functions in `-lpthread` and
    /// `-lrt`, and the option.
    @Test func programsLinkAsOnLinux() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "probe.c",
            """
            #include <pthread.h>
            #include <semaphore.h>
            #include <threads.h>
            #include <unistd.h>
            #if _POSIX_THREADS < 200809L || _POSIX_SEMAPHORES < 200809L || !defined _REENTRANT
            #error threads are not said to be there
            #endif
            #ifdef _POSIX_THREAD_PRIO_INHERIT
            #error what is not there is said to be
            #endif
            int main(void)
            {
                return pthread_mutex_destroy(&(pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER)
                    + (sysconf(_SC_THREAD_PRIO_INHERIT) > 0);
            }

            """)
        let image = folder.path + "/probe"
        let linked = try await Hermit.command(
            sysroot + "/bin/x86_64-hermit-cc",
            ["-pthread", "-Wall", "-Wextra", "-Werror", source, "-o", image, "-lpthread", "-lrt"])
        #expect(linked.status == 0 && linked.errors.isEmpty, "\(linked.errors)")
        let result = try await Hermit.run(["run", "--timeout", "60", image])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// A program without threads has nothing of them in its image.
    @Test func whatIsNotUsedIsNotThere() async throws {
        let sysroot = try await Hermit.sysroot()
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "hello.c",
            """
            #include <stdio.h>
            #include <unistd.h>
            int main(void) { puts("hello"); sleep(0); return (int)write(1, "", 0); }

            """)
        let image = folder.path + "/hello"
        let bin = sysroot + "/bin/x86_64-hermit-"
        let linked = try await Hermit.command(bin + "cc", ["-O2", source, "-o", image])
        #expect(linked.status == 0, "\(linked.errors)")
        let names = try await Hermit.command(bin + "nm", ["--defined-only", image])
        let found = names.text.split(separator: "\n").filter {
            $0.contains("pthread") || $0.contains("__hermit_threads") || $0.contains("__hermit_wait")
        }
        #expect(names.status == 0 && found.isEmpty, "\(found)")
    }
}
