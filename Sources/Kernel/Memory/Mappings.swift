import KernelMachine
import KernelMappings
import KernelSupport

extension PageRights {
    /// `nil`: the pages may not be touched. The processor cannot keep what is
    /// written or run from being read.
    public init?(_ protection: Protection) {
        if protection.isEmpty { return nil }
        self = protection.contains(.write)
            ? .data : protection.contains(.execute) ? .code : .readOnlyData
    }
}

/// The application's mappings: the table of what there is, and the frames
/// and page tables behind it.
///
/// Pages get their frames when they are touched. The frames are promised when
/// a mapping is made, so that memory runs out there; what may not be touched
/// promises nothing, keeps the frames that it has, and is promised the others
/// when it may be touched. Of what may be touched, promised are always the
/// table's `promise` less the pages that are filled.
public struct Mappings: ~Copyable {
    public private(set) var table: MappingTable
    /// Bytes of memory for the table's records.
    private var recordBytes: UInt64 = 0
    /// Ranges that were given back last, for the report of a fault there.
    private var given: InlineArray<8, Range<UInt64>> = .init(repeating: 0..<0)
    private var nextGiven = 0
    /// New mappings are filled at once.
    public var fillsNew = false

    @inline(__always)
    public init() {
        table = MappingTable(
            region: Layout.mappings,
            records: unsafe SlotStorage(
                UnsafeMutablePointer(bitPattern: UInt(Layout.mappingRecords)).unsafelyUnwrapped,
                count: 0))
    }

    // MARK: - Records

    private static let recordSize = UInt64(MemoryLayout<MappingRecord>.stride)

    private static func capacity(_ bytes: UInt64) -> Int { Int(bytes / recordSize) }

    /// Has memory for the records that a change needs.
    private mutating func prepareRecords(
        toSet range: Range<UInt64>, _ contents: Mapping.Contents?, in space: inout AddressSpace
    ) throws(Errno) {
        let wanted = table.count + table.sparesNeeded(toSet: range, contents)
        while Self.capacity(recordBytes) < wanted {
            guard space.fill(Layout.mappingRecords + recordBytes, reserved: false) else {
                throw .noMemory
            }
            recordBytes += 4096
        }
        table.grow(to: Self.capacity(recordBytes))
    }

    /// Gives back the memory of records that no mapping needs; as long as there
    /// are mappings, a page beyond stays, so that a pair of calls at its edge
    /// does not map and unmap.
    private mutating func trimRecords(in space: inout AddressSpace) {
        let needed = (UInt64(table.count) * Self.recordSize + 4095) & ~4095
        let kept = needed + 4096
        guard recordBytes > kept else { return }
        table.shrink(to: Self.capacity(kept))
        let (start, end) = (Layout.mappingRecords + kept, Layout.mappingRecords + recordBytes)
        space.drop(start, count: Int((end - start) / 4096))
        space.releaseTables(of: start..<end, in: start..<Layout.published)
        recordBytes = kept
    }

    // MARK: - Changes

    /// Where a new mapping is to be.
    public enum Place: Sendable {
        /// There, where that is free, else anywhere.
        case hint(UInt64)
        /// There and nowhere else.
        case fixed(UInt64, replaces: Bool)
    }

    /// Blocks at least as large start at a multiple of it, so that they are
    /// filled in groups.
    private static let alignedSize = AddressSpace.groupSize

