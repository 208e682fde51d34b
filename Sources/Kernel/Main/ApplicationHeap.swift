import CMachine
import KernelMachine
import KernelMemory
import KernelScheduling
import KernelSupport

/// The application's heap, under the memory lock. What of it needs no lock is
/// in `BlockCache`; these functions run on a kernel stack.
public enum ApplicationHeap {
    /// A block; `nil` when memory is exhausted.
    ///
    /// - Parameters:
    ///   - size: In bytes, more than 0.
    ///   - alignment: A power of two.
    public static func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard
            let address = take(size: size, alignment: alignment)
                ?? (KernelServices.releaseKeptMemory()
                    ? take(size: size, alignment: alignment) : nil)
        else { return nil }
        let block = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
        if unsafe Kernel.root.pointee.checksHeap {
            unsafe HeapCheck.taken(block!, size: size)
        } else {
            BlockCache.open()
        }
        return unsafe block
    }

    private static func take(size: Int, alignment: Int) -> UInt64? {
        unsafe Kernel.root.pointee.memory.withLock { memory in
            memory.applicationHeap.allocate(size: size, alignment: alignment, in: &memory.space)
                ?? afterReclaim(size: size, alignment: alignment, in: &memory)
        }
    }

    /// Tries again with the memory that is kept for later.
    @inline(never)
    private static func afterReclaim(
        size: Int, alignment: Int, in memory: inout Memory
    ) -> UInt64? {
        guard reclaim(in: &memory) else { return nil }
        return memory.applicationHeap.allocate(
            size: size, alignment: alignment, in: &memory.space)
    }

    /// The same, and more blocks of that size for the running task's lists.
    public static func allocateSeveral(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard let block = unsafe allocate(size: size, alignment: alignment) else { return nil }
        if size <= SizeClass.largest && alignment <= 16 {
            unsafe Kernel.root.pointee.memory.withLock { memory in
                BlockCache.refill(
                    size: size, from: &memory.applicationHeap, in: &memory.space)
            }
        }
        return unsafe block
    }

    /// Gives back what the heap keeps for later, in the running task's lists
    /// and in empty slabs; whether there was something.
    static func reclaim(in memory: inout Memory) -> Bool {
        BlockCache.drainAll(into: &memory.applicationHeap, in: &memory.space)
        return memory.applicationHeap.releaseEmptySlabs(in: &memory.space)
    }

    /// A block filled with zeros.
    public static func allocateZeroed(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard let block = unsafe allocate(size: size, alignment: alignment) else { return nil }
        // A larger block is a fresh mapping, which reads as zeros.
        if size <= SizeClass.largest {
            unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        }
        return unsafe block
    }

    /// Gives a block back, and half of the running task's list with it where
    /// that is full.
    ///
    /// - Returns: `false` where no block starts, or one that was given back.
    ///   With `heap=check` the program ends there.
    public static func deallocate(_ block: UnsafeMutableRawPointer) -> Bool {
        if unsafe Kernel.root.pointee.checksHeap { unsafe HeapCheck.given(block) }
        // A mark may be the program's own data; the list tells.
        if unsafe BlockCache.holds(block) { return false }
        return unsafe Kernel.root.pointee.memory.withLock { memory in
            if let list = unsafe BlockCache.list(for: block) {
                unsafe BlockCache.drain(
                    list, to: list.pointee.limit / 2, into: &memory.applicationHeap,
                    in: &memory.space)
            }
            return memory.applicationHeap.deallocate(
                UInt64(UInt(bitPattern: block)), in: &memory.space)
        }
    }

    /// Bytes that a block has room for; 0 when `block` is none.
    public static func usableSize(of block: UnsafeMutableRawPointer) -> Int {
        if unsafe BlockCache.holds(block) { return 0 }
        let address = UInt64(UInt(bitPattern: block))
        return unsafe Kernel.root.pointee.memory.withLock { $0.applicationHeap.size(of: address) }
            ?? 0
    }

    /// Makes a block larger or smaller; it may move. `nil`, and the block as
    /// it was, when memory is exhausted or `block` is none.
    public static func reallocate(
        _ block: UnsafeMutableRawPointer, alignment: Int, newSize: Int
    ) -> UnsafeMutableRawPointer? {
        let old = unsafe usableSize(of: block)
        guard old > 0 else { return nil }
        let isAligned = UInt(bitPattern: block) & UInt(alignment - 1) == 0
        // Staying wastes at most half of the block.
        if newSize <= old && newSize > old / 2 && isAligned { return unsafe block }
        // Pages that move are aligned to a unit.
        if isAligned && alignment <= Heap.unitSize, old > SizeClass.largest,
            let address = unsafe Kernel.root.pointee.memory.withLock({ memory in
                memory.applicationHeap.resize(
                    UInt64(UInt(bitPattern: block)), to: newSize, in: &memory.space)
            })
        {
            return unsafe UnsafeMutableRawPointer(bitPattern: UInt(address))
        }
        guard
            let new = unsafe BlockCache.take(size: newSize, alignment: alignment)
                ?? allocate(size: newSize, alignment: alignment)
        else { return nil }
        unsafe new.copyMemory(from: block, byteCount: min(old, newSize))
        if !BlockCache.give(UInt64(UInt(bitPattern: block))) { _ = unsafe deallocate(block) }
        return unsafe new
    }
}
