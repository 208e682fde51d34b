import Foundation
import TestSupport
import Testing

/// What happens on other cores than the first.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct SeveralCoresTests {
    private func run(
        _ source: String, cpus: Int = 4, _ words: [String] = []
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        return try await Hermit.run(
            ["run", "--timeout", "200", "--cpus", "\(cpus)"] + words + [path])
    }

    /// Tasks that wait for each other without giving way need a core each.
    @Test(arguments: [2, 4], ["q35", "microvm"])
    func tasksRunAtTheSameTime(cpus: Int, machine: String) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>
            static volatile size_t arrived, wanted;
            static void meet(size_t core)
            {
                (void)core;
                __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
                while (arrived < wanted) {}
            }
            int main(void)
            {
                hermit_tid_t tasks[64];
                wanted = sys_get_processor_count();
                for (size_t i = 0; i < wanted; i++)
                    tasks[i] = sys_spawn2(meet, i, 30, 0, (hermit_ssize_t)i);
                for (size_t i = 0; i < wanted; i++)
                    if (sys_join(tasks[i]) != 0) return 1;
                printf("%zu met, %zu processors\\n", arrived, sys_available_parallelism());
                return sys_spawn2(meet, 0, 2, 0, (hermit_ssize_t)wanted) != -22;
            }

            """, cpus: cpus, ["--machine", machine])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "\(cpus) met, \(cpus) processors\n")
    }

    @Test func aFaultOnAnotherCoreIsReportedOnce() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            static void fault(size_t a) { *(volatile int *)(a * 8) = 1; }
            static void spin(size_t a) { (void)a; for (;;) __asm__ volatile(""); }
            int main(void)
            {
                sys_spawn2(spin, 0, 2, 0, 0);
                sys_spawn2(spin, 0, 2, 0, 1);
                sys_spawn2(fault, 1, 3, 0, 3);
                for (;;) sys_msleep(1000);
            }

            """)
        #expect(result.status == 139, "\(result.errors)")
        let faults = result.errors.components(separatedBy: "page fault: write to 0x8").count - 1
        #expect(faults == 1, "\(result.errors)")
        #expect(result.errors.contains("fault"))
    }

    /// All cores fail at the same moment; one of them tells.
    @Test func oneOfManyFaultsIsReported() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            static volatile int ready;
            static void fault(size_t a)
            {
                __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
                while (ready < 4) {}
                *(volatile int *)a = 1;
            }
            int main(void)
            {
                for (size_t i = 0; i < 4; i++) sys_spawn2(fault, i * 8, 30, 0, (hermit_ssize_t)i);
                for (;;) sys_msleep(1000);
            }

            """)
        #expect(result.status == 139, "\(result.errors)")
        #expect(result.errors.components(separatedBy: "page fault: ").count == 2, "\(result.errors)")
    }

    @Test func exitOnAnotherCoreEndsTheMachine() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            static void spin(size_t a) { (void)a; for (;;) __asm__ volatile(""); }
            static void leave(size_t a) { (void)a; sys_exit(77); }
            int main(void)
            {
                for (int i = 0; i < 3; i++) sys_spawn2(spin, 0, 2, 0, i);
                sys_spawn2(leave, 0, 2, 0, 3);
                spin(0);
                return 0;
            }

            """)
        #expect(result.status == 77, "\(result.errors)")
    }

    /// Memory that tasks on all cores take, touch and give back, with larger
    /// blocks that go back to the kernel, keeps what was written to it.
    @Test func memoryGoesAroundWhileAllCoresTouchIt() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            static int wrong;
            static unsigned char *passed[16];
            static void work(size_t seed)
            {
                unsigned state = (unsigned)seed * 2654435761u + 1;
                for (int i = 0; i < 300; i++) {
                    state = state * 1664525 + 1013904223;
                    size_t size = i % 3 ? state % 5000 + 64 : state % 300000 + 70000;
                    unsigned char *block = malloc(size);
                    if (!block) { wrong++; return; }
                    memset(block, (int)(size & 0xff), size);
                    memcpy(block, &size, sizeof size);
                    block = __atomic_exchange_n(&passed[state >> 28], block, __ATOMIC_SEQ_CST);
                    memcpy(&size, block, sizeof size);
                    for (size_t j = sizeof size; j < size; j += 997)
                        if (block[j] != (size & 0xff)) __atomic_add_fetch(&wrong, 1, __ATOMIC_SEQ_CST);
                    free(block);
                }
            }
            int main(void)
            {
                hermit_tid_t tasks[8];
                for (int i = 0; i < 16; i++) {
                    size_t size = 64;
                    unsigned char *block = malloc(size);
                    memset(block, 64, size);
                    memcpy(block, &size, sizeof size);
                    passed[i] = block;
                }
                for (size_t i = 0; i < 8; i++) tasks[i] = sys_spawn2(work, i, 2, 0, -1);
                for (int i = 0; i < 8; i++) if (sys_join(tasks[i]) != 0) return 2;
                printf("wrong %d\\n", wrong);
                return 0;
            }

            """)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "wrong 0\n")
    }

    /// Vector registers go with a task from core to core.
    @Test(arguments: ["max", "qemu64"])
    func tasksTakeTheirStateAlong(processor: String) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>
            static int wrong;
            static void work(size_t a)
            {
                double x = (double)a;
                for (int i = 0; i < 200000; i++) {
                    x = x * 1.0000001 + (double)a;
                    if (i % 20000 == 0) { double kept = x; sys_usleep(100); if (kept != x) wrong = 1; }
                }
                double y = (double)a;
                for (int i = 0; i < 200000; i++) y = y * 1.0000001 + (double)a;
                if (x != y) wrong = 1;
            }
            int main(void)
            {
                hermit_tid_t tasks[12];
                for (size_t i = 0; i < 12; i++) tasks[i] = sys_spawn2(work, i + 1, 2, 0, -1);
                for (int i = 0; i < 12; i++) if (sys_join(tasks[i]) != 0) return 2;
                printf("wrong %d\\n", wrong);
                return 0;
            }

            """, Hermit.processor(processor))
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "wrong 0\n")
    }

    /// A task whose stack was deep leaves its place to one whose stack gets as
    /// deep: what goes back of the first one's is not the second one's.
    @Test(arguments: [1, 4])
    func deepStacksFollowEachOther(cpus: Int) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            static volatile int is_deep, goes_on;
            static int wrong;
            static void dive(size_t stays)
            {
                volatile unsigned char room[100 * 1024];
                for (size_t i = 0; i < sizeof room; i++) room[i] = (unsigned char)(i * 7 + 1);
                if (!stays) return;
                is_deep = 1;
                while (!goes_on) sys_msleep(1);
                for (size_t i = 0; i < sizeof room; i++)
                    if (room[i] != (unsigned char)(i * 7 + 1)) wrong++;
            }
            static uint32_t gate;
            static void wait_at_gate(size_t a)
            {
                (void)a;
                while (!__atomic_load_n(&gate, __ATOMIC_ACQUIRE)) sys_futex_wait(&gate, 0, NULL, 0);
            }
            int main(void)
            {
                hermit_tid_t deep, others[40];
                if (sys_join(sys_spawn2(dive, 0, 2, 0, 0)) != 0) return 2;
                deep = sys_spawn2(dive, 1, 2, 0, 0);
                while (!is_deep) sys_msleep(1);
                for (int round = 0; round < 3; round++) {
                    gate = 0;
                    for (int i = 0; i < 40; i++) others[i] = sys_spawn2(wait_at_gate, 0, 2, 0, -1);
                    __atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
                    sys_futex_wake(&gate, 40);
                    for (int i = 0; i < 40; i++) if (sys_join(others[i]) != 0) return 3;
                }
                unsigned char *block = malloc(8 << 20);
                memset(block, 0xEE, 8 << 20);
                goes_on = 1;
                if (sys_join(deep) != 0) return 4;
                printf("wrong %d\\n", wrong);
                return 0;
            }

            """, cpus: cpus)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "wrong 0\n")
    }
}
