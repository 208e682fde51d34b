import KernelMachine

/// Where everything lies in the one address space.
///
/// What is used together differs in the low bits of its page numbers: places
/// that agree in them push each other out of the processor's buffers of
/// translations. So the strides of stacks are odd numbers of pages.
public enum Layout {
    /// All RAM, at its physical address plus this; never executable.
    public static let directMap: UInt64 = 0xFFFF_8000_0000_0000
    /// The kernel's heap.
    public static let kernelHeap: UInt64 = 0xFFFF_C000_0000_0000
    /// The records of the application's heap.
    public static let applicationHeapRecords: UInt64 = 0xFFFF_C800_0000_0000
    /// The table of tasks.
    public static let tasks: UInt64 = 0xFFFF_D000_0006_0000
    /// The table of semaphores, locks and queues.
    public static let waitObjects: UInt64 = 0xFFFF_D800_0008_0000
    /// The tables of descriptors and of what is behind them, one after the
    /// other, each with room of its own.
    public static let descriptors: UInt64 = 0xFFFF_DA00_000E_0000
    public static let descriptorTableStride: UInt64 = 0x4_0002_0000
    /// The table of sockets of the internet's, and behind it that of their timers.
    public static let sockets: UInt64 = 0xFFFF_DB00_0010_0000
    public static let socketTableStride: UInt64 = 0x4_0002_0000
    /// The table of sockets of AF_VSOCK, and behind it what they have beside the protocol's part.
    public static let virtualSockets: UInt64 = 0xFFFF_DB08_0014_0000
    /// The records of the application's mappings.
    public static let mappingRecords: UInt64 = 0xFFFF_DC00_000A_0000
    /// What the kernel tells the application: it reads this, and can't write it. First what
    /// each unit of its heap is (`ClassMap`), then the records of the cores beside the first.
    public static let published: UInt64 = 0xFFFF_DE00_0000_0000
    public static let coreRecords: UInt64 = published + 0x1_0000_0000
    public static let coreRecordStride: UInt64 = 0x1000
    /// The kernel's stacks, one for each place in the table of tasks, and
    /// behind those one for each core that has nothing to do. Nothing but
    /// what `interrupts.S` takes for a kernel stack lies above.
    public static let kernelStacks: UInt64 = 0xFFFF_E000_0000_0000
    public static let kernelStackStride: UInt64 = 0x4_5000
    /// Registers of devices, and with isolation memory that devices reach, at their physical
    /// addresses plus this.
    public static let devices: UInt64 = 0xFFFF_F000_0000_0000
    /// Stacks of isolated code (KernelMain/Isolated), one for each core, with a page below that
    /// is not there.
    public static let isolatedStacks: UInt64 = 0xFFFF_F800_0000_0000
    public static let isolatedStackStride: UInt64 = 0x5000
    /// The application's heap.
    public static let applicationHeap: UInt64 = 0x0000_1000_0000_0000
    /// What the first task finds at its start: its local storage, its
    /// arguments and its environment.
    public static let startBlock: UInt64 = 0x0000_1800_0000_0000
    /// Where a processor leaves what an exception or an interrupt has interrupted, with the
    /// interrupted code's rights: a page for each core beside the first.
    public static let landings: UInt64 = 0x0000_1C00_0000_0000
    /// The application's stacks, one for each place in the table of tasks.
    public static let applicationStacks: UInt64 = 0x0000_2000_0000_0000
    public static let applicationStackStride: UInt64 = 0x0FFF_5000
    /// The application's mappings, of memory and of files: 64 TiB, as much as programs reserve that
    /// take addresses for free.
    public static let mappings: Range<UInt64> = 0x0000_3000_0000_0000..<0x0000_7000_0000_0000
    /// Stacks of each kind.
    public static let stackCount = 0x1_0000
    /// The room of a heap, in bytes; far more than a machine's memory.
    public static let heapSize: UInt64 = 0x0000_0040_0000_0000
    /// More than a program can have of memory side by side.
    public static let largestBuffer: UInt64 = 0x4000_0000_0000
    /// The application's half: without page zero, which is never mapped.
    public static let applicationStart: UInt64 = 0x1000
    /// The first address behind the application's half.
    public static let applicationEnd: UInt64 = 0x0000_8000_0000_0000

    /// The domain of what lies at an address, outside of the image.
    @inline(__always)
    public static func domain(of address: UInt64) -> ProtectionKey {
        if address < applicationEnd { return .application }
        if address >= devices { return .device }
        return published..<kernelStacks ~= address ? .published : .trusted
    }
}
