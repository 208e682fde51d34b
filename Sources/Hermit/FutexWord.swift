import CHermit
import Synchronization

/// A word that threads wait for to change: what everything here that waits is
/// made of.
///
/// It lies where its owner lies, and does not move as long as it is used.
@safe struct FutexWord: ~Copyable, @unchecked Sendable {
    private let cell: Cell<Atomic<UInt32>>

    init(_ value: UInt32) { cell = Cell(Atomic(value)) }

    @inline(__always)
    var value: UInt32 { unsafe cell.address.pointee.load(ordering: .sequentiallyConsistent) }

    /// Puts `new` in the place of `old`, if that is there; whether it was.
    @inline(__always)
    func replace(_ old: UInt32, with new: UInt32) -> Bool {
        unsafe cell.address.pointee.compareExchange(
            expected: old, desired: new, ordering: .sequentiallyConsistent
        ).exchanged
    }

    /// Puts `new` there; what was there before.
    @inline(__always)
    func exchange(_ new: UInt32) -> UInt32 {
        unsafe cell.address.pointee.exchange(new, ordering: .sequentiallyConsistent)
    }

    /// Adds one, and wraps.
    @inline(__always)
    func increment() {
        unsafe cell.address.pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    /// Takes one away, and wraps.
    @inline(__always)
    func decrement() {
        unsafe cell.address.pointee.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    }

    /// Waits as long as the word is `expected`, until a wake; perhaps less long.
    ///
    /// - Returns: `false` when `deadline` has come.
    ///
    /// The corresponding C function is `sys_futex_wait`.
    func wait(while expected: UInt32, until deadline: MonotonicClock.Instant? = nil) -> Bool {
        let result =
            if let deadline {
                wait(expected, deadline.sinceBoot.timespec)
            } else {
                unsafe sys_futex_wait(address, expected, nil, 0)
            }
        // The word and its owner are there: no other error is the caller's to mend.
        precondition(
            result == 0 || result == -HERMIT_EAGAIN || result == -HERMIT_ETIMEDOUT
                || result == -HERMIT_EINTR,
            "waiting failed: the machine has no clock")
        return result != -HERMIT_ETIMEDOUT
    }

    private func wait(_ expected: UInt32, _ deadline: hermit_timespec) -> Int32 {
        unsafe withUnsafePointer(to: deadline) { unsafe sys_futex_wait(address, expected, $0, 0) }
    }

    /// Wakes so many threads that wait.
    ///
    /// The corresponding C function is `sys_futex_wake`.
    func wake(_ count: Int32) { unsafe sys_futex_wake(address, count) }

    private var address: UnsafeMutablePointer<UInt32> {
        unsafe UnsafeMutableRawPointer(cell.address).assumingMemoryBound(to: UInt32.self)
    }
}
