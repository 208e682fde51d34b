import Foundation
import TestSupport
import Testing

/// What `hermit run --stats` tells at a program's end.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct StatsTests {
    /// A core's line.
    private struct Core: Equatable {
        var switches = 0, steals = 0, timers = 0, calls = 0, asked = 0, served = 0, idle = 0
    }

    /// What was told, of lines that are as they should be; others are `rest`.
    private struct Told {
        var memory: [(most: Int, of: Int)] = []
        var cores: [Core] = []
        var rest: [String] = []

        init(_ result: Hermit.Result) {
            let mark = "[hermit] "
            for line in result.errors.split(separator: "\n") where line.hasPrefix(mark) {
                let text = String(line.dropFirst(mark.count))
                if let found = text.wholeMatch(
                    of: /info: memory: ([0-9]+) KiB in use at most, of ([0-9]+) KiB/)
                {
                    memory.append((Int(found.1)!, Int(found.2)!))
                } else if let found = text.wholeMatch(
                    of: /info: core ([0-9]+): ([0-9]+) switches, ([0-9]+) steals, ([0-9]+) timer interrupts, ([0-9]+) calls from other cores, ([0-9]+) shoot-downs asked, ([0-9]+) served, ([0-9]+) ms idle/
                ), Int(found.1) == cores.count {
                    cores.append(
                        Core(
                            switches: Int(found.2)!, steals: Int(found.3)!, timers: Int(found.4)!,
                            calls: Int(found.5)!, asked: Int(found.6)!, served: Int(found.7)!,
                            idle: Int(found.8)!))
                } else {
                    rest.append(text)
                }
            }
        }
    }

    private func run(
        _ source: String, _ words: [String], _ arguments: [String] = []
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let path = try folder.write("program.c", source)
        return try await Hermit.run(
            ["run", "--timeout", "200"] + words + [path, "--"] + arguments)
    }

    @Test func aProgramWithoutASchedulerTellsItsMemory() async throws {
        for (words, count) in [(["--stats"], 1), ([], 0), (["--stats", "--log", "error"], 1)] {
            let result = try await Hermit.run(
                ["run", "--memory", "64M", "--timeout", "60"] + words + ["examples-c/hello_world"])
            #expect(result.status == 0, "\(result.errors)")
            let told = Told(result)
            #expect(told.rest.isEmpty && told.cores.isEmpty, "\(result.errors)")
            #expect(told.memory.count == count, "\(result.errors)")
            for memory in told.memory {
                // All but what firmware and processors have for themselves.
                #expect(memory.of > 64 * 1024 - 2048 && memory.of <= 64 * 1024)
                #expect(memory.most > 16 && memory.most < 4096)
            }
        }
    }

    /// What was taken and given back counts, and nothing else.
    @Test func memoryAtMostIsWhatWasInUseAtOnce() async throws {
        let source = """
            #include <hermit.h>
            #include <stdlib.h>
            int main(int argc, char **argv)
            {
                for (int i = 1; i < argc; i++) {
                    size_t size = (size_t)atoi(argv[i]) << 20;
                    volatile char *block = malloc(size);
                    if (!block) return 1;
                    for (size_t at = 0; at < size; at += 4096) block[at] = 1;
                    free((void *)block);
                }
                return 0;
            }

            """
        var most: [Int] = []
        for sizes in [["1"], ["40"], ["40", "5", "39"]] {
            let result = try await run(source, ["--stats"], sizes)
            #expect(result.status == 0, "\(result.errors)")
            let told = Told(result)
            try #require(told.memory.count == 1, "\(result.errors)")
            most.append(told.memory[0].most)
        }
        // 39 MiB more, and their page tables: 4 KiB for 2 MiB.
        #expect((39 * 1024...39 * 1024 + 256).contains(most[1] - most[0]), "\(most)")
        #expect((-64...64).contains(most[2] - most[1]), "\(most)")
    }

    @Test func oneCoreTellsWhatItDid() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            static volatile int seen[2];
            static void wait_for_each_other(size_t i)
            {
                seen[i] = 1;
                while (!seen[1 - i]) {}
            }
            static void yield(size_t n) { while (n--) sys_yield(); }
            int main(void)
            {
                hermit_tid_t t[4];
                for (size_t i = 0; i < 2; i++) t[i] = sys_spawn2(wait_for_each_other, i, 2, 0, -1);
                for (size_t i = 2; i < 4; i++) t[i] = sys_spawn2(yield, 1000, 2, 0, -1);
                for (int i = 0; i < 4; i++) if (sys_join(t[i]) != 0) return 1;
                sys_msleep(80);
                return 5;
            }

            """, ["--stats", "--cpus", "1"])
        #expect(result.status == 5, "\(result.errors)")
        let told = Told(result)
        #expect(told.memory.count == 1 && told.rest.isEmpty, "\(result.errors)")
        try #require(told.cores.count == 1, "\(result.errors)")
        let core = told.cores[0]
        // Each of the two yields to the other, but where it has ended.
        #expect(core.switches >= 1000)
        // One of the first two runs until its slice ends; the sleep's end is another.
        #expect(core.timers >= 2)
        #expect(core.idle >= 70)
        #expect(core.steals + core.calls + core.asked + core.served == 0)
    }

    /// A task on the first core takes memory away while all others are busy:
    /// each has to forget it, again and again.
    @Test func fourCoresTellWhatEachDid() async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <string.h>
            #include <sys/mman.h>
            static volatile int ready, done;
            static void spin(size_t a)
            {
                (void)a;
                __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
                while (!done) {}
            }
            static void unmap(size_t count)
            {
                while (ready < 3) {}
                while (count--) {
                    void *page = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                    if (page == MAP_FAILED) sys_exit(1);
                    memset(page, 1, 65536);
                    if (munmap(page, 65536) != 0) sys_exit(2);
                }
                done = 1;
            }
            int main(void)
            {
                hermit_tid_t t[4];
                t[0] = sys_spawn2(unmap, 20, 3, 0, 0);
                for (int i = 1; i < 4; i++) t[i] = sys_spawn2(spin, 0, 3, 0, i);
                for (int i = 0; i < 4; i++) if (sys_join(t[i]) != 0) return 3;
                return 6;
            }

            """, ["--stats", "--cpus", "4"])
        #expect(result.status == 6, "\(result.errors)")
        let told = Told(result)
        #expect(told.memory.count == 1 && told.rest.isEmpty, "\(result.errors)")
        try #require(told.cores.count == 4, "\(result.errors)")
        #expect(told.cores[0].asked >= 20, "\(result.errors)")
        for core in told.cores[1...] {
            #expect(core.switches >= 1 && core.calls >= 1 && core.served >= 20, "\(result.errors)")
        }
    }

    /// However a program ends without a fault, it is told once.
    @Test(arguments: [("all", 7), ("last", 9), ("fault", 139), ("abort", 134)])
    func everyEndTellsOnceAndAFaultNever(how: String, status: Int32) async throws {
        let result = try await run(
            """
            #include <hermit.h>
            #include <string.h>
            static volatile int ready;
            static void leave(size_t a)
            {
                (void)a;
                __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
                while (ready < 4) {}
                sys_exit(7);
            }
            static void last(size_t first)
            {
                if (sys_join((hermit_tid_t)first) != 0) sys_exit(1);
                sys_thread_exit(9);
            }
            int main(int argc, char **argv)
            {
                if (argc < 2) return 1;
                if (!strcmp(argv[1], "all"))
                    for (int i = 0; i < 4; i++) sys_spawn2(leave, 0, 2, 0, i);
                else if (!strcmp(argv[1], "last")) {
                    sys_spawn2(last, (size_t)sys_getpid(), 2, 0, -1);
                    sys_thread_exit(3);
                } else if (!strcmp(argv[1], "fault"))
                    *(volatile int *)8 = 1;
                else
                    sys_abort();
                for (;;) sys_msleep(1000);
            }

            """, ["--stats", "--cpus", "4"], [how])
        #expect(result.status == status, "\(result.errors)")
        let told = Told(result)
        let ends = status < 128
        #expect(told.memory.count == (ends ? 1 : 0), "\(result.errors)")
        #expect(told.cores.count == (ends ? 4 : 0), "\(result.errors)")
    }
}
