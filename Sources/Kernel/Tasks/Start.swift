import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport
import KernelTime

// The beginning of scheduling: at the first task that is made, or that waits.

extension Tasks {
    /// Starts the scheduler, unless it runs. The task that asks is the only one.
    ///
    /// - Throws: `ENOSYS` where the machine has no clock; `EAGAIN` where
    ///   memory is exhausted.
    @inline(__always)
    static func start() throws(Errno) {
        if unsafe Runtime.root == nil { try startAlone() }
    }

    @inline(never)
    private static func startAlone() throws(Errno) {
        guard MonotonicClock.start(origin: KernelServices.bootTicks) else { throw .noFunction }
        var parts = Parts()
        guard parts.make() else {
            parts.give()
            throw .resourceTemporarilyUnavailable
        }
        LocalController.start(mapped: parts.registers)
        machine_enable_fs_base()
        let timer = Timer()
        var scheduler = Scheduler(
            tasks: unsafe SlotStorage(
                UnsafeMutablePointer(bitPattern: UInt(Layout.tasks))!, count: 0),
            cores: unsafe SlotStorage(
                parts.cores!.assumingMemoryBound(to: CoreEntry.self), count: 0),
            lists: unsafe SlotStorage(
                parts.lists!.assumingMemoryBound(to: TaskList.self), count: 0))
        scheduler.addPlaces(to: placesInPage)
        _ = scheduler.addCore()
        adoptFirstTask(&scheduler)
        unsafe machine_first_core().pointee.controller = LocalController.identity
        var contexts = unsafe SlotStorage(
            parts.contexts!.assumingMemoryBound(to: CoreContext.self), count: 0)
        contexts.grow(to: parts.processors, filler: CoreContext())
        contexts[0].idleStackPointer = StartFrame.idle(top: parts.idleStack.top)
        let runtime = unsafe parts.runtime!.assumingMemoryBound(to: Runtime.self)
        unsafe runtime.initialize(
            to: Runtime(scheduler: scheduler, cores: contexts, timer: timer))
        unsafe Runtime.root = runtime
        connect()
    }

    /// The first task goes on as the table's first.
    private static func adoptFirstTask(_ scheduler: inout Scheduler) {
        let first = unsafe Kernel.root.pointee.firstTask
        let task = scheduler.makeTask(priority: first.basePriority, core: nil, by: 0)
        scheduler.tasks[task.place].context = first.context
        scheduler.adopt(task, on: 0, at: Runtime.now)
        unsafe Kernel.root.pointee.memory.withLock { _ in
            unsafe Kernel.root.pointee.tasks = scheduler.tasks
        }
        unsafe machine_this_core().pointee.task = address(of: task)
    }

    /// From here on interrupts come, and the functions of the ABI that can do
    /// without a scheduler use it.
    private static func connect() {
        machine_set_interrupt_handlers({ Runtime.handle($0) ? 1 : 0 }, { Runtime.preempt() })
        machine_set_task_handlers({ Runtime.leave(0) }, { Tasks.exit(status: $0) })
        TaskOperations.start(
            TaskOperations(
                yield: { Tasks.yield() }, awaitInput: { InputWait.wait() }, exit: { Tasks.exit(status: $0) },
                futexWait: { Futex.wait($0, $1, $2)?.rawValue ?? 0 },
                futexWake: { Futex.wake($0, $1) },
                setPriority: { Tasks.setPriority($0, $1) },
                processorTime: { Tasks.processorTime(ofAll: $0) },
                releaseKept: { Tasks.releaseKept() }))
        machine_set_core_statistics({ CoreStatistics.tell() })
        DescriptorTables.installInterrupts()
        machine_enable_interrupts()
    }
}

/// The memory that the scheduler starts with.
@safe private struct Parts {
    var runtime: UnsafeMutableRawPointer? = nil
    var cores: UnsafeMutableRawPointer? = nil
    var contexts: UnsafeMutableRawPointer? = nil
    var lists: UnsafeMutableRawPointer? = nil
    let idleStack = Cores.idleStack(of: 0)
    var registers: UInt64 = 0
    /// Cores there is room for.
    let processors = KernelServices.processorCount

    /// Takes all of it; `false` when memory is exhausted.
    mutating func make() -> Bool {
        unsafe runtime = allocate(MemoryLayout<Runtime>.size)
        unsafe cores = allocate(processors * MemoryLayout<CoreEntry>.stride)
        unsafe contexts = allocate(processors * MemoryLayout<CoreContext>.stride)
        unsafe lists = allocate(
            Scheduler.listCount(cores: processors) * MemoryLayout<TaskList>.stride)
        guard unsafe runtime != nil && cores != nil && contexts != nil && lists != nil else {
            return false
        }
        let stack = idleStack
        if LocalController.needsWindow {
            registers = Layout.devices + LocalController.registers.value
        }
        let registers = registers
        return unsafe Kernel.root.pointee.memory.withLock { memory in
            if memory.space.tables.lookUp(Layout.tasks) == nil {
                guard memory.space.fill(Layout.tasks, reserved: false) else { return false }
            }
            guard memory.space.mapDevice(registers) else { return false }
            return stack.fill(stack.top - stack.bottom, in: &memory.space)
        }
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        unsafe kernelHeapAllocate(size, 64)
    }

    func give() {
        if let runtime = unsafe runtime { unsafe kernelHeapDeallocate(runtime) }
        if let cores = unsafe cores { unsafe kernelHeapDeallocate(cores) }
        if let contexts = unsafe contexts { unsafe kernelHeapDeallocate(contexts) }
        if let lists = unsafe lists { unsafe kernelHeapDeallocate(lists) }
    }
}
