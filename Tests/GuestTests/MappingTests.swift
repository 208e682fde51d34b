import Foundation
import TestSupport
import Testing

/// Mappings, from inside of a virtual machine. A program ends with the number
/// of the check that failed, or with 0.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct MappingTests {
    private static let check = """
        #include <hermit.h>
        #define CHECK(n, c) do { if (!(c)) sys_exit(n); } while (0)
        #define PAGE 4096ul
        #define MIB (1ul << 20)
        #define NONE 0
        #define R HERMIT_PROT_READ
        #define RW (HERMIT_PROT_READ | HERMIT_PROT_WRITE)
        #define RX (HERMIT_PROT_READ | HERMIT_PROT_EXEC)
        #define EQ(n, call, value) do { *sys_errno_location() = 0; long r = (call); \\
            CHECK(n, r == (value) && sys_errno() == (r < 0 ? -r : 0)); } while (0)
        static unsigned char *map(size_t size, uint32_t prot)
        {
            void *p = 0;
            return sys_mmap(size, prot, &p) == 0 ? p : 0;
        }
        static unsigned char *map_at(void *at, size_t size, uint32_t prot, uint32_t flags)
        {
            void *p = 0;
            return sys_mmap_at(at, size, prot, flags, &p) == 0 ? p : 0;
        }
        /* The largest mapping that there is memory for. Small ones keep three page tables. */
        static size_t largest(void)
        {
            void *small = map(PAGE, RW);
            *(volatile char *)small = 1;
            sys_munmap(small, PAGE);
            size_t low = 0, high = 1ul << 32;
            while (high - low > PAGE) {
                size_t middle = (low + high) / 2 & ~(PAGE - 1);
                void *p = map(middle, RW);
                if (p) { sys_munmap(p, middle); low = middle; } else high = middle;
            }
            return low;
        }
        /* Whether the kernel may read a word there, and write one. */
        static int readable(void *p) { return sys_futex_wait(p, *(volatile uint32_t *)&(uint32_t){0x12345679}, 0, 0) == -HERMIT_EAGAIN; }
        static int writable(void *p) { return sys_clock_getres(HERMIT_CLOCK_MONOTONIC, p) == 0; }
        static uint64_t next(uint64_t *s) { *s ^= *s << 13; *s ^= *s >> 7; return *s ^= *s << 17; }

        """

    private func run(
        _ program: String, memory: String = "32M", processors: Int = 1, arguments: [String] = []
    ) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let source = try folder.write("program.c", Self.check + program)
        return try await Hermit.run(
            [
                "run", "--timeout", "120", "--memory", memory, "--cpus", "\(processors)", source,
            ]
                + (arguments.isEmpty ? [] : ["--"] + arguments))
    }

    private func passes(
        _ program: String, memory: String = "32M", processors: Int = 1
    ) async throws {
        let result = try await run(program, memory: memory, processors: processors)
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(arguments: CProgramTests.machines)
    func theExampleReportsWhatItShould(machine: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "examples-c/mmap",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                1 MiB: 0 pages have memory, all zero yes, then 256
                given back: done, 128 left, reads 0 and 7
                cut out of the middle: done
                where something is: EEXIST
                into the hole: there, reads 1 0 1
                1 TiB reserved: yes
                used at its end: done
                it says: far out
                all of it: ENOMEM
                still: far out
                given back: done
                written and run at once: ENOTSUP
                first written, then run: done
                3 times 14 is 42
                a file: ENODEV
                nothing: EINVAL
                everything: ENOMEM
                half a page: EINVAL
                over its end: ENOMEM
                locked: done, behind it: ENOMEM
                twice given back: done, done

                """)
    }

    /// Each error that POSIX or hermit/memory.h names, and nothing has changed.
    @Test func wrongArgumentsAreRefused() async throws {
        try await passes(
            """
            static const char constant[] = "constant";
            int main(void)
            {
                static void *const beside[] = { 0, (void *)PAGE, (void *)(1ul << 47), (void *)-PAGE,
                    (void *)0x2ffffffff000, (void *)0x6ffffffff000, (void *)main };
                void *p, *q;
                unsigned char *m = map(8 * PAGE, RW);
                uint8_t states[8];
                CHECK(1, m && ((size_t)m & (PAGE - 1)) == 0);
                m[0] = 1;
                EQ(2, sys_mmap(0, R, &p), -HERMIT_EINVAL);
                EQ(3, sys_mmap(PAGE, 8, &p), -HERMIT_EINVAL);
                EQ(4, sys_mmap(PAGE, ~0u, &p), -HERMIT_EINVAL);
                EQ(5, sys_mmap(PAGE, HERMIT_PROT_WRITE | HERMIT_PROT_EXEC, &p), -HERMIT_ENOTSUP);
                EQ(6, sys_mmap(PAGE, RW, 0), -HERMIT_EFAULT);
                EQ(7, sys_mmap(PAGE, RW, (void **)constant), -HERMIT_EFAULT);
                EQ(8, sys_mmap(-1ul, NONE, &p), -HERMIT_ENOMEM);
                EQ(9, sys_mmap(1ul << 46, NONE, &p), -HERMIT_ENOMEM);
                EQ(10, sys_mmap(1ul << 40, R, &p), -HERMIT_ENOMEM);
                EQ(11, sys_mmap_at(m + 1, PAGE, R, HERMIT_MAP_FIXED, &p), -HERMIT_EINVAL);
                EQ(12, sys_mmap_at(m, PAGE, R, 1, &p), -HERMIT_EINVAL);
                EQ(13, sys_mmap_at(m - PAGE, 2 * PAGE, R, HERMIT_MAP_FIXED_NOREPLACE, &p), -HERMIT_EEXIST);
                EQ(14, sys_mmap_at(m + 7 * PAGE, PAGE, NONE, HERMIT_MAP_FIXED_NOREPLACE, &p), -HERMIT_EEXIST);
                for (int i = 0; i < 7; i++) {
                    void *b = (void *)((size_t)beside[i] & ~(PAGE - 1));
                    EQ(15, sys_mmap_at(b, 2 * PAGE, R, HERMIT_MAP_FIXED, &p), -HERMIT_ENOMEM);
                    EQ(16, sys_munmap(b, 2 * PAGE), -HERMIT_EINVAL);
                    EQ(17, sys_mprotect(b, 2 * PAGE, R), -HERMIT_ENOMEM);
                    EQ(18, sys_madvise(b, 2 * PAGE, HERMIT_MADV_DONTNEED), -HERMIT_ENOMEM);
                    /* A wish that can't be granted is no error. */
                    CHECK(19, (q = map_at(b, 2 * PAGE, R, 0)) && q != b && sys_munmap(q, 2 * PAGE) == 0);
                }
                EQ(20, sys_munmap(m + 1, PAGE), -HERMIT_EINVAL);
                EQ(21, sys_munmap(m, 0), -HERMIT_EINVAL);
                EQ(22, sys_munmap(m, -1ul), -HERMIT_EINVAL);
                EQ(23, sys_munmap(m, -PAGE), -HERMIT_EINVAL);
                EQ(24, sys_munmap(m, 1ul << 46), -HERMIT_EINVAL);
                EQ(25, sys_mprotect(m + 8, PAGE, R), -HERMIT_EINVAL);
                EQ(26, sys_mprotect(m, PAGE, 16), -HERMIT_EINVAL);
                EQ(27, sys_mprotect(m, PAGE, 7), -HERMIT_ENOTSUP);
                EQ(28, sys_mprotect(m, 9 * PAGE, NONE), -HERMIT_ENOMEM);
                EQ(29, sys_mprotect(m, -1ul, NONE), -HERMIT_ENOMEM);
                EQ(30, sys_mprotect(m, 0, NONE), 0);
                EQ(31, sys_madvise(m + 1, PAGE, HERMIT_MADV_NORMAL), -HERMIT_EINVAL);
                EQ(32, sys_madvise(m, PAGE, 5), -HERMIT_EINVAL);
                EQ(33, sys_madvise(m, PAGE, -1), -HERMIT_EINVAL);
                EQ(34, sys_madvise(m, 9 * PAGE, HERMIT_MADV_DONTNEED), -HERMIT_ENOMEM);
                EQ(35, sys_madvise(m, 9 * PAGE, HERMIT_MADV_RANDOM), -HERMIT_ENOMEM);
                EQ(36, sys_madvise(m, 8 * PAGE, HERMIT_MADV_RANDOM), 0);
                EQ(37, sys_madvise(m, 0, HERMIT_MADV_DONTNEED), 0);
                EQ(38, sys_msync(m, 8 * PAGE, HERMIT_MS_SYNC | HERMIT_MS_INVALIDATE), 0);
                EQ(39, sys_msync(m, PAGE, 8), -HERMIT_EINVAL);
                EQ(40, sys_msync(m, PAGE, HERMIT_MS_SYNC | HERMIT_MS_ASYNC), -HERMIT_EINVAL);
                EQ(41, sys_msync(m, 9 * PAGE, HERMIT_MS_ASYNC), -HERMIT_ENOMEM);
                EQ(42, sys_mincore(m, 9 * PAGE, states), -HERMIT_ENOMEM);
                EQ(43, sys_mincore(m + 1, PAGE, states), -HERMIT_EINVAL);
                EQ(44, sys_mincore(m, 8 * PAGE, 0), -HERMIT_EFAULT);
                EQ(45, sys_mincore(m, 8 * PAGE, (uint8_t *)constant), -HERMIT_EFAULT);
                EQ(46, sys_mlock(m, 8 * PAGE + 1), -HERMIT_ENOMEM);
                EQ(47, sys_munlock(m + 8 * PAGE, 1), -HERMIT_ENOMEM);
                EQ(48, sys_mlock(m, 0), 0);
                EQ(49, sys_mlockall(0), -HERMIT_EINVAL);
                EQ(50, sys_mlockall(4), -HERMIT_EINVAL);
                /* Gaps in a valid range are passed over. */
                EQ(51, sys_munmap(m + PAGE, 2 * PAGE), 0);
                EQ(52, sys_munmap(m + PAGE, 2 * PAGE), 0);
                CHECK(53, m[0] == 1 && m[3 * PAGE] == 0);
                EQ(54, sys_mprotect(m, 8 * PAGE, R), -HERMIT_ENOMEM);
                m[0] = 2;
                EQ(55, sys_munmap(m - PAGE, 100 * PAGE), 0);
                EQ(56, sys_mprotect(m, PAGE, R), -HERMIT_ENOMEM);
                return 0;
            }
            """)
    }

    /// Random changes to 64 pages, and what must be in them: contents and
    /// rights, page by page, as an array says. Every byte that comes is zero.
    @Test func randomChangesKeepEveryPage() async throws {
        try await passes(
            """
            enum { PAGES = 64 };
            static int prot[PAGES];  /* -1: not mapped */
            static uint32_t value[PAGES];
            int main(void)
            {
                unsigned char *base = map(1ul << 30, NONE) + (1ul << 21) - 20 * PAGE;
                size_t before = largest();
                CHECK(1, sys_munmap(base, PAGES * PAGE) == 0);
                for (int i = 0; i < PAGES; i++) prot[i] = -1;
                uint64_t s = 88172645463325252;
                for (int step = 0; step < 20000; step++) {
                    int first = next(&s) % PAGES, count = 1 + next(&s) % (next(&s) % 3 ? 4 : PAGES);
                    static const int prots[] = { NONE, R, RW, RW, RX };
                    int want = prots[next(&s) % 5], kind = next(&s) % 6;
                    if (count > PAGES - first) count = PAGES - first;
                    unsigned char *start = base + first * PAGE;
                    int mapped = 0;
                    for (int i = first; i < first + count; i++) mapped += prot[i] >= 0;
                    switch (kind) {
                    case 0: {
                        unsigned char *p = map_at(start, count * PAGE, want, HERMIT_MAP_FIXED);
                        CHECK(2, p == start);
                        for (int i = first; i < first + count; i++) { prot[i] = want; value[i] = 0; }
                        break;
                    }
                    case 1: {
                        unsigned char *p = map_at(start, count * PAGE, want, HERMIT_MAP_FIXED_NOREPLACE);
                        CHECK(3, (p == start) == (mapped == 0));
                        for (int i = first; p && i < first + count; i++) { prot[i] = want; value[i] = 0; }
                        break;
                    }
                    case 2:
                        CHECK(4, sys_munmap(start, count * PAGE) == 0);
                        for (int i = first; i < first + count; i++) prot[i] = -1;
                        break;
                    case 3:
                        CHECK(5, sys_mprotect(start, count * PAGE, want) == (mapped == count ? 0 : -HERMIT_ENOMEM));
                        for (int i = first; mapped == count && i < first + count; i++) prot[i] = want;
                        break;
                    case 4:
                        CHECK(6, sys_madvise(start, count * PAGE, HERMIT_MADV_DONTNEED) == (mapped == count ? 0 : -HERMIT_ENOMEM));
                        for (int i = first; mapped == count && i < first + count; i++) value[i] = 0;
                        break;
                    default:
                        for (int i = first; i < first + count; i++)
                            if (prot[i] == RW) {
                                *(volatile uint32_t *)(base + i * PAGE + 1024) = value[i] = (uint32_t)next(&s) | 1;
                            }
                    }
                    int i = next(&s) % PAGES;
                    for (int k = step % 500 ? i : 0; k < (step % 500 ? i + 1 : PAGES); k++) {
                        unsigned char *p = base + k * PAGE;
                        CHECK(7, readable(p + 1024) == (prot[k] > 0));
                        if (prot[k] <= 0) continue;
                        CHECK(8, *(volatile uint32_t *)(p + 1024) == value[k]);
                        /* Nothing else was ever written, but what this writes. */
                        CHECK(9, writable(p + 64) == (prot[k] == RW));
                        CHECK(10, *(volatile uint64_t *)(p + 4088) == 0);
                    }
                }
                /* Nothing is lost: as much can be mapped as before. */
                CHECK(11, sys_munmap((void *)0x300000000000, 1ul << 31) == 0);
                base = map(1ul << 30, NONE);
                CHECK(12, base && largest() == before);
                return 0;
            }
            """)
    }

    /// A page that is given again reads as zeros, whatever it held and in
    /// which order it is touched.
    @Test func touchedPagesAreZero() async throws {
        try await passes(
            """
            #define PAGES 1031
            int main(void)
            {
                for (int round = 0; round < 6; round++) {
                    unsigned char *p = map(PAGES * PAGE, RW);
                    CHECK(1, p);
                    for (size_t i = 0; i < PAGES; i++) {
                        size_t page = round % 3 == 0 ? i : round % 3 == 1 ? PAGES - 1 - i : i * 37 % PAGES;
                        uint64_t *words = (uint64_t *)(p + page * PAGE);
                        for (size_t w = 0; w < 512; w += 73) CHECK(2, words[w] == 0);
                        for (size_t w = 0; w < 512; w++) words[w] = ~0ul;
                    }
                    CHECK(3, sys_madvise(p + PAGE, 500 * PAGE, round % 2 ? HERMIT_MADV_DONTNEED : HERMIT_MADV_FREE) == 0);
                    for (size_t i = 0; i < PAGES; i++)
                        CHECK(4, *(uint64_t *)(p + i * PAGE + 8) == (i >= 1 && i < 501 ? 0 : ~0ul));
                    CHECK(5, sys_munmap(p, PAGES * PAGE) == 0);
                }
                /* The kernel fills pages as a program does. */
                unsigned char *p = map(2 * PAGE, RW);
                CHECK(6, sys_read_entropy(p + PAGE - 32, 64, 0) == 64 && writable(p) && p[100] == 0);
                return 0;
            }
            """)
    }

    /// As much memory is there after 100,000 mappings as before, wherever
    /// they were: no page, no page table, and no record is lost.
    @Test func nothingIsLost() async throws {
        try await passes(
            """
            int main(void)
            {
                void *p;
                size_t before = largest();
                CHECK(1, before > 16 * MIB);
                for (int i = 0; i < 100000; i++) {
                    size_t size = (1 + i % 40) * PAGE;
                    CHECK(2, sys_mmap(size, i % 8 ? RW : NONE, &p) == 0);
                    if (i % 8) *(volatile char *)(p + i % size) = 1;
                    CHECK(3, sys_munmap(p, size) == 0);
                }
                CHECK(4, largest() == before);
                /* Page tables all over the region. */
                for (size_t i = 0; i < 20000; i++) {
                    unsigned char *at = (unsigned char *)0x300000000000 + (i * 0x9e3779b97f4a7000 >> 18 & ~(PAGE - 1));
                    CHECK(5, map_at(at, PAGE, RW, HERMIT_MAP_FIXED_NOREPLACE) == at);
                    *at = 1;
                    CHECK(6, sys_munmap(at, PAGE) == 0);
                }
                CHECK(7, largest() == before);
                /* Many at once, which go in another order. */
                static void *all[5000];
                for (int round = 0; round < 2; round++) {
                    for (int i = 0; i < 5000; i++) {
                        CHECK(8, (all[i] = map(PAGE, i % 2 ? R : NONE)));
                        if (i % 2) (void)*(volatile char *)all[i];
                    }
                    for (int i = 0; i < 5000; i++)
                        CHECK(9, sys_munmap(all[(i * 1237ul + 7) % 5000], PAGE) == 0);
                    CHECK(10, largest() == before);
                }
                return 0;
            }
            """, memory: "64M")
    }

    /// Memory runs out at the call, whoever asks; what was promised is there.
    @Test func moreThanThereIsIsRefused() async throws {
        try await passes(
            """
            static void *parts[4096];
            int main(void)
            {
                void *p;
                size_t most = largest(), count = 0;
                CHECK(1, most > 16 * MIB && most < 64 * MIB);
                EQ(2, sys_mmap(most + 2 * PAGE, RW, &p), -HERMIT_ENOMEM);
                /* Page tables that are made count twice until the mapping ends. */
                const size_t size = most - 64 * PAGE;
                unsigned char *all = map(size, RW);
                CHECK(3, all);
                EQ(4, sys_mmap(MIB, R, &p), -HERMIT_ENOMEM);
                CHECK(5, !sys_alloc(MIB, 16) && sys_errno() == HERMIT_ENOMEM);
                /* What may not be touched needs nothing. */
                unsigned char *space = map(1ul << 40, NONE);
                CHECK(6, space);
                EQ(7, sys_mprotect(space, MIB, R), -HERMIT_ENOMEM);
                CHECK(8, !readable(space));
                for (size_t i = 0; i < size; i += PAGE) all[i] = 1;
                /* Taking rights and giving them again is no new promise. */
                EQ(9, sys_mprotect(all, size, R), 0);
                EQ(10, sys_mprotect(all, size, RW), 0);
                /* Untouched memory is for others while it is without access. */
                EQ(11, sys_madvise(all, 8 * MIB, HERMIT_MADV_DONTNEED), 0);
                EQ(12, sys_mprotect(space, MIB, R), -HERMIT_ENOMEM);
                EQ(13, sys_mprotect(all, 8 * MIB, NONE), 0);
                EQ(14, sys_mprotect(space, 7 * MIB, RW), 0);
                EQ(15, sys_mprotect(all, 8 * MIB, RW), -HERMIT_ENOMEM);
                for (size_t i = 0; i < 7 * MIB; i += PAGE) space[i] = 2;
                CHECK(16, all[8 * MIB] == 1 && sys_munmap(space, 1ul << 40) == 0);
                EQ(17, sys_mprotect(all, 8 * MIB, RW), 0);
                CHECK(18, sys_munmap(all, size) == 0 && largest() == most);
                /* Single pages far from each other need tables, which are promised too. */
                space = map(1ul << 45, NONE);
                while (count < 4096) {
                    parts[count] = space + (count << 33) + PAGE;
                    if (sys_mprotect(parts[count], PAGE, RW) != 0) break;
                    count++;
                }
                CHECK(19, count > 500);
                for (size_t i = 0; i < count; i++) *(volatile char *)parts[i] = 1;
                /* A mapping in the middle is given back though memory is used up. */
                CHECK(20, sys_munmap(parts[count / 2], PAGE) == 0 && sys_munmap(space, 1ul << 45) == 0);
                CHECK(21, largest() == most);
                return 0;
            }
            """)
    }

    /// What cannot be had leaves the records' last memory for whoever gives back.
    @Test func recordsRunOutWithAnError() async throws {
        try await passes(
            """
            int main(void)
            {
                size_t most = largest();
                /* Every other page of a reservation: a record each. */
                unsigned char *space = map(1ul << 40, NONE);
                size_t count = 0;
                long error = 0;
                while (count < 10000000 && (error = sys_munmap(space + count * 2 * PAGE, PAGE)) == 0) count++;
                CHECK(1, error == -HERMIT_ENOMEM && count > 20000);
                EQ(2, sys_mprotect(space + (count * 2 + 9) * PAGE, PAGE, R), -HERMIT_ENOMEM);
                CHECK(3, !map(PAGE, R) && !sys_alloc(100000, 16));
                /* All at once can be given back. */
                CHECK(4, sys_munmap(space, 1ul << 40) == 0);
                CHECK(5, largest() == most);
                return 0;
            }
            """, memory: "16M")
    }

    @Test func lockedMemoryIsThere() async throws {
        try await passes(
            """
            static char image[3 * PAGE];
            static int count(void *start, size_t pages)
            {
                static uint8_t states[1024];
                int n = 0;
                CHECK(90, sys_mincore(start, pages * PAGE, states) == 0);
                for (size_t i = 0; i < pages; i++) n += states[i];
                return n;
            }
            int main(void)
            {
                char local[100];
                unsigned char *m = map(600 * PAGE, RW);
                char *block = sys_alloc(MIB, 4096), *small = sys_alloc(100, 16);
                EQ(1, sys_mlock(m + 100, 300 * PAGE - 200), 0);
                CHECK(2, count(m, 300) == 300 && count(m + 400 * PAGE, 200) == 0);
                EQ(3, sys_munlock(m + 100, 300 * PAGE), 0);
                EQ(4, sys_mlock(block + 5, MIB - 5), 0);
                CHECK(5, count(block, 256) == 256);
                EQ(6, sys_mlock(image, sizeof image), 0);
                EQ(7, sys_mlock(local, sizeof local), 0);
                EQ(8, sys_mlock(small, 100), 0);
                EQ(9, sys_mlock((void *)main, 10), 0);
                EQ(10, sys_mprotect(m + 500 * PAGE, PAGE, NONE), 0);
                EQ(11, sys_mlock(m + 499 * PAGE, 2 * PAGE), -HERMIT_ENOMEM);
                EQ(12, sys_mlock((void *)0, 1), -HERMIT_ENOMEM);
                EQ(13, sys_mlock(block, 1ul << 38), -HERMIT_ENOMEM);
                EQ(14, sys_mlock((void *)~0ul, 1), -HERMIT_ENOMEM);
                char *other = sys_alloc(MIB, 4096);
                CHECK(15, count(other, 256) == 0);
                EQ(16, sys_mlockall(HERMIT_MCL_CURRENT | HERMIT_MCL_FUTURE), 0);
                CHECK(17, count(other, 256) == 256 && count(m, 600) == 599);
                unsigned char *n = map(100 * PAGE, RW), *none = map(100 * PAGE, NONE);
                CHECK(18, count(n, 100) == 100 && count(none, 100) == 0);
                EQ(19, sys_mprotect(none, 50 * PAGE, R), 0);
                CHECK(20, count(none, 100) == 50);
                EQ(21, sys_munlockall(0), 0);
                n = map(100 * PAGE, RW);
                CHECK(22, count(n, 100) == 0);
                n = map_at(0, 100 * PAGE, R, HERMIT_MAP_POPULATE);
                CHECK(23, count(n, 100) == 100);
                return 0;
            }
            """)
    }

    /// Tasks that map, touch and give back beside each other.
    @Test(arguments: [1, 4]) func tasksMapBesideEachOther(processors: Int) async throws {
        try await passes(
            """
            #define ROUNDS \(processors == 1 ? 500 : 25)
            static unsigned char *shared;
            static volatile int wrong;
            static void work(size_t seed)
            {
                uint64_t s = seed * 0x9e3779b97f4a7c15;
                for (int i = 0; i < ROUNDS; i++) {
                    size_t size = (1 + next(&s) % 30) * PAGE;
                    unsigned char *p = map(size, RW);
                    if (!p) { wrong = 1; return; }
                    for (size_t k = 0; k < size; k += PAGE) {
                        if (p[k] != 0) wrong = 2;
                        p[k] = (unsigned char)seed;
                    }
                    __atomic_fetch_add((uint32_t *)(shared + next(&s) % 256 * PAGE), 1, __ATOMIC_RELAXED);
                    sys_yield();
                    for (size_t k = 0; k < size; k += PAGE) if (p[k] != seed) wrong = 3;
                    if (sys_mprotect(p, PAGE, R) != 0 || sys_munmap(p, size) != 0) wrong = 4;
                }
            }
            int main(void)
            {
                hermit_tid_t t[8];
                size_t total = 0;
                shared = map(256 * PAGE, RW);
                for (size_t i = 0; i < 8; i++) CHECK(1, (t[i] = sys_spawn2(work, i + 1, 2, 0, -1)) > 0);
                for (int i = 0; i < 8; i++) CHECK(2, sys_join(t[i]) == 0);
                for (size_t i = 0; i < 256; i++) total += *(uint32_t *)(shared + i * PAGE);
                CHECK(3, total == 8 * ROUNDS && wrong == 0);
                return 0;
            }
            """, memory: "64M", processors: processors)
    }

    /// When a call returns that takes rights or pages, another core that has
    /// used the page a moment before cannot any more.
    @Test func otherCoresKnowOfChanges() async throws {
        try await passes(
            """
            static unsigned char *page;
            static uint32_t turn;   /* odd: the other core's */
            static volatile int wanted_write, wanted_byte, wrong;
            static void other(size_t rounds)
            {
                for (size_t i = 0; i < rounds; i++) {
                    while (!(__atomic_load_n(&turn, __ATOMIC_ACQUIRE) & 1)) sys_yield();
                    if (wanted_byte >= 0 && ((volatile unsigned char *)page)[100] != wanted_byte) wrong = 1;
                    if (writable(page) != wanted_write) wrong = 2;
                    __atomic_fetch_add(&turn, 1, __ATOMIC_RELEASE);
                }
            }
            static void ask(int byte, int write)
            {
                wanted_byte = byte;
                wanted_write = write;
                uint32_t mine = __atomic_add_fetch(&turn, 1, __ATOMIC_RELEASE);
                while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) == mine) sys_yield();
            }
            int main(void)
            {
                page = map(PAGE, RW);
                hermit_tid_t t = sys_spawn2(other, 5 * 300, 2, 0, 1);
                CHECK(1, t > 0);
                for (int i = 0; i < 300 && !wrong; i++) {
                    page[100] = 7;
                    ask(7, 1);
                    CHECK(2, sys_mprotect(page, PAGE, R) == 0);
                    ask(7, 0);
                    CHECK(3, sys_mprotect(page, PAGE, NONE) == 0);
                    ask(-1, 0);
                    CHECK(4, sys_mprotect(page, PAGE, RW) == 0 && page[100] == 7);
                    ask(7, 1);
                    if (i % 2) CHECK(5, sys_madvise(page, PAGE, HERMIT_MADV_DONTNEED) == 0);
                    else CHECK(6, map_at(page, PAGE, RW, HERMIT_MAP_FIXED) == page);
                    ask(0, 1);
                }
                CHECK(7, wrong != 1);
                CHECK(8, wrong == 0 && sys_join(t) == 0);
                return 0;
            }
            """, memory: "64M", processors: 2)
    }

    /// A fault in the region of mappings, and what the report says of the address.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let words: String
        let access: String

        var testDescription: String { name }
    }

    static let faults = [
        Fault(name: "none", words: "(a mapping without access (PROT_NONE))", access: "read of"),
        Fault(name: "taken", words: "(a mapping without access (PROT_NONE))", access: "write to"),
        Fault(name: "readonly", words: "(a read-only mapping)", access: "write to"),
        Fault(name: "untouched", words: "(a read-only mapping)", access: "write to"),
        Fault(name: "code", words: "(a read-only mapping)", access: "write to"),
        Fault(name: "jump", words: "(a mapping, not executable)", access: "jump to"),
        Fault(name: "hole", words: "(a mapping that was given back)", access: "read of"),
        Fault(name: "gone", words: "(a mapping that was given back)", access: "write to"),
        Fault(name: "behind", words: "(16 bytes behind a mapping of 32768)", access: "write to"),
        Fault(name: "far", words: "(nothing)", access: "read of"),
    ]

    @Test(arguments: faults)
    func aFaultIsNamed(fault: Fault) async throws {
        let result = try await run(
            """
            static int is(const char *a, const char *b)
            {
                while (*a && *a == *b) a++, b++;
                return *a == *b;
            }
            int main(int argc, char **argv)
            {
                volatile unsigned char *m = map(8 * PAGE, RW);
                const char *way = argv[1];
                CHECK(1, argc == 2 && m);
                m[0] = 1;
                if (is(way, "none")) return map(PAGE, NONE)[5];
                if (is(way, "taken")) { CHECK(2, sys_mprotect((void *)m, PAGE, NONE) == 0); m[0] = 2; }
                if (is(way, "readonly")) { CHECK(2, sys_mprotect((void *)m, PAGE, R) == 0); CHECK(3, m[0] == 1); m[0] = 2; }
                if (is(way, "untouched")) { m = map(PAGE, R); m[0] = 2; }
                if (is(way, "code")) { CHECK(2, sys_mprotect((void *)m, PAGE, RX) == 0); m[0] = 2; }
                if (is(way, "jump")) ((void (*)(void))(size_t)m)();
                if (is(way, "hole")) { CHECK(2, sys_munmap((void *)(m + PAGE), 2 * PAGE) == 0 && m[0] == 1); return m[2 * PAGE]; }
                if (is(way, "gone")) { CHECK(2, sys_munmap((void *)m, 8 * PAGE) == 0); m[0] = 2; }
                if (is(way, "behind")) m[8 * PAGE + 16] = 1;
                if (is(way, "far")) return m[1ul << 40];
                return 0;
            }
            """, arguments: [fault.name])
        #expect(result.status == 139, "\(result.errors)")
        #expect(
            result.errors.contains("page fault: \(fault.access) 0x3")
                && result.errors.contains(fault.words), "\(result.errors)")
    }

    /// What maps nothing has nothing of it in its image.
    @Test func aProgramWithoutMappingsHasNone() async throws {
        let folder = try TemporaryFolder()
        let image = folder.path + "/image"
        let built = try await Hermit.run(["build", "examples-c/hello_world", "-o", image])
        #expect(built.status == 0, "\(built.errors)")
        let names = try await Hermit.command(Tools.path("llvm-nm"), ["--defined-only", image])
        let functions = names.text.split(separator: "\n").filter { $0.contains(" t ") || $0.contains(" T ") }
        #expect(functions.contains { $0.contains("KernelMain") })
        #expect(!functions.contains { $0.contains("KernelMappings") })
    }
}
