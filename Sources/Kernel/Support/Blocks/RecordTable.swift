/// Where a record is, for as long as its table is.
@safe public struct RecordReference<Record: ~Copyable>: @unchecked Sendable {
    private let address: UnsafeMutablePointer<Record>

    @inline(__always)
    fileprivate init(_ address: UnsafeMutablePointer<Record>) {
        unsafe self.address = unsafe address
    }

    /// The record itself, not a copy.
    public var record: Record {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address) }
        @inline(__always) nonmutating unsafeMutableAddress { unsafe address }
    }
}

/// Records by their numbers, from 0 on.
///
/// The first ones are in a block that doubles until it is a page; from then on
/// pages are added, and nothing is copied or moves. Whoever keeps references
/// starts with a page.
@safe public struct RecordTable<Record: ~Copyable>: BitwiseCopyable, @unchecked Sendable {
    /// The first records: those of the first page, or of what there is in place of one.
    private var start: UnsafeMutableRawPointer? = nil
    /// Its size, as long as it is no page.
    private var smallSize: Int32 = 0
    /// Records that there is memory for.
    public private(set) var capacity: Int32 = 0
    private var pages = PageTree()

    /// Numbers are below this.
    public static var numberLimit: Int { Int(Int32.max) }

    public init() { unsafe start = nil }

    @inline(__always)
    private static var recordsInPage: Int { PageTree.pageSize / MemoryLayout<Record>.stride }

    /// Makes room for more records.
    ///
    /// - Parameters:
    ///   - first: How large the first block is, in bytes; a power of two, at most a page.
    ///   - filler: What the records are.
    /// - Returns: `false`: there is no memory, and nothing has changed.
    public mutating func grow(
        first: Int, _ source: borrowing some BlockSource & ~Copyable, filler: () -> Record
    ) -> Bool {
        let inPage = Self.recordsInPage
        guard Int(capacity) <= Self.numberLimit - inPage else { return false }
        if Int(capacity) >= inPage {
            guard let page = source.allocate(PageTree.pageSize) else { return false }
            guard pages.insert(page, at: UInt64(Int(capacity) / inPage), source) else {
                source.free(page)
                return false
            }
            unsafe Self.fill(page.address, 0..<inPage, filler)
            capacity += Int32(inPage)
            return true
        }
        let size = capacity == 0 ? first : Int(smallSize) * 2
        guard let block = source.allocate(size) else { return false }
        if size == PageTree.pageSize {
            // A tree of one page needs no node.
            guard pages.insert(block, at: 0, source) else {
                source.free(block)
                return false
            }
        }
        if smallSize > 0, let old = unsafe start {
            let old = unsafe MemoryBlock(old, count: Int(smallSize))
            block.copy(old)
            source.free(old)
        }
        let count = size / MemoryLayout<Record>.stride
        unsafe Self.fill(block.address, Int(capacity)..<count, filler)
        capacity = Int32(count)
        unsafe start = block.address
        smallSize = size == PageTree.pageSize ? 0 : Int32(size)
        return true
    }

    private static func fill(
        _ memory: UnsafeMutableRawPointer, _ range: Range<Int>, _ filler: () -> Record
    ) {
        let records = unsafe memory.assumingMemoryBound(to: Record.self)
        for index in range { unsafe (records + index).initialize(to: filler()) }
    }

    /// Gives all memory back; the records need no end of their own.
    public mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) {
        if smallSize > 0, let block = unsafe start { unsafe source.free(MemoryBlock(block, count: Int(smallSize))) }
        var budget = Int.max
        _ = pages.removePages(from: 0, budget: &budget, source)
        self = Self()
    }

    /// - Precondition: `index` is in 0..<`capacity`.
    public subscript(index: Int) -> RecordReference<Record> {
        @inline(__always) get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: Int(capacity)))
            if index < Self.recordsInPage {
                let first = unsafe start.unsafelyUnwrapped.assumingMemoryBound(to: Record.self)
                return unsafe RecordReference(first + index)
            }
            let (number, place) = index.quotientAndRemainder(dividingBy: Self.recordsInPage)
            let page = unsafe pages.page(at: UInt64(number)).unsafelyUnwrapped
            return unsafe RecordReference(
                page.address.assumingMemoryBound(to: Record.self) + place)
        }
    }
}
