import CMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport

extension WakeReason {
    /// What a function tells that has waited; `nil`: success.
    var error: Errno? {
        switch self {
        case .woken: nil
        case .timedOut: .timedOut
        case .interrupted: .interrupted
        }
    }
}

/// Waiting for a word of the application's to change.
enum Futex {
    /// Waits for a wake of `address` if the word there is `expected`; looked
    /// at and begun under the scheduler's lock, as one step.
    ///
    /// - Parameter deadline: On the monotonic clock; `.max`: never.
    /// - Returns: The error; `nil`: woken.
    static func wait(_ address: UInt64, _ expected: UInt32, _ deadline: UInt64) -> Errno? {
        let flags = Runtime.enter()
        let error = begin(address, expected, deadline)
        Runtime.leave(flags)
        return error
    }

    /// The same with the lock.
    @inline(__always)
    private static func begin(_ address: UInt64, _ expected: UInt32, _ deadline: UInt64) -> Errno? {
        var word: UInt32 = 0
        do throws(Errno) {
            let buffer = try unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(address)), count: 4)
            try buffer.load(into: &word)
        } catch { return error }
        guard word == expected else { return .resourceTemporarilyUnavailable }
        guard Runtime.isAhead(deadline) else { return .timedOut }
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        if Runtime.isSignalled(task) { return .interrupted }
        let key = WaitKey(.futex, address)
        if deadline == .max, let waiting = Runtime.beginToWait(for: key) {
            Runtime.goOn(with: waiting)
        } else {
            unsafe Runtime.shared.pointee.scheduler.blockCurrent(
                on: Runtime.core, for: key, until: deadline)
            Runtime.wait()
        }
        return unsafe Kernel.currentTask.pointee.wakeReason.error
    }

    /// Wakes so many tasks that wait at `address`; how many there were.
    static func wake(_ address: UInt64, _ count: Int) -> Int {
        let key = WaitKey(.futex, address)
        let flags = Runtime.enter()
        guard count <= 0 || !Runtime.wakeEqual(key) else {
            Runtime.leave(flags)
            return 1
        }
        let woken = unsafe Runtime.shared.pointee.scheduler.wake(key, count: count)
        if woken > 0 { Runtime.settle() }
        Runtime.leave(flags)
        return woken
    }
}
