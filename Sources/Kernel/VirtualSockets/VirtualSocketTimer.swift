import CMachine
import KernelMachine
import KernelTasks
import KernelVsock

/// When sockets of AF_VSOCK have something to do: one moment, which one core's timer serves, that of
/// the core on which it was set last. The sockets' lock guards it.
enum VirtualSocketTimer {
    nonisolated(unsafe) private static var core = 0
    nonisolated(unsafe) private static var next = UInt64.max

    /// Nanoseconds between two looks at a device that does not interrupt.
    private static let interval: UInt64 = 1_000_000
    /// Until more is taken of a device that has brought much at once.
    private static let pause: UInt64 = 20_000

    static func start() { Tasks.setVirtualSocketTimer { VirtualSocketTimer.interrupted($0, at: $1) } }

    /// Something is to be done then; with the lock, and interrupts off.
    static func arm(at deadline: UInt64) {
        let wanted = min(deadline, lookTime)
        guard unsafe wanted < next else { return }
        unsafe next = wanted
        unsafe core = Int(truncatingIfNeeded: machine_core_identifier())
        Tasks.interrupt(at: wanted)
    }

    /// When the device is to be looked at; `.max`: it interrupts, or there is none.
    private static var lookTime: UInt64 {
        guard VirtualSocketState.shared.needsLook else { return .max }
        return Tasks.now + (VirtualSocketState.shared.isBusy ? pause : interval)
    }

    /// A core's timer has interrupted it, and no lock is held.
    ///
    /// - Returns: When it has to again; `.max`: not for this.
    private static func interrupted(_ core: Int, at now: UInt64) -> UInt64 {
        guard unsafe core == self.core, unsafe next <= now else {
            return unsafe core == self.core ? next : .max
        }
        let flags = VirtualSocketState.enter()
        unsafe next = .max
        VirtualSocketState.shared.table.expire(at: now)
        // That sets it anew.
        VirtualSocketState.leave(flags, isInterrupt: true)
        let again = VirtualSocketState.enter()
        defer {
            VirtualSocketState.lock.unlock()
            machine_restore_interrupts(again)
        }
        return unsafe core == self.core ? next : .max
    }
}
