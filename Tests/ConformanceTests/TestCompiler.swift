import Conformance
import Foundation
import TestSupport

/// A test of others: its sources, and what it asks of the compiler.
struct CompiledTest: Sendable {
    /// FAMILY/NAME.
    let name: String
    let sources: [String]
    /// Options of the family and the test's own.
    let options: [String]
    let skipReason: String?
}

/// How the tests of a suite become an image.
struct CompilerWay: Sendable {
    /// The compiler's options for all of them.
    let options: [String]
    /// Functions that tests call, and what is called in their place.
    let renamed: [String: String]
    /// The program around tests with these numbers.
    let driver: @Sendable ([Int]) -> String
    /// What the image is linked with on the host, beside libm.
    var hostLibraries: [String] = []
    /// Why a test is left out, by a name that its object leaves undefined; `nil`: it is not.
    var refusal: (@Sendable ([String]) -> String?)? = nil
}

/// Makes one image of many tests, for the host or for Hermit.
struct TestCompiler {
    enum System: String { case host, hermit }

    let way: CompilerWay
    let system: System
    /// The compiler's path.
    let compiler: String
    let toolchain: String
    /// Where objects and the image go.
    let folder: String

    struct Product {
        var image: String
        /// The tests that are in it.
        var tests: Set<Int>
        /// Why others are not.
        var reasons: [Int: String]
        /// Why the suite's way leaves out others.
        var refusals: [Int: String] = [:]
    }

    /// Compiles and links; a test that does not compile or link is left out.
    ///
    /// - Parameter tests: By their numbers.
    func make(_ tests: [Int: CompiledTest]) async throws -> Product {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var reasons = try await compile(tests)
        reasons.merge(try await isolate(tests.filter { reasons[$0.key] == nil })) { $1 }
        let refusals = try await refusals(Set(tests.keys).subtracting(reasons.keys))
        var linked = Set(tests.keys).subtracting(reasons.keys).subtracting(refusals.keys)
        while !linked.isEmpty {
            let left = try await link(linked.sorted())
            if left.isEmpty { break }
            reasons.merge(left) { $1 }
            linked.subtract(left.keys)
        }
        return Product(
            image: folder + "/image", tests: linked, reasons: reasons, refusals: refusals)
    }

    /// What the suite's way says of objects, by the names they leave undefined.
    private func refusals(_ tests: Set<Int>) async throws -> [Int: String] {
        guard let refusal = way.refusal, !tests.isEmpty else { return [:] }
        let result = try await Hermit.command(
            toolchain + "/llvm-nm",
            ["-u", "-j", "-A"] + tests.sorted().map { TestDriver.name($0) + ".o" }, in: folder)
        guard result.status == 0 else { throw Hermit.Failure(description: result.errors) }
        var names: [Int: [String]] = [:]
        for line in result.text.split(separator: "\n") {
            guard let match = line.firstMatch(of: /test([0-9]+)\.o: (\S+)$/),
                let test = Int(match.1)
            else { continue }
            names[test, default: []].append(String(match.2))
        }
        return names.compactMapValues(refusal)
    }

    /// Compiles all, those with the same options in one call; the first error
    /// of each test that does not compile.
    private func compile(_ tests: [Int: CompiledTest]) async throws -> [Int: String] {
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
                way.options + (tests[group[0]]?.options ?? []) + ["-c"] + sources, in: place)
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
    /// the test's name, and calls of what the driver takes over are the driver's.
    private func isolate(_ tests: [Int: CompiledTest]) async throws -> [Int: String] {
        var script = "cd \"$1\" || exit 1\n"
        let renamings = way.renamed.sorted { $0.key < $1.key }
            .map { "--redefine-sym \($0.key)=\($0.value)" }.joined(separator: " ")
        for index in tests.keys.sorted() {
            let name = TestDriver.name(index)
            script += """
                "$2/ld.lld" -r -o \(name).all \(name)-parts/*.o && "$2/llvm-objcopy" \
                --keep-global-symbol=main --redefine-sym main=\(name) \
                \(renamings) \(name).all \(name).o
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
    private func link(_ tests: [Int]) async throws -> [Int: String] {
        let source = folder + "/driver.c"
        try way.driver(tests).write(toFile: source, atomically: true, encoding: .utf8)
        let result = try await Hermit.command(
            compiler,
            [
                "-std=gnu17", "-w", "-O1", "-fuse-ld=lld", "-Wl,--error-limit=0", "-o",
                folder + "/image", source,
            ] + tests.map { "\(folder)/\(TestDriver.name($0)).o" }
                + (system == .host ? way.hostLibraries : []) + ["-lm"])
        if result.status == 0 { return [:] }
        let reasons = LinkFailures.reasons(result.errors)
        guard !reasons.isEmpty else {
            throw Hermit.Failure(description: "the driver does not link: \(result.errors)")
        }
        return reasons.mapValues { "not linked: " + $0 }
    }
}
