import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport

/// Waiting for standard input: the second serial port interrupts when its
/// queue is no longer empty.
///
/// Whoever waits has found the queue empty. What arrives later interrupts, and
/// is noted, so that nobody waits who has not seen it.
enum InputWait {
    /// The line of the second serial port.
    private static let line: UInt32 = 3

    private static var key: WaitKey { WaitKey(.stream, 1) }

    /// Whether it interrupts; `nil`: nobody has waited yet.
    nonisolated(unsafe) private static var interrupts: Bool? = nil
    /// Something has arrived since somebody has looked; the scheduler's lock
    /// guards it.
    nonisolated(unsafe) private static var hasArrived = false

    /// Lets the port interrupt, once; whether it does. No lock may be held.
    static func start() -> Bool {
        if let known = unsafe interrupts { return known }
        let mapped = Layout.devices + InterruptRouter.registers.value
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { $0.space.mapDevice(mapped) }
        let works =
            isMapped
            && InterruptRouter.route(
                line, to: LocalController.inputVector,
                of: unsafe machine_first_core().pointee.controller, mapped: mapped)
            && KernelServices.letInputInterrupt()
        unsafe Runtime.inputArrived = { InputWait.arrived() }
        unsafe interrupts = works
        return works
    }

    /// Waits until something may have arrived; `false`: a signal has ended the
    /// wait.
    static func wait() -> Bool {
        let isFirst = unsafe interrupts == nil
        guard start() else { return Tasks.rest() }
        // What has arrived before does not interrupt.
        if isFirst { return true }
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = WaitObjects.currentTask
        if unsafe hasArrived {
            unsafe hasArrived = false
            return true
        }
        if Runtime.isSignalled(task) { return false }
        unsafe Runtime.shared.pointee.scheduler.blockCurrent(
            on: Runtime.core, for: key, until: .max)
        Runtime.reschedule()
        unsafe hasArrived = false
        return unsafe Runtime.shared.pointee.scheduler.tasks[task.place].wakeReason != .interrupted
    }

    /// The port has interrupted; with the lock.
    static func arrived() {
        unsafe hasArrived = true
        _ = unsafe Runtime.shared.pointee.scheduler.wake(key, count: .max)
    }
}

extension Tasks {
    /// Lets standard input interrupt, and calls `arrived`, without a lock and
    /// with interrupts off, when it has.
    ///
    /// - Returns: `false`: it can't; whoever waits has to look again and again.
    public static func watchInput(_ arrived: @convention(c) () -> Void) -> Bool {
        unsafe Runtime.inputHook = arrived
        return InputWait.start()
    }
}
