import CMachine
import Synchronization

/// What one core at a time holds, with its interrupts off.
///
/// Whoever waits does meanwhile what other cores ask of all
/// (`machine_serve_shootdown`): one that holds the lock may wait for that.
///
/// Whoever finds it free takes it, as a queue would make all wait for a core
/// that the host does not run. But a core that has waited for long is handed
/// it by the next one that gives it back, so that none waits for ever.
public struct CoreLock: ~Copyable, Sendable {
    /// The holding core's identifier plus one; 0: nobody holds it.
    private let holder = Atomic<UInt32>(0)
    /// Who is handed the lock next, as above, until it has it; 0: whoever comes.
    private let heir = Atomic<UInt32>(0)
    /// Which of the kernel's locks it is.
    private let identity: KernelLock

    @inline(__always)
    public init(_ identity: KernelLock) { self.identity = identity }

    @inline(__always)
    private static var thisCore: UInt32 { UInt32(truncatingIfNeeded: machine_core_identifier()) &+ 1 }

    /// Takes the lock. Interrupts must be off, and the core must not hold it.
    @inline(__always)
    public borrowing func lock() {
        let core = Self.thisCore
        LockOrder.willTake(identity)
        if !holder.compareExchange(expected: 0, desired: core, ordering: .acquiring).exchanged {
            wait(as: core)
        }
        LockOrder.hasTaken(identity)
    }

    /// Looks at a lock that is held until a core wants to be handed it.
    private static var patience: Int { 1000 }

    @inline(never)
    private borrowing func wait(as core: UInt32) {
        var watch = LockWatch(identity)
        var looks = 0
        while true {
            let other = holder.load(ordering: .relaxed)
            if other == core {
                // It was handed over; what the other core did is seen.
                atomicMemoryFence(ordering: .acquiring)
                break
            }
            if other == 0 {
                if holder.compareExchange(
                    expected: 0, desired: core, ordering: .acquiring).exchanged
                {
                    break
                }
                continue
            }
            looks += 1
            if looks > Self.patience, heir.load(ordering: .relaxed) == 0 {
                _ = heir.compareExchange(expected: 0, desired: core, ordering: .relaxed)
            }
            machine_serve_shootdown()
            machine_pause()
            watch.look(heldBy: other &- 1)
        }
        // Only who holds the lock hands it over: nobody does meanwhile.
        if heir.load(ordering: .relaxed) == core { heir.store(0, ordering: .relaxed) }
        watch.end()
    }

    /// Gives the lock back; interrupts are still off.
    @inline(__always)
    public borrowing func unlock() {
        LockOrder.givesBack(identity)
        holder.store(heir.load(ordering: .relaxed), ordering: .releasing)
    }

    /// Whether the core that asks holds it. Interrupts must be off.
    public var isMine: Bool { holder.load(ordering: .relaxed) == Self.thisCore }

    /// Takes the lock if it gets free in time.
    ///
    /// - Parameter patience: How often it is tried.
    public borrowing func lock(patience: Int) -> Bool {
        for _ in 0..<patience {
            if holder.compareExchange(
                expected: 0, desired: Self.thisCore, ordering: .acquiring).exchanged
            {
                LockOrder.hasTaken(identity)
                return true
            }
            machine_serve_shootdown()
            machine_pause()
        }
        return false
    }
}
