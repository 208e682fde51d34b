import Foundation
import TestSupport
import Testing

/// Programs with several tasks, by their whole reports.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct TaskTests {
    /// What each example of `examples-c` says. The errors are Linux's numbers.
    static let reports = [
        "threads": """
            8 tasks, 0 wrong
            the first task's: local 5, errno 0
            join: again -3, itself -35, nobody -3, none -3
            clone: 0
            join: 0
            spawn: priority -22, core -22, stack -22, function -14, number -14

            """,
        "futex": """
            counted 8000 of 8000
            nobody woken: 0
            woken: 1, then 1, then 1, then 0
            order: 2 0 1
            changed -11, over -110, times out -110
            misaligned -22, null -14, time -22, flags -22, count -22

            """,
        "semaphores": """
            sum 1999000 of 1999000
            init 0, too large -22
            try 0, again -11, until past -110
            none: post -22, wait -22, null -22
            destroy 0, again -22
            mutex: not held -1, held -16, destroy 0, none -22
            masking: 0 0, not held -1
            queue: 0, busy -16, notified before 0, over -110, destroy 0, none -22

            """,
        "priorities": """
            priority 30, of the second 20, of nobody -3
            order bac
            order lh
            bad: -22 -3

            """,
        "sleep": """
            order 1 3 2 0, early 0
            the program rested: yes
            until: 0, in time yes
            awake 0, then 1
            blocked for its time: yes

            """,
        "stress": """
            total 3120 of 3120, wrong 0
            tasks at once: 10000, failed 0

            """,
    ]

    /// Machines and how many processors each has.
    static let machines: [(String, Int)] = [
        ("q35", 1), ("microvm", 1), ("q35", 2), ("q35", 4), ("microvm", 4),
    ]

    @Test(arguments: reports.keys.sorted(), machines)
    func examplesReportWhatTheyShould(
        example: String, on machine: (String, Int)
    ) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "300", "--machine", machine.0, "--cpus", "\(machine.1)",
            "--memory", "512M", "examples-c/\(example)",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == Self.reports[example]!)
    }

    /// Without XSAVE the state of the vector registers is FXSAVE's.
    @Test func anOldProcessorSwitchesToo() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("spin.c", Self.floatingPoint)
        for processor in ["qemu64", "max"] {
            let result = try await Hermit.run(["run", "--timeout", "60"] + Hermit.processor(processor) + [source])
            #expect(result.status == 0, "\(processor): \(result.errors)")
        }
    }

    /// Two tasks that never give way compute the same with registers that the
    /// timer takes from them again and again.
    private static let floatingPoint = """
        #include <hermit.h>
        static volatile int stop;
        static volatile int wrong;
        static double step(double x, double a) { return x > 1e9 ? a : x * 1.0000001 + a; }
        static void work(size_t a)
        {
            double x = a; long n = 0;
            while (!stop) { x = step(x, a); n++; }
            double y = a;
            while (n--) y = step(y, a);
            if (x != y) wrong = 1;
        }
        int main(void)
        {
            hermit_tid_t t[3];
            for (size_t i = 0; i < 3; i++) t[i] = sys_spawn2(work, i + 1, 2, 0, 0);
            sys_msleep(200);
            stop = 1;
            for (int i = 0; i < 3; i++) if (sys_join(t[i]) != 0) return 2;
            return wrong;
        }

        """

    @Test func exitEndsTheMachineWithOtherTasksRunning() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "exit.c",
            """
            #include <hermit.h>
            static void spin(size_t a) { for (;;) (void)(volatile size_t){a}; }
            int main(void)
            {
                for (int i = 0; i < 3; i++) if (sys_spawn2(spin, 0, 2, 0, -1) < 0) return 1;
                sys_msleep(20);
                sys_exit(42);
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 42, "\(result.errors)")
    }

    /// The first task may end before the others; the last one's end is the program's.
    @Test func theLastTasksStatusIsTheProgramsOwn() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "last.c",
            """
            #include <hermit.h>
            static void last(size_t first)
            {
                if (sys_join((hermit_tid_t)first) != 0) sys_exit(1);
                sys_write(1, "last\\n", 5);
                sys_thread_exit(9);
            }
            int main(void)
            {
                if (sys_spawn2(last, sys_getpid(), 2, 0, -1) < 0) return 2;
                sys_thread_exit(3);
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 9, "\(result.errors)")
        #expect(result.text == "last\n")
    }

    @Test func anOverflowNamesItsTask() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "deep.c",
            """
            #include <hermit.h>
            static int deep(volatile int *n) { volatile int m[64]; m[0] = *n + 1; return deep(m) + m[0]; }
            static void work(size_t a) { volatile int n = (int)a; deep(&n); }
            int main(void) { return sys_join(sys_spawn2(work, 0, 2, 0x10000, -1)); }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 139)
        #expect(result.errors.contains("stack overflow: task 2 (spawned) has used up its application stack of 64 KiB"))
    }

    /// Too little memory for one more task: EAGAIN, and those that are there
    /// go on; their end makes room again.
    @Test func memoryThatEndsWhileTasksAreMadeHurtsNobody() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "many.c",
            """
            #include <hermit.h>
            static hermit_tid_t t[20000];
            static volatile int ran;
            static uint32_t gate;
            static void work(size_t a)
            {
                while (__atomic_load_n(&gate, __ATOMIC_ACQUIRE) == 0) sys_futex_wait(&gate, 0, 0, 0);
                ran++;
                (void)a;
            }
            int main(void)
            {
                for (int round = 0; round < 3; round++) {
                    int n = 0;
                    gate = 0; ran = 0;
                    while (n < 20000 && (t[n] = sys_spawn2(work, 0, 2, 0, -1)) > 0) n++;
                    if (n < 50 || n == 20000 || t[n] != -HERMIT_EAGAIN || sys_errno() != HERMIT_EAGAIN) return 1;
                    __atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
                    sys_futex_wake(&gate, INT32_MAX);
                    for (int i = 0; i < n; i++) if (sys_join(t[i]) != 0) return 2;
                    if (ran != n) return 3;
                }
                return 0;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", "--memory", "16M", source])
        #expect(result.status == 0, "\(result.errors)")
    }

    /// What makes no task has nothing of the scheduler in its image, though
    /// its C library takes locks and yields.
    @Test func aProgramWithoutTasksHasNoScheduler() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/image"
        let built = try await Hermit.run(["build", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await Hermit.command(Tools.path("llvm-nm"), ["--defined-only", image])
        #expect(names.status == 0, "\(names.errors)")
        let functions = names.text.split(separator: "\n").filter { $0.contains(" t ") || $0.contains(" T ") }
        #expect(functions.contains { $0.contains("KernelMain") })
        #expect(!functions.contains { $0.contains("KernelTasks") || $0.contains("machine_switch") })
    }
}
