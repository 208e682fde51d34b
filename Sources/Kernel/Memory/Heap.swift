import KernelMachine

/// A heap in a part of the address space of its own.
///
/// The part is cut into units of 64 KiB. Small blocks of one size class share
/// a unit, a slab, whose head starts the unit; a larger block is a run of
/// whole units and starts at a unit's first byte, which no small block does:
/// so an address alone says what it is. Frames are mapped a page at a time,
/// small blocks' when they are first given, large ones' when they are first
/// touched (or at once, for the kernel).
public struct Heap: ~Copyable {
    private let base: UInt64
    /// Large blocks are filled by the page-fault handler.
    private let fillsOnTouch: Bool
    /// Slabs with a block to give, by size class.
    private var partial: InlineArray<32, UInt64> = .init(repeating: 0)
    private var units: UnitTable

    static let unitSize: UInt64 = 0x1_0000
    private static let pageSize: UInt64 = 4096

    /// The head of a slab.
    private struct Slab {
        var blockSize: UInt32
        var sizeClass: UInt32
        /// Blocks in use.
        var used: UInt32
        /// Offset of the first block that was never given.
        var fresh: UInt32
        /// Offset behind the last mapped byte.
        var mapped: UInt32
        var isListed: UInt32
        /// The first block that was given back, or 0.
        var free: UInt64
        var next: UInt64
        var previous: UInt64
    }
    private static let headSize: UInt64 = 64

    /// - Parameters:
    ///   - base: The first address; a multiple of 64 KiB.
    ///   - fillsOnTouch: Whether large blocks get their frames when touched.
    public init(base: UInt64, fillsOnTouch: Bool) {
        // The table lies behind the heap's own room.
        self.base = base
        self.fillsOnTouch = fillsOnTouch
        units = UnitTable(
            base: base + Layout.heapSize, count: Int(Layout.heapSize / Self.unitSize))
    }

    // MARK: - Giving

    /// A block of at least `size` bytes at a multiple of `alignment`, or `nil`.
    ///
    /// - Parameter alignment: A power of two.
    public mutating func allocate(
        size: Int, alignment: Int, in space: inout AddressSpace
    ) -> UInt64? {
        guard size >= 0 else { return nil }
        if size <= SizeClass.largest && alignment <= 4096 {
            var sizeClass = SizeClass(holding: max(size, 1))
            if alignment > 16 {
                sizeClass = SizeClass(holding: max(size, alignment))
                while sizeClass.size & (alignment - 1) != 0 {
                    sizeClass = SizeClass(index: sizeClass.index + 1)
                }
            }
            return allocateSmall(sizeClass, in: &space)
        }
        return allocateLarge(size: UInt64(size), alignment: UInt64(alignment), in: &space)
    }

