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
}
