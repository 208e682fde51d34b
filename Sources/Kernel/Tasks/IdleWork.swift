import CMachine
import KernelMachine
import KernelScheduling

// What a core does that has no task to run, before it rests.

extension Tasks {
    /// Sets what cores do before they rest.
    ///
    /// - Parameters:
    ///   - work: Is called with the core's number on its idle stack, interrupts on and no lock.
    ///   - interrupted: Is called with the core's number at the start of each interrupt, on the
    ///     interrupts' stack, without a lock: another task may run behind it, and `work` go on
    ///     only when that one waits.
    public static func setIdleWork(
        _ work: @convention(c) () -> Void, interrupted: @convention(c) (Int) -> Void
    ) {
        unsafe Runtime.interrupted = interrupted
        machine_set_idle_work(work)
    }

    /// The number of this core, which does not take interrupts.
    public static var core: Int { Runtime.core }

    /// Runs a task that was made ready for this core, which was idle; comes back when there is
    /// none. Interrupts are off, and no lock is held.
    public static func leaveIdle() {
        _ = Runtime.enter()
        let core = Runtime.core
        if unsafe Runtime.shared.pointee.scheduler.wantsChange(on: core, at: Runtime.now) {
            Runtime.reschedule()
        } else {
            Runtime.tellCores(core)
        }
        Runtime.leave(0)
    }
}