    private func slab(_ address: UInt64) -> UnsafeMutablePointer<Slab> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(address))!
    }

    private func word(_ address: UInt64) -> UnsafeMutablePointer<UInt64> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(address))!
    }

    private mutating func allocateSmall(
        _ sizeClass: SizeClass, in space: inout AddressSpace
    ) -> UInt64? {
        var address = partial[sizeClass.index]
        if address == 0 {
            guard let new = makeSlab(sizeClass, in: &space) else { return nil }
            address = new
        }
        let slab = unsafe slab(address)
        let free = unsafe slab.pointee.free
        if free != 0 {
            unsafe slab.pointee.free = word(free).pointee
            unsafe slab.pointee.used += 1
            if unsafe slab.pointee.free == 0 && isUsedUp(slab) { unlist(address) }
            return free
        }
        let start = unsafe UInt64(slab.pointee.fresh)
        let end = unsafe start + UInt64(slab.pointee.blockSize)
        while unsafe UInt64(slab.pointee.mapped) < end {
            guard unsafe space.fill(address + UInt64(slab.pointee.mapped), reserved: false) else {
                return nil
            }
            unsafe slab.pointee.mapped += UInt32(Self.pageSize)
        }
        unsafe slab.pointee.fresh = UInt32(end)
        unsafe slab.pointee.used += 1
        if unsafe isUsedUp(slab) { unlist(address) }
        return address + start
    }

    /// No block is left that was never given.
    private func isUsedUp(_ slab: UnsafeMutablePointer<Slab>) -> Bool {
        unsafe UInt64(slab.pointee.fresh) + UInt64(slab.pointee.blockSize) > Self.unitSize
    }

    private mutating func makeSlab(
        _ sizeClass: SizeClass, in space: inout AddressSpace
    ) -> UInt64? {
        guard let unit = units.take(1, alignedTo: 1, in: &space) else { return nil }
        let address = base + UInt64(unit) * Self.unitSize
        guard space.fill(address, reserved: false) else {
            units.give(unit, in: &space)
            return nil
        }
        // Blocks are aligned as their size is.
        let size = UInt64(sizeClass.size)
        let alignment = size & (~size + 1)
        let first = (Self.headSize + alignment - 1) & ~(alignment - 1)
        unsafe slab(address).pointee = Slab(
            blockSize: UInt32(size), sizeClass: UInt32(sizeClass.index), used: 0,
            fresh: UInt32(first), mapped: UInt32(Self.pageSize), isListed: 0, free: 0, next: 0,
            previous: 0)
        units.setPages(0, of: unit)
        list(address)
        return address
    }

    private mutating func list(_ address: UInt64) {
        let slab = unsafe slab(address)
        let index = unsafe Int(slab.pointee.sizeClass)
        let next = partial[index]
        unsafe slab.pointee.next = next
        unsafe slab.pointee.previous = 0
        unsafe slab.pointee.isListed = 1
        if next != 0 { unsafe self.slab(next).pointee.previous = address }
        partial[index] = address
    }

    private mutating func unlist(_ address: UInt64) {
        let slab = unsafe slab(address)
        let (next, previous) = unsafe (slab.pointee.next, slab.pointee.previous)
        if previous == 0 {
            partial[unsafe Int(slab.pointee.sizeClass)] = next
        } else {
            unsafe self.slab(previous).pointee.next = next
        }
        if next != 0 { unsafe self.slab(next).pointee.previous = previous }
        unsafe slab.pointee.isListed = 0
    }

    /// Frames a mapping of `pages` may need for its page tables.
    private static func tableFrames(_ pages: Int) -> Int { pages / 512 + 3 }

    private mutating func allocateLarge(
        size: UInt64, alignment: UInt64, in space: inout AddressSpace
    ) -> UInt64? {
        let pages = (size + Self.pageSize - 1) / Self.pageSize
        guard size < Layout.heapSize, alignment <= Layout.heapSize else { return nil }
        let count = Int((size + Self.unitSize - 1) / Self.unitSize)
        let promised = Int(pages) + Self.tableFrames(Int(pages))
        guard space.frames.reserve(promised) else { return nil }
        guard
            let unit = units.take(
                max(count, 1), alignedTo: Int(max(alignment / Self.unitSize, 1)), in: &space)
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

    /// What `address` is: a block of this heap, and how large.
    ///
    /// `nil` for anything that `allocate` did not give or that was given back
    /// with its whole unit.
    public func size(of address: UInt64) -> Int? {
        guard address >= base, address < base + Layout.heapSize else { return nil }
        let unit = Int((address - base) / Self.unitSize)
        guard let pages = units.pages(of: unit) else { return nil }
        if address & (Self.unitSize - 1) == 0 { return pages == 0 ? nil : pages * 4096 }
        guard pages == 0 else { return nil }
        return unsafe Int(slab(address & ~(Self.unitSize - 1)).pointee.blockSize)
    }

    /// Gives a block back; `false` when `address` is none.
    public mutating func deallocate(_ address: UInt64, in space: inout AddressSpace) -> Bool {
        guard size(of: address) != nil else { return false }
        if address & (Self.unitSize - 1) == 0 {
            deallocateLarge(address, in: &space)
        } else {
            deallocateSmall(address, in: &space)
        }
        return true
    }

    private mutating func deallocateSmall(_ address: UInt64, in space: inout AddressSpace) {
        let home = address & ~(Self.unitSize - 1)
        let slab = unsafe slab(home)
        // Given back already, the last of its slab: nothing is in use any more.
        guard unsafe slab.pointee.used > 0 else { return }
        unsafe word(address).pointee = slab.pointee.free
        unsafe slab.pointee.free = address
        unsafe slab.pointee.used -= 1
        if unsafe slab.pointee.isListed == 0 { list(home) }
        // One empty slab of a class stays, so that a pair of calls at the
        // edge does not map and unmap.
        guard unsafe slab.pointee.used == 0 else { return }
        guard unsafe slab.pointee.next != 0 || slab.pointee.previous != 0 else { return }
        unlist(home)
        var end = unsafe UInt64(slab.pointee.mapped)
        while end > 0 {
            end -= Self.pageSize
            space.drop(home + end)
        }
        units.give(Int((home - base) / Self.unitSize), in: &space)
    }

    private mutating func deallocateLarge(_ address: UInt64, in space: inout AddressSpace) {
        let unit = Int((address - base) / Self.unitSize)
        let pages = units.pages(of: unit)!
        var untouched = 0
        for page in 0..<pages where !space.drop(address + UInt64(page) * Self.pageSize) {
            untouched += 1
        }
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
        return space.fill(address & ~(Self.pageSize - 1), reserved: true)
    }
}
