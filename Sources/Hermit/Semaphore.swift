/// A number that threads add to and take from, and never below zero: who
/// wants one where there is none, waits.
///
/// Nothing is allocated, and the kernel is called only where somebody waits.
public struct Semaphore: ~Copyable, Sendable {
    /// What the number may be at most.
    public static var maximumValue: Int { Int(Int32.max) }

    private let count: FutexWord
    private let waiting = FutexWord(0)

    /// - Parameter value: What the number starts with.
    /// - Precondition: `value` is in `0...Semaphore.maximumValue`.
    public init(value: Int = 0) {
        precondition(0...Self.maximumValue ~= value, "a semaphore's value is out of range")
        count = FutexWord(UInt32(value))
    }

    /// Adds one, and wakes a thread that waits, the most urgent one.
    ///
    /// - Precondition: The number is below ``maximumValue``.
    public borrowing func signal() {
        var old = count.value
        repeat {
            precondition(old < Self.maximumValue, "a semaphore's value is out of range")
        } while !replace(&old, with: old + 1)
        if waiting.value > 0 { count.wake(1) }
    }

    /// Takes one; waits until there is one.
    public borrowing func wait() { _ = wait(deadline: nil) }

    /// The same, at most until the clock shows `deadline`.
    ///
    /// - Returns: Whether one was taken; `false` when the time has come.
    public borrowing func wait(until deadline: MonotonicClock.Instant) -> Bool {
        wait(deadline: deadline)
    }

    /// The same, at most so long.
    ///
    /// - Returns: Whether one was taken; `false` when the time is over.
    public borrowing func wait(for duration: Duration) -> Bool {
        waitIfAvailable() || wait(deadline: .now + duration)
    }

    /// Takes one, if there is one; whether there was.
    public borrowing func waitIfAvailable() -> Bool {
        var old = count.value
        while old > 0 {
            if replace(&old, with: old - 1) { return true }
        }
        return false
    }

    private borrowing func wait(deadline: MonotonicClock.Instant?) -> Bool {
        while !waitIfAvailable() {
            // Before the number is looked at by the kernel: who adds to it
            // after that sees it.
            waiting.increment()
            let isInTime = count.wait(while: 0, until: deadline)
            waiting.decrement()
            if !isInTime { return waitIfAvailable() }
        }
        return true
    }

    /// Changes the number from `old`; where it is another, says which.
    private borrowing func replace(_ old: inout UInt32, with new: UInt32) -> Bool {
        if count.replace(old, with: new) { return true }
        old = count.value
        return false
    }
}
