import CMachine
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport
import KernelTasks
import Synchronization

/// The task that sends to the folders' servers what was written some milliseconds ago.
///
/// It waits without end where nothing is to be sent. Who has something is not first: it is not woken
/// before the time that it has been told of, so that a file which is written to and closed again and
/// again wakes it once a time.
enum FolderKeeper {
    private static let lock = CoreLock(.folders)
    /// When it is to look.
    nonisolated(unsafe) private static var deadline = UInt64.max

    private enum State {
        static var none: Int { 0 }
        static var starting: Int { 1 }
        static var running: Int { 2 }
        static var failed: Int { 3 }
    }

    private static let state = Atomic<Int>(State.none)

    private static var key: WaitKey { WaitKey(.device, UInt64.max - 3) }

    /// Something is to be sent at a time; `false`: nobody is there to do it.
    static func expect(_ time: UInt64) -> Bool {
        guard state.load(ordering: .acquiring) == State.running || start() else { return false }
        let flags = machine_disable_interrupts()
        lock.lock()
        let isEarlier = unsafe time < deadline
        if isEarlier {
            unsafe deadline = time
            _ = Tasks.wake(key, count: 1)
        }
        lock.unlock()
        if isEarlier { Tasks.settle() }
        machine_restore_interrupts(flags)
        return true
    }

    /// Begins with it, once; whether it runs.
    @inline(never)
    private static func start() -> Bool {
        guard state.compareExchange(
            expected: State.none, desired: State.starting, ordering: .acquiringAndReleasing
        ).exchanged else { return false }
        do throws(Errno) {
            try EndKeeper.start()
            try Tasks.spawnService { _, _ in
                FolderKeeper.turn()
                return 0
            }
        } catch {
            state.store(State.failed, ordering: .releasing)
            return false
        }
        Tasks.beforeEnd { Folders.forEachWritable { $0.endGathering() } }
        state.store(State.running, ordering: .releasing)
        return true
    }

    /// One turn of it: sends what is due, or waits until something is.
    private static func turn() {
        var flags = machine_disable_interrupts()
        lock.lock()
        let time = unsafe deadline
        guard time <= Tasks.now else {
            Tasks.waitForDevice(key, until: time, giving: lock)
            return machine_restore_interrupts(flags)
        }
        unsafe deadline = .max
        lock.unlock()
        machine_restore_interrupts(flags)
        var next = UInt64.max
        Folders.forEachWritable { next = min(next, $0.sendDue()) }
        flags = machine_disable_interrupts()
        lock.lock()
        unsafe deadline = min(deadline, next)
        lock.unlock()
        machine_restore_interrupts(flags)
    }
}
