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
    /// Semaphores, locks and queues; the lock guards them, too.
    var waitObjects = WaitObjects.emptyTable
    /// What ended tasks have left; the memory lock guards it.
    var keptMemory = KeptMemory()
    /// Held across a change of task: the task that is changed to gives it back.
    let lock = CoreLock(.scheduler)

    nonisolated(unsafe) static var root: UnsafeMutablePointer<Runtime>? = nil
    /// The same where there is one: without a branch, as whoever is wrong about that
    /// touches the null page.
    static var shared: UnsafeMutablePointer<Runtime> {
        @inline(__always) get { unsafe root.unsafelyUnwrapped }
    }
    /// `nil` as long as there has been no signal.
    nonisolated(unsafe) static var signalHooks: SignalHooks? = nil
    /// Standard input has arrived: with the lock, for who reads it, and without
    /// a lock, for who observes it. `nil` as long as nobody does.
    nonisolated(unsafe) static var inputArrived: (@convention(c) () -> Void)? = nil
    nonisolated(unsafe) static var inputHook: (@convention(c) () -> Void)? = nil
    /// Looks whether the host asks for the program's end, from an interrupt or not. `nil` as long
    /// as the host ends the machine.
    nonisolated(unsafe) static var endRequested: (@convention(c) (Bool) -> Void)? = nil
    /// A device has interrupted, by that vector, and no lock is held. `nil` as long as
    /// none does.
    nonisolated(unsafe) static var deviceInterrupted: (@convention(c) (UInt64) -> Void)? = nil
    /// Sends a signal that a terminal has led to, from an interrupt or not. `nil`
    /// as long as the program has no handler.
    nonisolated(unsafe) static var terminalSignal: (@convention(c) (Int, Bool) -> Void)? = nil
    /// A core's timer has interrupted it, at that time, and no lock is held: when
    /// it has to again. `nil` as long as no descriptor stands for a timer.
    nonisolated(unsafe) static var streamTimer: (@convention(c) (Int, UInt64) -> UInt64)? = nil
    /// The same for the sockets' timers.
    nonisolated(unsafe) static var socketTimer: (@convention(c) (Int, UInt64) -> UInt64)? = nil
    /// The same for sockets of AF_VSOCK.
    nonisolated(unsafe) static var virtualSocketTimer: (@convention(c) (Int, UInt64) -> UInt64)? = nil
    /// A core is interrupted, whatever it does, and no lock is held. `nil` as long as no core
    /// has anything to do before it rests.
    nonisolated(unsafe) static var interrupted: (@convention(c) (Int) -> Void)? = nil
}

/// What a core keeps of itself beside the policy.
struct CoreContext: BitwiseCopyable {
    /// Where its idle loop stopped.
    var idleStackPointer: UInt64 = 0
    /// A task that has ended, whose kernel stack is not used any more.
    var ended = TaskIndex.none
    /// What its timer is set to.
    var armed: UInt64 = .max
    /// A task whose way to the handler of signals has to be looked for again.
    var postponed = TaskIndex.none
}

/// What signals have to do with the scheduler's work.
struct SignalHooks {
    /// A core was interrupted, and has the lock.
    let interrupted: @convention(c) (Int, UInt64) -> Void
    /// Whether the running task, a `TaskIndex`, takes a signal, and so does
    /// not wait; it takes it when it returns to the application.
    let isSignalled: @convention(c) (Int32) -> Bool
}

extension Runtime {
    /// The number of the core that asks, which must not take interrupts.
    @inline(__always)
    static var core: Int { Int(truncatingIfNeeded: machine_core_identifier()) }

    static var now: UInt64 { MonotonicClock.now ?? 0 }

    /// The same, without a call where there is nothing to do but to read the clock.
    @inline(__always)
    static var promptNow: UInt64 { MonotonicClock.nowIfSettled ?? now }

    /// Whether a deadline is one to wait for.
    @inline(__always)
    static func isAhead(_ deadline: UInt64) -> Bool { deadline == .max || deadline > now }

