import Foundation
import TestSupport
import Testing

/// The application's heap and its buffers, from inside of a virtual machine.
/// A program ends with the number of the check that failed, or with 0.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct MemoryTests {
    private static let check = """
        #include <hermit.h>
        #define CHECK(n, c) do { if (!(c)) sys_exit(n); } while (0)

        """

    private func status(_ program: String, memory: String = "32M") async throws -> Int32 {
        let folder = try TemporaryFolder()
        let source = try folder.write("program.c", Self.check + program)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--memory", memory, source,
        ])
        #expect(result.status == 0, "\(result.errors)")
        return result.status
    }

    /// The running task keeps blocks of every size that is given back, and
    /// gives the last one again. Two at a time: the first block of a slab
    /// starts where the slab does.
    @Test func blocksOfAllSizesAreKept() async throws {
        _ = try await status(
            """
            int main(void)
            {
                for (size_t size = 1; size <= 65536; size += size < 256 ? 1 : size / 16) {
                    void *first = sys_alloc(size, 16), *second = sys_alloc(size, 16);
                    CHECK(1, first && second && first != second);
                    sys_dealloc(first, size, 16);
                    sys_dealloc(second, size, 16);
                    CHECK(2, sys_alloc(size, 16) == second);
                    CHECK(3, sys_alloc(size, 16) == first);
                    sys_dealloc(first, size, 16);
                    sys_dealloc(second, size, 16);
                }
                return 0;
            }
            """)
    }

    /// Pages of a large block read as zeros whatever they held before and in
    /// which order they are touched, and all memory comes back.
    @Test func touchedPagesAreZero() async throws {
        _ = try await status(
            """
            #define PAGES 1031
            static size_t largest(void)
            {
                size_t low = 0, high = 1u << 26;
                while (high - low > 4096) {
                    size_t middle = (low + high) / 2;
                    void *p = sys_alloc(middle, 16);
                    if (p) { sys_free(p, 0, 1); low = middle; } else high = middle;
                }
                return low;
            }
            int main(void)
            {
                static const size_t steps[] = { 1, PAGES - 1, 7, 16, 17, 512 };
                size_t before = largest();
                for (int round = 0; round < 60; round++) {
                    size_t step = steps[round % 6], page = round * 13 % PAGES;
                    volatile unsigned char *block = sys_alloc(PAGES * 4096, 16);
                    CHECK(4, block);
                    /* PAGES is prime: every step reaches all pages, here some of them. */
                    for (int i = 0; i < PAGES - round * 11; i++, page = (page + step) % PAGES) {
                        volatile unsigned long *words = (void *)(block + page * 4096);
                        for (int k = 0; k < 512; k++) {
                            CHECK(5, words[k] == 0);
                            words[k] = ~0ul;
                        }
                    }
                    sys_free((void *)block, 0, 16);
                    CHECK(6, largest() >= before - 65536);
                }
                return 0;
            }
            """)
    }

    /// A large block grows where it is or with its pages moved, and shrinks,
    /// in a memory that has no room for a copy of it.
    @Test func largeBlocksAreResizedWithoutACopy() async throws {
        _ = try await status(
            """
            #define MIB (1ul << 20)
            static int holds(unsigned char *block, size_t size, int tag)
            {
                for (size_t i = 0; i < size; i += 1021)
                    if (block[i] != (unsigned char)(i / 1021 + tag)) return 0;
                return 1;
            }
            static void fill(unsigned char *block, size_t from, size_t size, int tag)
            {
                for (size_t i = (from + 1020) / 1021 * 1021; i < size; i += 1021)
                    block[i] = (unsigned char)(i / 1021 + tag);
            }
            int main(void)
            {
                void *most = sys_alloc(20 * MIB, 16);
                CHECK(1, most);
                sys_free(most, 0, 16);
                for (int round = 0; round < 3; round++) {
                    unsigned char *block = sys_alloc(70000, 16), *other = 0;
                    size_t size = 70000;
                    fill(block, 0, size, round);
                    while (size < 18 * MIB) {
                        size_t larger = size + size / 3;
                        block = sys_realloc(block, size, 16, larger);
                        CHECK(2, block && (unsigned long)block % 16 == 0);
                        CHECK(3, holds(block, size, round));
                        fill(block, size, larger, round);
                        size = larger;
                        CHECK(4, sys_usable_size(block) >= size && sys_usable_size(block) < size + 4096);
                        /* In the way of the next growth in place, now and then. */
                        if (round && size < 4 * MIB) {
                            sys_free(other, 0, 16);
                            other = sys_alloc(100000, 16);
                            fill(other, 0, 100000, 99);
                        }
                    }
                    if (other) CHECK(5, holds(other, 100000, 99));
                    sys_free(other, 0, 16);
                    block = sys_realloc(block, size, 16, 3 * MIB);
                    CHECK(6, block && holds(block, 3 * MIB, round));
                    /* The rest is free for others. */
                    void *rest = sys_alloc(16 * MIB, 16);
                    CHECK(7, rest);
                    /* More than there is: the block stays as it was. */
                    CHECK(8, !sys_realloc(block, 0, 16, 1024 * MIB));
                    CHECK(9, sys_errno() == HERMIT_ENOMEM && holds(block, 3 * MIB, round));
                    sys_free(rest, 0, 16);
                    /* To the slabs and back, which is a copy. */
                    block = sys_realloc(block, 0, 16, 1000);
                    CHECK(10, block && holds(block, 1000, round));
                    block = sys_realloc(block, 0, 4096, 200000);
                    CHECK(11, block && (unsigned long)block % 4096 == 0 && holds(block, 1000, round));
                    sys_free(block, 0, 16);
                }
                most = sys_alloc(20 * MIB, 16);
                CHECK(12, most);
                return 0;
            }
            """)
    }

    /// Behind a large block nothing is mapped.
    @Test func writingBehindALargeBlockIsAFault() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            """
            #include <hermit.h>
            int main(void)
            {
                volatile char *first = sys_alloc(1 << 20, 16), *second = sys_alloc(1 << 20, 16);
                first[(1 << 20) - 1] = second[0] = 1;
                first[1 << 20] = 1;
                return 0;
            }
            """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 139)
        #expect(result.errors.contains("page fault"))
    }

    @Test func whatIsNoBlockIsRefused() async throws {
        _ = try await status(
            """
            static int refused(void *p)
            {
                *sys_errno_location() = 0;
                sys_free(p, 0, 1);
                return sys_errno() == HERMIT_EINVAL;
            }
            int main(void)
            {
                int local;
                char *a = sys_alloc(64, 16), *b = sys_alloc(64, 16), *large = sys_alloc(100000, 16);
                char *aligned = sys_alloc(10, 4096);
                CHECK(1, a && b && large && a != b && ((size_t)aligned & 4095) == 0);
                CHECK(2, refused(a + 1) && refused(a + 16) && refused(a + 32));
                CHECK(3, refused(large + 16) && refused(large + 65536) && refused(large + 4096));
                CHECK(4, refused(&local) && refused((void *)main) && refused((void *)~15ul));
                *sys_errno_location() = 0;
                sys_free(a, 64, 16);
                sys_free(large, 0, 1);
                sys_free(0, 0, 1);
                CHECK(5, sys_errno() == 0);
                CHECK(6, refused(a) && refused(large));
                CHECK(7, sys_realloc(a, 64, 16, 128) == 0 && sys_errno() == HERMIT_EINVAL);
                sys_free(b, 64, 16);
                sys_free(aligned, 10, 4096);
                CHECK(8, refused(b) && refused(aligned));
                CHECK(9, sys_alloc(16, 3) == 0 && sys_errno() == HERMIT_EINVAL);
                CHECK(10, sys_alloc(16, 1ul << 40) == 0 && sys_errno() == HERMIT_ENOMEM);
                CHECK(11, sys_alloc(1ul << 40, 16) == 0 && sys_errno() == HERMIT_ENOMEM);
                CHECK(12, sys_alloc(~0ul, 16) == 0 && sys_errno() == HERMIT_ENOMEM);
                return 0;
            }

            """)
    }

    /// Blocks of all sizes keep their bytes while others come and go, and all
    /// the memory there was can be had again.
    @Test func blocksKeepTheirBytes() async throws {
        _ = try await status(
            """
            #define COUNT 600
            static unsigned char *block[COUNT];
            static size_t size[COUNT];
            static unsigned long x = 88172645463325252;
            static unsigned long next(void)
            {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                return x;
            }
            static int holds(int i)
            {
                for (size_t k = 0; k < size[i]; k++)
                    if (block[i][k] != (unsigned char)(i * 7 + k)) return 0;
                return 1;
            }
            static void fill(int i, size_t from)
            {
                for (size_t k = from; k < size[i]; k++) block[i][k] = (unsigned char)(i * 7 + k);
            }
            static long largest(void)
            {
                long low = 0, high = 1l << 30;
                while (high - low > 65536) {
                    long middle = (low + high) / 2;
                    void *p = sys_alloc((size_t)middle, 16);
                    if (p) { sys_free(p, 0, 1); low = middle; } else high = middle;
                }
                return low;
            }
            int main(void)
            {
                long before = largest();
                for (int round = 0; round < 30000; round++) {
                    int i = (int)(next() % COUNT);
                    size_t wanted = next() % ((size_t)1 << (4 + next() % 14)) + 1;
                    if (block[i]) CHECK(1, holds(i));
                    if (block[i] && next() % 4 == 0) {
                        size_t kept = wanted < size[i] ? wanted : size[i];
                        block[i] = sys_realloc(block[i], size[i], 16, wanted);
                        CHECK(2, block[i]);
                        size[i] = kept;
                        CHECK(3, holds(i));
                        size[i] = wanted;
                        fill(i, kept);
                        continue;
                    }
                    sys_free(block[i], size[i], 16);
                    size[i] = wanted;
                    block[i] = next() % 8 ? sys_alloc(wanted, 16) : sys_alloc_zeroed(wanted, 64);
                    CHECK(4, block[i] && ((size_t)block[i] & 15) == 0);
                    fill(i, 0);
                }
                for (int i = 0; i < COUNT; i++) {
                    if (block[i]) CHECK(5, holds(i));
                    sys_free(block[i], size[i], 16);
                }
                /* Records, page tables and one slab of each size stay. */
                CHECK(6, largest() > before - (4l << 20));
                return 0;
            }

            """, memory: "64M")
    }

    /// A wild write into blocks that were given back ends in a fault at the
    /// worst: no call of the heap's runs for ever.
    @Test func aDamagedHeapDoesNotHang() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            Self.check + """
                static unsigned long x = 88172645463325252;
                static unsigned long next(void)
                {
                    x ^= x << 13;
                    x ^= x >> 7;
                    x ^= x << 17;
                    return x;
                }
                int main(int argc, char **argv)
                {
                    char *block[200];
                    x += (unsigned long)argv[1][0] * 0x9e3779b97f4a7c15;
                    for (int round = 0; round < 200; round++) {
                        for (int i = 0; i < 200; i++) block[i] = sys_alloc(48, 16);
                        for (int i = 0; i < 200; i++) sys_free(block[i], 48, 16);
                        /* Links to anywhere, to other blocks, to themselves; marks. */
                        for (int i = 0; i < 20; i++) {
                            unsigned long *word = (unsigned long *)block[next() % 200];
                            switch (next() % 4) {
                            case 0: word[0] = next(); break;
                            case 1: word[0] = (unsigned long)block[next() % 200]; break;
                            case 2: word[0] = (unsigned long)word; break;
                            default: word[1] = next(); break;
                            }
                        }
                    }
                    return argc;
                }

                """)
        for seed in ["a", "b", "c", "d", "e", "f"] {
            let result = try await Hermit.run(["run", "--timeout", "60", source, "--", seed])
            #expect([2, 139].contains(result.status), "\(seed): \(result.errors)")
        }
    }

    /// Of every size and alignment a block has what was asked for.
    @Test func sizesAndAlignmentsAreKept() async throws {
        _ = try await status(
            """
            int main(void)
            {
                static void *block[4000];
                int count = 0;
                for (size_t alignment = 1; alignment <= 1 << 17; alignment <<= 1) {
                    for (size_t size = 0; size < 200000; size += size / 3 + 1) {
                        unsigned char *p = sys_alloc(size, alignment);
                        CHECK(1, p && ((size_t)p & (alignment - 1)) == 0);
                        CHECK(2, sys_usable_size(p) >= size && sys_usable_size(p) > 0);
                        /* The whole of it is the program's. */
                        size_t room = sys_usable_size(p);
                        CHECK(3, size < 32 || room <= 2 * (size > alignment ? size : alignment) + 4096);
                        p[0] = p[room - 1] = 0xA5;
                        block[count++] = p;
                        CHECK(4, count < 4000);
                        if (count % 3 == 0) sys_free(block[--count], size, alignment);
                    }
                }
                for (int i = 0; i < count; i++) {
                    CHECK(5, *(unsigned char *)block[i] == 0xA5);
                    *sys_errno_location() = 0;
                    sys_free(block[i], 1, 1);
                    CHECK(6, sys_errno() == 0);
                    CHECK(7, sys_usable_size(block[i]) == 0 && sys_errno() == HERMIT_EINVAL);
                }
                return 0;
            }

            """, memory: "256M")
    }

    @Test func badBuffersAreFaultsNotCrashes() async throws {
        _ = try await status(
            """
            static const char constant[] = "constant";
            int main(void)
            {
                static void *const bad[] = {
                    0, (void *)8, (void *)0xfff, (void *)0x7ffffffff000, (void *)0x800000000000,
                    (void *)0xdeadbeefdeadbeef, (void *)0xffff800000100000,
                    (void *)0xffffc00000000000, (void *)~0ul, (void *)0x300000000000,
                };
                unsigned char bytes[4];
                struct hermit_iovec parts[2];

                for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                    CHECK(1, sys_write(1, bad[i], 16) == -HERMIT_EFAULT);
                    CHECK(2, sys_errno() == HERMIT_EFAULT);
                    CHECK(3, sys_write(1, bad[i], 0) == 0);
                    CHECK(4, sys_write(1, bad[i], 1ul << 40) == -HERMIT_EFAULT);
                    CHECK(5, sys_read_entropy(bad[i], 40, 0) == -HERMIT_EFAULT);
                    CHECK(6, sys_secure_rand64(bad[i]) == -HERMIT_EFAULT);
                    CHECK(7, sys_writev(1, bad[i], 1) == -HERMIT_EFAULT);
                    parts[0].iov_base = bad[i];
                    parts[0].iov_len = 1;
                    CHECK(8, sys_writev(1, parts, 1) == -HERMIT_EFAULT);
                    if (bad[i]) CHECK(9, sys_getprio(bad[i]) == -HERMIT_EFAULT);
                }
                CHECK(10, sys_read_entropy((void *)constant, 8, 0) == -HERMIT_EFAULT);
                CHECK(11, sys_read_entropy((void *)main, 8, 0) == -HERMIT_EFAULT);
                CHECK(12, sys_write(1, bytes, ~0ul) == -HERMIT_EINVAL);
                CHECK(13, sys_write(3, bad[0], 1) == -HERMIT_EBADF);
                CHECK(14, sys_write(0, bytes, 1) == -HERMIT_EBADF);
                CHECK(15, sys_read(1, bytes, 1) == -HERMIT_EBADF);
                parts[0].iov_len = ~0ul;
                CHECK(16, sys_writev(1, parts, 1) == -HERMIT_EINVAL);
                CHECK(17, sys_writev(1, parts, HERMIT_IOV_MAX + 1) == -HERMIT_EINVAL);
                /* Memory that is filled when touched is a buffer like any other. */
                CHECK(18, sys_read_entropy(sys_alloc(300000, 16), 300000, 0) == 300000);
                return 0;
            }

            """)
    }

    /// The bytes in front of memory that is not there are written, and counted.
    @Test func aBufferThatEndsEarlyIsWrittenAsFarAsItGoes() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            Self.check + """
                int main(void)
                {
                    /* The last page of the block's second unit is not the block's. */
                    char *block = sys_alloc(65536 * 2 - 4096, 16), *end = block + 65536 * 2 - 4096;
                    struct hermit_iovec parts[2] = { { "ab", 2 }, { 0, 1 } };
                    for (int i = 1; i <= 3000; i++) end[-i] = 'x';
                    CHECK(1, sys_write(1, end - 3000, 5000) == 3000);
                    CHECK(2, sys_writev(1, parts, 2) == -HERMIT_EFAULT);
                    parts[1].iov_base = end;
                    CHECK(3, sys_writev(1, parts, 2) == 2);
                    return 0;
                }

                """)
        let result = try await Hermit.run(["run", "--timeout", "60", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == String(repeating: "x", count: 3000) + "ab")
    }

    @Test func inputThatCanNotBeStoredIsNotLost() async throws {
        let folder = try TemporaryFolder()
        let source = try folder.write(
            "program.c",
            Self.check + """
                int main(void)
                {
                    char bytes[2000];
                    long count;
                    CHECK(1, sys_read(0, (void *)main, 5) == -HERMIT_EFAULT);
                    CHECK(2, sys_read(0, (void *)8, 5) == -HERMIT_EFAULT);
                    while ((count = sys_read(0, bytes, sizeof bytes)) > 0) {
                        CHECK(3, sys_write(1, bytes, (size_t)count) == count);
                        CHECK(4, sys_read(0, (void *)8, 5) == -HERMIT_EFAULT);
                    }
                    return (int)-count;
                }

                """)
        let text = String(repeating: "0123456789abcde\n", count: 500)
        let result = try await Hermit.run(["run", "--timeout", "60", source], input: text)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == text)
    }
}
