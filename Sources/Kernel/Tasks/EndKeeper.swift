import CMachine
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport
import Synchronization

/// The task that ends the machine where an interrupt wants it to end and there is something to be
/// done before: an interrupt can wait for no disk.
public enum EndKeeper {
    private static let lock = CoreLock(.sleepers)
    private static let isStarted = Atomic<Bool>(false)

    private static var key: WaitKey { WaitKey(.device, UInt64.max - 2) }

    /// Sees to it that there is one, and that the host asks for the program's end. No lock may be
    /// held.
    ///
    /// - Throws: `EAGAIN`, `ENOSYS` as `Tasks.spawn`.
    public static func start() throws(Errno) {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        do throws(Errno) {
            try Tasks.spawnService { _, _ in
                EndKeeper.turn()
                return 0
            }
        } catch {
            isStarted.store(false, ordering: .releasing)
            throw error
        }
        KernelServices.leaveEnd { EndKeeper.wake() }
        EndRequest.expect()
    }

    /// An interrupt wants the machine to end; who is to run is looked for when it is over.
    private static func wake() {
        lock.lock()
        _ = Tasks.wake(key, count: 1)
        lock.unlock()
    }

    private static func turn() {
        let flags = machine_disable_interrupts()
        lock.lock()
        if KernelServices.wantedStatus == nil {
            Tasks.waitForDevice(key, until: .max, giving: lock)
        } else {
            lock.unlock()
        }
        machine_restore_interrupts(flags)
        if let status = KernelServices.wantedStatus { KernelServices.exit(status: status) }
    }
}

extension Tasks {
    /// What is to be done before the machine ends, and before what others have asked for; see
    /// `KernelServices.beforeEnd`.
    public static func beforeEnd(_ function: @convention(c) () -> Void) {
        KernelServices.beforeEnd(function, park: { Tasks.rest(until: Tasks.now + 1_000_000_000) })
    }
}
