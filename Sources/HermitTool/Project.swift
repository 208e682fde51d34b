import Glibc

/// Where the project's sources are and where its products go.
public struct Project: Sendable {
    public let root: String

    /// Everything that is built lies below this.
    public var build: String { root + "/.build/hermit" }
    public var sysroot: String { build + "/sysroot" }

    public init(root: String) { self.root = root }

    /// Finds the sources: `HERMIT_HOME`, else the folder above the running
    /// executable that has them, else where this file was compiled.
    public static func find() throws -> Project {
        if let home = Programs.environment("HERMIT_HOME") {
            let home = Files.resolved(home)
            guard isProject(home) else {
                throw ToolError("HERMIT_HOME=\(home) is not a folder with Hermit's sources")
            }
            return Project(root: home)
        }
        for start in [Files.resolved("/proc/self/exe"), #filePath] {
            var folder = Files.folder(start)
            while folder != "/" && folder != "." {
                if isProject(folder) { return Project(root: folder) }
                folder = Files.folder(folder)
            }
        }
        throw ToolError("Hermit's sources were not found; set HERMIT_HOME to their folder")
    }

    private static func isProject(_ path: String) -> Bool {
        Files.isFolder(path + "/Sources/Kernel") && Files.exists(path + "/Package.swift")
    }

    /// The version, as `include/hermit.h` says it.
    public func version() throws -> String {
        let header = try Files.text(root + "/include/hermit.h")
        guard let version = Self.version(inHeader: header) else {
            throw ToolError("include/hermit.h has no HERMIT_VERSION")
        }
        return version
    }

    static func version(inHeader text: String) -> String? {
        text.firstMatch(of: /#define HERMIT_VERSION "([^"]+)"/).map { String($0.1) }
    }
}
