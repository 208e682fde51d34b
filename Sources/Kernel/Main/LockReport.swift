import CMachine
import KernelMachine
import KernelScheduling
import KernelSupport

/// What is told of a kernel lock that a core waits for too long (`LockWatch`).
enum LockReport {
    /// The status of a program in which the kernel breaks its order: SIGABRT's.
    static let orderStatus: Int32 = 128 + 6

    /// How often the console's lock is tried: its holder may wait for this core.
    private static let patience = 100_000

    /// Tells that this core has waited for a second; whether it could be told.
    ///
    /// It goes through the console alone, as every line of the log. So it waits
    /// until the console is free, and where the console's own lock is the one
    /// that is held it is told by whoever gets it then: bytes between those of
    /// the holder would be taken for the program's. Of a console that is
    /// never given back nobody hears, nor of a wait that ends before the
    /// console is free.
    ///
    /// - Parameter task: The number of what the holder ran; 0: nothing.
    static func tell(_ lock: KernelLock, holder: UInt32, task: Int32, isTaken: Bool) -> Bool {
        if lock == .console && !isTaken { return false }
        var line = LineBuffer()
        line.append("core ")
        line.append(decimal: Int(machine_core_identifier()))
        line.append(isTaken ? " waited" : " has waited")
        line.append(" for a second for the lock of the ")
        line.append(lock.name)
        line.append(isTaken ? ", which core " : ", which is held by core ")
        line.append(decimal: Int(holder))
        if isTaken { line.append(" held") }
        if task != 0 {
            line.append(" in task ")
            line.append(decimal: Int(task))
        }
        if isTaken {
            line.withBytes { text in
                unsafe Kernel.root.pointee.console.withLockHeld { $0.log(.warning, text) }
            }
            return true
        }
        var isTold = false
        unsafe Kernel.root.pointee.console.withLockOrAnyway(patience: patience) { console, isFree in
            guard isFree else { return }
            line.withBytes { console.log(.warning, $0) }
            isTold = true
        }
        return isTold
    }
}

/// Called by a core that waits for a lock; the root value has all locks that
/// several cores take.
@c(kernel_lock_waited)
public func kernelLockWaited(
    _ lock: UInt32, _ holder: UInt32, _ task: Int32, _ state: UInt32
) -> Int32 {
    guard let lock = KernelLock(rawValue: UInt8(truncatingIfNeeded: lock)) else { return 1 }
    let isTold = LockReport.tell(
        lock, holder: holder, task: task, isTaken: state == HERMIT_LOCK_TAKEN.rawValue)
    return isTold ? 1 : 0
}

/// An entry stays where it is as long as the machine runs, whatever becomes of
/// its task.
@c(kernel_task_number)
public func kernelTaskNumber(_ core: UnsafePointer<hermit_per_core>) -> Int32 {
    let address = unsafe core.pointee.task
    return unsafe UnsafePointer<TaskEntry>(bitPattern: UInt(address))?.pointee.identifier.rawValue ?? 0
}

/// Called in a kernel that checks its locks: this one is taken while the other is held.
@c(kernel_lock_order_broken)
public func kernelLockOrderBroken(_ lock: UInt32, _ held: UInt32) -> Never {
    Faults.abort(status: LockReport.orderStatus) { line in
        line.append("lock order: the ")
        append(lock, to: &line)
        line.append(" lock is taken while the ")
        append(held, to: &line)
        line.append(" lock is held")
    }
}

private func append(_ lock: UInt32, to line: inout LineBuffer) {
    if let lock = KernelLock(rawValue: UInt8(truncatingIfNeeded: lock)) { line.append(lock.name) }
}
