import Synchronization

/// A value that one core at a time may touch.
///
/// The lock spins: what is done inside `withLock` must be short and must not
/// wait. It lives where its owner lives and is reached through a pointer to
/// that owner, so that a lock costs no allocation and no reference counting.
public struct SpinLock<Value: ~Copyable>: ~Copyable {
    private let isHeld = Atomic<Bool>(false)
    private var value: Value

    public init(_ value: consuming Value) {
        self.value = value
    }

    /// Runs `body` alone with the value.
    @inline(__always)
    public mutating func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        while isHeld.exchange(true, ordering: .acquiring) {}
        defer { isHeld.store(false, ordering: .releasing) }
        return try body(&value)
    }

    /// Runs `body` with the value if nobody holds the lock, or nobody gives
    /// it up in time; says whether it was free.
    ///
    /// For the report of a fault, which may have happened inside the lock.
    ///
    /// - Parameter patience: How often the lock is tried.
    public mutating func withLockOrAnyway(
        patience: Int, _ body: (inout Value, _ isFree: Bool) -> Void
    ) {
        for _ in 0..<patience where !isHeld.exchange(true, ordering: .acquiring) {
            body(&value, true)
            isHeld.store(false, ordering: .releasing)
            return
        }
        body(&value, false)
    }
}
