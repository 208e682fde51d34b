import Conformance
import Foundation
import TestSupport
import Testing

/// The Open POSIX Test Suite's cases of threads, semaphores, scheduling, time,
/// mappings and signals. docs/conformance.md tells how to run all of them and
/// what fails.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct PosixTests {
    /// `all`, or FUNCTION/NAME of one case; not set for a choice that is always
    /// the same.
    private static let choice = ProcessInfo.processInfo.environment["HERMIT_CONFORMANCE"]
    private static let sample = 120

    @Test(
        .enabled(
            "apt gives no source of posixtestsuite",
            { await DebianSource.obstacle(PosixSources.package) == nil }))
    func posix() async throws {
        let all = try await PosixSources.cases()
        #expect(all.count > 1300)
        let cases: [CompiledTest]
        switch Self.choice {
        case "all": cases = all
        case .some(let name):
            cases = all.filter { $0.name == name }
            // It may be one of GCC's tests.
            if cases.isEmpty { return }
        case nil:
            let quick = try all.filter {
                try KnownFailures.posix[$0.name] == nil && PosixSources.isQuick($0)
            }
            cases = SeededChoice.choose(Self.sample, of: quick, seed: 5)
        }

        let run = PosixRun(
            sysroot: try await Hermit.sysroot(),
            toolchain: URL(fileURLWithPath: Tools.path("clang")).deletingLastPathComponent().path)
        let table = try await run.run(cases)
        print(table.text)
        try table.text.write(
            toFile: Hermit.root + "/.build/conformance/posix.md", atomically: true, encoding: .utf8)
        if cases.count > 1 { #expect(table.rate >= 0.9) }
        for failure in table.failures {
            #expect(
                KnownFailures.posix[failure.name] != nil,
                "\(failure.name): \(failure.result.text) \(failure.words)")
        }
        for name in KnownFailures.posix.keys where !KnownFailures.measured.contains(name) {
            if case .ran(.passed, .passed, _) = table.verdicts[name] {
                Issue.record("\(name) passes and is listed as a known failure")
            }
        }
    }
}
