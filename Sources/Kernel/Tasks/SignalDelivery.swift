import CMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport

/// A task's way to the handler (CMachine/signals.S). It never leads over a
/// kernel stack that is in use, so that the handler may call any function and
/// need not come back.
///
/// - A task that was interrupted in the application goes on in the handler
///   instead, below its red zone, with all its registers saved there.
/// - A task that is in a function of the ABI, which the gate has called on the
///   whole kernel stack, goes to the handler when that function returns: its
///   return address, at the kernel stack's top, is changed. What can wait in
///   there looks whether there is a signal, and what waits is woken.
/// - Between the two, while the gate's instructions change the stack, and
///   while a task's list of free blocks is changed, it has to wait a moment.
enum SignalDelivery {
    /// How long, in nanoseconds.
    private static let moment: UInt64 = 20_000

    /// The word below a kernel stack's top: where its first function returns
    /// to, or, of a task that was interrupted in the application, the stack
    /// segment; where it starts, if the task has not run yet.
    private static func returnSlot(of task: TaskIndex) -> UnsafeMutablePointer<UInt64> {
        let top = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.kernelStack.top
        return unsafe UnsafeMutablePointer(bitPattern: UInt(top - 8)).unsafelyUnwrapped
    }

    /// Lets a task take its signals when the function that it is in returns.
    /// The task does not run, or it is this core's and in such a function.
    static func prepareReturn(of task: TaskIndex) {
        guard Signals.state(of: task).way == .none else { return }
        let slot = unsafe returnSlot(of: task)
        let address = unsafe slot.pointee
        // A segment: the way back to the application is seen by `intercept`.
        if address < Layout.applicationStart { return }
        let isNew = address == machine_task_entry()
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.way =
            isNew ? .coming : .insteadOfReturn(to: address)
        unsafe slot.pointee = isNew ? machine_signalled_task_entry() : machine_signal_return_entry()
    }

    /// An interrupt is about to return, to what `frame` says. Interrupts are off.
    static func intercept(_ frame: UnsafeMutablePointer<machine_exception_frame>) {
        let core = Runtime.core
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: core)
        guard !task.isNone else { return }
        let context = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context
        // Who sends one now interrupts this core again.
        guard context.signals.deliverable != 0, context.signals.way == .none else { return }
        let isInKernel = unsafe frame.pointee.rsp >= Layout.kernelStacks
        if isInKernel, unsafe context.kernelStack.contains(frame.pointee.rsp) {
            prepareReturn(of: task)
        } else if isInKernel || (unsafe machine_is_in_list_change(frame.pointee.rip)) != 0 {
            postpone(task, on: core)
        } else {
            unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.way = .coming
            unsafe machine_this_core().pointee.interrupted = frame.pointee.rip
            unsafe frame.pointee.rip = machine_signal_interrupted_entry()
            unsafe frame.pointee.rflags &= ~(1 << 9)
        }
    }

    /// Looks again in a moment: the timer interrupts this core, and whoever
    /// then runs elsewhere, or waits, is told.
    private static func postpone(_ task: TaskIndex, on core: Int) {
        _ = Runtime.enter()
        let other = unsafe Runtime.shared.pointee.cores[core].postponed
        unsafe Runtime.shared.pointee.cores[core].postponed = task
        if !other.isNone && other != task { Signals.notifyIfNeeded(other) }
        Runtime.tellCores(core)
        Runtime.wakeAtLatest(core, Runtime.now + moment)
        Runtime.leave(0)
    }

    // MARK: - For signals.S

    /// The running task's next signal.
    ///
    /// - Parameters:
    ///   - record: Where a `machine_signal` is, on the application's stack.
    ///   - hasRun: The handler has returned from the signal that the record is of.
    /// - Returns: Its number; 0: there is none.
    static func next(_ record: UInt64, hasRun: Bool) -> UInt64 {
        let flags = Runtime.enter()
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        var signals = Signals.state(of: task)
        // An interrupt in this very function may have changed its return address.
        if signals.way == .coming { signals.way = .none }
        var number: Int? = nil
        do throws(Errno) {
            let buffer = try unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(record)),
                count: MemoryLayout<machine_signal>.size)
            if hasRun {
                var taken = machine_signal()
                try buffer.load(into: &taken)
                signals.blocked = taken.blocked
            }
            try buffer.store(
                machine_signal(blocked: signals.blocked, handler: unsafe Signals.handler))
            number = signals.takeNext()
        } catch {
            // The handler has unmapped the stack that it has just run on.
            number = nil
        }
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals = signals
        let isTaken = unsafe Signals.handler != 0
        Runtime.leave(flags)
        guard let number else { return 0 }
        // There was one when it was sent.
        if !isTaken { Signals.end(by: number) }
        return UInt64(number)
    }

    /// Where the function would have returned to whose return address
    /// `prepareReturn` has changed.
    static func takeReturnAddress() -> UInt64 {
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        let address = Signals.state(of: task).way.returnAddress
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context.signals.way = .coming
        return address
    }
}
