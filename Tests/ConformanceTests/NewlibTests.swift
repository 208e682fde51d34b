import Conformance
import Foundation
import TestSupport
import Testing

/// newlib's own tests, on the sysroot's C library.
@Suite(.serialized, .inOneTurn, .timeLimit(.minutes(20)))
struct NewlibTests {
    /// Families that have nothing to test here, with the reason.
    private static let skipped = [
        "newlib.iconv": "the library is built without iconv, and newlib runs these for i386 Linux only",
        "newlib.elix": "the only one wants mmap of files",
    ]

    /// newlib/testsuite: programs that check themselves, and two whose output
    /// is compared.
    @Test func testsuite() async throws {
        _ = try await Hermit.sysroot()
        let root = try await NewlibSources.unpacked() + "/testsuite"
        let folder = try TemporaryFolder()
        var table = ResultTable()
        let families = try FileManager.default.contentsOfDirectory(atPath: root)
            .filter { $0.hasPrefix("newlib.") }.sorted()
        for family in families {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(family)")
            for file in names.filter({ $0.hasSuffix(".c") }).sorted() {
                let stem = String(file.dropLast(2))
                let name = family + "/" + stem
                if let reason = Self.skipped[family] {
                    table.add(name, .skipped(reason))
                    continue
                }
                let image = try await NewlibSources.compile(
                    [
                        "-O1", "-w", "-std=gnu17", "-Wno-error=implicit-function-declaration",
                        "-Wno-error=implicit-int", "-I", NewlibSources.additions, "-I", root + "/include",
                        "\(root)/\(family)/\(file)",
                    ], to: "\(folder.path)/\(stem)")
                let result = try await Hermit.run(["run", "--timeout", "120", image])
                let script = "\(root)/\(family)/\(stem).exp"
                let patterns = (try? String(contentsOfFile: script, encoding: .isoLatin1))
                    .map(ExpectedLines.patterns) ?? []
                var problems = ExpectedLines.mismatches(result.text, patterns)
                problems += result.text.split(separator: "\n").filter { $0.hasPrefix("Failed") }
                    .map(String.init)
                if result.status != 0 { problems.append("status \(result.status): \(result.errors)") }
                let known = KnownFailures.newlib[name] ?? [:]
                for problem in problems {
                    #expect(known[problem] != nil, "\(name): \(problem)")
                }
                for problem in known.keys where !problems.contains(problem) {
                    Issue.record("\(name): known failure that did not come: \(problem)")
                }
                table.add(
                    name,
                    problems.isEmpty ? .passed : .failed(problems.joined(separator: "; ")))
            }
        }
        print(table.text)
        #expect(table.passedCount >= 11)
    }

    /// The arguments of newlib/libm/test's vectors, with the results of the
    /// host's C library: mathematics to some units in the last place,
    /// conversions to the letter.
    @Test func vectors() async throws {
        _ = try await Hermit.sysroot()
        let root = try await NewlibSources.unpacked() + "/libm/test"
        let folder = try TemporaryFolder()
        let files = FileManager.default
        var calls = ""
        var sources: [String] = []
        // Beside them they find our test.h.
        for name in try files.contentsOfDirectory(atPath: root).sorted()
        where name.hasSuffix("vec.c") {
            try files.copyItem(atPath: root + "/" + name, toPath: folder.path + "/" + name)
            sources.append(folder.path + "/" + name)
            let tables = ["conv_vec.c", "dvec.c", "iconv_vec.c", "sprint_vec.c", "sprint_ivec.c"]
            if !tables.contains(name) { calls += "\ttest_\(name.dropLast("_vec.c".count))(0);\n" }
        }
        for name in ["main.c", "test.h"] {
            try files.copyItem(
                atPath: Hermit.root + "/Tests/Programs/vectors/" + name,
                toPath: folder.path + "/" + name)
        }
        sources.append(folder.path + "/main.c")
        sources.append(try folder.write("calls.c", "void vectors(void)\n{\n\(calls)}\n"))
        let words = [
            "-std=gnu89", "-D_GNU_SOURCE", "-O1", "-w", "-fno-builtin",
            "-Wno-error=return-mismatch", "-Wno-error=implicit-function-declaration",
        ] + sources
        let host = try await NewlibSources.compile(
            words, to: folder.path + "/host", compiler: Tools.path("clang"))
        let guest = try await NewlibSources.compile(words, to: folder.path + "/guest")
        let theirs = try await Hermit.command(host, [])
        let ours = try await Hermit.run(["run", "--timeout", "300", guest])
        #expect(ours.status == 0, "\(ours.errors)")

        let results = VectorResults(ours.text, theirs.text)
        #expect(results.unpaired == 0)
        #expect(results.distances.values.reduce(0) { $0 + $1.count } > 57_000)
        for (name, distance) in results.distances.sorted(by: { $0.key < $1.key }) {
            let limit = KnownFailures.distances[name] ?? 1
            #expect(distance.largest <= limit, "\(name): \(distance.largest) units in the last place")
            #expect(distance.different == 0, "\(name): \(distance.example)")
            if distance.largest > 1 { print("\(name): up to \(distance.largest) units in the last place") }
        }
    }

    /// newlib/libm/test as newlib wrote it. What it expects of mathematics is a
    /// machine's of 1990, and `vectors` judges that; of the rest, which
    /// functions it complains of is known.
    @Test func ownHarness() async throws {
        _ = try await Hermit.sysroot()
        let root = try await NewlibSources.unpacked() + "/libm/test"
        let folder = try TemporaryFolder()
        let own = NewlibSources.additions
        let sources = try FileManager.default.contentsOfDirectory(atPath: root).sorted().filter {
            $0.hasSuffix(".c") && !["dcvt.c", "test_ieee.c"].contains($0)
        }
        let image = try await NewlibSources.compile(
            [
                "-std=gnu89", "-D_GNU_SOURCE", "-O2", "-w", "-fno-builtin", "-fcommon",
                "-Wl,--allow-multiple-definition", "-Wno-error=int-conversion",
                "-Wno-error=return-mismatch", "-Wno-error=implicit-function-declaration", "-I", own,
                "-include", own + "/old.h", own + "/old.c",
            ] + sources.map { root + "/" + $0 }, to: folder.path + "/harness")
        let result = try await Hermit.run(["run", "--timeout", "300", image])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text.contains("Tested 74005 functions"))
        var complaints: Set<String> = []
        var tested: Set<String> = []
        for line in result.text.split(separator: "\n") {
            if line.hasPrefix("testing ") {
                tested.insert(String(line.dropFirst("testing ".count)))
            } else if line.contains(" answer: ") {
                complaints.insert(String(line.prefix { $0 != ":" }))
            }
        }
        let judged = Set(
            sources.filter { $0.hasSuffix("_vec.c") }.map { String($0.dropLast("_vec.c".count)) })
        #expect(tested.count > 100)
        #expect(complaints.subtracting(judged) == Set(KnownFailures.harness.keys))
        print(
            "newlib's harness: \(tested.count) functions, \(complaints.intersection(judged).count) "
                + "with results of another last place or another error")
    }
}
