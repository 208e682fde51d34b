import KernelMain
import KernelSupport

/// Memory for files: blocks of the kernel's heap.
struct KernelBlocks: BlockSource {
    func allocate(_ size: Int) -> MemoryBlock? {
        let alignment = size == PageTree.pageSize ? size : 16
        guard let block = unsafe kernelHeapAllocate(size, alignment) else { return nil }
        return unsafe MemoryBlock(block, count: size)
    }

    func free(_ block: MemoryBlock) { unsafe kernelHeapDeallocate(block.address) }
}
