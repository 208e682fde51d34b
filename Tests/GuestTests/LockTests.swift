import Foundation
import TestSupport
import Testing

/// The kernel's own locks: what is told of one that is held too long, and the
/// kernel that checks their order.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct LockTests {
    private func program(_ text: String) throws -> (TemporaryFolder, String) {
        let folder = try TemporaryFolder()
        return (folder, try folder.write("program.c", "#include <hermit.h>\n" + text))
    }

    /// The kernel's lines that speak of a lock.
    private func lines(_ result: Hermit.Result) -> [String] {
        result.errors.split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("[hermit]") && $0.contains(" lock ")
        }
    }

    // MARK: - Held too long

    /// The second core holds the lock until the first has waited for it for a
    /// second; both go on then.
    private func held(_ kind: String, waiter: String, _ words: [String]) async throws -> Hermit.Result {
        let (folder, source) = try program(
            """
            #include <sys/mman.h>
            static volatile int begins, result = 1;
            static void hold(size_t a)
            {
                (void)a;
                begins = 1;
                result = sys_debug_fault(\(kind));
            }
            static void wait_for_it(size_t a)
            {
                (void)a;
                while (!begins) {}
                while (result == 1) { \(waiter); }
            }
            int main(void)
            {
                hermit_tid_t t = sys_spawn2(hold, 0, 3, 0, 1), u = sys_spawn2(wait_for_it, 0, 3, 0, 0);
                if (t < 0 || u < 0 || sys_join(t) != 0 || sys_join(u) != 0) return 1;
                return result == 0 ? 7 : 2;
            }

            """)
        let result = try await Hermit.run(
            ["run", "--timeout", "200", "--cpus", "2"] + words + [source])
        withExtendedLifetime(folder) {}
        return result
    }

    private static let map =
        "void *p = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (p != MAP_FAILED) munmap(p, 4096)"

    @Test func theHolderOfALockIsNamed() async throws {
        let result = try await held("HERMIT_DEBUG_MEMORY_HELD", waiter: Self.map, [])
        #expect(result.status == 7, "\(result.errors)")
        // The task's number is the order of the two calls.
        #expect(
            lines(result).contains(
                "[hermit] warn: core 0 has waited for a second for the lock of the memory, which is held by core 1 in task 2"),
            "\(result.errors)")
    }

    /// The line about the console comes when the console is free again, and
    /// what the program writes comes whole.
    @Test func theConsolesHolderIsNamedToo() async throws {
        let result = try await held(
            "HERMIT_DEBUG_CONSOLE_HELD", waiter: #"sys_write(1, "0123456789\n", 11)"#, [])
        #expect(result.status == 7, "\(result.errors)")
        #expect(
            lines(result).contains(
                "[hermit] warn: core 0 waited for a second for the lock of the console, which core 1 held in task 2"),
            "\(result.errors)")
        let written = result.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(written.last == "" && written.dropLast().allSatisfy { $0 == "0123456789" })
        #expect(written.count > 1)
    }

    /// It is a warning: the log's level holds for it.
    @Test func whoAsksForErrorsAloneHearsNothing() async throws {
        for (kind, waiter) in [
            ("HERMIT_DEBUG_MEMORY_HELD", Self.map), ("HERMIT_DEBUG_CONSOLE_HELD", #"sys_write(1, "", 1)"#),
        ] {
            let result = try await held(kind, waiter: waiter, ["--log", "error"])
            #expect(result.status == 7, "\(result.errors)")
            #expect(lines(result).isEmpty, "\(result.errors)")
        }
    }

    // MARK: - Order

    private static let debugKernel = ["HERMIT_KERNEL": "debug"]

    @Test func locksOutOfOrderEndTheMachine() async throws {
        let (folder, source) = try program(
            "int main(void) { return -sys_debug_fault(HERMIT_DEBUG_LOCK_ORDER) == HERMIT_EOPNOTSUPP ? 3 : 4; }\n")
        let checked = try await Hermit.run(
            ["run", "--timeout", "100", source], environment: Self.debugKernel)
        #expect(checked.status == 134, "\(checked.errors)")
        #expect(
            lines(checked)
                == ["[hermit] error: lock order: the console lock is taken while the memory lock is held"],
            "\(checked.errors)")
        #expect(checked.errors.contains("breakLockOrder"), "\(checked.errors)")
        // The kernel for use is another one, and beside it.
        for kind in ["", "release"] {
            let plain = try await Hermit.run(
                ["run", "--timeout", "100", source], environment: ["HERMIT_KERNEL": kind])
            #expect(plain.status == 3, "\(plain.errors)")
        }
        let wrong = try await Hermit.run(
            ["run", "--timeout", "100", source], environment: ["HERMIT_KERNEL": "fast"])
        withExtendedLifetime(folder) {}
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("HERMIT_KERNEL=fast: it is debug or release"), "\(wrong.errors)")
    }

    /// What takes every lock inside of every other that it is taken in.
    @Test(arguments: ["stress", "threads", "futex", "semaphores", "sleep"], [1, 4])
    func tasksKeepTheOrder(example: String, cpus: Int) async throws {
        let result = try await Hermit.run(
            [
                "run", "--timeout", "300", "--cpus", "\(cpus)", "--memory", "512M",
                "examples-c/\(example)",
            ], environment: Self.debugKernel)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == TaskTests.reports[example]!)
    }

    /// Input, mappings, random bytes, and the tracer's lock around the console's.
    @Test(arguments: [["stdin"], ["mmap"], ["random_bytes"], ["--strace", "threads"], ["--stats", "threads"]])
    func everythingElseKeepsItToo(words: [String]) async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "300", "--cpus", "4"] + words.dropLast()
                + ["examples-c/\(words.last!)"],
            input: "some\nlines\n", environment: Self.debugKernel)
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.errors.contains("lock order"), "\(result.errors)")
    }
}
