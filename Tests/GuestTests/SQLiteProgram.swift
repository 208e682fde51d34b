import Foundation
import TestSupport
import Testing

/// SQLite, unpatched from Debian's sources, with a main program of ours.
enum SQLiteProgram {
    /// Builds one.
    ///
    /// - Parameters:
    ///   - sources: Files of Tests/Programs/sqlite.
    ///   - benchmark: With SQLite's own one, whose main is `speedtest_main`.
    /// - Returns: Its path.
    static func build(_ sources: [String], benchmark: Bool = false, in folder: borrowing TemporaryFolder) async throws -> String {
        let archive = try await DebianSource.archive("sqlite3")
        let place = folder.path + "/sqlite"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        func run(_ words: [String], in folder: String, path: String = "") async throws {
            let all = path + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            let result = try await Hermit.command(
                "/usr/bin/env", words, environment: .inherit.updating(["PATH": all]), in: folder)
            try #require(result.status == 0, "\(words): \(result.text.suffix(4000))\(result.errors)")
        }
        try await run(["tar", "-xf", archive, "--strip-components=1", "-C", place], in: folder.path)
        // The amalgamation is made by the host.
        try await run(["./configure", "--disable-tcl"], in: place)
        try await run(["make", "sqlite3.c"], in: place)
        let path = try await Hermit.sysroot() + "/bin:"
        let compiler = ["x86_64-hermit-cc", "-I.", "-DSQLITE_OMIT_LOAD_EXTENSION"]
        try await run(
            compiler + ["-c", "-O2", "sqlite3.c"] + sources.map { Hermit.root + "/Tests/Programs/sqlite/" + $0 }, in: place,
            path: path)
        var objects = ["sqlite3.o"] + sources.map { String($0.dropLast(2)) + ".o" }
        if benchmark {
            try await run(
                compiler + ["-c", "-O2", "-Dmain=speedtest_main", "test/speedtest1.c"], in: place, path: path)
            objects.append("speedtest1.o")
        }
        try await run(compiler + objects + ["-o", "program"], in: place, path: path)
        return place + "/program"
    }

    /// The host finds nothing wrong with a database; where it has no SQLite of its own, that is told.
    static func expectWhole(_ database: String) async throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3") else {
            return print("no sqlite3 here: the host does not look at the database")
        }
        let asked = try await Hermit.command("/usr/bin/sqlite3", [database, "PRAGMA integrity_check"])
        #expect(asked.text == "ok\n", "\(asked.text)\(asked.errors)")
    }
}
