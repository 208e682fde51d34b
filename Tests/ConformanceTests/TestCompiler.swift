import Conformance
import Foundation
import TestSupport

/// Makes one image of many tests, for the host or for Hermit.
struct TestCompiler {
    enum System: String { case host, hermit }

    let system: System
    /// The compiler's path.
    let compiler: String
    let toolchain: String
    /// Where objects and the image go.
    let folder: String

    /// clang takes the C of GCC 12's time, in which these were warnings.
    private static let dialect = [
        "-std=gnu17", "-w", "-Wno-error=implicit-function-declaration",
        "-Wno-error=implicit-int", "-Wno-error=int-conversion",
        "-Wno-error=incompatible-pointer-types", "-Wno-error=incompatible-function-pointer-types",
        "-Wno-error=return-mismatch", "-Wno-error=return-type", "-Wno-error=builtin-requires-header",
        "-ffp-contract=off",
    ]

    struct Product {
        var image: String
        /// The tests that are in it.
        var tests: Set<Int>
        /// Why others are not.
        var reasons: [Int: String]
    }

    /// Compiles and links; a test that does not compile or link is left out.
    ///
    /// - Parameters:
    ///   - tests: By their numbers.
    ///   - seconds: Of the processor, that each may take on the host.
    func make(_ tests: [Int: TortureTest], seconds: Int) async throws -> Product {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var reasons = try await compile(tests)
        reasons.merge(try await isolate(tests.filter { reasons[$0.key] == nil })) { $1 }
        var linked = Set(tests.keys).subtracting(reasons.keys)
        while !linked.isEmpty {
            let left = try await link(linked.sorted(), seconds: seconds)
            if left.isEmpty { break }
            reasons.merge(left) { $1 }
            linked.subtract(left.keys)
        }
        return Product(image: folder + "/image", tests: linked, reasons: reasons)
    }

    /// Compiles all, those with the same options in one call; the first error
    /// of each test that does not compile.
    private func compile(_ tests: [Int: TortureTest]) async throws -> [Int: String] {
        var groups: [[String]: [Int]] = [:]
        for (index, test) in tests {
            let family = test.name.prefix { $0 != "/" }
            groups[[String(family)] + test.options, default: []].append(index)
        }
        var reasons: [Int: String] = [:]
        for (number, group) in groups.values.map({ $0.sorted() }).enumerated() {
            let place = "\(folder)/group\(number)"
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true)
            let sources = Set(group.flatMap { tests[$0]?.sources ?? [] }).sorted()
            let result = try await Hermit.command(
                compiler,
                Self.dialect + [TortureTest.level] + (tests[group[0]]?.options ?? []) + ["-c"]
                    + sources, in: place)
            let errors = result.errors.split(separator: "\n")
            for index in group {
                for source in tests[index]?.sources ?? [] where reasons[index] == nil {
                    let stem = URL(fileURLWithPath: source).deletingPathExtension().lastPathComponent
                    let object = "\(place)/\(stem).o"
                    if FileManager.default.fileExists(atPath: object) {
                        // Files of a test follow each other in its folder.
                        let own = "\(folder)/\(TestDriver.name(index))-parts"
                        try FileManager.default.createDirectory(
                            atPath: own, withIntermediateDirectories: true)
                        try FileManager.default.copyItem(atPath: object, toPath: "\(own)/\(stem).o")
                    } else {
                        let error = errors.first {
                            $0.contains("/\(stem).c:") && $0.contains("error: ")
                        }
                        let words = error?.firstRange(of: "error: ").map { range in
                            String(error?[range.upperBound...] ?? "")
                        }
                        reasons[index] = "not compiled: " + (words ?? "the compiler failed")
                    }
                }
            }
        }
        return reasons
    }

    /// Makes one object of each test in which only its `main` is global, by
    /// the test's name, and calls of `exit` are the driver's.
    private func isolate(_ tests: [Int: TortureTest]) async throws -> [Int: String] {
        var script = "cd \"$1\" || exit 1\n"
        for index in tests.keys.sorted() {
            let name = TestDriver.name(index)
            script += """
                "$2/ld.lld" -r -o \(name).all \(name)-parts/*.o && "$2/llvm-objcopy" \
                --keep-global-symbol=main --redefine-sym main=\(name) \
                --redefine-sym exit=\(TestDriver.exit) \(name).all \(name).o
                rm -rf \(name).all \(name)-parts

                """
        }
        let result = try await Hermit.command(
            "/bin/sh", ["-c", script, "sh", folder, toolchain])
        var reasons: [Int: String] = [:]
        for index in tests.keys
        where !FileManager.default.fileExists(atPath: "\(folder)/\(TestDriver.name(index)).o") {
            reasons[index] = "not linked: \(result.errors.prefix(200))"
        }
        return reasons
    }

    /// Links the image; if that fails, why, by the tests that are the reason.
    private func link(_ tests: [Int], seconds: Int) async throws -> [Int: String] {
        let source = folder + "/driver.c"
        try TestDriver.source(indices: tests, seconds: seconds).write(
            toFile: source, atomically: true, encoding: .utf8)
        let result = try await Hermit.command(
            compiler,
            [
                "-std=gnu17", "-w", "-O1", "-fuse-ld=lld", "-Wl,--error-limit=0", "-o",
                folder + "/image", source,
            ] + tests.map { "\(folder)/\(TestDriver.name($0)).o" } + ["-lm"])
        if result.status == 0 { return [:] }
        let reasons = LinkFailures.reasons(result.errors)
        guard !reasons.isEmpty else {
            throw Hermit.Failure(description: "the driver does not link: \(result.errors)")
        }
        return reasons.mapValues { "not linked: " + $0 }
    }
}
