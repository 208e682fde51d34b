import Glibc
import Subprocess
import SystemPackage

/// The programs that the tool calls.
public struct Programs: Sendable {
    /// The folder of the Swift toolchain's programs.
    public let toolchain: String
    /// What the programs print is passed on even when they succeed.
    public var isVerbose = false

    static let needed = [
        "swift", "swift-frontend", "clang", "ld.lld", "llvm-objcopy", "llvm-nm", "llvm-ar",
    ]

    public init(toolchain: String) { self.toolchain = toolchain }

    /// Finds the toolchain behind the `swift` in PATH.
    public static func find() async throws -> Programs {
        guard let swift = locate("swift") else {
            throw ToolError("there is no swift in PATH: install the Swift 6.3 toolchain")
        }
        var folder = Files.folder(Files.resolved(swift))
        if !Files.isExecutable(folder + "/ld.lld") {
            // A version manager's stand-in: ask where it leads.
            let information = try await run(swift, ["-print-target-info"])
            let pattern = /"runtimeResourcePath"\s*:\s*"([^"]+)\/lib\/swift"/
            if let match = information.firstMatch(of: pattern) { folder = match.1 + "/bin" }
        }
        for name in needed where !Files.isExecutable(folder + "/" + name) {
            throw ToolError("the Swift toolchain in \(folder) has no \(name)")
        }
        return Programs(toolchain: folder)
    }

    /// What tells this toolchain from another one, for fingerprints.
    var identity: String {
        let programs = ["swift-frontend", "clang", "ld.lld"].map { name in
            let entry = Files.entry(toolchain + "/" + name)
            return "\(name) \(entry?.size ?? 0) \(entry?.modified ?? 0)"
        }
        return ([toolchain] + programs).joined(separator: " ")
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The full path of a program in PATH, or in the folders of an administrator's programs.
    static func locate(_ name: String) -> String? {
        let path = environment("PATH") ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
            let candidate = "\(folder)/\(name)"
            if Files.isExecutable(candidate) { return candidate }
        }
        return nil
    }

    /// Runs a program of the toolchain to its end; what it printed on standard output.
    @discardableResult
    func run(
        _ name: String, _ arguments: [String], in folder: String? = nil,
        showing: Showing = .failures
    ) async throws -> String {
        try await Self.run(
            toolchain + "/" + name, arguments, in: folder, showing: isVerbose ? .all : showing)
    }

    /// What of a program's output goes to standard error.
    enum Showing {
        case nothing
        /// Everything, when it fails.
        case failures
        /// Also what a compiler that succeeds says on its standard error.
        case warnings
        case all
    }

    /// Bytes of a program's output that are kept, more than any compiler prints.
    private static let outputLimit = 64 << 20

    /// Runs a program to its end.
    ///
    /// - Throws: A `ToolError` when it can't be started or when it fails; what
    ///   it printed is on standard error then.
    @discardableResult
    static func run(
        _ path: String, _ arguments: [String], in folder: String? = nil,
        showing: Showing = .failures
    ) async throws -> String {
        let name = Files.name(path)
        if showing == .all {
            Terminal.say(([name] + arguments).map(Quoting.shell).joined(separator: " "))
        }
        let output: String
        let errors: String
        let isSuccess: Bool
        do {
            let result = try await Subprocess.run(
                .path(FilePath(path)), arguments: Arguments(arguments),
                workingDirectory: folder.map { FilePath($0) },
                output: .bytes(limit: outputLimit), error: .bytes(limit: outputLimit))
            output = String(decoding: result.standardOutput, as: UTF8.self)
            errors = String(decoding: result.standardError, as: UTF8.self)
            isSuccess = result.terminationStatus.isSuccess
        } catch {
            throw ToolError("\(name) can't be run: \(error)")
        }
        guard isSuccess else {
            if showing != .nothing { Terminal.write(output + errors) }
            throw ToolError("\(name) failed")
        }
        switch showing {
        case .nothing, .failures: break
        case .warnings: Terminal.write(errors)
        case .all: Terminal.write(output + errors)
        }
        return output
    }
}
