import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport
import KernelTime

/// The scheduler at work: its policy, the lock that guards it, and what each
/// core keeps beside it.
///
/// Nothing of this is there before the first task is made, or waits; an image
/// that does neither has none of it.
struct Runtime: ~Copyable {
    var scheduler: Scheduler
    var cores: SlotStorage<CoreContext>
    var timer: Timer
    /// What ended tasks have left; the memory lock guards it.
    var keptMemory = KeptMemory()
    /// Held across a change of task: the task that is changed to gives it back.
    let lock = CoreLock()

    nonisolated(unsafe) static var shared: UnsafeMutablePointer<Runtime>! = nil
}

/// What a core keeps of itself beside the policy.
struct CoreContext: BitwiseCopyable {
    /// Where its idle loop stopped.
    var idleStackPointer: UInt64 = 0
    /// A task that has ended, whose kernel stack is not used any more.
    var ended = TaskIndex.none
    /// What its timer is set to.
    var armed: UInt64 = .max
}

extension Runtime {
    /// The number of the core that asks, which must not take interrupts.
    @inline(__always)
    static var core: Int { Int(truncatingIfNeeded: machine_core_identifier()) }

    static var now: UInt64 { MonotonicClock.now ?? 0 }

    // MARK: - The lock

    /// Takes the lock.
    ///
    /// - Returns: What to give `leave`.
    @inline(__always)
    static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        unsafe shared.pointee.lock.lock()
        return flags
    }

    /// Gives the lock back, and what an ended task has left on this core.
    @inline(__always)
    static func leave(_ flags: UInt64) {
        let core = core
        let ended = unsafe shared.pointee.cores[core].ended
        unsafe shared.pointee.cores[core].ended = .none
        unsafe shared.pointee.lock.unlock()
        if !ended.isNone { Tasks.reap(ended) }
        machine_restore_interrupts(flags)
    }

    // MARK: - Changing tasks

    /// Changes to the task that is next, with the lock; comes back, with the
    /// lock, when the calling task runs again.
    static func reschedule(isYield: Bool = false) {
        let core = core
        let old = unsafe shared.pointee.scheduler.current(of: core)
        let next = unsafe shared.pointee.scheduler.reschedule(core, at: now, isYield: isYield)
        if next != old { set(next, on: core) }
        tellCores(core)
        guard next != old else { return }
        let stack =
            next.isNone
            ? unsafe shared.pointee.cores[core].idleStackPointer
            : unsafe shared.pointee.scheduler.tasks[next.place].context.stackPointer
        if old.isNone {
            unsafe machine_switch(&shared.pointee.cores[core].idleStackPointer, stack)
        } else {
            if unsafe shared.pointee.scheduler.tasks[old.place].state == .ended {
                unsafe shared.pointee.cores[core].ended = old
            }
            unsafe machine_switch(
                &shared.pointee.scheduler.tasks[old.place].context.stackPointer, stack)
        }
    }

    /// Says in the core's record whose it is.
    private static func set(_ task: TaskIndex, on core: Int) {
        guard !task.isNone else { return }
        let context = unsafe shared.pointee.scheduler.tasks[task.place].context
        unsafe machine_this_core().pointee.task = Tasks.address(of: task)
        unsafe machine_this_core().pointee.kernel_stack = context.kernelStack.top
        machine_set_thread_pointer(context.threadPointer)
    }

    /// Does, with the lock, what the calls of the scheduler until now ask for:
    /// changes to another task on this core, and tells the others.
    static func settle() {
        let core = core
        if unsafe shared.pointee.scheduler.wantsChange(on: core, at: now) {
            reschedule()
        } else {
            tellCores(core)
        }
    }

    /// Tells the disturbed cores, and sets this one's timer.
    static func tellCores(_ core: Int) {
        let disturbed = unsafe shared.pointee.scheduler.takeDisturbedCores() & ~(1 << UInt64(core))
        if disturbed != 0 { interrupt(disturbed) }
        let isContended = unsafe shared.pointee.scheduler.hasContender(on: core)
        unsafe machine_set_contended(machine_this_core(), isContended ? 1 : 0)
        let event = unsafe shared.pointee.scheduler.nextEvent(on: core) ?? .max
        // A timer that is set too early is looked at again when it comes: to
        // set it costs more than an interrupt once a slice.
        if event < (unsafe shared.pointee.cores[core].armed) { arm(core, event) }
    }

    @inline(never)
    private static func arm(_ core: Int, _ event: UInt64) {
        unsafe shared.pointee.cores[core].armed = event
        unsafe shared.pointee.timer.set(event, at: now)
    }

    /// Interrupts other cores, a bit for each, so that they look again.
    @inline(never)
    private static func interrupt(_ cores: UInt64) {
        var left = cores
        while left != 0 {
            let other = left.trailingZeroBitCount
            left &= left - 1
            // A task that yields there looks before the interrupt comes.
            unsafe machine_set_contended(machine_core(other), 1)
            unsafe LocalController.interrupt(
                machine_core(other).pointee.controller, LocalController.callVector)
        }
    }

    // MARK: - Interrupts

    /// An interrupt, on the interrupts' stack.
    ///
    /// - Returns: Whether another task is to run.
    static func handle(_ vector: UInt64) -> Bool {
        machine_end_rest()
        guard vector == LocalController.timerVector || vector == LocalController.callVector else {
            if vector == LocalController.shootdownVector {
                machine_serve_shootdown()
                LocalController.endOfInterrupt()
            }
            return false
        }
        LocalController.endOfInterrupt()
        _ = enter()
        defer { leave(0) }
        let core = core
        let now = now
        if vector == LocalController.timerVector {
            unsafe shared.pointee.cores[core].armed = .max
        }
        unsafe shared.pointee.scheduler.expire(on: core, at: now)
        if unsafe shared.pointee.scheduler.wantsChange(on: core, at: now) { return true }
        tellCores(core)
        return false
    }

    /// Gives the core to another task, on the kernel stack of the one that
    /// was interrupted.
    static func preempt() {
        _ = enter()
        reschedule()
        leave(0)
    }
}
