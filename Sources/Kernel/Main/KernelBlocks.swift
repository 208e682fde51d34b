import KernelSupport
import Synchronization

/// Memory for file systems: blocks of the kernel's heap.
public struct KernelBlocks: BlockSource {
    /// The address of a page that was given back, and is the next one's; 0: none is. A file
    /// that is cut and written again, as most that are written are, has its page back.
    private static let page = Atomic<UInt>(0)

    public init() {}

    public func allocate(_ size: Int) -> MemoryBlock? {
        if size == PageTree.pageSize {
            let known = Self.page.exchange(0, ordering: .acquiring)
            if let page = unsafe UnsafeMutableRawPointer(bitPattern: known) {
                return unsafe MemoryBlock(page, count: size)
            }
        }
        let alignment = size == PageTree.pageSize ? size : 16
        guard let block = unsafe kernelHeapAllocate(size, alignment) else { return nil }
        return unsafe MemoryBlock(block, count: size)
    }

    public func free(_ block: MemoryBlock) {
        guard block.count == PageTree.pageSize else { return unsafe kernelHeapDeallocate(block.address) }
        let old = Self.page.exchange(
            unsafe UInt(bitPattern: block.address), ordering: .acquiringAndReleasing)
        if let old = unsafe UnsafeMutableRawPointer(bitPattern: old) { unsafe kernelHeapDeallocate(old) }
    }
}
