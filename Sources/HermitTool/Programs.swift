import Foundation
import Subprocess
import SystemPackage

/// The programs that the tool calls.
public struct Programs: Sendable {
    /// The folder of the Swift toolchain's programs.
    public let toolchain: String

    /// Finds the toolchain behind the `swift` in PATH.
    public static func find() throws -> Programs {
        guard let swift = locate("swift") else {
            throw ToolError("there is no swift in PATH: install the Swift 6.3 toolchain")
        }
        let real = URL(fileURLWithPath: swift).resolvingSymlinksInPath().path
        let folder = URL(fileURLWithPath: real).deletingLastPathComponent().path
        for name in ["clang", "ld.lld", "llvm-objcopy", "llvm-nm", "llvm-ar", "llvm-objdump"] {
            guard FileManager.default.isExecutableFile(atPath: folder + "/" + name) else {
                throw ToolError("the Swift toolchain in \(folder) has no \(name)")
            }
        }
        return Programs(toolchain: folder)
    }

    /// The full path of a program in PATH.
    static func locate(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
            let candidate = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        return nil
    }

    /// Runs a program of the toolchain to its end; what it printed on standard output.
    @discardableResult
    func run(_ name: String, _ arguments: [String], in folder: String? = nil) async throws -> String
    {
        try await Self.run(toolchain + "/" + name, arguments, in: folder)
    }

    /// Runs a program to its end. When it fails, what it printed goes to
    /// standard error and the tool ends with status 1.
    @discardableResult
    static func run(
        _ path: String, _ arguments: [String], in folder: String? = nil
    ) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments),
            workingDirectory: folder.map { FilePath($0) }, output: .bytes(limit: 64 << 20),
            error: .bytes(limit: 64 << 20))
        let output = String(decoding: result.standardOutput, as: UTF8.self)
        let errors = String(decoding: result.standardError, as: UTF8.self)
        guard result.terminationStatus.isSuccess else {
            Terminal.write(output + errors)
            throw ToolError("\(URL(fileURLWithPath: path).lastPathComponent) failed")
        }
        // Warnings of a compiler that succeeded are the user's to see.
        if path.hasSuffix("/clang") { Terminal.write(errors) }
        return output
    }
}
