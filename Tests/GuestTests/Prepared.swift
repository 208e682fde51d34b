import TestSupport
import Testing

/// The kernel, the loader and the C library are built before a suite's tests
/// begin: on a fresh machine that takes minutes, which no test's time limit
/// is for.
struct Prepared: SuiteTrait, TestScoping {
    private static let sysroot = Task { try await Hermit.sysroot() }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        _ = try await Self.sysroot.value
        try await function()
    }
}

extension Trait where Self == Prepared {
    static var prepared: Prepared { Prepared() }
}
