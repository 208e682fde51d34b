import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A guest with a disk, whose emulator is killed: nothing in it gets to know, and nothing of it
/// is done to its end.
enum GuestKill {
    /// Runs one until it is killed.
    ///
    /// - Parameters:
    ///   - words: Behind `hermit run`; the disk's files are at `/m`.
    ///   - moment: Is told each line of the guest's output; how many seconds after it the guest is
    ///     to be killed.
    /// - Returns: The lines that came before its end; of the last one perhaps not all.
    @discardableResult
    static func run(
        _ image: DiskImage, _ words: [String], _ moment: (String) -> Double?
    ) async throws -> [String] {
        let path = image.path
        let result = try await Subprocess.run(
            .path(FilePath(Hermit.executable)),
            arguments: Arguments(["run", "--disk", path + ":/m"] + words),
            environment: .inherit.updating(["HERMIT_HOME": Hermit.root]), input: .none,
            output: .sequence, error: .string(limit: 1 << 20)
        ) { execution in
            var lines: [String] = []
            for try await line in execution.standardOutput.strings() {
                lines.append(line)
                guard let seconds = moment(line) else { continue }
                Task {
                    try await Task.sleep(for: .seconds(seconds))
                    for emulator in emulators(of: path) { kill(emulator, SIGKILL) }
                }
            }
            return lines
        }
        // The guest has ended without a status.
        #expect(result.terminationStatus == .exited(125), "\(result.closureResult.suffix(3)) \(result.standardError)")
        return result.closureResult
    }

    /// The emulators whose command line has a disk in it.
    private static func emulators(of disk: String) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.first?.contains("qemu-system") == true && words.contains { $0.contains("file=\(disk),") }
        }
    }
}