    /// Whether the running task has a signal to take and so must not wait, with the lock.
    @inline(__always)
    static func isSignalled(_ task: TaskIndex) -> Bool {
        if unsafe Kernel.currentTask.pointee.context.signals.pending == 0 { return false }
        return unsafe signalHooks?.isSignalled(task.rawValue) ?? false
    }

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
        let now = now
        let old = unsafe shared.pointee.scheduler.current(of: core)
        let next = unsafe shared.pointee.scheduler.reschedule(core, at: now, isYield: isYield)
        tellCores(core)
        guard next != old else { return }
        if old.isNone {
            unsafe change(from: &shared.pointee.cores[core].idleStackPointer, to: next, on: core)
        } else {
            if unsafe shared.pointee.scheduler.tasks[old.place].state == .ended {
                unsafe shared.pointee.cores[core].ended = old
            }
            unsafe change(
                from: &shared.pointee.scheduler.tasks[old.place].context.stackPointer, to: next,
                on: core)
        }
    }

    /// The same where the running task waits from now on.
    @inline(__always)
    static func wait() {
        let core = core
        let now = now
        let old = unsafe shared.pointee.scheduler.current(of: core)
        guard let next = unsafe shared.pointee.scheduler.takeNext(on: core, at: now) else {
            return reschedule()
        }
        if unsafe shared.pointee.scheduler.isDisturbed { tellOthers(core) }
        unsafe machine_set_contended(machine_this_core(), next.isContended ? 1 : 0)
        wakeAtLatest(core, next.nextEvent)
        unsafe change(
            from: &shared.pointee.scheduler.tasks[old.place].context.stackPointer, to: next.task,
            on: core)
    }

    /// The running task waits for a key alone, with the lock, where that is as simple as it
    /// usually is.
    ///
    /// - Returns: What `goOn` must get, which comes back when the task runs again; `nil`,
    ///   and nothing done: it is not.
    @inline(__always)
    static func beginToWait(for key: WaitKey) -> (old: TaskIndex, next: Scheduler.Choice)? {
        let core = core
        let old = unsafe shared.pointee.scheduler.current(of: core)
        guard
            let next = unsafe shared.pointee.scheduler.waitAlone(for: key, on: core, at: promptNow)
        else { return nil }
        return (old, next)
    }

    @inline(__always)
    static func goOn(with waiting: (old: TaskIndex, next: Scheduler.Choice)) {
        unsafe machine_set_contended(machine_this_core(), waiting.next.isContended ? 1 : 0)
        let core = core
        wakeAtLatest(core, waiting.next.nextEvent)
        unsafe change(
            from: &shared.pointee.scheduler.tasks[waiting.old.place].context.stackPointer,
            toTask: waiting.next.task)
    }

    /// Wakes the one task that waits for a key, with the lock, and goes on, where that is as
    /// simple as it usually is; `false`, and nothing done, where it is not.
    @inline(__always)
    static func wakeEqual(_ key: WaitKey) -> Bool {
        let core = core
        guard let event = unsafe shared.pointee.scheduler.wakeEqual(key, on: core) else { return false }
        unsafe machine_set_contended(machine_this_core(), 1)
        wakeAtLatest(core, event)
        return true
    }

    /// Lets the running task's equals go first, with the lock, as above.
    static func yield() {
        let core = core
        let now = now
        let old = unsafe shared.pointee.scheduler.current(of: core)
        guard let (next, event) = unsafe shared.pointee.scheduler.takeTurn(on: core, at: now)
        else {
            let entry = unsafe shared.pointee.scheduler.tasks.address(of: old.place)
            if unsafe entry.pointee.stopsAtYield, isSignalled(old) {
                unsafe shared.pointee.scheduler.resume(entry.pointee.identifier)
            }
            unsafe shared.pointee.scheduler.stopCurrentIfAsked(on: core)
            return reschedule(isYield: true)
        }
        wakeAtLatest(core, event)
        unsafe change(
            from: &shared.pointee.scheduler.tasks[old.place].context.stackPointer, to: next,
            on: core)
    }

    /// Goes on with another task, or with the core's idle loop, and says in
    /// the core's record whose it is.
    ///
    /// - Parameter save: Where the present stack's pointer goes.
    @inline(__always)
    private static func change(
        from save: UnsafeMutablePointer<UInt64>, to next: TaskIndex, on core: Int
    ) {
        guard !next.isNone else {
            return unsafe machine_switch(save, shared.pointee.cores[core].idleStackPointer)
        }
        unsafe change(from: save, toTask: next)
    }

    /// The same with a task.
    @inline(__always)
    private static func change(from save: UnsafeMutablePointer<UInt64>, toTask next: TaskIndex) {
        let entry = unsafe shared.pointee.scheduler.tasks.address(of: next.place)
        unsafe machine_set_task(
            UInt64(UInt(bitPattern: entry)), entry.pointee.context.kernelStack.top)
        unsafe machine_set_thread_pointer(entry.pointee.context.threadPointer)
        unsafe machine_switch(save, entry.pointee.context.stackPointer)
    }

    /// Does, with the lock, what the calls of the scheduler until now ask for:
    /// changes to a more urgent task on this core, and tells the others.
    @inline(__always)
    static func settle() {
        if !goOn() { settleAnew(core) }
    }

    /// The same where the running task goes on and no other core is to be told; `false`,
    /// and nothing done, where that is not so.
    @inline(__always)
    static func goOn() -> Bool {
        if unsafe !shared.pointee.scheduler.isDisturbed { return true }
        let core = core
        guard let event = unsafe shared.pointee.scheduler.goOn(on: core) else { return false }
        unsafe machine_set_contended(machine_this_core(), 1)
        wakeAtLatest(core, event)
        return true
    }

    @inline(never)
    private static func settleAnew(_ core: Int) {
        if unsafe shared.pointee.scheduler.hasMoreUrgent(on: core) {
            reschedule()
        } else {
            tellCores(core)
        }
    }

    /// Tells the disturbed cores, and sets this one's timer.
    static func tellCores(_ core: Int) {
        tellOthers(core)
        let choice = unsafe shared.pointee.scheduler.choice(on: core)
        unsafe machine_set_contended(machine_this_core(), choice.isContended ? 1 : 0)
        wakeAtLatest(core, choice.nextEvent)
    }

    /// Tells the disturbed cores but this one.
    private static func tellOthers(_ core: Int) {
        let disturbed = unsafe shared.pointee.scheduler.takeDisturbedCores() & ~(1 << UInt64(core))
        if disturbed != 0 { interrupt(disturbed) }
    }

    /// Interrupts this core at that time, or before.
    ///
    /// A timer that is set too early is looked at again when it comes: to set
    /// it costs more than an interrupt once a slice.
    @inline(__always)
    static func wakeAtLatest(_ core: Int, _ time: UInt64) {
        if time < (unsafe shared.pointee.cores[core].armed) { arm(core, time) }
    }

    @inline(never)
    private static func arm(_ core: Int, _ event: UInt64) {
        unsafe shared.pointee.cores[core].armed = event
        unsafe shared.pointee.timer.set(event, at: now)
    }

    /// Interrupts other cores, a bit for each, so that they look again.
    @inline(never)
    static func interrupt(_ cores: UInt64) {
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
        let isDevice = LocalController.deviceVectors.contains(vector)
        guard
            vector == LocalController.timerVector || vector == LocalController.callVector
                || vector == LocalController.inputVector || isDevice
        else {
            if vector == LocalController.shootdownVector {
                machine_serve_shootdown()
                LocalController.endOfInterrupt()
            }
            return false
        }
        LocalController.endOfInterrupt()
        if let interrupted = unsafe interrupted { interrupted(core) }
        if vector == LocalController.timerVector {
            machine_count_timer()
        } else if vector == LocalController.callVector {
            machine_count_call()
        } else if isDevice {
            unsafe deviceInterrupted?(vector)
        } else {
            if let tell = unsafe inputHook { tell() }
            if let look = unsafe endRequested { look(true) }
        }
        let core = core
        let now = now
        var streamEvent = UInt64.max
        if vector == LocalController.timerVector, let expire = unsafe streamTimer {
            streamEvent = expire(core, now)
        }
        if vector == LocalController.timerVector, let expire = unsafe socketTimer {
            streamEvent = min(streamEvent, expire(core, now))
        }
        if vector == LocalController.timerVector, let expire = unsafe virtualSocketTimer {
            streamEvent = min(streamEvent, expire(core, now))
        }
        _ = enter()
        defer { leave(0) }
        if vector == LocalController.inputVector { unsafe inputArrived?() }
        if vector == LocalController.timerVector {
            unsafe shared.pointee.cores[core].armed = .max
            if streamEvent != .max { wakeAtLatest(core, streamEvent) }
        }
        unsafe shared.pointee.scheduler.expire(on: core, at: now)
        if let hooks = unsafe signalHooks { hooks.interrupted(core, now) }
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
