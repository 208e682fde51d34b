import CMachine
import KernelMachine
import KernelScheduling
import Synchronization

/// A lock whose holder may wait: whoever comes meanwhile sleeps. It is had in the order in which
/// it was asked for, so that who gives it back and asks again at once does not keep it from others.
///
/// Nobody is interrupted by a signal in it: what its holder waits for is a device, which answers
/// or counts as gone.
public struct SleepingLock: ~Copyable, Sendable {
    /// The next number that is given out, and the one that has the lock.
    private let next = Atomic<UInt64>(0)
    private let serving = Atomic<UInt64>(0)
    private let guardian = CoreLock(.sleepers)
    /// Tells its keys from those of others.
    private let number: UInt64

    /// Of what a task waits for: behind disks and folders.
    private static var firstNumber: UInt64 { 0x200 }
    /// So many nanoseconds a core looks on before its task sleeps: as long as a block takes that is
    /// in memory.
    private static var looking: UInt64 { 2_000 }

    /// - Parameter number: No other lock's.
    @inline(__always)
    public init(_ number: SleepingLockNumber) { self.number = Self.firstNumber &+ number.rawValue }

    /// Tasks with the same key are woken for nothing, as more of them than keys seldom wait.
    private func key(_ ticket: UInt64) -> WaitKey { WaitKey(.device, number << 8 | ticket & 0xFF) }

    /// Takes the lock. There is a scheduler, and no other lock is held.
    public borrowing func lock() {
        let ticket = next.add(1, ordering: .sequentiallyConsistent).oldValue
        guard serving.load(ordering: .sequentiallyConsistent) != ticket else { return }
        wait(ticket)
    }

    @inline(never)
    private borrowing func wait(_ ticket: UInt64) {
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
    public borrowing func unlock() {
        let ticket = serving.load(ordering: .relaxed) + 1
        serving.store(ticket, ordering: .sequentiallyConsistent)
        // Who takes a number from here on sees that it is served.
        guard next.load(ordering: .sequentiallyConsistent) != ticket else { return }
        wake(ticket)
    }

    @inline(never)
    private borrowing func wake(_ ticket: UInt64) {
        let flags = machine_disable_interrupts()
        // It sleeps, or has not looked yet.
        guardian.lock()
        _ = Tasks.wake(key(ticket), count: .max)
        guardian.unlock()
        Tasks.settle()
        machine_restore_interrupts(flags)
    }
}

/// Which of the locks that tasks sleep for one is.
public struct SleepingLockNumber: Sendable {
    let rawValue: UInt64

    /// What lookups of names share.
    public static var lookups: Self {
        @inline(__always) get { Self(rawValue: 0) }
    }
    /// A folder of the host's, of 32 at most.
    public static func folder(_ number: Int) -> Self { Self(rawValue: 32 &+ UInt64(number)) }
    /// A disk's file system, of 64 at most.
    public static func volume(_ number: Int) -> Self { Self(rawValue: 64 &+ UInt64(number)) }
    /// A mounted file system's mapped files.
    public static func mount(_ number: Int) -> Self { Self(rawValue: 128 &+ UInt64(number)) }
}

extension Tasks {
    /// The running task waits for a while, signals or not. No lock is held.
    ///
    /// - Parameter deadline: On the monotonic clock.
    public static func rest(until deadline: UInt64) {
        let flags = machine_disable_interrupts()
        resting.lock()
        waitForDevice(WaitKey(.device, .max), until: deadline, giving: resting)
        machine_restore_interrupts(flags)
    }

    private static let resting = CoreLock(.sleepers)
}
