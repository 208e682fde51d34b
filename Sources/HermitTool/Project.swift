import Foundation

/// How the kernel is built.
public enum KernelKind: String, Sendable {
    /// For use.
    case release
    /// The same with checks of itself, which cost time: the order of its locks.
    case debug

    /// What `HERMIT_KERNEL` asks for.
    static func wanted() throws -> KernelKind {
        let word = ProcessInfo.processInfo.environment["HERMIT_KERNEL"] ?? ""
        guard let kind = word.isEmpty ? .release : KernelKind(rawValue: word) else {
            throw ToolError("HERMIT_KERNEL=\(word): it is debug or release")
        }
        return kind
    }

    /// What `swift build` is told of it.
    var options: [String] { self == .debug ? ["-Xswiftc", "-DCHECKS_LOCKS"] : [] }
}

/// Where the project's sources are and where its products go.
public struct Project: Sendable {
    public let root: String
    public let kernel: KernelKind

    /// Everything that is built lies below this.
    public var build: String { root + "/.build/hermit" }
    /// What has the kernel in it: each kind has a folder of its own, so that
    /// the others are not built again after it.
    public var kernelBuild: String { kernel == .release ? build : build + "/" + kernel.rawValue }
    public var sysroot: String { kernelBuild + "/sysroot" }

    public init(root: String, kernel: KernelKind = .release) {
        self.root = root
        self.kernel = kernel
    }

    /// Finds the sources: `HERMIT_HOME`, else the folder above the running
    /// executable that has them, else where this file was compiled.
    public static func find() throws -> Project {
        if let home = ProcessInfo.processInfo.environment["HERMIT_HOME"] {
            guard isProject(home) else {
                throw ToolError("HERMIT_HOME=\(home) is not a folder with Hermit's sources")
            }
            return Project(root: home, kernel: try .wanted())
        }
        let starts = [
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "",
            #filePath,
        ]
        for start in starts {
            var folder = URL(fileURLWithPath: start).deletingLastPathComponent()
            while folder.path != "/" {
                if isProject(folder.path) {
                    return Project(root: folder.path, kernel: try .wanted())
                }
                folder.deleteLastPathComponent()
            }
        }
        throw ToolError("Hermit's sources were not found; set HERMIT_HOME to their folder")
    }

    private static func isProject(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path + "/Sources/Kernel/Main")
            && FileManager.default.fileExists(atPath: path + "/Package.swift")
    }

    /// The version, as `include/hermit.h` says it.
    public func version() throws -> String {
        let header = try String(contentsOfFile: root + "/include/hermit.h", encoding: .utf8)
        for line in header.split(separator: "\n") where line.hasPrefix("#define HERMIT_VERSION ") {
            return line.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
        }
        throw ToolError("include/hermit.h has no HERMIT_VERSION")
    }
}
