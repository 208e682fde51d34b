/// Where everything lies in the one address space.
public enum Layout {
    /// All RAM, at its physical address plus this; never executable.
    public static let directMap: UInt64 = 0xFFFF_8000_0000_0000
    /// The kernel's heap.
    public static let kernelHeap: UInt64 = 0xFFFF_C000_0000_0000
    /// The kernel's stacks.
    public static let kernelStacks: UInt64 = 0xFFFF_E000_0000_0000
    /// The application's heap.
    public static let applicationHeap: UInt64 = 0x0000_1000_0000_0000
    /// The application's stacks.
    public static let applicationStacks: UInt64 = 0x0000_2000_0000_0000
    /// The room of a heap, in bytes; far more than a machine's memory.
    public static let heapSize: UInt64 = 0x0000_0040_0000_0000
    /// The application's half: without page zero, which is never mapped.
    public static let applicationStart: UInt64 = 0x1000
    /// The first address behind the application's half.
    public static let applicationEnd: UInt64 = 0x0000_8000_0000_0000
}
