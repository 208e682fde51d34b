import Foundation
import Subprocess
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What becomes of a signal that `hermit run` is sent: the program's, where it has something to do
/// before it ends.
@Suite(.prepared, .timeLimit(.minutes(15)))
struct EndRequestTests {
    /// Programs say `ready` when the signal may come.
    private static let beginning = """
        #include <fcntl.h>
        #include <pthread.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <unistd.h>
        static void ready(void) { puts("ready"); fflush(stdout); }
        static volatile int last;
        static void note(int number) { last = number; }
        /* A signal that comes just before the wait is not missed. */
        static void listen_for_it(void)
        {
            sigset_t all, before;
            sigfillset(&all);
            sigprocmask(SIG_BLOCK, &all, &before);
            while (!last) sigsuspend(&before);
            sigprocmask(SIG_SETMASK, &before, NULL);
        }

        """

    private func end(
        by signals: [String: Signal], _ words: [String] = [], program body: String
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let program = try folder.write("program.c", Self.beginning + body)
        let image = folder.path + "/image"
        let built = try await Hermit.run(["build", program, "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        return try await Hermit.run(["run", "--timeout", "100"] + words + [image], sending: signals)
    }

    @Test(arguments: [(Signal.terminate, 15), (.terminalClosed, 1), (.interrupt, 2)], ["q35", "microvm"])
    func aHandlerRuns(signal: (Signal, Int), machine: String) async throws {
        let result = try await end(
            by: ["ready": signal.0], ["--machine", machine],
            program: """
                int main(void)
                {
                    signal(\(signal.1), note);
                    ready();
                    listen_for_it();
                    printf("signal %d\\n", last);
                    return 5;
                }

                """)
        #expect(result.status == 5, "\(result.errors)")
        #expect(result.text == "ready\nsignal \(signal.1)\n")
    }

    /// A program that computes, and one of four cores of which others do.
    @Test(arguments: ["1", "4"]) func whoComputesIsInterrupted(cpus: String) async throws {
        let result = try await end(
            by: ["ready": .terminate], ["--cpus", cpus],
            program: """
                static void *compute(void *nothing) { while (!last) ; return nothing; }
                int main(void)
                {
                    pthread_t threads[3];
                    signal(SIGTERM, note);
                    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, compute, NULL);
                    ready();
                    compute(NULL);
                    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
                    puts("all told");
                    return 0;
                }

                """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "ready\nall told\n")
    }

    @Test func aThreadWaitsForIt() async throws {
        let result = try await end(
            by: ["ready": .terminate],
            program: """
                int main(void)
                {
                    sigset_t set;
                    int number = 0;
                    sigemptyset(&set);
                    sigaddset(&set, SIGTERM);
                    sigprocmask(SIG_BLOCK, &set, NULL);
                    /* What comes before it is waited for stays. */
                    if (sigtimedwait(&set, NULL, &(struct timespec){0, 1000}) != -1) return 1;
                    ready();
                    return sigwait(&set, &number) || number != SIGTERM;
                }

                """)
        #expect(result.status == 0, "\(result.errors)")
    }

    /// Another signal has the handler: this one ends the program, as it would anywhere.
    @Test func theDefaultEndsTheProgram() async throws {
        let result = try await end(
            by: ["ready": .terminate],
            program: """
                int main(void)
                {
                    signal(SIGHUP, note);
                    ready();
                    for (;;) pause();
                }

                """)
        #expect(result.status == 143, "\(result.errors)")
        #expect(result.text == "ready\n")
    }

    /// One that does not listen has ten seconds, or until the next signal.
    @Test(arguments: [false, true]) func whoDoesNotEndIsEnded(asksTwice: Bool) async throws {
        let began = ContinuousClock.now
        let result = try await end(
            by: asksTwice ? ["ready": .terminate, "again": .terminate] : ["ready": .terminate],
            program: """
                int main(void)
                {
                    signal(SIGTERM, note);
                    ready();
                    listen_for_it();
                    puts("again");
                    fflush(stdout);
                    for (;;) pause();
                }

                """)
        #expect(result.status == 143)
        #expect(result.text == "ready\nagain\n")
        #expect(
            result.remarks.isEmpty
                && result.errors.contains("the guest did not end within 10.0 seconds of signal 15") == !asksTwice,
            "\(result.errors)")
        #expect(asksTwice || ContinuousClock.now - began > .seconds(10))
    }

    /// What was written to a disk and not synchronised is there.
    @Test(arguments: [Signal.terminate, .interrupt, .terminalClosed])
    func aDiskIsLeftClean(signal: Signal) async throws {
        let folder = try TemporaryFolder()
        let image = try await DiskImage(folder.path + "/disk")
        let result = try await end(
            by: ["ready": signal], ["--disk", image.path + ":/m"],
            program: """
                int main(void)
                {
                    int fd = open("/m/file", O_RDWR | O_CREAT, 0600);
                    if (fd < 0 || write(fd, "written", 7) != 7) return 1;
                    ready();
                    for (;;) ;
                }

                """)
        #expect(result.status == 128 + signal.rawValue, "\(result.errors)")
        #expect(try await !image.isInUse)
        try await image.expectClean()
        #expect(try await image.ask("cat /file") == "written")
    }

    /// What was written to a folder's file by its memory is the file's.
    @Test func aMappedFileIsWritten() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/m", withIntermediateDirectories: true)
        let result = try await end(
            by: ["ready": .terminate], ["--mount", folder.path + "/m:/m"],
            program: """
                int main(void)
                {
                    int fd = open("/m/file", O_RDWR | O_CREAT, 0600);
                    if (fd < 0 || ftruncate(fd, 7)) return 1;
                    char *text = mmap(NULL, 7, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
                    if (text == MAP_FAILED) return 2;
                    memcpy(text, "written", 7);
                    ready();
                    for (;;) ;
                }

                """)
        #expect(result.status == 143, "\(result.errors)")
        #expect(try String(contentsOfFile: folder.path + "/m/file", encoding: .utf8) == "written")
    }

    /// Standard input has been read to its end.
    @Test func standardInputIsInNoWay() async throws {
        let result = try await end(
            by: ["ready": .terminate],
            program: """
                int main(void)
                {
                    signal(SIGTERM, note);
                    while (getchar() != EOF) ;
                    ready();
                    listen_for_it();
                    puts("asked");
                    return 0;
                }

                """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "ready\nasked\n")
    }
}
