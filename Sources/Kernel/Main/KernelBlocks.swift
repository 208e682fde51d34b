import KernelSupport

/// Memory for file systems: blocks of the kernel's heap.
public struct KernelBlocks: BlockSource {
    public init() {}

    public func allocate(_ size: Int) -> MemoryBlock? {
        let alignment = size == PageTree.pageSize ? size : 16
        guard let block = unsafe kernelHeapAllocate(size, alignment) else { return nil }
        return unsafe MemoryBlock(block, count: size)
    }

    public func free(_ block: MemoryBlock) { unsafe kernelHeapDeallocate(block.address) }
}
