/// So many at once; whoever comes then waits for its turn, in order.
///
/// Suites run side by side, and each virtual machine wants a processor or more:
/// with all of them at once, those with a time limit would fail for want of time.
package actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    package init(atOnce count: Int) { free = count }

    /// Runs `body` when it has a turn.
    package func take<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async rethrows -> Value {
        await begin()
        defer { end() }
        return try await body()
    }

    private func begin() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func end() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
