import Synchronization

/// A value that one thread at a time may touch.
///
/// ```swift
/// let total = Mutex(0)
/// total.withLock { $0 += 1 }
/// ```
///
/// The value lies in the mutex, and nothing is allocated. Where nobody else
/// wants it, taking the lock is one compare-and-exchange, and giving it back is
/// one exchange. Who waits for it does so in the kernel; then the most urgent
/// thread is woken first, but one that comes at the right moment may be faster.
///
/// The lock is not recursive: who holds it and takes it again waits for ever.
/// A thread that holds it keeps its own priority, however urgent those are who
/// wait for it.
public struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let lockCell = Cell(FutexLock())
    private let valueCell: Cell<Value>

    /// - Parameter initialValue: What the mutex guards from now on.
    public init(_ initialValue: consuming sending Value) { valueCell = Cell(initialValue) }

    /// Runs `body` alone with the value; waits until that is possible.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; the lock is given back then, too.
    @inline(__always)
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe lockCell.address.pointee.take()
        defer { unsafe lockCell.address.pointee.give() }
        return try unsafe body(&valueCell.address.pointee)
    }

    /// Runs `body` alone with the value, if nobody else has it now.
    ///
    /// - Returns: What `body` returns; `nil` if somebody, perhaps the caller
    ///   itself, has the value.
    /// - Throws: What `body` throws.
    @inline(__always)
    public borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        guard unsafe lockCell.address.pointee.takeIfFree() else { return nil }
        defer { unsafe lockCell.address.pointee.give() }
        return try unsafe body(&valueCell.address.pointee)
    }

    /// Runs `body` alone with a guard of the value, with which it can wait for
    /// a ``Condition``.
    ///
    /// ```swift
    /// let item = queue.withGuard { queue in
    ///     while queue.value.isEmpty { filled.wait(&queue) }
    ///     return queue.value.removeFirst()
    /// }
    /// ```
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    public borrowing func withGuard<Result: ~Copyable, Failure: Error>(
        _ body: (inout Guard) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        unsafe lockCell.address.pointee.take()
        var held = unsafe Guard(lock: lockCell.address, value: valueCell.address)
        defer {
            // Guards of two mutexes that were exchanged would each outlive its lock.
            precondition(
                unsafe held.lock == lockCell.address, "the guards of two mutexes were exchanged")
            unsafe lockCell.address.pointee.give()
        }
        return try body(&held)
    }

    /// Stands for the lock being held, and reaches the value.
    ///
    /// It is there as long as the call of ``Mutex/withGuard(_:)`` that made it.
    @safe public struct Guard: ~Copyable {
        let lock: UnsafeMutablePointer<FutexLock>
        private let pointer: UnsafeMutablePointer<Value>

        fileprivate init(
            lock: UnsafeMutablePointer<FutexLock>, value: UnsafeMutablePointer<Value>
        ) {
            unsafe self.lock = lock
            unsafe pointer = value
        }

        /// What the mutex guards.
        public var value: Value {
            @inline(__always) _read { yield unsafe pointer.pointee }
            @inline(__always) _modify { yield unsafe &pointer.pointee }
        }
    }
}

@available(*, unavailable)
extension Mutex.Guard: Sendable where Value: ~Copyable {}