    /// Makes a mapping.
    ///
    /// - Parameters:
    ///   - size: In bytes; whole pages, more than none.
    ///   - place: At whole pages.
    ///   - clear: Takes files' pages in the range away, once nothing can fail.
    /// - Returns: Where it is.
    /// - Throws: `ENOMEM` where there are no addresses or no memory left, and
    ///   for a fixed place outside of the region; `EEXIST` where it is in use
    ///   and is not to be replaced. Nothing is changed then.
    public mutating func map(
        size: UInt64, _ contents: Mapping.Contents, _ place: Place, in space: inout AddressSpace,
        clear: (inout AddressSpace) -> Void = { _ in }
    ) throws(Errno) -> UInt64 {
        guard size <= UInt64(table.region.count) else { throw .noMemory }
        let range: Range<UInt64>
        switch place {
        case .fixed(let address, let replaces):
            guard let wanted = Self.range(address, size) else { throw .noMemory }
            if !replaces && !table.isVacant(wanted) { throw .fileExists }
            range = wanted
        case .hint(let address):
            if let wanted = Self.range(address, size), table.isVacant(wanted) {
                range = wanted
            } else {
                let alignment = size < Self.alignedSize ? Mapping.pageSize : Self.alignedSize
                guard let start = table.place(for: size, alignment: alignment) else {
                    throw .noMemory
                }
                range = start..<start + size
            }
        }
        try prepareRecords(toSet: range, contents, in: &space)
        let before = try promise(range, contents, in: &space)
        var old = 0
        if case .fixed = place {
            clear(&space)
            old = space.drop(range.lowerBound, count: Mapping.pages(range))
        }
        settle(range, contents, before, filledBefore: old, filledAfter: 0, in: &space)
        return range.lowerBound
    }

    /// Takes mappings away; what is not mapped is passed over.
    ///
    /// - Parameter clear: As at `map`.
    /// - Throws: `ENOMEM` where a mapping is to be cut in two and there is no
    ///   memory for the second one's record.
    public mutating func unmap(
        _ range: Range<UInt64>, in space: inout AddressSpace,
        clear: (inout AddressSpace) -> Void = { _ in }
    ) throws(Errno) {
        if table.isVacant(range) { return }
        try prepareRecords(toSet: range, nil, in: &space)
        let before = measure(range, in: &space)
        clear(&space)
        let old = space.drop(range.lowerBound, count: Mapping.pages(range))
        settle(range, nil, before, filledBefore: old, filledAfter: 0, in: &space)
        releaseTables(of: range, in: &space)
        trimRecords(in: &space)
        given[nextGiven] = range
        nextGiven = (nextGiven + 1) % 8
    }

    /// Changes what pages may be used for; what they hold stays. None is a file's.
    ///
    /// - Throws: `ENOMEM` where one is not mapped, or there is not enough
    ///   memory; nothing is changed then.
    public mutating func protect(
        _ range: Range<UInt64>, _ protection: Protection, in space: inout AddressSpace
    ) throws(Errno) {
        guard table.covers(range) else { throw .noMemory }
        try prepareRecords(toSet: range, .memory(protection), in: &space)
        let before = try promise(range, .memory(protection), in: &space)
        let filled = space.change(
            range.lowerBound, count: Mapping.pages(range), to: PageRights(protection))
        settle(
            range, .memory(protection), before, filledBefore: filled,
            filledAfter: protection.isEmpty ? 0 : filled, in: &space)
        trimRecords(in: &space)
    }

    /// Gives back what pages hold: they read as zeros from now on. None is a file's.
    ///
    /// - Throws: `ENOMEM` where one is not mapped; nothing is changed then.
    public mutating func discard(_ range: Range<UInt64>, in space: inout AddressSpace) throws(Errno) {
        guard table.covers(range) else { throw .noMemory }
        let before = measure(range, in: &space)
        let filled = space.drop(range.lowerBound, count: Mapping.pages(range))
        // They were just given back, so they are there.
        space.frames.adjustReserved(by: filled - before.kept)
    }

    /// The range, where it lies in the region.
    private static func range(_ address: UInt64, _ size: UInt64) -> Range<UInt64>? {
        guard Layout.mappings.contains(address), size <= Layout.mappings.upperBound - address else {
            return nil
        }
        return address..<address + size
    }

    /// Whether the range lies in the region.
    public static func contain(_ range: Range<UInt64>) -> Bool {
        Self.range(range.lowerBound, UInt64(range.count)) != nil
    }

    // MARK: - Promises

    /// What is true of a range before it changes.
    private struct State {
        /// Pages that may be touched: promised or filled.
        var usable = 0
        /// Filled pages that may not be touched.
        var kept = 0
        /// Frames that were promised for the change already.
        var promised = 0
    }

