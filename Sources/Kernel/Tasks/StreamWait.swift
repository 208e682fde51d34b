import CMachine
import KernelMachine
import KernelMain
import KernelScheduling
import KernelSupport

// Waiting for what another lock than the scheduler's guards.

extension Tasks {
    /// Lets the functions below be used: there is a scheduler from now on. No
    /// lock may be held.
    ///
    /// - Throws: `ENOSYS` where the machine has no clock; `EAGAIN` where
    ///   memory is exhausted.
    public static func prepareToWait() throws(Errno) { try start() }

    /// The running task waits. The lock, which the caller holds with
    /// interrupts off, is given back when the wait has begun, so that no
    /// change comes in between, and is not held afterwards.
    ///
    /// - Parameter deadline: On the monotonic clock; `.max`: never.
    /// - Returns: `nil`: it was woken; else `ETIMEDOUT`, `EINTR`.
    public static func wait(
        for key: WaitKey, until deadline: UInt64, giving lock: borrowing CoreLock
    ) -> Errno? {
        unsafe Runtime.shared.pointee.lock.lock()
        return waitHeld(for: key, until: deadline, giving: lock)
    }

    /// The same with the scheduler's lock, too, which is given back.
    private static func waitHeld(
        for key: WaitKey, until deadline: UInt64, giving lock: borrowing CoreLock
    ) -> Errno? {
        let task = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        var error: Errno? = nil
        if !Runtime.isAhead(deadline) {
            error = .timedOut
        } else if Runtime.isSignalled(task) {
            error = .interrupted
        }
        if let error {
            lock.unlock()
            Runtime.leave(0)
            return error
        }
        unsafe Runtime.shared.pointee.scheduler.blockCurrent(
            on: Runtime.core, for: key, until: deadline)
        lock.unlock()
        Runtime.wait()
        let reason = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].wakeReason
        Runtime.leave(0)
        return reason.error
    }

    /// The running task waits, as above, until it is woken or a signal comes.
    @inline(__always)
    public static func wait(for key: WaitKey, giving lock: borrowing CoreLock) -> Errno? {
        unsafe Runtime.shared.pointee.lock.lock()
        let isSignalled = unsafe Runtime.isSignalled(Runtime.shared.pointee.scheduler.current(of: Runtime.core))
        guard !isSignalled, let waiting = Runtime.beginToWait(for: key) else {
            return waitHeld(for: key, until: .max, giving: lock)
        }
        lock.unlock()
        Runtime.goOn(with: waiting)
        let reason = unsafe Kernel.currentTask.pointee.wakeReason
        Runtime.leave(0)
        return reason.error
    }

    /// The running task waits, as above, for what a signal must not end: a device that has
    /// memory of its. It may be woken for nothing.
    public static func waitForDevice(
        _ key: WaitKey, until deadline: UInt64, giving lock: borrowing CoreLock
    ) {
        unsafe Runtime.shared.pointee.lock.lock()
        unsafe Runtime.shared.pointee.scheduler.blockCurrent(
            on: Runtime.core, for: key, until: deadline)
        lock.unlock()
        Runtime.reschedule()
        Runtime.leave(0)
    }

    /// Whether another task could run on this core if the running one waited. Interrupts are off,
    /// and another lock may be held.
    public static var hasOthersReady: Bool {
        unsafe Runtime.shared.pointee.lock.lock()
        let hasReady = unsafe Runtime.shared.pointee.scheduler.hasReady(for: Runtime.core)
        unsafe Runtime.shared.pointee.lock.unlock()
        return hasReady
    }

    /// What is called when a device interrupts: with the vector, without a lock, and with
    /// interrupts off.
    public static func takeDeviceInterrupts(_ hook: @convention(c) (UInt64) -> Void) {
        unsafe Runtime.deviceInterrupted = hook
    }

    /// Wakes tasks; interrupts are off, and another lock may be held. Without
    /// that, `settle` must follow.
    ///
    /// - Returns: How many there were, no more than `count`.
    public static func wake(_ key: WaitKey, count: Int) -> Int {
        unsafe Runtime.shared.pointee.lock.lock()
        let woken = unsafe Runtime.shared.pointee.scheduler.wake(key, count: count)
        unsafe Runtime.shared.pointee.lock.unlock()
        return woken
    }

    /// Wakes tasks as above, and does what `settle` would in the usual case, in which they
    /// are no more urgent than the running one and no other core runs them.
    ///
    /// - Returns: How many there were, and whether `settle` must follow.
    @inline(__always)
    public static func wakeAndGoOn(_ key: WaitKey, count: Int) -> (woken: Int, isUnsettled: Bool) {
        unsafe Runtime.shared.pointee.lock.lock()
        let woken = unsafe Runtime.shared.pointee.scheduler.wake(key, count: count)
        let isUnsettled = !Runtime.goOn()
        unsafe Runtime.shared.pointee.lock.unlock()
        return (woken, isUnsettled)
    }

    /// The same of one task, which as a rule is the only one that waits.
    ///
    /// - Returns: Whether `settle` must follow.
    @inline(__always)
    public static func wakeOneAndGoOn(_ key: WaitKey) -> Bool {
        unsafe Runtime.shared.pointee.lock.lock()
        let isUnsettled = !Runtime.wakeEqual(key) && wakeOneHeld(key)
        unsafe Runtime.shared.pointee.lock.unlock()
        return isUnsettled
    }

    @inline(never)
    private static func wakeOneHeld(_ key: WaitKey) -> Bool {
        _ = unsafe Runtime.shared.pointee.scheduler.wake(key, count: 1)
        return !Runtime.goOn()
    }

    /// What is called when a core's timer interrupts it: with the core and the
    /// time; it returns when it wants to be called again, `.max` for never.
    public static func setStreamTimer(_ expire: @convention(c) (Int, UInt64) -> UInt64) {
        unsafe Runtime.streamTimer = expire
    }

    /// The same for the timers of sockets.
    public static func setSocketTimer(_ expire: @convention(c) (Int, UInt64) -> UInt64) {
        unsafe Runtime.socketTimer = expire
    }

    /// The same for sockets of AF_VSOCK.
    public static func setVirtualSocketTimer(_ expire: @convention(c) (Int, UInt64) -> UInt64) {
        unsafe Runtime.virtualSocketTimer = expire
    }

    /// Interrupts this core at that time, or before. Interrupts are off, and
    /// another lock may be held.
    public static func interrupt(at time: UInt64) {
        unsafe Runtime.shared.pointee.lock.lock()
        Runtime.wakeAtLatest(Runtime.core, time)
        unsafe Runtime.shared.pointee.lock.unlock()
    }

    /// The monotonic clock.
    public static var now: UInt64 { Runtime.now }

    /// Lets those run that were woken.
    public static func settle() {
        let flags = Runtime.enter()
        Runtime.settle()
        Runtime.leave(flags)
    }
}
