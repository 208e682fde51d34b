import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport
import KernelTime

/// Tasks as the functions of the ABI have them.
public enum Tasks {
    private static let kernelStackSize: UInt64 = 0x4000
    /// The application's stack of a task that asks for no size.
    private static let usualStackSize: UInt64 = 0x10_0000
    private static let smallestStackSize: UInt64 = 0x4000

    static let placesInPage = 4096 / MemoryLayout<TaskEntry>.stride

    static func address(of task: TaskIndex) -> UInt64 {
        Layout.tasks + UInt64(task.place * MemoryLayout<TaskEntry>.stride)
    }

    // MARK: - Making

    /// Starts a task.
    ///
    /// - Parameters:
    ///   - priority: 0 to 30.
    ///   - stackSize: In bytes; 0: the usual one.
    ///   - core: The one it runs on; `nil`: any.
    /// - Returns: Its number.
    /// - Throws: `EINVAL` for what is out of range, `EAGAIN` when there is no
    ///   memory or no number for it, `ENOSYS` where the machine has no clock.
    public static func spawn(
        _ function: UInt64, _ argument: UInt64, priority: UInt8, stackSize: UInt64, core: Int?
    ) throws(Errno) -> Int32 {
        guard priority <= Scheduler.highestPriority, function != 0,
            stackSize <= Stack.largest - 4096, (core ?? 0) >= 0,
            (core ?? 0) < KernelServices.processorCount
        else { throw .invalidArgument }
        try start()
        if unsafe !Processors.haveStarted {
            Cores.startOthers()
            // A processor may not have come.
            guard (core ?? 0) < KernelServices.processorCount else { throw .invalidArgument }
        }
        let size =
            stackSize == 0
            ? usualStackSize : max((stackSize + 4095) & ~4095, smallestStackSize)
        return try make(function, argument, priority: priority, stackSize: size, core: core)
    }

    /// Starts the other processors, unless that was done: from then on they take interrupts, and
    /// `KernelServices.processorCount` run. There is a scheduler, and no lock may be held.
    public static func startProcessors() {
        if unsafe !Processors.haveStarted { Cores.startOthers() }
    }

    /// Starts a task of the kernel's own, which does the same again and again: on its kernel stack,
    /// with interrupts on. No signal is for it, no other task keeps it from running, and the program
    /// ends without it.
    ///
    /// - Throws: `EAGAIN`, `ENOSYS` as `spawn`.
    public static func spawnService(
        _ turn: @convention(c) (UInt64, UInt64) -> UInt64
    ) throws(Errno) {
        try start()
        let service = machine_add_service(turn)
        guard service >= 0 else { throw .resourceTemporarilyUnavailable }
        let loop: @convention(c) (UInt) -> Void = { service in
            while true { _ = machine_serve(UInt64(service), 0) }
        }
        _ = try make(
            unsafe UInt64(UInt(bitPattern: unsafeBitCast(loop, to: UnsafeRawPointer.self))),
            UInt64(service),
            priority: Scheduler.highestPriority, stackSize: smallestStackSize, core: nil, isService: true)
    }

