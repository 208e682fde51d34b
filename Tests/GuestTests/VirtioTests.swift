import Foundation
import TestSupport
import Testing

/// Devices of virtio's, on both machines and with what QEMU makes of them.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct VirtioTests {
    struct Variant: CustomTestStringConvertible, Sendable {
        let machine: String
        let options: [String]

        var testDescription: String { ([machine] + options).joined(separator: " ") }

        static let all: [Variant] = ["q35", "microvm"].flatMap { machine in
            [
                [], ["packed=on"], ["iommu_platform=on"], ["packed=on", "iommu_platform=on"],
                ["event_idx=off", "indirect_desc=off"], ["packed=on", "event_idx=off", "indirect_desc=off"],
            ].map { Variant(machine: machine, options: $0) }
        }

        var words: [String] {
            ["--machine", machine] + (options.isEmpty ? [] : ["--virtio", options.joined(separator: ",")])
        }
    }

    /// Asks for random bytes until the device must have been asked, too.
    private static let reader = """
        #include <hermit.h>
        int main(void)
        {
            static uint8_t bytes[4096];
            if (sys_read_entropy(bytes, sizeof bytes, 0) != sizeof bytes) return 1;
            unsigned different = 0;
            for (unsigned i = 1; i < sizeof bytes; i++) different += bytes[i] != bytes[i - 1];
            return different > 4000 ? 0 : 2;
        }

        """

    /// A processor without a generator, and emulation in which the same work takes the same
    /// time: there are random numbers, or there are none, by the device.
    private func countedRun(_ path: String, _ words: [String]) async throws -> Hermit.Result {
        let line = try await Hermit.run(["run", "--dry-run"] + Hermit.processor("qemu64") + words + [path])
        #expect(line.status == 0, "\(line.errors)")
        let text = line.text.trimmingCharacters(in: .whitespacesAndNewlines)
            .replacing("tcg,thread=multi", with: "tcg")
        return try await Hermit.command("/bin/sh", ["-c", "exec timeout 120 \(text) -icount shift=0"])
    }

    @Test(arguments: Variant.all)
    func theEntropyDeviceIsASourceOfItsOwn(_ variant: Variant) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("reader.c", Self.reader)
        let result = try await countedRun(path, variant.words)
        #expect(result.text == "[hermit] exit status 0\n", "\(result.errors)")
    }

    @Test(arguments: ["q35", "microvm"])
    func whatHasNoModernInterfaceIsRefusedInOneLine(machine: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("reader.c", Self.reader)
        let result = try await countedRun(
            path, ["--machine", machine, "--virtio", "disable-modern=on"])
        #expect(
            result.text == """
                [hermit] warn: a virtio device has no modern interface (disable-modern, force-legacy): it is not used
                [hermit] warn: no source of randomness can be trusted: there are no secure random numbers
                [hermit] exit status 1

                """)
    }

    /// Where there is a generator, the device's bytes are mixed in as well.
    @Test(arguments: ["q35", "microvm"])
    func aDeviceBesideTheProcessorsGenerator(machine: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("reader.c", Self.reader)
        let result = try await Hermit.run(
            ["run", "--timeout", "120", "--machine", machine, "--cpus", "4", "--rng", path])
        #expect(result.status == 0 && result.log.isEmpty, "\(result.errors)")
    }
}

/// Standard output by a console device.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct ConsoleDeviceTests {
    /// Writes numbered lines to standard output, from some tasks at once if asked, in pieces of
    /// odd sizes; a pipe gives the program what has the driver.
    private static let writer = """
        #include <hermit.h>
        static char text[1 << 20];
        int main(void)
        {
            int ends[2];
            if (sys_pipe(ends)) return 1;
            for (unsigned line = 0; line < sizeof text / 16; line++) {
                char *at = text + line * 16;
                unsigned number = line;
                for (int i = 14; i >= 0; i--, number /= 10) at[i] = '0' + number % 10;
                at[15] = '\\n';
            }
            size_t done = 0, piece = 1;
            for (; done < sizeof text; done += piece, piece = piece * 3 % 40009) {
                if (piece > sizeof text - done) piece = sizeof text - done;
                if (sys_write(1, text + done, piece) != (hermit_ssize_t)piece) return 2;
            }
            return 7;
        }

        """

    private static let text = (0..<65536).map { line in
        let digits = String(line)
        return String(repeating: "0", count: 15 - digits.count) + digits + "\n"
    }.joined()

    @Test(arguments: VirtioTests.Variant.all)
    func aMebibyteArrivesWholeAndInOrder(_ variant: VirtioTests.Variant) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("writer.c", Self.writer)
        let result = try await Hermit.run(["run", "--timeout", "120"] + variant.words + [path])
        #expect(result.status == 7 && result.log.isEmpty, "\(result.errors)")
        #expect(result.text == Self.text)
    }

    /// Without the device, and with one that is refused, the serial port has it all.
    @Test(arguments: ["q35", "microvm"])
    func withoutADeviceTheSerialPortHasItAll(machine: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("writer.c", Self.writer)
        let without = try await Hermit.run(
            ["run", "--timeout", "120", "--machine", machine, "--no-console", path])
        #expect(without.status == 7 && without.log.isEmpty, "\(without.errors)")
        #expect(without.text == Self.text)
        let refused = try await Hermit.run(
            ["run", "--timeout", "120", "--machine", machine, "--virtio", "disable-modern=on", path])
        #expect(refused.status == 7)
        #expect(refused.text == Self.text)
        #expect(
            refused.log == [
                "[hermit] warn: a virtio device has no modern interface (disable-modern, force-legacy): it is not used"
            ])
    }

    /// A clock inside of the machine: so often is a mebibyte written faster than by the port.
    @Test(arguments: ["q35", "microvm"])
    func itIsFiveTimesAsFastAsTheSerialPort(machine: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            "rate.c",
            """
            #include <hermit.h>
            #include <stdio.h>
            static char text[1 << 20];
            static double now(void)
            {
                struct hermit_timespec time;
                sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &time);
                return time.tv_sec + time.tv_nsec / 1e9;
            }
            int main(void)
            {
                int ends[2];
                if (sys_pipe(ends)) return 1;
                for (size_t i = 0; i < sizeof text; i++) text[i] = i % 64 == 63 ? '\\n' : 'x';
                /* The start of the device is not what is measured. */
                sys_write(1, text, 8192);
                double start = now();
                if (sys_write(1, text, sizeof text) != sizeof text) return 2;
                fprintf(stderr, "%.6f\\n", now() - start);
                return 0;
            }

            """)
        var times: [Double] = []
        for words in [[], ["--no-console"]] {
            // The best of some: what else the host does makes any of them slower.
            var best = Double.infinity
            for _ in 0..<3 {
                let result = try await Hermit.run(
                    ["run", "--timeout", "120", "--machine", machine] + words + [path])
                #expect(result.status == 0 && result.output.count == 1 << 20 | 8192, "\(result.errors)")
                let seconds = result.errors.split(separator: "\n").compactMap { Double($0) }
                best = min(best, seconds.last ?? .infinity)
            }
            times.append(best)
        }
        #expect(times[0] * 5 <= times[1], "\(times)")
    }
}
