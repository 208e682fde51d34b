import Foundation
import TestSupport
import Testing

/// A file with a file system, which the host's e2fsprogs make, check and read.
struct DiskImage {
    let path: String

    static func tool(_ name: String) -> String? {
        ["/sbin/", "/usr/sbin/", "/usr/local/sbin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let areToolsThere = tool("mke2fs") != nil && tool("e2fsck") != nil && tool("debugfs") != nil

    private static func run(_ name: String, _ words: [String]) async throws -> Hermit.Result {
        let program = try #require(tool(name))
        return try await Hermit.command(program, words)
    }

    /// Makes one.
    ///
    /// - Parameters:
    ///   - size: As mke2fs takes it.
    ///   - files: A folder whose files are to be in it.
    init(_ path: String, size: String = "64M", kind: String = "ext3", block: Int = 4096, files: String? = nil) async throws {
        self.path = path
        let made = try await Self.run(
            "mke2fs",
            ["-q", "-F", "-t", kind, "-b", "\(block)", "-m", "0"] + (files.map { ["-d", $0] } ?? []) + [path, size])
        try #require(made.status == 0, "\(made.errors)")
    }

    /// One that is there.
    init(at path: String) { self.path = path }

    /// There is nothing that e2fsck would change.
    func expectClean(_ what: Comment? = nil) async throws {
        let checked = try await Self.run("e2fsck", ["-fn", path])
        #expect(checked.status == 0, "\(what ?? "") \(checked.text)\(checked.errors)")
    }

    /// A copy whose journal is replayed, as the next mount does.
    func recovered(_ copy: String) async throws -> DiskImage {
        try? FileManager.default.removeItem(atPath: copy)
        let copied = try await Hermit.command("/bin/cp", ["--sparse=always", path, copy])
        try #require(copied.status == 0, "\(copied.errors)")
        let repaired = try await Self.run("e2fsck", ["-p", copy])
        #expect(repaired.status == 0 || repaired.status == 1, "\(repaired.text)\(repaired.errors)")
        return DiskImage(at: copy)
    }

    /// Writes all files to a folder, but for what mke2fs has made.
    func extract(to folder: String) async throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let dumped = try await Self.run("debugfs", ["-R", "rdump / \(folder)", path])
        try #require(dumped.status == 0, "\(dumped.errors)")
        try? FileManager.default.removeItem(atPath: folder + "/lost+found")
    }

    /// What debugfs answers.
    func ask(_ words: String, writing: Bool = false) async throws -> String {
        try await Self.run("debugfs", (writing ? ["-w"] : []) + ["-R", words, path]).text
    }

    /// Whether its journal is to be replayed, or it was not left clean.
    var isInUse: Bool {
        get async throws {
            let header = try await ask("show_super_stats -h")
            return header.contains("needs_recovery") || !header.contains("Filesystem state:         clean")
        }
    }
}
