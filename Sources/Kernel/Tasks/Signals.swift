import CMachine
import KernelMain
import KernelScheduling
import KernelSupport

/// Signals: the program has one handler, a task what it was sent and what it
/// blocks. The scheduler's lock guards all of it.
///
/// Nothing of this is there before the first signal is sent, or a timer that
/// sends one is set; an image that does neither has none of it.
public enum Signals {
    /// Numbers are below this, and 0 is none.
    public static let count = 64
    static let alarm = 14
    /// The status of a program that a signal ends is its number and this.
    private static let endedStatus: Int32 = 128

    /// The program's handler, `void (*)(int)`; 0: there is none.
    nonisolated(unsafe) static var handler: UInt64 = 0

    // MARK: - For the functions of the ABI

    /// Sets the program's handler; 0: a signal ends the program.
    public static func setHandler(_ address: UInt64) {
        let flags = machine_disable_interrupts()
        unsafe handler = address
        unsafe Runtime.terminalSignal =
            address == 0 ? nil : { Signals.sendFromTerminal($0, isInterrupt: $1) }
        machine_restore_interrupts(flags)
    }

    /// Sends a signal to a task.
    ///
    /// - Parameter number: 1 to 63.
    /// - Throws: `ESRCH` where there is no such task or it has ended; `ENOSYS`
    ///   and `EAGAIN` where there can be no scheduler.
    public static func send(_ number: Int, to identifier: Int32) throws(Errno) {
        precondition(0 < number && number < count)
        try start()
        let flags = Runtime.enter()
        let task = living(TaskIdentifier(rawValue: identifier))
        guard !task.isNone else {
            Runtime.leave(flags)
            throw .noSuchProcess
        }
        let isTaken = post(number, to: task, callerIsInFunction: true)
        if isTaken { Runtime.settle() }
        Runtime.leave(flags)
        if !isTaken { end(by: number) }
    }

    /// Changes what the running task blocks.
    ///
    /// - Returns: What it has blocked until now.
    public static func block(_ numbers: UInt64) -> UInt64 {
        // Without a scheduler nothing was sent.
        guard unsafe Runtime.root != nil else {
            let old = unsafe Kernel.currentTask.pointee.context.signals.blocked
            unsafe Kernel.currentTask.pointee.context.signals.blocked = numbers
            return old
        }
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        let old = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.blocked
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.blocked = numbers
        _ = Runtime.isSignalled(task)
        return old
    }

    // MARK: - Sending

    /// Sends a signal to the first task; there is a scheduler, and no lock is held.
    private static func sendFromTerminal(_ number: Int, isInterrupt: Bool) {
        guard (try? start()) != nil else { return }
        let flags = Runtime.enter()
        let first = living(.first)
        let isTaken = !first.isNone && post(number, to: first, callerIsInFunction: !isInterrupt)
        if isTaken && !isInterrupt { Runtime.settle() }
        Runtime.leave(flags)
        guard !isTaken else { return }
        if isInterrupt, KernelServices.leaveExit(status: endedStatus + Int32(number)) { return }
        end(by: number)
    }

    /// Lets tasks take signals.
    static func start() throws(Errno) {
        try Tasks.start()
        guard unsafe Runtime.signalHooks == nil else { return }
        unsafe machine_set_signal_handlers(
            { unsafe SignalDelivery.intercept($0.unsafelyUnwrapped) },
            { SignalDelivery.next($0, hasRun: $1 != 0) },
            { _, _ in SignalDelivery.takeReturnAddress() })
        unsafe Runtime.signalHooks = SignalHooks(
            interrupted: { Signals.interrupted($0, at: $1) },
            isSignalled: { Signals.isSignalled(TaskIndex(rawValue: $0)) })
    }

    /// Whether the running task, which is in a function of the ABI, has a
    /// signal to take, which it then does when that returns; with the lock.
    private static func isSignalled(_ task: TaskIndex) -> Bool {
        guard state(of: task).deliverable != 0 else { return false }
        SignalDelivery.prepareReturn(of: task)
        return true
    }

    static func state(of task: TaskIndex) -> SignalState {
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals
    }

    /// The task with that number, with the lock; `none` where there is none or it has ended.
    private static func living(_ identifier: TaskIdentifier) -> TaskIndex {
        let task = unsafe Runtime.shared.pointee.scheduler.find(identifier)
        guard !task.isNone, unsafe Runtime.shared.pointee.scheduler.tasks[task.place].state != .ended
        else { return .none }
        return task
    }

    /// A signal is a task's from now on, with the lock.
    ///
    /// - Parameter callerIsInFunction: The core's own task is in a function of
    ///   the ABI, and not interrupted.
    /// - Returns: `false`: nobody takes it, and it ends the program.
    private static func post(
        _ number: Int, to task: TaskIndex, callerIsInFunction: Bool
    ) -> Bool {
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.pending |=
            1 << UInt64(number)
        guard state(of: task).deliverable != 0 else { return true }
        guard unsafe handler != 0 else { return false }
        notify(task, callerIsInFunction: callerIsInFunction)
        return true
    }

    /// Ends the program, without a lock.
    static func end(by number: Int) -> Never {
        KernelServices.exit(status: endedStatus + Int32(number))
    }

    /// Sees to it that a task takes what it has to take, with the lock.
    static func notify(_ task: TaskIndex, callerIsInFunction: Bool) {
        let entry = unsafe Runtime.shared.pointee.scheduler.tasks[task.place]
        switch entry.state {
        case .running:
            if Int(entry.core) != Runtime.core {
                Runtime.interrupt(1 << UInt64(entry.core))
            } else if callerIsInFunction {
                SignalDelivery.prepareReturn(of: task)
            }
        case .ready:
            SignalDelivery.prepareReturn(of: task)
        case .blocked:
            SignalDelivery.prepareReturn(of: task)
            if !waitsForLock(entry) {
                unsafe Runtime.shared.pointee.scheduler.interrupt(task)
            }
        case .free, .new, .ended:
            break
        }
    }

    /// Whether a blocked task waits for what no signal ends: its turn with a lock.
    private static func waitsForLock(_ entry: TaskEntry) -> Bool {
        guard let place = entry.awaitedObject else { return false }
        switch unsafe Runtime.shared.pointee.waitObjects[place].kind {
        case .mutex, .spinLock, .maskingSpinLock: return true
        case .free, .semaphore, .queue: return false
        }
    }

    // MARK: - Interrupts

    /// A core was interrupted and has the lock; what signals have to do with that.
    private static func interrupted(_ core: Int, at now: UInt64) {
        let postponed = unsafe Runtime.shared.pointee.cores[core].postponed
        if !postponed.isNone {
            unsafe Runtime.shared.pointee.cores[core].postponed = .none
            notifyIfNeeded(postponed)
        }
        guard unsafe AlarmTimer.shared.fires(on: core, at: now) else { return }
        let first = living(.first)
        if first.isNone {
            unsafe AlarmTimer.shared.stop()
        } else if !post(alarm, to: first, callerIsInFunction: false) {
            Runtime.leave(0)
            end(by: alarm)
        }
    }

    /// The task may be another one than the one that was postponed, or have
    /// taken its signals long ago.
    static func notifyIfNeeded(_ task: TaskIndex) {
        guard state(of: task).deliverable != 0 else { return }
        notify(task, callerIsInFunction: false)
    }
}
