import CMachine
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport
import KernelTasks

/// The task that writes to the disks what was changed some time ago.
enum VolumeKeeper {
    private static let lock = CoreLock(.disks)
    nonisolated(unsafe) private static var isWoken = false

    private static var key: WaitKey { WaitKey(.device, UInt64.max - 1) }

    /// - Throws: `EAGAIN`: there is no memory or no number for a task.
    static func start() throws(Errno) {
        try Tasks.spawnService { _, _ in
            VolumeKeeper.turn()
            return 0
        }
    }

    /// Something was changed that is to be written later.
    static func wake() {
        let flags = machine_disable_interrupts()
        lock.lock()
        unsafe isWoken = true
        _ = Tasks.wake(key, count: 1)
        lock.unlock()
        Tasks.settle()
        machine_restore_interrupts(flags)
    }

    /// One turn of it: writes what is due, and waits until there is more.
    private static func turn() {
        var next = UInt64.max
        Volumes.forEach { volume in next = min(next, volume.commitIfDue(at: Tasks.now)) }
        let flags = machine_disable_interrupts()
        lock.lock()
        if unsafe isWoken {
            unsafe isWoken = false
            lock.unlock()
        } else {
            Tasks.waitForDevice(key, until: next, giving: lock)
        }
        machine_restore_interrupts(flags)
    }
}
