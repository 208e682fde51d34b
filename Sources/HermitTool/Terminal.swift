import SystemPackage

/// The tool's own words, all on standard error: standard output belongs to
/// the guest and to what a command is asked to print.
enum Terminal {
    static func say(_ line: String) { write("hermit: \(line)\n") }

    /// Writes `text` to standard error as it is.
    static func write(_ text: String) {
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }

    /// Says what begins, runs it, and says how long it took.
    static func step<Result>(
        _ what: String, _ body: () async throws -> Result
    ) async throws -> Result {
        say("\(what) ...")
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await body()
        let tenths = Int((clock.now - start) / .milliseconds(100))
        say("\(what): done in \(tenths / 10).\(tenths % 10) s")
        return result
    }
}
