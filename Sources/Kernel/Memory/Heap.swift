import KernelMachine

/// A heap in a part of the address space of its own.
///
/// The part is cut into units of 64 KiB. Blocks of one size class share a run
/// of units, a slab; a block larger than the largest class is a run of its
/// own. What is given and what is free is noted behind the heap's own room, in
/// the unit table and in the slabs' records, and never in the blocks: a program
/// that writes beyond its block harms its own data alone, and an address that
/// is no block's is told from one that is.
///
/// Methods that change nothing are `mutating` too, as in `FrameAllocator`.
///
/// Frames are mapped a page at a time, small blocks' when they are first
/// given, large ones' when they are first touched (or at once, for the kernel).
public struct Heap: ~Copyable {
    let base: UInt64
    /// Where the unit table starts; behind it are the slabs' records.
    private let records: UInt64
    /// Large blocks are filled by the page-fault handler.
    private let fillsOnTouch: Bool
    /// The first slab with a block to give, by size class: its unit plus one.
    private var partial: InlineArray<45, UInt32> = .init(repeating: 0)
    var units: UnitTable
    /// What each unit is, for `BlockCache`; `nil` for a heap without one.
    private var classes: ClassMap?
    /// Whether tasks keep lists of its blocks.
    var isCached: Bool { classes != nil }

    public static let unitSize: UInt64 = 0x1_0000
    static let pageSize: UInt64 = 4096
    /// The largest alignment. The unit table is mapped without holes, so a
    /// gap in front of a block costs memory.
    private static let largestAlignment = 0x400_0000
    /// From the unit table to the slabs' records.
    private static let recordsOffset: UInt64 = 0x1000_0000

    /// - Parameters:
    ///   - base: The first address; a multiple of 64 KiB.
    ///   - records: Where the heap's records go, which are the kernel's whosever the heap is.
    ///   - fillsOnTouch: Whether large blocks get their frames when touched.
    ///   - isCached: Whether tasks keep lists of its blocks.
    @inline(__always)
    public init(base: UInt64, records: UInt64, fillsOnTouch: Bool, isCached: Bool) {
        self.base = base
        self.records = records
        self.fillsOnTouch = fillsOnTouch
        classes = isCached ? ClassMap(base: Layout.published) : nil
        units = UnitTable(
            base: records, count: Int(Layout.heapSize / Self.unitSize))
    }

    // MARK: - Giving

    /// A block of at least `size` bytes at a multiple of `alignment`, or `nil`.
    ///
    /// - Parameter alignment: A power of two.
    public mutating func allocate(
        size: Int, alignment: Int, in space: inout AddressSpace
    ) -> UInt64? {
        guard size >= 0, alignment <= Self.largestAlignment else { return nil }
        if let sizeClass = Self.sizeClass(size, alignment) {
            return allocateSmall(sizeClass, in: &space)
        }
        return allocateLarge(size: UInt64(size), alignment: UInt64(alignment), in: &space)
    }

    /// The class of blocks that hold `size` bytes at a multiple of `alignment`;
    /// `nil` where that takes a block of its own.
    private static func sizeClass(_ size: Int, _ alignment: Int) -> SizeClass? {
        guard size <= SizeClass.largest, alignment <= 4096 else { return nil }
        var sizeClass = SizeClass(holding: max(size, alignment <= 16 ? 1 : alignment))
        while sizeClass.size & (max(alignment, 1) - 1) != 0 {
            sizeClass = SizeClass(index: sizeClass.index + 1)
        }
        return sizeClass
    }

    mutating func slab(_ unit: Int) -> SlabRecord {
        SlabRecord(address: records + Self.recordsOffset + UInt64(unit) * SlabRecord.size)
    }

    mutating func address(of unit: Int) -> UInt64 { base + UInt64(unit) * Self.unitSize }

    private mutating func allocateSmall(
        _ sizeClass: SizeClass, in space: inout AddressSpace
    ) -> UInt64? {
        var unit = Int(partial[sizeClass.index]) - 1
        if unit < 0 {
            guard let new = makeSlab(sizeClass, in: &space) else { return nil }
            unit = new
        }
        let slab = slab(unit)
        let index = slab.firstFree
        let offset = UInt64(index) * UInt64(slab.head.blockSize)
        let end = offset + UInt64(slab.head.blockSize)
        while UInt64(slab.head.mapped) < end {
            guard space.fill(address(of: unit) + UInt64(slab.head.mapped), reserved: false) else {
                return nil
            }
            slab.head.mapped += UInt32(Self.pageSize)
        }
        slab.take(index)
        if slab.head.used == slab.head.count { unlist(unit) }
        return address(of: unit) + offset
    }

