import Conformance
import Foundation
import TestSupport
import Testing

/// GCC's torture/execute tests, compiled by clang against the sysroot and run
/// in virtual machines. docs/conformance.md tells how to run all of them and
/// what fails.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct TortureTests {
    /// `all`, or FAMILY/NAME of one test; not set for a choice that is always
    /// the same.
    private static let choice = ProcessInfo.processInfo.environment["HERMIT_CONFORMANCE"]
    private static let sample = 160

    @Test(
        .enabled(
            "apt gives no source of gcc-12",
            { await DebianSource.obstacle(TortureSources.package) == nil }))
    func torture() async throws {
        let all = try await TortureSources.tests()
        #expect(all.count > 1600)
        let tests: [CompiledTest]
        switch Self.choice {
        case "all": tests = all
        case .some(let name): tests = all.filter { $0.name == name }
        case nil: tests = SeededChoice.choose(Self.sample, of: all, seed: 12)
        }
        try #require(!tests.isEmpty, "there is no test \(Self.choice ?? "")")

        let run = TortureRun(
            sysroot: try await Hermit.sysroot(),
            toolchain: URL(fileURLWithPath: Tools.path("clang")).deletingLastPathComponent().path)
        let table = try await run.run(tests)
        print(table.text)
        try table.text.write(
            toFile: Hermit.root + "/.build/conformance/torture.md", atomically: true,
            encoding: .utf8)
        if tests.count > 1 { #expect(table.rate >= 0.98) }
        for failure in table.failures {
            #expect(
                KnownFailures.torture[failure.name] != nil, "\(failure.name): \(failure.reason)")
        }
        for name in KnownFailures.torture.keys
        where table.verdicts[name] == .passed && !KnownFailures.undefined.contains(name) {
            Issue.record("\(name) passes and is listed as a known failure")
        }
    }
}
