import Testing

/// A suite whose tests only reckon: one of all such suites runs at a time, and its tests
/// one after the other, before any of which its time limit does not begin.
///
/// All tests begin at once. Those that reckon for seconds without waiting for anything
/// would keep every thread from those that wait for a machine, and from the time limits
/// of these.
package struct InTurn: SuiteTrait, TestScoping {
    private static let turns = Turns(atOnce: 1)

    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Self.turns.take(function)
    }
}

extension Trait where Self == InTurn {
    package static var inTurn: InTurn { InTurn() }
}

/// A suite of many short guests: all run in one turn, for which it waits before the time
/// limit of its tests begins.
package struct InOneTurn: SuiteTrait, TestScoping {
    package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Hermit.inOneTurn(function)
    }
}

extension Trait where Self == InOneTurn {
    package static var inOneTurn: InOneTurn { InOneTurn() }
}
