import CMachine
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The boot, in order. Each step may use what the steps before have built.
///
/// 1. descriptor tables: from here an exception names itself
/// 2. the processor's features, before code runs twice: an emulator translates
///    again what it knows for other ones
/// 3. console, device tree, command line: what machine this is
/// 4. page tables of the kernel's own, and what the first task finds at its start
/// 5. the frames that are left, the root value
/// 6. the application: `runtime_entry`
///
/// What is large is passed on as `inout`: it would be copied for every call
/// otherwise.
struct Boot {
    private let info: hermit_raw_boot_info
    private var tree: BootTree
    private let processor: Processor

    /// Below this the processor's start-up code and the firmware's data lie.
    private static let lowestAddress: UInt64 = 0x1_0000
    /// The loader maps this much, at its own addresses.
    private static let loaderMapEnd: UInt64 = 0x1_0000_0000
    static let kernelStackSize: UInt64 = 0x8000
    private static let largePage = PageSize.large.rawValue
    private static let smallestStack: UInt64 = 0x1_0000
    private static let largestStack: UInt64 = 0x80_0000
    /// What a small program needs, in KiB, for the message about too little memory.
    private static let neededKibibytes = 4096

    static func run(_ info: hermit_raw_boot_info) -> Never {
        DescriptorTables.install()
        let processor = Processor()
        processor.enableFeatures()
        var console = Console()
        do throws(DeviceTreeError) {
            var memory = MemoryRanges()
            let tree = try BootTree(at: info.device_tree, end: info.platform_data.1) { start, size in
                guard !memory.isFull else { return }
                // The tree's ranges end within the address space.
                let end = (start &+ size) & ~4095
                memory.append(max((start &+ 4095) & ~4095, lowestAddress), end)
            }
            var boot = Boot(info: info, tree: tree, processor: processor)
            boot.configure(&console)
            boot.buildKernel(&console, &memory)
        } catch {
            fail(&console, error.message)
        }
        let stack = Stack(kernelStackOf: 0, size: kernelStackSize)
        machine_run_on_stack(stack.top, startApplication)
    }

    private init(info: hermit_raw_boot_info, tree: BootTree, processor: Processor) {
        self.info = info
        self.tree = tree
        self.processor = processor
    }

    private static func fail(_ console: inout Console, _ reason: StaticString) -> Never {
        console.log(.error, reason)
        console.finish(status: 1)
        Power.off(success: false)
    }

    private static func tooLittleMemory(_ console: inout Console) -> Never {
        var line = LineBuffer()
        line.append("too little memory: a program needs at least ")
        line.append(decimal: neededKibibytes)
        line.append(" KiB")
        line.withBytes { console.log(.error, $0) }
        console.finish(status: 1)
        Power.off(success: false)
    }

    private mutating func configure(_ console: inout Console) {
        let line = tree.commandLine
        console.level = line.logLevel
        if line.usesChannel {
            unsafe Faults.usesChannel = true
            console.openChannel()
        }
        if line.tracesCalls && machine_start_trace() == 0 {
            console.log(.warning, "strace: the image has no tracer; hermit build --strace makes one")
        }
        if line.unknownWords > 0 {
            console.log(.warning, "the kernel's command line has words that mean nothing to it")
        }
    }

    // MARK: - Memory

