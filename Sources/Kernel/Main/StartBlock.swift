import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// What is there when the first task starts: the root value's room, the task's
/// kernel stack, the uppermost page of its own stack, its local storage, its
/// arguments and its environment.
///
/// All of it is one piece of memory, taken before there are heaps: a program
/// that allocates nothing needs none. The local storage and the arguments are
/// seen at `Layout.startBlock`, and stay as long as the machine runs.
struct StartBlock {
    /// Room for the root value.
    let root: PhysicalAddress
    let kernelStack: Stack
    /// The application's, of which one page is there.
    let stack: Stack
    /// The address of the task's control block.
    let threadPointer: UInt64
    let arguments: BootArguments

    private let stackPage: PhysicalAddress
    private let block: PhysicalAddress
    private let blockSize: UInt64
    private let kernelPages: PhysicalAddress

    private static let kernelStackSize = Boot.kernelStackSize
    private static let page: UInt64 = 4096
    private static var rootSize: UInt64 { (UInt64(MemoryLayout<Kernel>.size) &+ 4095) & ~4095 }

    /// Takes the memory, which is seen at its own address, and fills it in; `nil`
    /// when there is not enough.
    init?(
        _ tree: inout BootTree, _ local: hermit_tls_info, stackSize: UInt64, from frames: inout BootFrames
    ) {
        let storage = (ThreadStorage.block(for: local).size &+ 15) & ~15
        // The loader has checked the one, and the line of the other is in memory.
        blockSize =
            (storage &+ UInt64(truncatingIfNeeded: tree.commandLine.blockSize) &+ 4095) & ~4095
        let size = Self.page &+ blockSize &+ Self.kernelStackSize &+ Self.rootSize
        guard let first = frames.take(size >> 12) else { return nil }
        stackPage = first
        block = PhysicalAddress(first.value &+ Self.page)
        kernelPages = PhysicalAddress(block.value &+ blockSize)
        root = PhysicalAddress(kernelPages.value &+ Self.kernelStackSize)
        kernelStack = Stack(kernelStackOf: 0, size: Self.kernelStackSize)
        stack = Stack(applicationStackOf: 0, size: stackSize)

        let memory = unsafe UnsafeMutableRawPointer(bitPattern: UInt(first.value)).unsafelyUnwrapped
        unsafe machine_zero(memory, Int(truncatingIfNeeded: Self.page &+ blockSize))
        let start = unsafe memory + Int(truncatingIfNeeded: Self.page)
        threadPointer = unsafe ThreadStorage.fill(start, local, at: Layout.startBlock)
        guard
            let arguments = unsafe tree.writeArguments(
                start + Int(truncatingIfNeeded: storage), at: Layout.startBlock &+ storage)
        else { return nil }
        self.arguments = arguments
    }

    /// Maps all but the root value, which is seen in the direct map; `false` when
    /// there is no frame for a table.
    func map(in tables: PageTables, from frames: inout BootFrames) -> Bool {
        let isStackMapped = tables.mapRange(
            stack.top &- Self.page, to: stackPage, count: Self.page, rights: .data, largest: .base,
            from: &frames)
        let isBlockMapped = tables.mapRange(
            Layout.startBlock, to: block, count: blockSize, rights: .data, largest: .base,
            from: &frames)
        let isKernelStackMapped = tables.mapRange(
            kernelStack.bottom, to: kernelPages, count: Self.kernelStackSize, rights: .kernelData,
            largest: .base, from: &frames)
        return isStackMapped && isBlockMapped && isKernelStackMapped
    }
}
