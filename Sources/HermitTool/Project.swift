import Foundation
import Glibc

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
    /// The folder of the sources; of an installation, the one that has what was made of them.
    public let root: String
    public let kernel: KernelKind
    /// It was made by `hermit install`: nothing of it is built again.
    public let isInstalled: Bool

    /// Everything that is built lies below this.
    public var build: String { isInstalled ? Self.cache : root + "/.build/hermit" }
    /// What has the kernel in it: each kind has a folder of its own, so that
    /// the others are not built again after it.
    public var kernelBuild: String { kernel == .release ? build : build + "/" + kernel.rawValue }
    public var sysroot: String { isInstalled ? root + "/sysroot" : kernelBuild + "/sysroot" }
    /// The package that has the library Hermit.
    var swiftPackage: String { isInstalled ? root + "/swift/hermit" : root }

    public init(root: String, kernel: KernelKind = .release) {
        self.root = root
        self.kernel = kernel
        isInstalled = false
    }

    /// What `hermit install` has made: a folder's `lib/hermit`.
    init(installed root: String) {
        self.root = root
        kernel = .release
        isInstalled = true
    }

    /// Where an installed tool builds, which may be a place that it can't write to.
    private static var cache: String {
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/hermit" }
        if let home = environment["HOME"], home.hasPrefix("/") { return home + "/.cache/hermit" }
        return "/tmp/hermit-\(getuid())"
    }

    /// The installation that the running executable is a part of; `nil`: it is none's.
    private static func findInstalled(_ executable: String) throws -> Project? {
        let bin = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let home = bin.deletingLastPathComponent().path + "/lib/hermit"
        guard bin.lastPathComponent == "bin",
            FileManager.default.fileExists(atPath: home + "/" + Installation.mark)
        else { return nil }
        guard try KernelKind.wanted() == .release else {
            throw ToolError("HERMIT_KERNEL: only the release kernel is installed")
        }
        return Project(installed: home)
    }

    /// Finds the sources: `HERMIT_HOME`, else the installation or the folder above the running
    /// executable that has them, else where this file was compiled.
    public static func find() throws -> Project {
        if let home = ProcessInfo.processInfo.environment["HERMIT_HOME"] {
            guard isProject(home) else {
                throw ToolError("HERMIT_HOME=\(home) is not a folder with Hermit's sources")
            }
            return Project(root: home, kernel: try .wanted())
        }
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        if let installed = try findInstalled(executable) { return installed }
        let starts = [executable, #filePath]
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
        let headers = isInstalled ? sysroot + "/include" : root + "/include"
        let header = try String(contentsOfFile: headers + "/hermit.h", encoding: .utf8)
        for line in header.split(separator: "\n") where line.hasPrefix("#define HERMIT_VERSION ") {
            return line.split(separator: "\"").dropFirst().first.map(String.init) ?? ""
        }
        throw ToolError("include/hermit.h has no HERMIT_VERSION")
    }
}
