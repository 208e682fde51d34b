import CMachine

/// The running task's own lists of free blocks of the application's heap.
///
/// What is here costs no lock and no change of stack. It runs on the
/// application's stack and in its memory: what it relies on, the application
/// can write to, and a wild write can make it hand out a wild address, which
/// is the program's own loss. Nothing here loops over such memory.
///
/// The blocks in the lists are taken as far as the heap knows. A block in a
/// list carries a mark, by which one that is given back twice is noticed.
public enum BlockCache {
    private static let unitShift: UInt64 = 16
    private static let unitMask: UInt64 = 0xFFFF
    /// The most that a task keeps of one size, in bytes and in blocks.
    private static let keptBytes = 32768
    private static let keptBlocks = 4...64

    /// A block, if the task has one; its contents are not defined.
    ///
    /// - Parameters:
    ///   - size: In bytes; any.
    ///   - alignment: Any; more than 16 finds nothing.
    @inline(__always)
    public static func take(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        guard UInt(bitPattern: alignment) <= 16, UInt(bitPattern: size) <= UInt(SizeClass.largest),
            alignment & (alignment &- 1) == 0, alignment != 0
        else { return nil }
        let list = unsafe machine_block_list(SizeClass(holding: size | (size == 0 ? 1 : 0)).index)
        guard let block = unsafe list.pointee.first else { return nil }
        unsafe list.pointee.first = block.pointee.next
        unsafe list.pointee.count &-= 1
        unsafe block.pointee.mark = 0
        return UnsafeMutableRawPointer(block)
    }

    /// The class of the block at `address`; `nil` where none from a slab starts.
    @inline(__always)
    private static func sizeClass(ofBlockAt address: UInt64) -> Int? {
        let offset = address &- Layout.applicationHeap
        var unit = offset &>> unitShift
        guard unit < (unsafe machine_heap_view().pointee.units) else { return nil }
        let map = unsafe UnsafePointer<UInt8>(
            bitPattern: UInt(Layout.applicationHeap + ClassMap.offset)).unsafelyUnwrapped
        var kind = unsafe map[Int(truncatingIfNeeded: unit)]
        var within = offset & unitMask
        if kind >= 128 {
            let distance = UInt64(kind & 127)
            within &+= distance &<< unitShift
            unit &-= distance
            kind = unsafe map[Int(truncatingIfNeeded: unit)]
        }
        // 0 wraps around to what no class has.
        let sizeClass = Int(kind &- 1)
        guard sizeClass < SizeClass.count else { return nil }
        let size = machine_block_size(sizeClass)
        let index = (within &* UInt64(size.inverse)) &>> 32
        guard index &* UInt64(size.bytes) == within else { return nil }
        return sizeClass
    }

    /// Takes a block back; `false` where the heap has to do that: the list is
    /// full, or this is no block or one that may be in a list already.
    @inline(__always)
    public static func give(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let sizeClass = sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))) else {
            return false
        }
        let block = unsafe block.assumingMemoryBound(to: hermit_free_block.self)
        let list = unsafe machine_block_list(sizeClass)
        let mark = unsafe machine_heap_view().pointee.mark
        guard unsafe list.pointee.count < list.pointee.limit, unsafe block.pointee.mark != mark
        else { return false }
        unsafe block.pointee.next = list.pointee.first
        unsafe block.pointee.mark = mark
        unsafe list.pointee.first = block
        unsafe list.pointee.count &+= 1
        return true
    }

    /// Bytes of the block, if it is one of a slab.
    @inline(__always)
    public static func size(of block: UnsafeMutableRawPointer) -> Int? {
        guard let sizeClass = sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))) else {
            return nil
        }
        return Int(machine_block_size(sizeClass).bytes)
    }

    // MARK: - With the heap

    /// Lets a task keep blocks from now on.
    public static func open(_ thread: UnsafeMutablePointer<hermit_thread>) {
        for index in 0..<SizeClass.count {
            let most = keptBytes / SizeClass(index: index).size
            unsafe machine_block_list_of(thread, index).pointee.limit = UInt32(
                min(max(most, keptBlocks.lowerBound), keptBlocks.upperBound))
        }
    }

    /// Whether the block is in one of the running task's lists: it was given back before.
    public static func holds(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let sizeClass = sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))) else {
            return false
        }
        let list = unsafe machine_block_list(sizeClass)
        var next = unsafe list.pointee.first
        // No further than the list says it is long: its links may be damaged.
        let count = unsafe list.pointee.count
        for _ in 0..<min(count, UInt32(keptBlocks.upperBound)) {
            guard let here = unsafe next else { return false }
            if unsafe UnsafeMutableRawPointer(here) == block { return true }
            guard unsafe isPlausible(here) else { return false }
            unsafe next = unsafe here.pointee.next
        }
        return false
    }

    /// Whether a link can be followed: it is the address of some slab's block.
    private static func isPlausible(_ block: UnsafeMutablePointer<hermit_free_block>) -> Bool {
        sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))) != nil
    }

    /// Puts more blocks of the class that holds `size` bytes into the running
    /// task's list, as many as half of what it keeps.
    public static func refill(size: Int, from heap: inout Heap, in space: inout AddressSpace) {
        let sizeClass = SizeClass(holding: max(size, 1))
        let list = unsafe machine_block_list(sizeClass.index)
        let mark = unsafe machine_heap_view().pointee.mark
        let wanted = unsafe list.pointee.limit / 2
        for _ in 0..<wanted {
            guard
                let address = heap.allocate(size: sizeClass.size, alignment: 16, in: &space),
                let block = unsafe UnsafeMutablePointer<hermit_free_block>(bitPattern: UInt(address))
            else { return }
            unsafe block.pointee = hermit_free_block(next: list.pointee.first, mark: mark)
            unsafe list.pointee.first = block
            unsafe list.pointee.count += 1
        }
    }

    /// Gives back the blocks of one list, down to `count`.
    public static func drain(
        _ list: UnsafeMutablePointer<hermit_block_list>, to count: UInt32, into heap: inout Heap,
        in space: inout AddressSpace
    ) {
        while unsafe list.pointee.count > count, let block = unsafe list.pointee.first {
            // A damaged list is given up; its blocks are lost to the program.
            guard unsafe isPlausible(block) else {
                unsafe list.pointee.first = nil
                unsafe list.pointee.count = 0
                return
            }
            unsafe list.pointee.first = block.pointee.next
            unsafe list.pointee.count -= 1
            unsafe block.pointee.mark = 0
            _ = heap.deallocate(UInt64(UInt(bitPattern: block)), in: &space)
        }
    }

    /// The running task's list for blocks such as this, if it keeps some.
    public static func list(
        for block: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<hermit_block_list>? {
        guard let sizeClass = sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))) else {
            return nil
        }
        return unsafe machine_block_list(sizeClass)
    }
}