    @inline(__always)
    private mutating func buildKernel(_ console: inout Console, _ memory: inout MemoryRanges) {
        // The image's only mapping is its own.
        var mapped = memory
        mapped.remove(info.image_start, info.image_end)
        // The largest part that is free and that the loader has mapped.
        var free = mapped
        free.remove(info.platform_data.0, info.platform_data.1)
        // Files may lie in an archive, for as long as the machine runs.
        free.remove(info.platform_data.3, info.platform_data.4)
        let part = free.largest(below: Self.loaderMapEnd)
        var frames = BootFrames(start: part.start, end: part.end)

        var allocator = FrameAllocator()
        var i = 0
        while i < memory.count {
            let range = memory[i]
            allocator.addRegion(start: range.lowerBound, end: range.upperBound)
            i &+= 1
        }
        let stackSize = max(min(free.size / 8, Self.largestStack) & ~0xFFFF, Self.smallestStack)
        guard let start = StartBlock(&tree, info.tls, stackSize: stackSize, from: &frames),
            var tables = PageTables(window: 0, from: &frames),
            mapMemory(&mapped, tables, from: &frames),
            ImageMap(base: info.image_start).map(in: tables, from: &frames),
            start.map(in: tables, from: &frames),
            let states = frames.take(allocator.neededStates)
        else { Self.tooLittleMemory(&console) }
        tables.activate()
        allocator.keepStates(at: states)

        mapped.remove(part.start, frames.next)
        mapped.remove(info.platform_data.3, info.platform_data.4)
        // The tree stays: who starts the other processors asks it for them.
        mapped.remove(
            info.device_tree, info.device_tree &+ UInt64(truncatingIfNeeded: tree.size))
        i = 0
        while i < mapped.count {
            let range = mapped[i]
            allocator.release(from: range.lowerBound >> 12, to: range.upperBound >> 12)
            i &+= 1
        }
        var space = AddressSpace(tables: tables, frames: allocator)
        let stackPages = Int(truncatingIfNeeded: stackSize >> 12)
        // The uppermost is there already.
        guard space.frames.reserve(Memory.promisedFrames(stackPages) - 1) else {
            Self.tooLittleMemory(&console)
        }

        let root = unsafe UnsafeMutablePointer<Kernel>(
            bitPattern: UInt(start.root.value &+ Layout.directMap)).unsafelyUnwrapped
        var task = TaskEntry.first
        task.context.kernelStack = StackExtent(start.kernelStack.range)
        task.context.applicationStack = StackExtent(start.stack.range)
        task.context.isStackPromised = true
        task.context.threadPointer = start.threadPointer
        unsafe root.initialize(
            to: Kernel(
                processor: processor,
                memory: SpinLock(Memory(space: space), .memory),
                console: SpinLock(console, .console),
                firstTask: task,
                checksHeap: tree.commandLine.checksHeap,
                tellsStatistics: tree.commandLine.tellsStatistics,
                terminals: tree.commandLine.terminals,
                localStorage: info.tls, arguments: start.arguments,
                imageStart: info.image_start, imageEnd: info.image_end,
                loaderEntryTime: info.platform_data.2,
                deviceTree: info.device_tree..<info.platform_data.1,
                archive: info.platform_data.3..<max(info.platform_data.3, info.platform_data.4)))
        unsafe Kernel.root = root
        unsafe withUnsafeMutablePointer(to: &root.pointee.firstTask) {
            unsafe machine_this_core().pointee.task = UInt64(UInt(bitPattern: $0))
        }
        Processor.setKernelStack(start.kernelStack.top)
        Processor.setThreadPointer(start.threadPointer)
    }

    /// Maps memory at its place in the direct map.
    ///
    /// A range goes on to the next multiple of 2 MiB, over what the firmware keeps
    /// of the same memory, so that the largest pages map it; but not where the
    /// image lies, or the next range.
    @inline(__always)
    private mutating func mapMemory(
        _ memory: inout MemoryRanges, _ tables: PageTables, from frames: inout BootFrames
    ) -> Bool {
        var next = UInt64.max
        var i = memory.count
        while i > 0 {
            i &-= 1
            let range = memory[i]
            let start = range.lowerBound
            var end = (range.upperBound &+ Self.largePage &- 1) & ~(Self.largePage &- 1)
            if end > next || end > info.image_start && start < info.image_start {
                end = range.upperBound
            }
            next = start
            guard
                tables.mapRange(
                    Layout.directMap &+ start, to: PhysicalAddress(start),
                    count: end &- start, rights: .data,
                    largest: processor.hasHugePages ? .huge : .large, from: &frames)
            else { return false }
        }
        return true
    }

    // MARK: - The application

    /// Says how long the boot took, in ticks of the time stamp counter.
    private static func logStart() {
        guard unsafe Kernel.root.pointee.console.withLock({ $0.level }) >= .info else { return }
        let entry = unsafe Kernel.root.pointee.loaderEntryTime
        let ticks = machine_read_tsc() &- entry
        var line = LineBuffer()
        line.append("the application starts, ")
        line.append(decimal: Int(truncatingIfNeeded: ticks))
        line.append(" ticks after the loader")
        unsafe Kernel.root.pointee.console.withLock { console in
            line.withBytes { console.log(.info, $0) }
        }
    }

    /// On the first task's kernel stack: over to the application.
    private static let startApplication: @convention(c) () -> Void = {
        logStart()
        let (arguments, stack) = unsafe (
            Kernel.root.pointee.arguments,
            Kernel.root.pointee.firstTask.context.applicationStack
        )
        unsafe machine_enter_application(
            Int64(arguments.count), arguments.vector, arguments.environment, stack.top)
    }
}

/// The entry behind `_start`: on the image's boot stack, on the loader's page tables.
@c(kernel_main)
public func kernelMain(_ info: UnsafePointer<hermit_raw_boot_info>, _ cpu: UInt32) -> Never {
    unsafe Boot.run(info.pointee)
}

/// The application's entry function came back, which it should not: a success.
@c(kernel_application_returned)
public func kernelApplicationReturned() -> Never {
    KernelServices.exit(status: 0)
}
