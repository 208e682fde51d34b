import CMachine
import KernelMachine

/// The frames there are and what is mapped with them.
public struct AddressSpace: ~Copyable {
    public private(set) var tables = PageTables.none
    public var frames = FrameAllocator()

    /// No frames, and no tables.
    @inline(__always)
    public init() {}

    /// Uses the page tables from now on, and makes them the processor's.
    @inline(__always)
    public mutating func open(_ tables: PageTables) {
        self.tables = tables
        self.tables.activate()
    }

    /// Maps one zeroed frame at `page`, with the rights of data of the domain that `page`
    /// lies in; `false` when memory is exhausted.
    public mutating func fill(_ page: UInt64, reserved: Bool) -> Bool {
        fill(page, reserved: reserved, rights: .data(at: page))
    }

    /// The same with other rights.
    public mutating func fill(_ page: UInt64, reserved: Bool, rights: PageRights) -> Bool {
        guard let frame = reserved ? frames.takeReserved() : frames.allocate(order: 0) else {
            return false
        }
        Self.zero(Layout.directMap + frame.value)
        guard tables.map(page, to: frame, size: .base, rights: rights, from: &frames) else {
            frames.deallocate(frame, order: 0)
            return false
        }
        return true
    }

    /// Has a zeroed page of data at `page`, unless something is mapped there; `false` when
    /// memory is exhausted.
    public mutating func hasPage(_ page: UInt64) -> Bool {
        tables.lookUp(page) != nil || fill(page, reserved: false)
    }

    /// 2 to this power pages are filled as one: 64 KiB.
    static let groupOrder = 4
    static let groupPages = 1 << groupOrder
    static let groupSize = UInt64(groupPages) << 12

    /// Maps zeroed frames, which were reserved, at all pages of a group;
    /// `false`, and nothing done, where one is mapped already or no memory in
    /// one piece is left.
    ///
    /// - Parameter group: A multiple of `groupSize`.
    private mutating func fillGroup(_ group: UInt64, rights: PageRights) -> Bool {
        guard tables.isVacant(group, count: Self.groupPages),
            let first = frames.takeReserved(order: Self.groupOrder)
        else { return false }
        // Where nobody can see what the frames held, they are zeroed where they are
        // mapped: the translations that it takes are those that the program needs
        // next; through the direct map they would be others.
        let isZeroedInPlace = rights.contains(.write) && machine_running_cores() == 1
        if !isZeroedInPlace { Self.zero(Layout.directMap + first.value, count: Self.groupSize) }
        guard
            tables.mapRange(
                group, to: first, count: Self.groupSize, rights: rights, largest: .base,
                from: &frames)
        else {
            frames.giveReserved(first, order: Self.groupOrder)
            return false
        }
        if isZeroedInPlace { Self.zero(group, count: Self.groupSize) }
        return true
    }

    /// Fills the page that was touched for the first time, of memory whose
    /// frames were promised; `false` when there is none.
    ///
    /// Where the memory is touched from one end to the other, 16 pages are
    /// filled as one: the group is the memory's first, or has a neighbour that
    /// is there. The frames are the memory's own in any case; more than 64 KiB
    /// would be long to zero for one touch.
    ///
    /// - Parameter whole: The memory that `address` belongs to.
    mutating func fillTouched(
        _ address: UInt64, of whole: Range<UInt64>, rights: PageRights = .data
    ) -> Bool {
        let group = address & ~(Self.groupSize - 1)
        let groupEnd = group + Self.groupSize
        if group >= whole.lowerBound, groupEnd <= whole.upperBound,
            group == whole.lowerBound || tables.lookUp(group - 1) != nil
                || tables.lookUp(groupEnd) != nil,
            fillGroup(group, rights: rights)
        {
            return true
        }
        return fill(address & ~4095, reserved: true, rights: rights)
    }

    /// Gives filled pages other rights, none for `nil`; how many are filled.
    mutating func change(_ page: UInt64, count: Int, to rights: PageRights?) -> Int {
        tables.change(page, count: count, to: rights)
    }

    /// Gives back the tables that have to do with `range` and map addresses
    /// of `room` alone, where nothing is mapped.
    mutating func releaseTables(of range: Range<UInt64>, in room: Range<UInt64>) {
        tables.releaseTables(of: range, in: room) { table in
            frames.deallocate(table, order: 0)
        }
    }

    /// Maps the page of a device's registers at this address, unless it is;
    /// `false` when memory is exhausted. 0 is none.
    public mutating func mapDevice(_ address: UInt64) -> Bool {
        if address == 0 || tables.lookUp(address) != nil { return true }
        return tables.map(
            address, to: PhysicalAddress(address - Layout.devices), size: .base,
            rights: PageRights.data(at: address).union(.uncached), from: &frames)
    }

    /// Maps memory that is no frame of ours at a page; `false` when memory for
    /// the tables is exhausted.
    public mutating func show(
        _ memory: PhysicalAddress, at page: UInt64, rights: PageRights
    ) -> Bool {
        tables.map(page, to: memory, size: .base, rights: rights, from: &frames)
    }

    /// Maps frames of ours a second time, at pages one after the other, as data of the domain
    /// that these are in; `false` when memory for the tables is exhausted.
    public mutating func show(_ frames: PhysicalAddress, count: Int, at page: UInt64) -> Bool {
        // All tables first, so that there is never a part of it.
        tables.prepare(page, count: count, from: &self.frames)
            && tables.mapRange(
                page, to: frames, count: UInt64(count) << 12, rights: .data(at: page), largest: .base,
                from: &self.frames)
    }

    /// Ends that.
    public mutating func hide(_ page: UInt64) { tables.unmap(page, count: 1) { _, _ in } }

    /// Takes the frames at `count` pages from `page` on back; how many there were.
    @discardableResult
    public mutating func drop(_ page: UInt64, count: Int) -> Int {
        var dropped = 0
        tables.unmap(page, count: count) { first, run in
            frames.deallocate(first, count: run)
            dropped += run
        }
        return dropped
    }

    /// Takes `count` pages from `page` on away without their frames, until
    /// `collect`: before that all cores must have forgotten them
    /// (`TranslationBuffer.forgetEverything`), and nothing may be mapped there.
    public mutating func withdraw(_ page: UInt64, count: Int) {
        _ = tables.withdraw(page, count: count)
    }

    /// Takes the frames of pages that were withdrawn back.
    public mutating func collect(_ page: UInt64, count: Int) {
        tables.collect(page, count: count) { first, run in frames.deallocate(first, count: run) }
    }

    /// Moves what is mapped at `count` pages to other ones, where nothing is;
    /// `false`, and nothing done, when memory for the tables is exhausted.
    mutating func move(_ page: UInt64, to target: UInt64, count: Int) -> Bool {
        guard tables.prepare(target, count: count, from: &frames) else { return false }
        tables.move(page, to: target, count: count)
        return true
    }

    /// Not inlined: who fills a page is, in many places.
    @inline(never)
    private static func zero(_ pages: UInt64, count: UInt64 = 4096) {
        unsafe machine_zero_pages(UnsafeMutableRawPointer(bitPattern: UInt(pages))!, Int(count))
    }
}
