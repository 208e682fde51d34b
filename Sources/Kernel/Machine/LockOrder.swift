import CMachine

/// Which locks a core holds, in a kernel with `CHECKS_LOCKS`: one that takes a
/// lock out of order ends the machine with a report (`kernel_lock_order_broken`).
/// Other kernels have nothing of this. Interrupts must be off.
enum LockOrder {
    /// The core will wait for this lock.
    @inline(__always)
    static func willTake(_ lock: KernelLock) {
        #if CHECKS_LOCKS
            let wrong = machine_held_locks() & ~lock.mayBeInside
            if wrong != 0 {
                kernel_lock_order_broken(UInt32(lock.rawValue), UInt32(wrong.trailingZeroBitCount))
            }
        #endif
    }

    /// The core has it, in order or, where it would not have waited, in any.
    @inline(__always)
    static func hasTaken(_ lock: KernelLock) {
        #if CHECKS_LOCKS
            machine_set_held_locks(machine_held_locks() | lock.bit)
        #endif
    }

    /// The core gives it back.
    @inline(__always)
    static func givesBack(_ lock: KernelLock) {
        #if CHECKS_LOCKS
            machine_set_held_locks(machine_held_locks() & ~lock.bit)
        #endif
    }
}
