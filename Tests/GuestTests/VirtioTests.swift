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
        let line = try await Hermit.run(["run", "--dry-run", "--cpu", "qemu64"] + words + [path])
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
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    }
}
