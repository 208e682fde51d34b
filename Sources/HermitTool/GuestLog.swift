import Foundation
import KernelSupport

/// The kernel's log on its way to standard error. A report of a fault is kept
/// from its first function on, until the guest has ended and the functions'
/// names are looked up.
final class GuestLog {
    private let symbolizer: Symbolizer
    private var report = FaultReport()
    /// The call that is traced next, as far as it is known.
    private var begunCall: String?

    init(symbolizer: Symbolizer) { self.symbolizer = symbolizer }

    /// A line of the log.
    func take(_ level: LogLevel, _ text: String) {
        if level == .trace { begunCall = nil }
        guard level == .error, report.take(text) else { return write(level, text) }
    }

    /// How the line of a traced call begins.
    func begin(_ text: String) { begunCall = text }

    /// Writes what was kept, with all that is known of it.
    func finish() async {
        if let begunCall { write(.trace, begunCall + " <unfinished ...>") }
        begunCall = nil
        guard !report.lines.isEmpty else { return }
        let places = await symbolizer.places(at: report.offsets)
        let folder = FileManager.default.currentDirectoryPath
        for line in report.text(with: places, from: folder) { write(.error, line) }
        report = FaultReport()
    }

    private func write(_ level: LogLevel, _ text: String) {
        Terminal.write("[hermit] \(level.name): \(text)\n")
    }
}
