import CMachine
import Synchronization

/// What one core at a time holds, with its interrupts off.
///
/// Whoever waits does meanwhile what other cores ask of all
/// (`machine_serve_shootdown`): one that holds the lock may wait for that.
public struct CoreLock: ~Copyable {
    /// The holding core's identifier plus one; 0: nobody holds it.
    private let holder = Atomic<UInt32>(0)
    /// Which of the kernel's locks it is.
    private let identity: KernelLock

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

    @inline(never)
    private borrowing func wait(as core: UInt32) {
        var watch = LockWatch(identity)
        repeat {
            while true {
                let other = holder.load(ordering: .relaxed)
                if other == 0 { break }
                machine_serve_shootdown()
                machine_pause()
                watch.look(heldBy: other &- 1)
            }
        } while !holder.compareExchange(expected: 0, desired: core, ordering: .acquiring).exchanged
        watch.end()
    }

    /// Gives the lock back; interrupts are still off.
    @inline(__always)
    public borrowing func unlock() {
        LockOrder.givesBack(identity)
        holder.store(0, ordering: .releasing)
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
