import CMachine
import Synchronization

/// The eye that a core has on one wait for a kernel lock: after about a second
/// it says, once, who holds the lock (`kernel_lock_waited`).
///
/// A kernel lock is held for microseconds, so that a second tells of a failure:
/// of the kernel, or of a host that takes no output while the console is held.
/// But a holder whose virtual processor the host does not run holds its lock as
/// long, and can't be told apart.
public struct LockWatch {
    /// The time stamp counter's ticks that make a second, as well as that is
    /// known. Whoever finds the frequency sets it: the monotonic clock does,
    /// which runs before a second core. Until then it is a guess, a second at 2 GHz.
    public static let ticksPerSecond = Atomic<UInt64>(1 << 31)

    /// Waits that have taken a second, of all locks.
    public static let lateWaits = Atomic<UInt32>(0)

    private let lock: KernelLock
    private var looks: UInt32 = 0
    /// The counter at the last word, or at the first look.
    private var start: UInt64 = 0
    private var holder: UInt32 = 0
    /// The task's number that ran there while it held the lock.
    private var task: Int32 = 0
    private var state = State.early

    private enum State { case early, late, told }

    /// The counter is read once in so many looks.
    private static let looksBetween: UInt32 = 64

    init(_ lock: KernelLock) { self.lock = lock }

    /// The lock is still held, by this core.
    @inline(__always)
    mutating func look(heldBy holder: UInt32) {
        looks &+= 1
        if looks % Self.looksBetween == 0 && state != .told { compare(holder) }
    }

    @inline(never)
    private mutating func compare(_ holder: UInt32) {
        let now = TimeStampCounter.read()
        if start == 0 { start = now }
        guard now &- start >= Self.ticksPerSecond.load(ordering: .relaxed) else { return }
        start = now
        self.holder = holder
        task = unsafe kernel_task_number(machine_core(Int(holder)))
        // Counted last: who holds a lock on purpose gives it back then.
        if state == .early { Self.lateWaits.add(1, ordering: .releasing) }
        // Where it can't be told now, it is tried again in a second.
        state = tell(HERMIT_LOCK_HELD) ? .told : .late
    }

    private func tell(_ wait: hermit_lock_wait) -> Bool {
        kernel_lock_waited(UInt32(lock.rawValue), holder, task, wait.rawValue) != 0
    }

    /// The lock is this core's now. What could not be told of the console's is
    /// told by means of it.
    @inline(__always)
    mutating func end() {
        if state == .late && lock == .console {
            _ = tell(HERMIT_LOCK_TAKEN)
        }
    }
}
