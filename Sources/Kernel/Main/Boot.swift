import CMachine
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The boot, in order. Each step may use what the steps before have built.
///
/// 1. descriptor tables: from here an exception names itself
/// 2. console, device tree, command line: what machine this is
/// 3. page tables of the kernel's own, then the frames that are left
/// 4. the root value: heaps, stacks
/// 5. the application: arguments, environment, local storage, `runtime_entry`
struct Boot {
    private let info: hermit_raw_boot_info
    private let tree: BootTree
    private var ranges = MemoryRanges()

    /// The loader's own memory, which holds the device tree; free after boot.
    private var loader: Range<UInt64> { info.platform_data.0..<info.platform_data.1 }
    private var image: Range<UInt64> { info.image_start..<info.image_end }

    /// Below this the processor's start-up code and the firmware's data lie.
    private static let lowestAddress: UInt64 = 0x1_0000
    /// The loader maps this much, at its own addresses.
    private static let loaderMapEnd: UInt64 = 0x1_0000_0000
    private static let kernelStackSize: UInt64 = 0x8000
    private static let smallestStack: UInt64 = 0x1_0000
    private static let largestStack: UInt64 = 0x80_0000
    /// What a small program needs, in KiB, for the message about too little memory.
    private static let neededKibibytes = 4096

    static func run(_ info: hermit_raw_boot_info) -> Never {
        DescriptorTables.install()
        var console = Console()
        do throws(DeviceTreeError) {
            let tree = try BootTree(at: info.device_tree, end: info.platform_data.1)
            var boot = Boot(info: info, tree: tree)
            boot.configure(&console)
            try boot.readMemory()
            boot.buildKernel(console)
        } catch {
            fail(&console, error.message)
        }
        let stack = Stack(kernelStackOf: 0, size: kernelStackSize)
        machine_run_on_stack(stack.top, startApplication)
    }