    private static func make(
        _ function: UInt64, _ argument: UInt64, priority: UInt8, stackSize size: UInt64, core: Int?,
        isService: Bool = false
    ) throws(Errno) -> Int32 {
        let flags = Runtime.enter()
        let isThere = unsafe Runtime.shared.pointee.scheduler.hasPlace || addPlaces()
        let task =
            unsafe Runtime.shared.pointee.scheduler.makeTask(
                priority: priority, core: core, by: Runtime.core)
        Runtime.leave(flags)
        guard isThere || !task.isNone, !task.isNone else {
            throw .resourceTemporarilyUnavailable
        }
        guard let stacks = takeStacks(of: task, size: size) else {
            let flags = Runtime.enter()
            unsafe Runtime.shared.pointee.scheduler.abandon(task)
            Runtime.leave(flags)
            throw .resourceTemporarilyUnavailable
        }
        var context = stacks
        context.stackPointer = StartFrame.task(
            top: context.kernelStack.top, function: function, argument: argument,
            applicationStack: context.applicationStack.top)
        let again = Runtime.enter()
        let maker = unsafe Runtime.shared.pointee.scheduler.current(of: Runtime.core)
        context.signals = unsafe SignalState(
            blocked: isService ? .max : Runtime.shared.pointee.scheduler.tasks[maker.place].context.signals.blocked)
        unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context = context
        let identifier = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].identifier
        ThreadStorage.setNumber(identifier.rawValue, at: context.threadPointer)
        unsafe Runtime.shared.pointee.scheduler.start(task, isService: isService)
        Runtime.settle()
        Runtime.leave(again)
        return identifier.rawValue
    }

    /// Room for more tasks in the table, with the lock; `false` when it is as
    /// large as it gets or memory is exhausted.
    private static func addPlaces() -> Bool {
        let count = unsafe Runtime.shared.pointee.scheduler.tasks.count
        let newCount = count + placesInPage
        guard newCount <= TaskIdentifier.maximumTasks else { return false }
        // Whole entries only, so that one may lie across two pages.
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { memory in
            let end = address(of: TaskIndex(newCount))
            var page = address(of: TaskIndex(count)) & ~4095
            while page < end {
                if memory.space.tables.lookUp(page) == nil,
                    !memory.space.fill(page, reserved: false)
                {
                    return false
                }
                page += 4096
            }
            return true
        }
        guard isMapped else { return false }
        unsafe Runtime.shared.pointee.scheduler.addPlaces(to: newCount)
        unsafe Kernel.root.pointee.memory.withLock { _ in
            unsafe Kernel.root.pointee.tasks = Runtime.shared.pointee.scheduler.tasks
        }
        return true
    }

    /// A new task's stacks and local storage: what is kept at its place, or
    /// others; `nil`, and the place keeps nothing, when memory is exhausted.
    private static func takeStacks(of task: TaskIndex, size: UInt64) -> TaskContext? {
        var context = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context
        guard context.isKept else {
            return makeStacks(of: task, size: size)
                ?? (releaseKept() ? makeStacks(of: task, size: size) : nil)
        }
        unsafe Kernel.root.pointee.memory.withLock { memory in
            unsafe Runtime.shared.pointee.keptMemory.take(context, in: &memory)
        }
        ThreadStorage.renew(context.threadPointer)
        context.isKept = false
        context.isStackTrimmed = false
        context.applicationStack = StackExtent(
            Stack(applicationStackOf: task.place, size: size).range)
        context.queue = 0
        return context
    }

    private static func makeStacks(of task: TaskIndex, size: UInt64) -> TaskContext? {
        guard let control = ThreadStorage.make() else { return nil }
        let kernelStack = Stack(kernelStackOf: task.place, size: kernelStackSize)
        let stack = Stack(applicationStackOf: task.place, size: size)
        let isMade = unsafe Kernel.root.pointee.memory.withLock { memory in
            // The place's last stacks may not have gone back yet.
            unsafe Runtime.shared.pointee.keptMemory.flush(in: &memory)
            guard kernelStack.fill(kernelStackSize, in: &memory.space) else { return false }
            guard stack.fill(4096, in: &memory.space) else {
                kernelStack.empty(in: &memory.space)
                return false
            }
            return true
        }
        guard isMade else {
            ThreadStorage.give(control)
            return nil
        }
        var context = TaskContext()
        context.threadPointer = control
        context.kernelStack = StackExtent(kernelStack.range)
        context.applicationStack = StackExtent(stack.range)
        context.lowestFilled = stack.top - 4096
        return context
    }

    // MARK: - Ending

    /// Ends the running task, on its kernel stack; the last one's end is the program's.
    public static func exit(status: Int32) -> Never {
        let flags = Runtime.enter()
        guard unsafe Runtime.shared.pointee.scheduler.livingTasks > 1 else {
            // It is the program's end, which may have to wait.
            Runtime.leave(flags)
            KernelServices.exit(status: status)
        }
        unsafe Runtime.shared.pointee.scheduler.endCurrent(on: Runtime.core, status: status)
        Runtime.reschedule()
        fatalError()
    }

    /// Gives back what an ended task has left when it ran for the last time.
    static func reap(_ task: TaskIndex) {
        // Nobody else looks at it: it has ended, and its place is not free yet.
        unsafe Kernel.root.pointee.memory.withLock { memory in
            let context = unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context
            unsafe Runtime.shared.pointee.scheduler.tasks[task.place].context =
                Runtime.shared.pointee.keptMemory.leave(context, in: &memory)
        }
        _ = Runtime.enter()
        unsafe Runtime.shared.pointee.scheduler.reap(task)
        Runtime.leave(0)
    }

    /// Gives back what is kept for later tasks, because memory is exhausted;
    /// whether there was anything.
    static func releaseKept() -> Bool {
        var isReleased = false
        while true {
            let flags = Runtime.enter()
            let place = unsafe Runtime.shared.pointee.scheduler.keptPlace
            guard !place.isNone else {
                let isFlushed = unsafe Kernel.root.pointee.memory.withLock { memory in
                    unsafe Runtime.shared.pointee.keptMemory.flush(in: &memory)
                }
                Runtime.leave(flags)
                return isReleased || isFlushed
            }
            unsafe Kernel.root.pointee.memory.withLock { memory in
                let context = unsafe Runtime.shared.pointee.scheduler.tasks[place.place].context
                unsafe Runtime.shared.pointee.keptMemory.release(context, in: &memory)
            }
            unsafe Runtime.shared.pointee.scheduler.emptyKeptPlace()
            isReleased = true
            Runtime.leave(flags)
        }
    }

    /// Waits until a task has ended.
    ///
    /// - Throws: `ESRCH` where there is none, or another has joined it;
    ///   `EDEADLK` for the caller itself; `EINTR`, and it is not joined.
    public static func join(_ identifier: Int32) throws(Errno) {
        try start()
        let flags = Runtime.enter()
        let task = WaitObjects.currentTask
        if Runtime.isSignalled(task) {
            Runtime.leave(flags)
            throw .interrupted
        }
        let result = unsafe Runtime.shared.pointee.scheduler.join(
            TaskIdentifier(rawValue: identifier), on: Runtime.core)
        var isInterrupted = false
        if result == .waits {
            Runtime.reschedule()
            isInterrupted =
                unsafe Runtime.shared.pointee.scheduler.tasks[task.place].wakeReason == .interrupted
        }
        Runtime.leave(flags)
        if isInterrupted { throw .interrupted }
        switch result {
        case .noTask: throw .noSuchProcess
        case .itself: throw .resourceDeadlockAvoided
        case .done, .waits: return
        }
    }

    // MARK: - Running

    static func yield() {
        let flags = Runtime.enter()
        Runtime.yield()
        Runtime.leave(flags)
    }

    /// Waits until the monotonic clock shows `deadline` or more.
    ///
    /// - Throws: `EINTR` where a signal has ended the wait; `ENOSYS` and
    ///   `EAGAIN` where there can be no scheduler.
    public static func sleep(until deadline: UInt64) throws(Errno) {
        try start()
        guard wait(until: deadline) else { throw .interrupted }
    }

    /// Waits a millisecond, for what does not interrupt; `false`: a signal has
    /// ended the wait.
    static func rest() -> Bool { wait(until: Runtime.now + 1_000_000) }

    /// Waits for a time alone; `false`: a signal has ended that.
    private static func wait(until deadline: UInt64) -> Bool {
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = WaitObjects.currentTask
        if Runtime.isSignalled(task) { return false }
        unsafe Runtime.shared.pointee.scheduler.blockCurrent(
            on: Runtime.core, for: nil, until: deadline)
        Runtime.reschedule()
        return unsafe Runtime.shared.pointee.scheduler.tasks[task.place].wakeReason != .interrupted
    }

    /// The running task stops at its next yield.
    ///
    /// - Parameter deadline: When it goes on at the latest; `.max`: never.
    public static func stopAtYield(until deadline: UInt64) throws(Errno) {
        try start()
        let flags = Runtime.enter()
        unsafe Runtime.shared.pointee.scheduler.stopCurrentAtYield(
            on: Runtime.core, until: deadline)
        Runtime.tellCores(Runtime.core)
        Runtime.leave(flags)
    }

    /// Ends a task's stop; what is no task is passed over.
    public static func resume(_ identifier: Int32) {
        guard unsafe Runtime.root != nil else { return }
        let flags = Runtime.enter()
        unsafe Runtime.shared.pointee.scheduler.resume(TaskIdentifier(rawValue: identifier))
        Runtime.settle()
        Runtime.leave(flags)
    }

    /// Gives a task another priority; `false`: there is no such task.
    static func setPriority(_ identifier: Int32, _ priority: UInt8) -> Bool {
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let task = unsafe Runtime.shared.pointee.scheduler.find(
            TaskIdentifier(rawValue: identifier))
        guard !task.isNone, unsafe Runtime.shared.pointee.scheduler.tasks[task.place].state != .ended
        else { return false }
        unsafe Runtime.shared.pointee.scheduler.setPriority(of: task, priority)
        Runtime.settle()
        return true
    }

    /// Lets a task give way to its equals after a time slice, or not.
    ///
    /// - Throws: `ESRCH` where there is no such task; `ENOSYS` where the
    ///   machine has no clock.
    public static func setTakesTurns(_ identifier: Int32, _ takesTurns: Bool) throws(Errno) {
        try start()
        let flags = Runtime.enter()
        let task = unsafe Runtime.shared.pointee.scheduler.find(
            TaskIdentifier(rawValue: identifier))
        let isThere =
            unsafe !task.isNone && Runtime.shared.pointee.scheduler.tasks[task.place].state != .ended
        if isThere {
            unsafe Runtime.shared.pointee.scheduler.setTakesTurns(
                of: task, takesTurns, at: Runtime.now)
            Runtime.settle()
        }
        Runtime.leave(flags)
        guard isThere else { throw .noSuchProcess }
    }

    /// Processor time of the running task, or of all, in nanoseconds.
    static func processorTime(ofAll isAll: Bool) -> UInt64 {
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let now = Runtime.now
        return isAll
            ? unsafe Runtime.shared.pointee.scheduler.processorTime(at: now)
            : unsafe Runtime.shared.pointee.scheduler.processorTime(
                of: Runtime.shared.pointee.scheduler.current(of: Runtime.core), at: now)
    }
}
