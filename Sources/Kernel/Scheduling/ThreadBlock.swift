/// A thread's local storage and, behind it, its control block, as the
/// x86-64 ABI lays them out (ELF Handling for Thread-Local Storage, variant
/// II): FS points at the control block, whose first word is its own address.
public struct ThreadBlock: Sendable {
    /// Where in the control block the thread's errno is.
    public static let errnoOffset: UInt64 = 8
    /// Bytes of a control block: struct hermit_thread of hermit_heap.h.
    public static let controlSize: UInt64 = 784

    /// Bytes of local storage in front of the control block.
    public let localSize: UInt64
    /// What the block's address is a multiple of.
    public let alignment: UInt64

    /// - Parameters:
    ///   - memorySize: Bytes of the image's TLS segment in memory.
    ///   - alignment: Its alignment; 0 and 1 mean none.
    public init(memorySize: UInt64, alignment: UInt64) {
        self.alignment = max(alignment, 64)
        localSize = (memorySize + self.alignment - 1) & ~(self.alignment - 1)
    }

    /// Bytes to allocate.
    public var size: UInt64 { localSize + Self.controlSize }
}
