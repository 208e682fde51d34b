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
enum Boot {
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

    static func run(_ info: hermit_raw_boot_info, _ kernel: inout Kernel) -> Never {
        DescriptorTables.install()
        kernel.processor = Processor()
        kernel.processor.enableFeatures()
        kernel.console.withLockHeld { $0.open() }
        do throws(DeviceTreeError) {
            try build(&kernel, info)
        } catch {
            fail(error.message)
        }
        let stack = Stack(kernelStackOf: 0, size: kernelStackSize)
        machine_run_on_stack(stack.top, startApplication)
    }

    private static func fail(_ reason: StaticString) -> Never {
        unsafe Kernel.beginning.console.withLockHeld { console in
            console.log(.error, reason)
            console.finish(status: 1)
        }
        Power.off(success: false)
    }

    private static func tooLittleMemory() -> Never {
        var line = LineBuffer()
        line.append("too little memory: a program needs at least ")
        line.append(decimal: neededKibibytes)
        line.append(" KiB")
        unsafe Kernel.beginning.console.withLockHeld { console in
            line.withBytes { console.log(.error, $0) }
            console.finish(status: 1)
        }
        Power.off(success: false)
    }

    private static func configure(_ console: inout Console, _ line: KernelCommandLine) {
        console.level = line.logLevel
        if line.usesChannel {
            unsafe Faults.usesChannel = true
            console.openChannel()
        }
        if line.tracesCalls && machine_start_trace() == 0 {
            console.log(.warning, "strace: the image has no tracer; hermit build --strace makes one")
        }
        if line.isolation != .off { isolate(&console, line.isolation) }
        if line.unknownWords > 0 {
            console.log(.warning, "the kernel's command line has words that mean nothing to it")
        }
    }

    /// Keeps the kernel's memory from the application from now on, or tells why not
    /// (docs/isolation.md).
    @inline(never)
    private static func isolate(_ console: inout Console, _ wish: KernelCommandLine.Isolation) {
        let isUsual = wish == .usual
        let reason: StaticString
        if !Isolation.isPossible {
            reason = "isolation: none, as the processor has no protection keys"
        } else if !Isolation.isSeparate {
            reason = "isolation: none, as the image was linked without hermit.ld"
        } else if isUsual && Isolation.isEmulated {
            reason = "isolation: none, as the processor is emulated; isolation=on has it all the same"
        } else {
            return Isolation.turnOn()
        }
        console.log(isUsual ? .info : wish == .required ? .error : .warning, reason)
        guard wish == .required else { return }
        console.finish(status: 1)
        Power.off(success: false)
    }

    // MARK: - Memory

    @inline(__always)
    private static func build(
        _ kernel: inout Kernel, _ info: hermit_raw_boot_info
    ) throws(DeviceTreeError) {
        // The machine's RAM, which is what the direct map shows. The frames have the
        // same, of which nothing is free yet.
        var mapped = MemoryRanges()
        var tree = try BootTree(info) { start, size in
            // The tree's ranges end within the address space.
            let first = max((start &+ 4095) & ~4095, lowestAddress)
            let end = (start &+ size) & ~4095
            guard first < end, !mapped.isFull else { return }
            mapped.append(first, end)
            kernel.memory.withLockHeld { $0.space.frames.addRegion(start: first, end: end) }
        }
        kernel.console.withLockHeld { configure(&$0, tree.commandLine) }
        // The image's only mapping is its own.
        mapped.remove(info.image_start, info.image_end)
        // The largest part that is free and that the loader has mapped.
        var free = mapped
        free.remove(info.platform_data.0, info.platform_data.1)
        // Files may lie in an archive, for as long as the machine runs.
        free.remove(info.platform_data.3, info.platform_data.4)
        let part = free.largest(below: loaderMapEnd)
        var frames = BootFrames(start: part.start, end: part.end)
        let stackSize = max(min(part.total / 8, largestStack) & ~0xFFFF, smallestStack)
        guard let start = StartBlock(&tree, info.tls, stackSize: stackSize, from: &frames),
            let tables = PageTables(window: 0, from: &frames)
        else { tooLittleMemory() }
        // All of them before they are asked about, for a branch fewer each.
        let isMemoryMapped = mapMemory(
            &mapped, info.image_start, kernel.processor, tables, from: &frames)
        let isImageMapped = ImageMap(base: info.image_start).map(in: tables, from: &frames)
        let isStartMapped = start.map(in: tables, from: &frames)
        let needed = kernel.memory.withLockHeld { $0.space.frames.neededStates }
        guard isMemoryMapped, isImageMapped, isStartMapped, let states = frames.take(needed)
        else { tooLittleMemory() }

        mapped.remove(part.start, frames.next)
        mapped.remove(info.platform_data.3, info.platform_data.4)
        // The tree stays: who starts the other processors asks it for them.
        mapped.remove(
            info.device_tree, info.device_tree &+ UInt64(truncatingIfNeeded: tree.size))
        let stackPages = Int(truncatingIfNeeded: stackSize >> 12)
        let isStackPromised = kernel.memory.withLockHeld { memory in
            memory.space.open(tables)
            memory.space.frames.keepStates(at: states)
            var i = 0
            while i < mapped.count {
                let range = mapped[i]
                memory.space.frames.release(
                    from: range.lowerBound >> 12, to: range.upperBound >> 12)
                i &+= 1
            }
            // The uppermost page is there already.
            return memory.space.frames.reserve(Memory.promisedFrames(stackPages) &- 1)
        }
        guard isStackPromised else { tooLittleMemory() }
        complete(&kernel, info, start, tree.commandLine)
    }