    private mutating func measure(_ range: Range<UInt64>, in space: inout AddressSpace) -> State {
        var state = State()
        let tables = space.tables
        table.forEach(in: range) { mapping in
            let pages = Mapping.pages(mapping.range)
            if mapping.contents.isUsable {
                state.usable += pages
            } else if mapping.contents != .file {
                state.kept += tables.filledPages(mapping.range.lowerBound, count: pages)
            }
        }
        return state
    }

    /// Promises the frames that all of `range` needs with these contents,
    /// and has not got.
    private mutating func promise(
        _ range: Range<UInt64>, _ contents: Mapping.Contents, in space: inout AddressSpace
    ) throws(Errno) -> State {
        var state = measure(range, in: &space)
        let missing = Mapping.pages(range) - state.usable - state.kept
        guard contents.isTouchable, state.usable < Mapping.pages(range) else { return state }
        state.promised = (contents.isUsable ? missing : 0) + table.tablesMissing(for: range)
        guard space.frames.reserve(state.promised) else { throw .noMemory }
        return state
    }

    /// Changes the table, and promises what it says then.
    ///
    /// - Parameters:
    ///   - filledBefore: Pages that were filled.
    ///   - filledAfter: Pages that are, and may be touched.
    private mutating func settle(
        _ range: Range<UInt64>, _ contents: Mapping.Contents?, _ before: State, filledBefore: Int,
        filledAfter: Int, in space: inout AddressSpace
    ) {
        let old = table.promise
        table.set(range, contents)
        let wasFilled = filledBefore - before.kept
        space.frames.adjustReserved(
            by: table.promise - old - (filledAfter - wasFilled) - before.promised)
    }

    /// Page tables of the first 2 MiB stay: small mappings come and go there.
    private static let keptTables: UInt64 = 0x20_0000

    private mutating func releaseTables(of range: Range<UInt64>, in space: inout AddressSpace) {
        let firstReleased = Layout.mappings.lowerBound + Self.keptTables
        guard range.upperBound > firstReleased else { return }
        let room = table.room(around: range.lowerBound)
        let start = max(room.lowerBound, firstReleased)
        if start < room.upperBound {
            space.releaseTables(of: range, in: start..<room.upperBound)
        }
    }

    // MARK: - On touch

    /// Fills the page that was touched for the first time; `false` where it is
    /// no mapping's, or may not be accessed so.
    public mutating func touch(
        _ address: UInt64, for access: PageFaultError.Access, in space: inout AddressSpace
    ) -> Bool {
        guard let mapping = table.mapping(at: address), case .memory(let protection) = mapping.contents,
            let rights = PageRights(protection), rights.allows(access)
        else { return false }
        return space.fillTouched(address, of: mapping.range, rights: rights)
    }

    // MARK: - The report of a fault

    /// What is at an address of the region.
    public enum Finding: Sendable {
        case noAccess
        case readOnly
        case notExecutable
        /// The access is allowed.
        case mapping
        /// A file's page.
        case file
        /// Behind a mapping of `size` bytes, in the page that separates it from others.
        case behind(distance: UInt64, size: UInt64)
        case givenBack
        case nothing
    }

    /// What is at an address of the region, for whoever wanted to access it.
    ///
    /// `mutating`, because a borrowed value with an inline array is passed as a copy.
    public mutating func finding(at address: UInt64, for access: PageFaultError.Access) -> Finding {
        if let mapping = table.mapping(at: address) {
            guard case .memory(let protection) = mapping.contents else { return .file }
            guard let rights = PageRights(protection) else { return .noAccess }
            if rights.allows(access) { return .mapping }
            return access == .fetch ? .notExecutable : .readOnly
        }
        for i in 0..<8 where given[i].contains(address) { return .givenBack }
        if let before = table.last(startingBefore: address),
            address - before.range.upperBound < Mapping.pageSize
        {
            return .behind(
                distance: address - before.range.upperBound, size: UInt64(before.range.count))
        }
        return .nothing
    }
}
