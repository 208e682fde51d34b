import Foundation
import TestSupport
import Testing

/// Secure random numbers, from inside of a virtual machine.
@Suite(.serialized, .prepared, .timeLimit(.minutes(10)))
struct EntropyTests {
    /// Writes as many secure bytes as its argument says, in pieces of odd sizes.
    private static let writer = """
        #include <hermit.h>
        static uint8_t bytes[1 << 21];
        int main(void)
        {
            size_t done = 0, piece = 1;
            for (; done < sizeof bytes; done += piece, piece = piece * 3 % 40009) {
                if (piece > sizeof bytes - done) piece = sizeof bytes - done;
                if (sys_read_entropy(bytes + done, piece, 0) != (hermit_ssize_t)piece) return 1;
            }
            return sys_write(1, bytes, sizeof bytes) == sizeof bytes ? 0 : 2;
        }

        """

    /// `max` has RDRAND; `qemu64` has none, and its jitter must do.
    @Test(arguments: ["max", "qemu64"])
    func twoMebibytesLookRandom(cpu: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("writer.c", Self.writer)
        var runs: [[UInt8]] = []
        for _ in 0..<2 {
            let result = try await Hermit.run(["run", "--timeout", "120"] + Hermit.processor(cpu) + [path])
            #expect(result.status == 0, "\(result.errors)")
            try #require(result.output.count == 1 << 21)
            runs.append(result.output)
        }
        #expect(runs[0].prefix(32) != runs[1].prefix(32))
        for bytes in runs {
            // Chi-squared over 255 degrees of freedom: beyond these bounds once in 10^9 runs.
            var counts = [Double](repeating: 0, count: 256)
            for byte in bytes { counts[Int(byte)] += 1 }
            let expected = Double(bytes.count) / 256
            let chi = counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
            #expect(chi > 140 && chi < 410, "\(chi)")
            // No block of 16 bytes comes twice.
            let blocks = bytes.withUnsafeBytes { Set($0.bindMemory(to: UInt128.self)) }
            #expect(blocks.count == bytes.count / 16)
        }
    }

    /// Where an instruction is a nanosecond, the same work always takes the
    /// same time: nothing is left to make a seed of.
    @Test func withoutASourceItFailsAndSaysSo() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "none.c",
            """
            #include <hermit.h>
            int main(void)
            {
                uint8_t bytes[64] = { 0 };
                uint32_t small = 0;
                uint64_t large = 0;
                for (int i = 0; i < 2; i++) {
                    if (sys_read_entropy(bytes, 64, 0) != -HERMIT_ENOSYS) return 1;
                    if (sys_read_entropy(bytes, 64, HERMIT_GRND_RANDOM) != -HERMIT_ENOSYS) return 2;
                    if (sys_read_entropy(bytes, 1, HERMIT_GRND_NONBLOCK) != -HERMIT_EAGAIN) return 3;
                    if (sys_secure_rand32(&small) != -HERMIT_ENOSYS || small) return 4;
                    if (sys_secure_rand64(&large) != -HERMIT_ENOSYS || large) return 5;
                }
                for (int i = 0; i < 64; i++) if (bytes[i]) return 6;
                return sys_read_entropy(bytes, 0, 0) == 0 ? 0 : 7;
            }

            """)
        let line = try await Hermit.run(["run", "--dry-run"] + Hermit.processor("qemu64") + ["--no-rng", path])
        #expect(line.status == 0, "\(line.errors)")
        let words = line.text.trimmingCharacters(in: .whitespacesAndNewlines)
            .replacing("tcg,thread=multi", with: "tcg")
        let result = try await Hermit.command(
            "/bin/sh", ["-c", "exec timeout 120 \(words) -icount shift=0"])
        #expect(
            result.text == """
                [hermit] warn: no source of randomness can be trusted: there are no secure random numbers
                [hermit] exit status 0

                """)
    }

    @Test func hostileArgumentsGetTheirErrno() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "hostile.c",
            """
            #include <hermit.h>
            int main(void)
            {
                uint8_t bytes[16];
                static const uint8_t constant[16];
                if (sys_read_entropy(0, 16, 0) != -HERMIT_EFAULT) return 1;
                if (sys_read_entropy((void *)(1ul << 63), 16, 0) != -HERMIT_EFAULT) return 2;
                if (sys_read_entropy((void *)constant, 16, 0) != -HERMIT_EFAULT) return 3;
                if (sys_read_entropy(bytes, (size_t)-1, 0) != -HERMIT_EINVAL) return 4;
                if (sys_read_entropy(bytes, 16, 4) != -HERMIT_EINVAL) return 5;
                if (sys_read_entropy(bytes, 16, ~0u) != -HERMIT_EINVAL) return 6;
                if (sys_read_entropy(0, 0, 0) != 0) return 7;
                if (sys_secure_rand32(0) != -HERMIT_EFAULT) return 8;
                if (sys_secure_rand64((void *)main) != -HERMIT_EFAULT) return 9;
                return sys_read_entropy(bytes, 16, 3) == 16 ? 0 : 10;
            }

            """)
        let result = try await Hermit.run(["run", "--timeout", "60", path])
        #expect(result.status == 0, "\(result.errors)")
    }
}