    /// Notes the first task and what is known of the program, and moves the root value
    /// to its place.
    @inline(__always)
    private static func complete(
        _ kernel: inout Kernel, _ info: hermit_raw_boot_info, _ start: StartBlock,
        _ line: KernelCommandLine
    ) {
        if line.logLevel >= .info {
            kernel.console.withLockHeld { logStart(&$0, since: info.platform_data.2) }
        }
        kernel.firstTask.context.kernelStack = StackExtent(
            start.kernelStack.bottom, start.kernelStack.top)
        kernel.firstTask.context.applicationStack = StackExtent(start.stack.bottom, start.stack.top)
        kernel.firstTask.context.isStackPromised = true
        kernel.firstTask.context.threadPointer = start.threadPointer
        kernel.checksHeap = line.checksHeap
        kernel.tellsStatistics = line.tellsStatistics
        kernel.terminals = line.terminals
        kernel.localStorage = info.tls
        kernel.arguments = start.arguments
        kernel.imageStart = info.image_start
        kernel.imageEnd = info.image_end
        kernel.loaderEntryTime = info.platform_data.2
        kernel.deviceTree = info.device_tree..<max(info.device_tree, info.platform_data.1)
        kernel.archive = info.platform_data.3..<max(info.platform_data.3, info.platform_data.4)

        let root = unsafe UnsafeMutablePointer<Kernel>(
            bitPattern: UInt(start.root.value &+ Layout.directMap)).unsafelyUnwrapped
        unsafe withUnsafeMutablePointer(to: &kernel) { unsafe root.moveInitialize(from: $0, count: 1) }
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
    private static func mapMemory(
        _ memory: inout MemoryRanges, _ image: UInt64, _ processor: Processor,
        _ tables: PageTables, from frames: inout BootFrames
    ) -> Bool {
        var next = UInt64.max
        var isMapped = true
        var i = memory.count
        while i > 0 {
            i &-= 1
            let range = memory[i]
            let start = range.lowerBound
            var end = (range.upperBound &+ largePage &- 1) & ~(largePage &- 1)
            if end > next || end > image && start < image {
                end = range.upperBound
            }
            next = start
            let isDone = tables.mapRange(
                Layout.directMap &+ start, to: PhysicalAddress(start), count: end &- start,
                rights: .kernelData, largest: processor.hasHugePages ? .huge : .large, from: &frames)
            isMapped = isDone && isMapped
        }
        return isMapped
    }

    // MARK: - The application

    /// Says how long the boot took, in ticks of the time stamp counter.
    @inline(never)
    private static func logStart(_ console: inout Console, since entry: UInt64) {
        let ticks = machine_read_tsc() &- entry
        var line = LineBuffer()
        line.append("the application starts, ")
        line.append(decimal: Int(truncatingIfNeeded: ticks))
        line.append(" ticks after the loader")
        line.withBytes { console.log(.info, $0) }
    }

    /// On the first task's kernel stack: over to the application.
    private static let startApplication: @convention(c) () -> Void = {
        let (arguments, stack) = unsafe (
            Kernel.root.pointee.arguments.unsafelyUnwrapped,
            Kernel.root.pointee.firstTask.context.applicationStack
        )
        unsafe machine_enter_application(
            Int64(arguments.count), arguments.vector, arguments.environment, stack.top)
    }
}

/// The entry behind `_start`: on the image's boot stack, on the loader's page tables.
@c(kernel_main)
public func kernelMain(_ info: UnsafePointer<hermit_raw_boot_info>, _ cpu: UInt32) -> Never {
    unsafe Boot.run(info.pointee, &Kernel.beginning)
}

/// The application's entry function came back, which it should not: a success.
@c(kernel_application_returned)
public func kernelApplicationReturned() -> Never {
    KernelServices.exit(status: 0)
}