    private init(info: hermit_raw_boot_info, tree: BootTree) {
        self.info = info
        self.tree = tree
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

    private func configure(_ console: inout Console) {
        let line = tree.commandLine
        console.level = line.logLevel
        if line.usesChannel {
            unsafe Faults.usesChannel = true
            console.openChannel()
        }
        if line.unknownWords > 0 {
            console.log(.warning, "the kernel's command line has words that mean nothing to it")
        }
    }

    private mutating func readMemory() throws(DeviceTreeError) {
        var ranges = MemoryRanges()
        try tree.forEachMemoryRange { start, size in
            let first = max((start + 4095) & ~4095, Self.lowestAddress)
            let end = (start + size) & ~4095
            if first < end { ranges.append(first..<end) }
        }
        self.ranges = ranges
    }

    // MARK: - Memory

    /// The largest part of memory below 4 GiB that is free and mapped by the loader.
    private mutating func bootFrames() -> BootFrames {
        var best: Range<UInt64> = 0..<0
        for i in 0..<ranges.count {
            var position = ranges[i].lowerBound
            let end = min(ranges[i].upperBound, Self.loaderMapEnd)
            while position < end {
                var limit = end
                var next = position
                let occupied: [2 of Range<UInt64>] = [image, loader]
                for j in 0..<2 {
                    if occupied[j].contains(position) {
                        next = max(next, occupied[j].upperBound)
                    } else if occupied[j].lowerBound > position {
                        limit = min(limit, occupied[j].lowerBound)
                    }
                }
                if next > position {
                    position = (next + 4095) & ~4095
                    continue
                }
                if limit - position > UInt64(best.count) { best = position..<limit }
                position = limit
            }
        }
        return BootFrames(start: best.lowerBound, end: best.upperBound)
    }

    /// Maps all RAM but the image, whose only mapping is its own.
    private mutating func mapMemory(
        _ tables: PageTables, hugePages: Bool, from frames: inout BootFrames
    ) -> Bool {
        for i in 0..<ranges.count {
            let range = ranges[i]
            let before = range.lowerBound..<max(range.lowerBound, min(range.upperBound, image.lowerBound))
            let imageEnd = (image.upperBound + 4095) & ~4095
            let after = min(range.upperBound, max(range.lowerBound, imageEnd))..<range.upperBound
            let parts: [2 of Range<UInt64>] = [before, after]
            for j in 0..<2 where !parts[j].isEmpty {
                guard
                    tables.mapRange(
                        Layout.directMap + parts[j].lowerBound,
                        to: PhysicalAddress(parts[j].lowerBound), count: UInt64(parts[j].count),
                        rights: .data, hugePages: hugePages, from: &frames)
                else { return false }
            }
        }
        return true
    }

    private mutating func buildKernel(_ console: Console) {
        var console = console
        let processor = Processor()
        processor.enableFeatures()

        var boot = bootFrames()
        let first = boot.next
        guard var tables = PageTables(window: 0, from: &boot),
            mapMemory(tables, hugePages: processor.hasHugePages, from: &boot),
            ImageMap(base: info.image_start).map(in: tables, from: &boot)
        else { Self.tooLittleMemory(&console) }
        tables.activate()

        var frames = FrameAllocator()
        for i in 0..<ranges.count {
            frames.addRegion(
                start: ranges[i].lowerBound, end: ranges[i].upperBound,
                occupied: [image, loader, first..<boot.next])
        }
        var space = AddressSpace(tables: tables, frames: frames)

        let kernelStack = Stack(kernelStackOf: 0, size: Self.kernelStackSize)
        let eighth = UInt64(space.frames.freeFrames) * 4096 / 8
        let stackSize = max(min(eighth, Self.largestStack) & ~0xFFFF, Self.smallestStack)
        let stack = Stack(applicationStackOf: 0, size: stackSize)
        let stackPages = Int(stackSize / 4096)
        guard let place = space.frames.allocate(order: Self.rootOrder),
            kernelStack.fill(Self.kernelStackSize, in: &space),
            space.frames.reserve(Memory.promisedFrames(stackPages))
        else { Self.tooLittleMemory(&console) }

        let root = unsafe UnsafeMutablePointer<Kernel>(
            bitPattern: UInt(place.value + Layout.directMap))!
        var task = TaskEntry.first
        task.context.kernelStack = StackExtent(kernelStack.range)
        task.context.applicationStack = StackExtent(stack.range)
        task.context.isStackPromised = true
        unsafe root.initialize(
            to: Kernel(
                processor: processor,
                memory: SpinLock(Memory(space: space)),
                console: SpinLock(console),
                firstTask: task,
                checksHeap: tree.commandLine.checksHeap,
                localStorage: info.tls, imageStart: info.image_start, imageEnd: info.image_end,
                loaderEntryTime: info.platform_data.2,
                deviceTree: info.device_tree..<info.platform_data.1))
        unsafe Kernel.root = root
        unsafe withUnsafeMutablePointer(to: &root.pointee.firstTask) {
            unsafe machine_this_core().pointee.task = UInt64(UInt(bitPattern: $0))
        }
        Processor.setKernelStack(kernelStack.top)
        prepareApplication()
    }

    private static var rootOrder: Int {
        var order = 0
        while 4096 << order < MemoryLayout<Kernel>.size { order += 1 }
        return order
    }

    // MARK: - The application

    /// Copies what the application gets out of the loader's memory, which is
    /// then given to the frames.
    private mutating func prepareApplication() {
        guard
            let arguments = BootTree(tree, movedBy: Layout.directMap).copyArguments(),
            let block = ThreadStorage.make()
        else {
            var console = unsafe Kernel.root.pointee.console.withLock { $0 }
            Self.tooLittleMemory(&console)
        }
        unsafe Kernel.root.pointee.arguments = arguments
        unsafe Kernel.root.pointee.firstTask.context.threadPointer = block
        Processor.setThreadPointer(block)
        // The tree stays: who starts the other processors asks it for them.
        release(loader.lowerBound..<info.device_tree & ~4095)
        release((info.device_tree + UInt64(tree.size) + 4095) & ~4095..<loader.upperBound)
    }

    /// Gives a part of the loader's memory to the frames.
    @inline(never)
    private mutating func release(_ memory: Range<UInt64>) {
        unsafe Kernel.root.pointee.memory.withLock { kernel in
            for i in 0..<ranges.count {
                let part = ranges[i].clamped(to: memory)
                if !part.isEmpty {
                    kernel.space.frames.release(
                        from: part.lowerBound >> 12, to: part.upperBound >> 12)
                }
            }
        }
    }

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
            Kernel.root.pointee.arguments!,
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
