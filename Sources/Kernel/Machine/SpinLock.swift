import CMachine

/// A value that one core at a time may touch.
///
/// The lock spins, and its holder takes no interrupts: it keeps its core, and
/// what an interrupt or an exception touches may be guarded by the same lock.
/// What is done inside `withLock` must be short and must not wait. The lock
/// lives where its owner lives and is reached through a pointer to that
/// owner, so that it costs no allocation and no reference counting.
public struct SpinLock<Value: ~Copyable>: ~Copyable {
    private let lock: CoreLock
    private var value: Value

    @inline(__always)
    public init(_ value: consuming Value, _ lock: KernelLock) {
        self.lock = CoreLock(lock)
        self.value = value
    }

    /// Runs `body` alone with the value.
    @inline(__always)
    public mutating func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let flags = machine_disable_interrupts()
        lock.lock()
        defer {
            lock.unlock()
            machine_restore_interrupts(flags)
        }
        return try body(&value)
    }

    /// The same where interrupts are off.
    @inline(__always)
    public mutating func withLockInterruptsOff<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }

    /// Runs `body` with the value on the core that has just taken the lock,
    /// before what it took it for.
    @inline(__always)
    public mutating func withLockHeld<Result>(_ body: (inout Value) -> Result) -> Result {
        body(&value)
    }

    /// Runs `body` alone with the value, unless the core that asks holds the
    /// lock: for an exception that may have happened inside.
    ///
    /// - Returns: What `body` says; `nil`: the core holds the lock.
    @inline(__always)
    public mutating func withLockUnlessMine<Result>(_ body: (inout Value) -> Result) -> Result? {
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        if lock.isMine { return nil }
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
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
        let flags = machine_disable_interrupts()
        defer { machine_restore_interrupts(flags) }
        let isFree = lock.lock(patience: lock.isMine ? 0 : patience)
        body(&value, isFree)
        if isFree { lock.unlock() }
    }
}
