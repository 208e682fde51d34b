import Glibc
import Subprocess
import SystemPackage

/// One run of QEMU for a benchmark, its serial port on our pipe.
struct EmulatorRun {
    /// Everything that came out.
    let output: String
    /// From the start of QEMU to the first byte that came out; `nil`: none came.
    let firstOutput: Duration?
    /// It ended by itself.
    let didEnd: Bool

    /// Runs QEMU to its end.
    ///
    /// - Parameters:
    ///   - limit: After this long the run is ended: it hangs.
    ///   - mustEnd: Whether that is an error.
    /// - Throws: `ToolError` when it does not end in time, and must.
    init(
        _ emulator: String, _ words: [String], timeLimit limit: Duration = .seconds(120),
        mustEnd: Bool = true
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await Subprocess.run(
            .path(FilePath(emulator)), arguments: Arguments(words), input: .none,
            output: .sequence, error: .currentStandardError
        ) { execution -> (String, Duration?) in
            let process = execution.processIdentifier.value
            let watchdog = Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                kill(process, SIGKILL)
            }
            defer { watchdog.cancel() }
            var bytes: [UInt8] = []
            var first: Duration?
            for try await piece in execution.standardOutput {
                if first == nil { first = clock.now - start }
                unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
            }
            return (String(decoding: bytes, as: UTF8.self), first)
        }
        didEnd = if case .exited = result.terminationStatus { true } else { false }
        guard didEnd || !mustEnd else {
            throw ToolError("the guest did not end; it printed: \(result.closureResult.0)")
        }
        (output, firstOutput) = result.closureResult
    }
}
