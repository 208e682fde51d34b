import CMachine
import KernelMachine
import KernelMain
import KernelMemory
import KernelScheduling
import KernelSupport
import KernelTime

/// The processors beside the first: started one after the other when the
/// second task is made (Intel SDM 3A, 9.4.4), so that a program with one task
/// waits for none.
enum Cores {
    private static let idleStackSize: UInt64 = 0x4000

    /// The stack that a core's idle loop has, behind those of tasks.
    static func idleStack(of core: Int) -> Stack {
        Stack(kernelStackOf: Layout.stackCount + core, size: idleStackSize)
    }

    /// A processor that does not come for so long, in nanoseconds, is given
    /// up. It takes less than a millisecond; a busy host may not run it.
    private static let patience: UInt64 = 5_000_000_000
    /// After so long it is called again: the first call may be lost.
    private static let secondCall: UInt64 = 200_000

    /// Starts all of them. Only the first task is there.
    @inline(never)
    static func startOthers() {
        unsafe Processors.haveStarted = true
        let own = LocalController.identity
        let most = UInt64(Processors.listed)
        guard most > 1 else { return }
        TranslationBuffer.includeOtherCores()
        guard let page = openTrampoline() else { return warn(.memory) }
        var problem: Problem? = nil
        Processors.forEach { controller in
            guard problem == nil, controller != own, machine_running_cores() < most else {
                return
            }
            problem =
                controller > LocalController.largestIdentity
                ? .unreachable : start(controller, page: page)
        }
        // One that comes late after all still finds the page, and that it must stop.
        if problem != .silent { closeTrampoline() }
        if let problem { warn(problem) }
    }

    /// Why a processor does not run.
    private enum Problem { case memory, silent, unreachable, otherCounter }

    private static func warn(_ problem: Problem) {
        let text: StaticString =
            switch problem {
            case .memory: "a processor is not used: no memory is left for it"
            case .silent: "a processor is not used: it does not start"
            case .unreachable: "a processor is not used: its number needs an x2APIC"
            case .otherCounter: "a processor is not used: it has a time stamp counter of its own"
            }
        KernelServices.log(.warning, text)
    }

    // MARK: - The page they start at

    private static let trampoline = UInt64(HERMIT_TRAMPOLINE)
    private static var window: UInt64 { Layout.devices + trampoline }

