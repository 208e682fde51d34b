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
    private static let keptBlocks = 8...64

    /// Bit N says that N, less than 16, is an alignment which every block has.
    private static let everyBlocksAlignments = 0x0116

    /// A block, if the task has one; its contents are not defined.
    ///
    /// - Parameters:
    ///   - size: In bytes; any.
    ///   - alignment: Any; more than 16, or what is none, finds nothing.
    @inline(__always)
    public static func take(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        if alignment != 16 {
            guard UInt(bitPattern: alignment) < 16, everyBlocksAlignments &>> alignment & 1 != 0
            else { return nil }
        }
        if UInt(bitPattern: size) <= UInt(SizeClass.largestMultipleOf16) {
            // A class for every 16 bytes, and a list's record has as many.
            return unsafe UnsafeMutableRawPointer(machine_take_block((size &+ 15) & ~15))
        }
        guard UInt(bitPattern: size) <= UInt(SizeClass.largest) else { return nil }
        let list = machine_list_offset(SizeClass(holding: size).index)
        return unsafe UnsafeMutableRawPointer(machine_take_block(list))
    }

    /// The class of the block at `address`; 0 or `nil` where none from a slab starts.
    @inline(__always)
    private static func sizeClass(ofBlockAt address: UInt64) -> Int? {
        let offset = address &- Layout.applicationHeap
        let unit = offset &>> unitShift
        guard unit < (unsafe machine_heap_view().pointee.units) else { return nil }
        let map = unsafe UnsafePointer<UInt8>(
            bitPattern: UInt(Layout.published)
        ).unsafelyUnwrapped
        var kind = unsafe UInt64(map[Int(truncatingIfNeeded: unit)])
        var within = offset & unitMask
        if kind >= 128 {
            let distance = kind & 127
            within &+= distance &<< unitShift
            kind = unsafe UInt64(map[Int(truncatingIfNeeded: unit &- distance)])
        }
        let sizeClass = Int(truncatingIfNeeded: kind)
        guard machine_starts_block(within, sizeClass) != 0 else { return nil }
        return sizeClass
    }

    /// Takes a block back; `false` where the heap has to do that: the list is
    /// full, or this is no block or one that may be in a list already.
    @inline(__always)
    public static func give(_ address: UInt64) -> Bool {
        guard let sizeClass = sizeClass(ofBlockAt: address) else { return false }
        // A block of a class has an address.
        let block = unsafe UnsafeMutablePointer<hermit_free_block>(bitPattern: UInt(address))
            .unsafelyUnwrapped
        return unsafe machine_give_block(block, machine_list_offset(sizeClass)) != 0
    }

    // MARK: - With the heap

    /// Lets the running task keep blocks from now on, if it does not yet: until
    /// the first time that it needs the heap itself, its lists have no room.
    public static func open() {
        guard unsafe machine_block_list(1).pointee.limit == 0 else { return }
        let heap = unsafe machine_heap_view()
        if unsafe heap.pointee.mark == 0 {
            unsafe heap.pointee.mark = machine_read_tsc() &* 0x9E37_79B9_7F4A_7C15 | 1
        }
        for index in 1...SizeClass.count {
            let most = keptBytes / SizeClass(index: index).size
            let limit = UInt32(min(max(most, keptBlocks.lowerBound), keptBlocks.upperBound))
            let list = unsafe machine_block_list(index)
            unsafe list.pointee.limit = limit
            unsafe list.pointee.room = limit
        }
    }

    /// Gives back what a task keeps, for good.
    public static func close(
        _ thread: UnsafeMutablePointer<hermit_thread>, into heap: inout Heap,
        in space: inout AddressSpace
    ) {
        for index in 1...SizeClass.count {
            unsafe drain(machine_block_list_of(thread, index), to: 0, into: &heap, in: &space)
        }
    }

    /// The running task's list for blocks such as this, if it keeps some.
    public static func list(
        for block: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<hermit_block_list>? {
        guard let sizeClass = sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))),
            sizeClass > 0
        else { return nil }
        return unsafe machine_block_list(sizeClass)
    }

    /// Blocks in a list; what it says of itself may be damaged.
    private static func count(of list: UnsafeMutablePointer<hermit_block_list>) -> UInt32 {
        let (limit, room) = unsafe (list.pointee.limit, list.pointee.room)
        return min(limit &- min(room, limit), UInt32(keptBlocks.upperBound))
    }

    /// Whether a link can be followed: it is the address of some slab's block.
    private static func isPlausible(_ block: UnsafeMutablePointer<hermit_free_block>) -> Bool {
        sizeClass(ofBlockAt: UInt64(UInt(bitPattern: block))).map { $0 > 0 } ?? false
    }

    /// Whether the block is in one of the running task's lists: it was given back before.
    public static func holds(_ block: UnsafeMutableRawPointer) -> Bool {
        guard let list = unsafe list(for: block) else { return false }
        var next = unsafe list.pointee.first
        let count = unsafe count(of: list)
        for _ in 0..<count {
            guard let here = unsafe next, unsafe isPlausible(here) else { return false }
            if unsafe UnsafeMutableRawPointer(here) == block { return true }
            unsafe next = unsafe here.pointee.next
        }
        return false
    }

    /// Puts more blocks of the class that holds `size` bytes into the running
    /// task's list, as many as half of what it keeps.
    public static func refill(size: Int, from heap: inout Heap, in space: inout AddressSpace) {
        let sizeClass = SizeClass(holding: size)
        guard sizeClass.index > 0 else { return }
        let list = unsafe machine_block_list(sizeClass.index)
        let mark = unsafe machine_heap_view().pointee.mark
        let wanted = unsafe list.pointee.limit / 2
        while unsafe count(of: list) < wanted {
            guard
                let address = heap.allocate(size: sizeClass.size, alignment: 16, in: &space),
                let block = unsafe UnsafeMutablePointer<hermit_free_block>(bitPattern: UInt(address))
            else { return }
            unsafe block.pointee = unsafe hermit_free_block(next: list.pointee.first, mark: mark)
            unsafe list.pointee.first = block
            unsafe list.pointee.room -= 1
        }
    }

    /// Gives back all blocks of the running task's lists.
    public static func drainAll(into heap: inout Heap, in space: inout AddressSpace) {
        for index in 1...SizeClass.count {
            unsafe drain(machine_block_list(index), to: 0, into: &heap, in: &space)
        }
    }

    /// Gives back the blocks of one list, down to `kept` of them.
    public static func drain(
        _ list: UnsafeMutablePointer<hermit_block_list>, to kept: UInt32, into heap: inout Heap,
        in space: inout AddressSpace
    ) {
        while unsafe count(of: list) > kept, let block = unsafe list.pointee.first {
            // A damaged list is given up; its blocks are lost to the program.
            guard unsafe isPlausible(block) else {
                unsafe list.pointee.first = nil
                unsafe list.pointee.room = list.pointee.limit
                return
            }
            unsafe list.pointee.first = block.pointee.next
            unsafe list.pointee.room += 1
            unsafe block.pointee.mark = 0
            _ = heap.deallocate(UInt64(UInt(bitPattern: block)), in: &space)
        }
    }
}
