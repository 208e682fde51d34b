import Foundation
import TestSupport
import Testing

/// What `hermit run --strace` tells of a program's calls.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct TraceTests {
    /// The trace's lines, with what is not the same in any two runs masked:
    /// times, addresses, random bytes.
    private func trace(_ result: Hermit.Result) -> [String] {
        let mark = "[hermit] trace: "
        return result.errors.split(separator: "\n").filter { $0.hasPrefix(mark) }.map { line in
            String(line.dropFirst(mark.count))
                .replacing(/\ <[0-9]+\.[0-9]{6}>$/, with: " <TIME>")
                .replacing(/handle=0x[0-9a-f]+/, with: "handle=HANDLE")
                .replacing(/0x[0-9a-f]{5,}/, with: "ADDRESS")
                .replacing(/sys_spawn2\(ADDRESS, [0-9]{5,}/, with: "sys_spawn2(ADDRESS, NUMBER")
                .replacing(/sys_read_entropy\(".*", 8/, with: "sys_read_entropy(RANDOM, 8")
        }
    }

    /// A program without a C library, whose calls are its own alone.
    private func program(_ body: String, _ before: String = "") throws -> (TemporaryFolder, String) {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "traced.c",
            """
            #include <hermit.h>
            \(before)
            void runtime_entry(int argc, char **argv, char **envp)
            {
                (void)argc; (void)argv; (void)envp;
            \(body)
            }

            """)
        return (folder, source)
    }

    @Test func aCProgramsCallsAreTold() async throws {
        let (folder, source) = try program(
            """
                static const char text[] = "a \\"quoted\\" line,\\tand\\001 more than can be shown\\n";
                struct hermit_timespec time = {0, 1000}, bad = {0, 1000000000};
                struct hermit_iovec parts[2] = {{(void *)text, 2}, {(void *)(text + 2), 3}};
                hermit_tid_t self = 1;
                hermit_sem_t semaphore;
                char buffer[16];
                sys_write(2, text, sizeof text - 1);
                sys_write(1, "ok\\n", 3);
                sys_write(1, 0, 3);
                sys_write(1, (void *)8, 3);
                sys_writev(1, parts, 2);
                sys_read(5, buffer, sizeof buffer);
                sys_read(0, buffer, sizeof buffer);
                sys_lseek(77, -5, HERMIT_SEEK_END);
                sys_lseek(1, 5, 9);
                sys_fcntl(9, HERMIT_F_GETFL, 0);
                sys_read_entropy(0, 0, HERMIT_GRND_NONBLOCK | HERMIT_GRND_RANDOM);
                sys_read_entropy(0, 0, HERMIT_GRND_NONBLOCK | 0x10);
                sys_clock_nanosleep(HERMIT_CLOCK_MONOTONIC, 0, &time, 0);
                sys_clock_nanosleep(HERMIT_CLOCK_REALTIME, HERMIT_TIMER_ABSTIME | 3, &time, 0);
                sys_nanosleep(&bad, &time);
                sys_clock_getres(HERMIT_CLOCK_MONOTONIC, &time);
                sys_clock_gettime(99, &time);
                sys_getpid();
                sys_getprio(&self);
                sys_getprio(0);
                sys_set_priority(1, 3);
                sys_getpagesize();
                sys_yield();
                sys_sem_init(&semaphore, 0, 2);
                sys_sem_trywait(&semaphore);
                sys_futex_wait((uint32_t *)&self, 2, &time, HERMIT_FUTEX_RELATIVE_TIMEOUT);
                sys_free(sys_alloc(100, 16), 100, 16);
                sys_errno_location();
                sys_thread_exit(5);
            """)
        let result = try await Hermit.run(
            ["run", "--strace", "--timeout", "60", source], input: "i")
        withExtendedLifetime(folder) {}
        #expect(result.status == 5, "\(result.errors)")
        #expect(result.text == "ok\na \"qu")
        #expect(
            trace(result) == [
                #"1 sys_write(2, "a \"quoted\" line,\tand\001 more than "..., 45) = 45 <TIME>"#,
                #"1 sys_write(1, "ok\n", 3) = 3 <TIME>"#,
                "1 sys_write(1, NULL, 3) = -14 EFAULT <TIME>",
                "1 sys_write(1, 0x8, 3) = -14 EFAULT <TIME>",
                "1 sys_writev(1, [{iov_base=ADDRESS, iov_len=2}, {iov_base=ADDRESS, iov_len=3}], 2) = 5 <TIME>",
                "1 sys_read(5, ADDRESS, 16) = -9 EBADF <TIME>",
                #"1 sys_read(0, "i", 16) = 1 <TIME>"#,
                "1 sys_lseek(77, -5, SEEK_END) = -9 EBADF <TIME>",
                "1 sys_lseek(1, 5, 9) = -22 EINVAL <TIME>",
                "1 sys_fcntl(9, F_GETFL, 0) = -9 EBADF <TIME>",
                "1 sys_read_entropy(NULL, 0, GRND_RANDOM|GRND_NONBLOCK) = 0 <TIME>",
                "1 sys_read_entropy(NULL, 0, GRND_NONBLOCK|0x10) = -22 EINVAL <TIME>",
                "1 sys_clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=1000}, NULL) = 0 <TIME>",
                "1 sys_clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME|0x3, {tv_sec=0, tv_nsec=1000}, NULL) = -22 EINVAL <TIME>",
                "1 sys_nanosleep({tv_sec=0, tv_nsec=1000000000}, ADDRESS) = -22 EINVAL <TIME>",
                "1 sys_clock_getres(CLOCK_MONOTONIC, {tv_sec=0, tv_nsec=1}) = 0 <TIME>",
                "1 sys_clock_gettime(99, ADDRESS) = -22 EINVAL <TIME>",
                "1 sys_getpid() = 1 <TIME>",
                "1 sys_getprio([1]) = 2 <TIME>",
                "1 sys_getprio(NULL) = 2 <TIME>",
                "1 sys_set_priority(1, 3) <TIME>",
                "1 sys_getpagesize() = 4096 <TIME>",
                "1 sys_yield() <TIME>",
                "1 sys_sem_init({handle=HANDLE}, 0, 2) = 0 <TIME>",
                "1 sys_sem_trywait({handle=HANDLE}) = 0 <TIME>",
                "1 sys_futex_wait(ADDRESS, 2, {tv_sec=0, tv_nsec=1}, FUTEX_RELATIVE_TIMEOUT) = -11 EAGAIN <TIME>",
                "1 sys_alloc(100, 16) = ADDRESS <TIME>",
                "1 sys_free(ADDRESS, 100, 16) <TIME>",
                "1 sys_errno_location() = ADDRESS <TIME>",
                "1 sys_thread_exit(5) = ?",
            ])
    }

    /// A call in which another task is told of is in two parts.
    @Test func callsThatBlockAreUnfinished() async throws {
        let (folder, source) = try program(
            """
                hermit_tid_t task = sys_spawn2(work, 7, 3, 0, -1);
                sys_futex_wake(&word, 1);
                sys_join(task);
                sys_exit(4);
            """,
            """
            static uint32_t word;
            static struct hermit_timespec now;
            static void work(size_t argument)
            {
                sys_futex_wait(&word, 0, 0, 0);
                sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, argument == 7 ? 0 : &now);
            }
            """)
        // On one core a more urgent task runs at once.
        let result = try await Hermit.run([
            "run", "--strace", "--timeout", "60", "--cpus", "1", source,
        ])
        withExtendedLifetime(folder) {}
        #expect(result.status == 4, "\(result.errors)")
        #expect(
            trace(result) == [
                "1 sys_spawn2(ADDRESS, 7, 3, 0, -1 <unfinished ...>",
                "2 sys_futex_wait(ADDRESS, 0, NULL, 0 <unfinished ...>",
                "1 <... sys_spawn2 resumed>) = 2 <TIME>",
                "1 sys_futex_wake(ADDRESS, 1 <unfinished ...>",
                "2 <... sys_futex_wait resumed>) = 0 <TIME>",
                "2 sys_clock_gettime(CLOCK_MONOTONIC, NULL) = -14 EFAULT <TIME>",
                "1 <... sys_futex_wake resumed>) = 1 <TIME>",
                "1 sys_join(2) = 0 <TIME>",
                "1 sys_exit(4) = ?",
            ])
    }

    /// The call in which a program hangs, or fails, is told at its end.
    @Test func theCallThatNeverReturnsIsTold() async throws {
        let (folder, source) = try program(
            """
                static uint32_t word;
                if (argc > 1) sys_debug_fault(HERMIT_DEBUG_KERNEL_NULL);
                sys_futex_wait(&word, 0, 0, 0);
            """)
        let hanging = try await Hermit.run(["run", "--strace", "--timeout", "15", source])
        #expect(hanging.status == 124, "\(hanging.errors)")
        #expect(trace(hanging) == ["1 sys_futex_wait(ADDRESS, 0, NULL, 0 <unfinished ...>"])
        let failing = try await Hermit.run([
            "run", "--strace", "--timeout", "60", source, "--", "fail",
        ])
        withExtendedLifetime(folder) {}
        #expect(failing.status == 139, "\(failing.errors)")
        #expect(trace(failing) == ["1 sys_debug_fault(DEBUG_KERNEL_NULL <unfinished ...>"])
        // The traced gate is in the report like every other.
        #expect(failing.errors.contains("sys_debug_fault"), "\(failing.errors)")
        #expect(failing.errors.contains("runtime_entry"), "\(failing.errors)")
    }

    @Test func aSwiftProgramsCallsAreTold() async throws {
        let folder = try TemporaryFolder()
        try folder.writePackage("traced", main: """
            import Hermit
            func all() throws(SystemError) {
                print("traced")
                try sleep(for: .microseconds(1500))
                let number = try Thread.spawn(priority: .high) { () -> Int in
                    Thread.yield()
                    return 5
                }.join()
                exit(Int32(number))
            }
            do throws(SystemError) { try all() } catch { exit(1) }
            """)
        let result = try await Hermit.run([
            "run", "--strace", "--timeout", "60", "--cpus", "1", folder.path,
        ])
        #expect(result.status == 5, "\(result.errors)")
        #expect(result.text == "traced\n")
        // The calls of the library's start, of its allocations and of its ends
        // are the library's own business.
        let library = ["sys_errno()", "sys_alloc", "sys_free", "sys_read_entropy"]
        let calls = trace(result).filter { line in !library.contains { line.contains($0) } }
        #expect(
            calls == [
                #"1 sys_write(1, "traced\n", 7) = 7 <TIME>"#,
                "1 sys_nanosleep({tv_sec=0, tv_nsec=1500000}, NULL) = 0 <TIME>",
                // The more urgent thread runs at once.
                "1 sys_spawn2(ADDRESS, NUMBER, 3, 0, -1 <unfinished ...>",
                "2 sys_yield() <TIME>",
                "1 <... sys_spawn2 resumed>) = 2 <TIME>",
                "1 sys_join(2) = 0 <TIME>",
                "1 sys_exit(5) = ?",
            ])
        #expect(trace(result).contains("1 sys_read_entropy(RANDOM, 8, 0) = 8 <TIME>"))
    }

    /// An image without the tracer has nothing of it, and says so; one with it
    /// is silent as long as nobody asks.
    @Test func thereIsATracerWhereOneWasAskedFor() async throws {
        let (folder, source) = try program("    sys_write(1, \"ok\\n\", 3); sys_exit(3);")
        for (options, lines) in [([String](), 0), (["--strace"], 2)] {
            let image = folder.path + "/image"
            let built = try await Hermit.run(["build"] + options + [source, "-o", image])
            #expect(built.status == 0, "\(built.errors)")
            let names = try await Hermit.command(Tools.path("llvm-nm"), ["--defined-only", image])
            #expect(names.text.contains("KernelTrace") == !options.isEmpty)
            #expect(names.text.contains("kernel_trace_enter") == !options.isEmpty)
            let plain = try await Hermit.run(["run", "--timeout", "60", image])
            #expect(plain.status == 3 && plain.text == "ok\n", "\(plain.errors)")
            #expect(!plain.errors.contains("[hermit]"), "\(plain.errors)")
            let asked = try await Hermit.run([
                "run", "--timeout", "60", "--kernel-args", "strace", image,
            ])
            #expect(asked.status == 3 && asked.text == "ok\n", "\(asked.errors)")
            #expect(trace(asked).count == lines, "\(asked.errors)")
            #expect(
                asked.errors.contains("[hermit] warn: strace: the image has no tracer; hermit build --strace makes one\n")
                    == options.isEmpty, "\(asked.errors)")
        }
    }
}
