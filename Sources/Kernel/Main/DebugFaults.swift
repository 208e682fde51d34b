import CMachine
import KernelMachine
import Synchronization

/// Failures of the kernel, made on purpose.
public enum DebugFaults {
    /// Calls itself until the kernel's stack is used up.
    public static func overflowStack() -> Never {
        var depth: UInt64 = 0
        recurse(&depth)
        fatalError()
    }

    /// The value stays in memory: the calls can't be made into a loop.
    @inline(never)
    private static func recurse(_ depth: inout UInt64) {
        var next = machine_opaque(depth &+ 1)
        if next != 0 { recurse(&next) }
        depth = machine_opaque(next)
    }

    public static func readNull() -> Never {
        let null = unsafe UnsafePointer<UInt8>(bitPattern: UInt(machine_opaque(0)))
        precondition(unsafe null.unsafelyUnwrapped.pointee == 0)
        fatalError()
    }

    public static func trap() -> Never {
        precondition(machine_opaque(0) != 0)
        fatalError()
    }

    /// Makes the root value unreachable, which the report needs.
    public static func failInReport() -> Never {
        unsafe Kernel.root = UnsafeMutablePointer(bitPattern: UInt(machine_opaque(notCanonical)))
        trap()
    }

    // MARK: - Locks

    /// Holds the memory's lock until another core has waited for a lock for a
    /// second; `false`: none has in a minute.
    public static func holdMemory() -> Bool {
        unsafe Kernel.root.pointee.memory.withLock { _ in waitForLateWait() }
    }

    /// The same with the console's.
    public static func holdConsole() -> Bool {
        unsafe Kernel.root.pointee.console.withLock { _ in waitForLateWait() }
    }

    /// Takes the console's lock while it holds the memory's: another core may do
    /// it the other way round.
    public static func breakLockOrder() -> Never {
        unsafe Kernel.root.pointee.memory.withLock { _ in
            unsafe Kernel.root.pointee.console.withLock { _ in }
        }
        fatalError()
    }

    private static func waitForLateWait() -> Bool {
        let before = LockWatch.lateWaits.load(ordering: .relaxed)
        let start = TimeStampCounter.read()
        let minute = LockWatch.ticksPerSecond.load(ordering: .relaxed) &* 60
        while LockWatch.lateWaits.load(ordering: .relaxed) == before {
            if TimeStampCounter.read() &- start >= minute { return false }
            machine_serve_shootdown()
            machine_pause()
        }
        return true
    }

    private static let notCanonical: UInt64 = 0x4141_4141_4141_4140
}
