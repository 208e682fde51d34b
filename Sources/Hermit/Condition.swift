/// Where threads wait for a mutex's value to become what they need.
///
/// ```swift
/// queue.withLock { $0.append(item) }
/// filled.signal()
/// ```
///
/// A wait may end although nobody has signalled: look at the value again, and
/// wait again. What is signalled while nobody waits is gone.
public struct Condition: ~Copyable, Sendable {
    /// Counts the signals; who waits, waits for it to change.
    private let signals = FutexWord(0)
    private let waiting = FutexWord(0)

    public init() {}

    /// Gives the lock back, waits for a signal, and takes the lock again. The
    /// first two are one step for all who signal with the lock taken.
    ///
    /// - Parameter guard: Of the mutex whose value is waited for.
    public borrowing func wait<Value: ~Copyable>(_ guard: inout Mutex<Value>.Guard) {
        _ = wait(&`guard`, deadline: nil)
    }

    /// The same, at most until the clock shows `deadline`.
    ///
    /// - Returns: `false` when the time has come; the lock is taken then, too.
    public borrowing func wait<Value: ~Copyable>(
        _ guard: inout Mutex<Value>.Guard, until deadline: MonotonicClock.Instant
    ) -> Bool {
        wait(&`guard`, deadline: deadline)
    }

    /// The same, at most so long.
    ///
    /// - Returns: `false` when the time is over; the lock is taken then, too.
    public borrowing func wait<Value: ~Copyable>(
        _ guard: inout Mutex<Value>.Guard, for duration: Duration
    ) -> Bool {
        wait(&`guard`, deadline: .now + duration)
    }

    private borrowing func wait<Value: ~Copyable>(
        _ guard: inout Mutex<Value>.Guard, deadline: MonotonicClock.Instant?
    ) -> Bool {
        // Before the count is read: who counts a signal after that sees it.
        waiting.increment()
        let count = signals.value
        unsafe `guard`.lock.pointee.give()
        let isInTime = signals.wait(while: count, until: deadline)
        waiting.decrement()
        unsafe `guard`.lock.pointee.take()
        return isInTime
    }

    /// Wakes one of the threads that wait, the most urgent one.
    public borrowing func signal() { wake(1) }

    /// Wakes all threads that wait.
    public borrowing func broadcast() { wake(.max) }

    private borrowing func wake(_ count: Int32) {
        signals.increment()
        if waiting.value > 0 { signals.wake(count) }
    }
}
