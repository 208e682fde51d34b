import CMachine
import KernelMachine
import KernelScheduling
import KernelTasks
import Synchronization

/// A lock whose holder may wait: whoever comes meanwhile sleeps. It is had in the order in which
/// it was asked for, so that who gives it back and asks again at once does not keep it from others.
///
/// Nobody is interrupted by a signal in it: what its holder waits for is a device, which answers
/// or counts as gone.
final class SleepingLock: Sendable {
    /// The next number that is given out, and the one that has the lock.
    private let next = Atomic<UInt64>(0)
    private let serving = Atomic<UInt64>(0)
    private let guardian = CoreLock(.disks)
    /// Tells its keys from those of others.
    private let number: UInt64

    /// Of what a task waits for: behind disks and folders.
    private static let firstNumber: UInt64 = 0x200
    /// So many nanoseconds a core looks on before its task sleeps: as long as a block takes that is
    /// in memory.
    private static let looking: UInt64 = 2_000

    init(number: Int) { self.number = Self.firstNumber + UInt64(number) }

    /// Tasks with the same key are woken for nothing, as more of them than keys seldom wait.
    private func key(_ ticket: UInt64) -> WaitKey { WaitKey(.device, number << 8 | ticket & 0xFF) }

    /// Takes the lock. There is a scheduler, and no other lock is held.
    func lock() {
        let ticket = next.add(1, ordering: .sequentiallyConsistent).oldValue
        guard serving.load(ordering: .sequentiallyConsistent) != ticket else { return }
        wait(ticket)
    }

    @inline(never)
    private func wait(_ ticket: UInt64) {
        if machine_running_cores() > 1 {
            let end = Tasks.now + Self.looking
            while Tasks.now < end {
                if serving.load(ordering: .sequentiallyConsistent) == ticket { return }
                machine_pause()
            }
        }
        let flags = machine_disable_interrupts()
        guardian.lock()
        while serving.load(ordering: .sequentiallyConsistent) != ticket {
            Tasks.waitForDevice(key(ticket), until: .max, giving: guardian)
            guardian.lock()
        }
        guardian.unlock()
        machine_restore_interrupts(flags)
    }

    /// Gives it back to who has waited longest.
    func unlock() {
        let ticket = serving.load(ordering: .relaxed) + 1
        serving.store(ticket, ordering: .sequentiallyConsistent)
        // Who takes a number from here on sees that it is served.
        guard next.load(ordering: .sequentiallyConsistent) != ticket else { return }
        wake(ticket)
    }

    @inline(never)
    private func wake(_ ticket: UInt64) {
        let flags = machine_disable_interrupts()
        // It sleeps, or has not looked yet.
        guardian.lock()
        _ = Tasks.wake(key(ticket), count: .max)
        guardian.unlock()
        Tasks.settle()
        machine_restore_interrupts(flags)
    }
}
