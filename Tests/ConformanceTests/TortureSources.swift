import Conformance
import Foundation
import TestSupport

/// GCC's tests of the kind torture/execute, from Debian's source package.
enum TortureSources {
    static let package = "gcc-12"
    /// What the tests are compiled with.
    private static let level = "-O1"
    /// clang takes the C of GCC 12's time, in which these were warnings.
    static let way = CompilerWay(
        options: [
            "-std=gnu17", "-w", "-Wno-error=implicit-function-declaration",
            "-Wno-error=implicit-int", "-Wno-error=int-conversion",
            "-Wno-error=incompatible-pointer-types",
            "-Wno-error=incompatible-function-pointer-types", "-Wno-error=return-mismatch",
            "-Wno-error=return-type", "-Wno-error=builtin-requires-header", "-ffp-contract=off",
            level,
        ],
        renamed: ["exit": TestDriver.exit],
        driver: { TestDriver.source(indices: $0, seconds: hostSeconds) })
    /// Of the processor, for a test on the host.
    private static let hostSeconds = 20
    private static let folder = Hermit.root + "/.build/conformance/" + package

    /// Families, by their folder below `execute`, and options that GCC's own
    /// scripts give to all of a family.
    private static let families = [
        (name: "execute", path: "", options: [String]()),
        (name: "ieee", path: "/ieee", options: ["-fno-inline"]),
        (name: "builtins", path: "/builtins", options: ["-fno-inline-functions"]),
    ]

    /// All tests, in order.
    static func tests() async throws -> [CompiledTest] {
        let root = try await unpacked()
        return try families.flatMap { family in
            let folder = root + family.path
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            return try names.filter { $0.hasSuffix(".c") && !$0.hasSuffix("-lib.c") }.sorted().map {
                try test($0, of: family.name, in: folder, options: family.options)
            }
        }
    }

    private static func test(
        _ file: String, of family: String, in folder: String, options: [String]
    ) throws -> CompiledTest {
        let stem = String(file.dropLast(2))
        // Some have bytes that are no UTF-8.
        let text = try String(contentsOfFile: folder + "/" + file, encoding: .isoLatin1)
        let script = try? String(contentsOfFile: "\(folder)/\(stem).x", encoding: .isoLatin1)
        let directives = TestDirectives(
            source: text, script: script ?? "", target: .hermit, level: level)
        var sources = [folder + "/" + file]
        if family == "builtins" {
            sources += ["\(folder)/\(stem)-lib.c", folder + "/lib/main.c"]
        }
        return CompiledTest(
            name: family + "/" + stem, sources: sources, options: options + directives.options,
            skipReason: directives.skipReason)
    }

    /// The folder of the tests, unpacked at the first use. The package holds
    /// GCC's own archive, of which nothing else is kept.
    private static func unpacked() async throws -> String {
        let place = folder + "/execute"
        if FileManager.default.fileExists(atPath: place + "/execute.exp") { return place }
        let archive = try await DebianSource.archive(package)
        let work = try TemporaryFolder()
        func tar(_ words: [String]) async throws {
            let result = try await Hermit.command("/usr/bin/env", ["tar", "-C", work.path] + words)
            guard result.status == 0 else {
                throw Hermit.Failure(description: "tar of \(archive): \(result.errors)")
            }
        }
        try await tar(["-xf", archive, "--wildcards", "*/gcc-12.*.tar.xz", "--strip-components=1"])
        let names = try FileManager.default.contentsOfDirectory(atPath: work.path)
        guard let inner = names.first(where: { $0.hasSuffix(".tar.xz") }) else {
            throw Hermit.Failure(description: "\(archive) has no archive of GCC in it")
        }
        let tests = "gcc/testsuite/gcc.c-torture/execute"
        try await tar([
            "-xf", work.path + "/" + inner, "--wildcards", "*/" + tests, "--strip-components=1",
        ])
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        // Another process may have been faster.
        try? FileManager.default.moveItem(atPath: work.path + "/" + tests, toPath: place)
        guard FileManager.default.fileExists(atPath: place + "/execute.exp") else {
            throw Hermit.Failure(description: "\(archive) has no \(tests)")
        }
        return place
    }
}
