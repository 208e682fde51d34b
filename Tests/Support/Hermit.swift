import Foundation
import Subprocess
import SystemPackage

/// The `hermit` command, run as a user runs it.
package enum Hermit {
    package struct Result: Sendable {
        package var status: Int32
        package var output: [UInt8]
        package var errors: String

        package var text: String { String(decoding: output, as: UTF8.self) }

        /// The lines of the kernel's log.
        package var log: [String] { lines.filter { $0.hasPrefix("[hermit]") } }

        /// What was written to standard error but for the tool's own lines, which
        /// tell of builds.
        package var remarks: [String] { lines.filter { !$0.hasPrefix("hermit: ") } }

        private var lines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    /// The project's folder.
    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// The executable that this test run built: beside the test bundle.
    package static var executable: String {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0])
        for folder in [
            bundle.deletingLastPathComponent().path, root + "/.build/debug",
        ] where FileManager.default.fileExists(atPath: folder + "/hermit") {
            return folder + "/hermit"
        }
        return root + "/.build/debug/hermit"
    }

    /// Virtual machines, and builds, that run at once.
    private static let turns = Turns(
        atOnce: max(ProcessInfo.processInfo.activeProcessorCount, 2))

    /// The words of `hermit run` for a kind of processor. One without protection keys runs without
    /// isolation, whatever `HERMIT_ISOLATION` wants of programs that are run as usual.
    package static func processor(_ model: String) -> [String] {
        ["--cpu", model] + (model == "qemu64" ? ["--isolation", "off"] : [])
    }

    /// This task has a turn already.
    @TaskLocal private static var hasTurn = false

    /// Does `body` in one turn, however often it runs `hermit`.
    ///
    /// - Parameter program: Is built first, so that who talks to a guest does not wait for that.
    package static func inOneTurn<Value: Sendable>(
        building program: String? = nil, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await inTurn {
            try await $hasTurn.withValue(true) {
                if let program {
                    let folder = try TemporaryFolder()
                    let built = try await run(["build", program, "-o", folder.path + "/image"])
                    guard built.status == 0 else { throw Failure(description: built.errors) }
                }
                return try await body()
            }
        }
    }

    /// Does `body` when it has its turn, as `run` does.
    package static func inTurn<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        if hasTurn { return try await body() }
        return try await turns.take(body)
    }

    /// Runs `hermit` with these words to its end, when it has its turn.
    package static func run(
        _ words: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Result {
        var values: [Environment.Key: String?] = ["HERMIT_HOME": root]
        for (name, value) in environment { values[Environment.Key(stringLiteral: name)] = value }
        let all = Environment.inherit.updating(values)
        if hasTurn { return try await command(executable, words, input: input, environment: all) }
        return try await turns.take {
            try await command(executable, words, input: input, environment: all)
        }
    }

    /// Runs `hermit` with these words to its end, when it has its turn, and sends it a signal at
    /// every line of standard output that one stands for.
    package static func run(_ words: [String], sending signals: [String: Signal]) async throws -> Result {
        try await inTurn {
            let result = try await Subprocess.run(
                .path(FilePath(executable)), arguments: Arguments(words),
                environment: .inherit.updating(["HERMIT_HOME": root]), workingDirectory: FilePath(root),
                input: .none, output: .sequence, error: .string(limit: 16 << 20)
            ) { execution in
                var output: [UInt8] = []
                for try await line in execution.standardOutput.strings() {
                    output += Array(line.utf8) + [10]
                    if let signal = signals[line] { try execution.send(signal: signal) }
                }
                return output
            }
            var status: Int32 = -1
            if case .exited(let code) = result.terminationStatus { status = code }
            return Result(status: status, output: result.closureResult, errors: result.standardError)
        }
    }

    /// The sysroot's folder, built where it is out of date.
    package static func sysroot() async throws -> String {
        let result = try await run(["sysroot"])
        guard result.status == 0 else { throw Failure(description: result.errors) }
        return result.text.trimmingCharacters(in: .newlines)
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// Runs any program to its end.
    package static func command(
        _ path: String, _ words: [String], input: String = "",
        environment: Environment = .inherit, in folder: String = root
    ) async throws -> Result {
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(words), environment: environment,
            workingDirectory: FilePath(folder), input: .string(input),
            output: .bytes(limit: 16 << 20), error: .string(limit: 16 << 20))
        var status: Int32 = -1
        if case .exited(let code) = result.terminationStatus { status = code }
        return Result(
            status: status, output: result.standardOutput, errors: result.standardError)
    }
}