    private mutating func makeSlab(
        _ sizeClass: SizeClass, in space: inout AddressSpace
    ) -> Int? {
        let count = sizeClass.unitCount
        guard let unit = units.take(count, alignedTo: 1, in: &space) else { return nil }
        guard mapRecord(of: unit, in: &space),
            classes == nil || classes!.cover(unit + count, in: &space)
        else {
            units.give(unit, in: &space)
            return nil
        }
        units.setPages(0, of: unit)
        slab(unit).reset(sizeClass, room: count * Int(Self.unitSize))
        classes?.mark(unit, count, as: sizeClass)
        list(unit)
        return unit
    }

    private mutating func mapRecord(of unit: Int, in space: inout AddressSpace) -> Bool {
        let slab = slab(unit)
        var page = slab.address & ~(Self.pageSize - 1)
        while page < slab.address + SlabRecord.size {
            if space.tables.lookUp(page) == nil, !space.fill(page, reserved: false) {
                return false
            }
            page += Self.pageSize
        }
        return true
    }

    /// Puts a slab at the head of its class's list.
    private mutating func list(_ unit: Int) {
        let slab = slab(unit)
        let index = Int(slab.head.sizeClass)
        slab.head.next = partial[index]
        slab.head.previous = 0
        slab.head.isListed = true
        if slab.head.next != 0 {
            self.slab(Int(slab.head.next) - 1).head.previous = UInt32(unit + 1)
        }
        partial[index] = UInt32(unit + 1)
    }

    private mutating func unlist(_ unit: Int) {
        let slab = slab(unit)
        let (next, previous) = (slab.head.next, slab.head.previous)
        if previous == 0 {
            partial[Int(slab.head.sizeClass)] = next
        } else {
            self.slab(Int(previous) - 1).head.next = next
        }
        if next != 0 { self.slab(Int(next) - 1).head.previous = previous }
        slab.head.isListed = false
    }

    /// Units behind a large block that stay empty. What is written beyond it
    /// is a fault, and blocks whose sizes are powers of two lie at addresses
    /// that a cache does not take for the same.
    private static let gap = 1

    /// Units of a large block, with the gap.
    static func unitCount(_ size: Int) -> Int { (size + Int(unitSize) - 1) / Int(unitSize) + gap }

    /// Frames a mapping of `pages` may need for its page tables.
    static func tableFrames(_ pages: Int) -> Int { pages / 512 + 3 }

    private mutating func allocateLarge(
        size: UInt64, alignment: UInt64, in space: inout AddressSpace
    ) -> UInt64? {
        let pages = (size + Self.pageSize - 1) / Self.pageSize
        guard size < Layout.heapSize, alignment <= Layout.heapSize else { return nil }
        let promised = Int(pages) + Self.tableFrames(Int(pages))
        guard space.frames.reserve(promised) else { return nil }
        guard
            let unit = units.take(
                Self.unitCount(Int(size)), alignedTo: Int(max(alignment / Self.unitSize, 1)), in: &space)
        else {
            space.frames.unreserve(promised)
            return nil
        }
        units.setPages(Int(pages), of: unit)
        let address = base + UInt64(unit) * Self.unitSize
        if !fillsOnTouch {
            for page in 0..<pages {
                // Promised, so it is there.
                _ = space.fill(address + page * Self.pageSize, reserved: true)
            }
        }
        return address
    }

    // MARK: - Taking back

    /// Where the block at `address` lies, if one that is taken starts there.
    private enum Place {
        case slab(unit: Int, block: Int)
        case pages(unit: Int, count: Int)
    }

    private mutating func place(of address: UInt64) -> Place? {
        guard address >= base, address < base + Layout.heapSize,
            let run = units.run(containing: Int((address - base) / Self.unitSize))
        else { return nil }
        let offset = Int(address - self.address(of: run.first))
        if run.pages > 0 { return offset == 0 ? .pages(unit: run.first, count: run.pages) : nil }
        let slab = slab(run.first)
        guard let index = slab.block(at: offset), slab.isTaken(index) else { return nil }
        return .slab(unit: run.first, block: index)
    }

    /// The block at `address`, where it is a mapping of its own that is filled on touch.
    mutating func mapping(at address: UInt64) -> (unit: Int, pages: Int)? {
        guard fillsOnTouch, case .pages(let unit, let pages)? = place(of: address) else { return nil }
        return (unit, pages)
    }