    /// Maps the trampoline's memory twice: as code where the processor starts,
    /// and as data elsewhere; where that is. No frame is there: what lies
    /// below 64 KiB is no part of the memory that is given out.
    private static func openTrampoline() -> UInt64? {
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.space.show(PhysicalAddress(trampoline), at: window, rights: .kernelData)
                && memory.space.show(PhysicalAddress(trampoline), at: trampoline, rights: .code)
        }
        if !isMapped { closeTrampoline() }
        return isMapped ? window : nil
    }

    private static func closeTrampoline() {
        unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.space.hide(window)
            memory.space.hide(trampoline)
        }
    }

    // MARK: - One of them

    private static func start(_ controller: UInt64, page: UInt64) -> Problem? {
        let number = Int(truncatingIfNeeded: machine_running_cores())
        let stack = idleStack(of: number)
        guard let core = unsafe makeRecord(controller),
            unsafe Kernel.root.pointee.memory.withLock({ memory in
                stack.fill(idleStackSize, in: &memory.space)
            })
        else { return .memory }
        unsafe machine_write_trampoline(
            page,
            machine_trampoline_words(
                page_tables: Kernel.root.pointee.memory.withLock { $0.space.tables.root.value },
                stack: stack.top,
                core: UInt64(UInt(bitPattern: core)), entry: machine_core_entry()))
        let before = TimeStampCounter.readInOrder()
        guard unsafe call(core) else {
            // It may still come, and finds that it must stop; what it has stays.
            return .silent
        }
        let arrival = unsafe core.pointee.arrival
        guard before <= arrival && arrival <= TimeStampCounter.readInOrder() else {
            unsafe LocalController.reset(core.pointee.controller)
            return .otherCounter
        }
        unsafe admit(core)
        return nil
    }

    /// A core's record and its stacks; `nil` when memory is exhausted.
    private static func makeRecord(
        _ controller: UInt64
    ) -> UnsafeMutablePointer<hermit_per_core>? {
        let place = machine_running_cores() * Layout.coreRecordStride
        let (record, landing) = (Layout.coreRecords + place, Layout.landings + place)
        let isMapped = unsafe Kernel.root.pointee.memory.withLock { memory in
            // What a processor that did not come has is the next one's.
            memory.space.hasPage(record) && (!Isolation.isOn || memory.space.hasPage(landing))
        }
        guard isMapped, let core = unsafe UnsafeMutablePointer<hermit_per_core>(bitPattern: UInt(record)),
            let stacks = unsafe kernelHeapAllocate(MemoryLayout<hermit_core_stacks>.size, 16)
        else { return nil }
        unsafe UnsafeMutableRawPointer(core).initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<hermit_per_core>.size)
        unsafe core.pointee.address = record
        unsafe core.pointee.landing = UnsafeMutablePointer(bitPattern: UInt(landing)).unsafelyUnwrapped
        unsafe core.pointee.controller = controller
        unsafe core.pointee.stacks = stacks.assumingMemoryBound(to: hermit_core_stacks.self)
        return unsafe core
    }

    /// Lets it start, and waits until it has; `false`: it does not come.
    private static func call(_ core: UnsafeMutablePointer<hermit_per_core>) -> Bool {
        let controller = unsafe core.pointee.controller
        Interrupts.disabled {
            LocalController.reset(controller)
            LocalController.start(controller, at: trampoline)
        }
        let start = Runtime.now
        var isCalledAgain = false
        while unsafe machine_core_start(core) != HERMIT_CORE_ARRIVED.rawValue {
            let waited = Runtime.now - start
            if waited > patience {
                return unsafe machine_change_core_start(
                    core, HERMIT_CORE_STARTING.rawValue, HERMIT_CORE_ABANDONED.rawValue) == 0
            }
            if waited > secondCall && !isCalledAgain {
                isCalledAgain = true
                Interrupts.disabled { LocalController.start(controller, at: trampoline) }
            }
            machine_pause()
        }
        return true
    }

    /// Gives it to the scheduler.
    private static func admit(_ core: UnsafeMutablePointer<hermit_per_core>) {
        let flags = Runtime.enter()
        unsafe Kernel.root.pointee.memory.withLock { _ in unsafe machine_add_core(core) }
        _ = unsafe Runtime.shared.pointee.scheduler.addCore(at: Runtime.now)
        _ = unsafe machine_change_core_start(
            core, HERMIT_CORE_ARRIVED.rawValue, HERMIT_CORE_ADMITTED.rawValue)
        Runtime.leave(flags)
    }
}

/// A core's own first steps, on its idle stack, with interrupts off.
@c(kernel_core_main)
public func kernelCoreMain(_ core: UnsafeMutablePointer<hermit_per_core>) {
    unsafe DescriptorTables.installCore(core)
    unsafe Isolation.startCore(core)
    unsafe Kernel.root.pointee.processor.enableFeatures()
    LocalController.startCore()
    machine_enable_fs_base()
    unsafe core.pointee.arrival = TimeStampCounter.readInOrder()
    guard
        unsafe machine_change_core_start(
            core, HERMIT_CORE_STARTING.rawValue, HERMIT_CORE_ARRIVED.rawValue) != 0
    else { machine_stop() }
    while unsafe machine_core_start(core) != HERMIT_CORE_ADMITTED.rawValue { machine_pause() }
    // What it saw on its way may have changed before it was asked to forget.
    machine_forget(0, 0)
    machine_idle()
}