    /// The bytes of the block that starts at `address`; `nil` where none does:
    /// for anything that `allocate` did not give, or that was given back.
    public mutating func size(of address: UInt64) -> Int? {
        switch place(of: address) {
        case .slab(let unit, _): Int(slab(unit).head.blockSize)
        case .pages(_, let count): count * Int(Self.pageSize)
        case nil: nil
        }
    }

    /// Gives a block back; `false` when there is none at `address`.
    public mutating func deallocate(_ address: UInt64, in space: inout AddressSpace) -> Bool {
        switch place(of: address) {
        case .slab(let unit, let block): deallocateSmall(unit, block, in: &space)
        case .pages: deallocateLarge(address, in: &space)
        case nil: return false
        }
        return true
    }

    private mutating func deallocateSmall(
        _ unit: Int, _ block: Int, in space: inout AddressSpace
    ) {
        let slab = slab(unit)
        slab.give(block)
        if !slab.head.isListed { list(unit) }
        // One empty slab of a class stays, so that a pair of calls at the
        // edge does not map and unmap.
        guard slab.head.used == 0, slab.head.next != 0 || slab.head.previous != 0 else { return }
        release(unit, in: &space)
    }

    /// Gives back the memory of the empty slabs that were kept; whether there was one.
    ///
    /// Complexity: O(slabs that have a free block).
    public mutating func releaseEmptySlabs(in space: inout AddressSpace) -> Bool {
        var isReleased = false
        for index in 1...SizeClass.count {
            var next = Int(partial[index])
            while next != 0 {
                let unit = next - 1
                next = Int(slab(unit).head.next)
                guard slab(unit).head.used == 0 else { continue }
                release(unit, in: &space)
                isReleased = true
            }
        }
        return isReleased
    }

    /// Gives back an empty slab's memory and room.
    private mutating func release(_ unit: Int, in space: inout AddressSpace) {
        let slab = slab(unit)
        unlist(unit)
        space.drop(address(of: unit), count: Int(UInt64(slab.head.mapped) / Self.pageSize))
        classes?.clear(unit, SizeClass(index: Int(slab.head.sizeClass)).unitCount)
        units.give(unit, in: &space)
    }

    private mutating func deallocateLarge(_ address: UInt64, in space: inout AddressSpace) {
        let unit = Int((address - base) / Self.unitSize)
        let pages = units.pages(of: unit)!
        let untouched = pages - space.drop(address, count: pages)
        space.frames.unreserve(untouched + Self.tableFrames(pages))
        units.give(unit, in: &space)
    }

    // MARK: - On touch

    /// Fills the page of a large block that was touched for the first time;
    /// `false` when `address` lies in no such block.
    public mutating func touch(_ address: UInt64, in space: inout AddressSpace) -> Bool {
        guard fillsOnTouch, address >= base, address < base + Layout.heapSize else { return false }
        guard let run = units.run(containing: Int((address - base) / Self.unitSize)) else {
            return false
        }
        let start = base + UInt64(run.first) * Self.unitSize
        guard run.pages > 0, address < start + UInt64(run.pages) * Self.pageSize else {
            return false
        }
        return space.fillTouched(address, of: start..<start + UInt64(run.pages) * Self.pageSize)
    }
    /// Runs that are taken together, so that a lock is not held for long.
    private static let mostRuns = 1024

    /// The lowest memory of blocks that ends behind an address; what follows without a
    /// gap is one range, up to a limit.
    ///
    /// Complexity: O(units in between).
    public mutating func firstRange(endingAfter address: UInt64) -> Range<UInt64>? {
        var unit = address <= base ? 0 : Int((address - base) / Self.unitSize)
        if let around = units.run(containing: unit) { unit = around.first }
        var found: Range<UInt64>? = nil
        var runs = 0
        while runs < Self.mostRuns, let run = units.firstRun(from: unit) {
            let start = self.address(of: run.first)
            let end = start + (run.pages > 0 ? UInt64(run.pages) * Self.pageSize : Self.unitSize)
            unit = run.first + 1
            if let range = found {
                guard range.upperBound == start else { break }
                found = range.lowerBound..<end
                runs += 1
            } else if end > address {
                found = start..<end
            }
        }
        return found
    }

    /// The lowest large block that starts in the unit of `address`, or behind it.
    ///
    /// Complexity: O(units in between).
    public mutating func firstMapping(from address: UInt64) -> Range<UInt64>? {
        var unit = address <= base ? 0 : Int((address - base) / Self.unitSize)
        while let run = units.firstRun(from: unit) {
            let start = self.address(of: run.first)
            if run.pages > 0 { return start..<start + UInt64(run.pages) * Self.pageSize }
            unit = run.first + 1
        }
        return nil
    }
}
