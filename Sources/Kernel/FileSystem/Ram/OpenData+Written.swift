import KernelSupport

/// Which pages were written to in memory, of a file that stands for another one. The
/// caller holds the file's lock.
extension OpenData {
    /// Pages that a page of bits tells of.
    private static let pagesOfBits = UInt64(PageTree.pageSize) * 8

    /// Whether it is told which pages are written to: then a mapping lets nobody write to a
    /// page that is not among them.
    public var tracksWrites: Bool {
        get { file.data.tracksWrites }
        nonmutating set { file.data.tracksWrites = newValue }
    }

    /// A page is written to from now on.
    ///
    /// - Throws: `ENOSPC`.
    public func setWritten<Source: BlockSource>(
        _ page: UInt64, _ store: borrowing FileStore<Source>
    ) throws(Errno) {
        let (number, bit) = (page / Self.pagesOfBits, page % Self.pagesOfBits)
        if let bits = file.data.written.page(at: number) {
            set(bit, in: bits)
            return
        }
        guard let bits = store.allocate(PageTree.pageSize) else { throw .noSpace }
        bits.zero(0..<bits.count)
        guard file.data.written.insert(bits, at: number, store) else {
            store.free(bits)
            throw .noSpace
        }
        set(bit, in: bits)
    }

    private func set(_ bit: UInt64, in bits: MemoryBlock) {
        let place = Int(bit / 64) * 8
        bits.withMutableBytes(place..<place + 8) { bytes in
            let word = bytes.bytes.value(at: 0, as: UInt64.self) ?? 0
            _ = bytes.store(word | 1 << (bit % 64), at: 0)
        }
    }

    /// Takes the first of the pages that were written to, and those behind it that were, too.
    ///
    /// - Parameters:
    ///   - range: Where they are sought.
    ///   - most: So many at most.
    /// - Returns: `nil`: there is none.
    public func takeWritten(in range: Range<UInt64>, most: UInt64) -> Range<UInt64>? {
        var page = range.lowerBound
        var first: UInt64? = nil
        while page < range.upperBound {
            if let first, page - first == most { return first..<page }
            let number = page / Self.pagesOfBits
            guard let bits = file.data.written.page(at: number) else {
                if let first { return first..<page }
                guard let next = file.data.written.firstPage(from: number) else { return nil }
                page = next * Self.pagesOfBits
                continue
            }
            let bit = page % Self.pagesOfBits
            let place = Int(bit / 64) * 8
            let word = bits.withBytes(place..<place + 8) { $0.value(at: 0, as: UInt64.self) ?? 0 } >> (bit % 64)
            if word & 1 != 0 {
                if first == nil { first = page }
                bits.withMutableBytes(place..<place + 8) { bytes in
                    let all = bytes.bytes.value(at: 0, as: UInt64.self) ?? 0
                    _ = bytes.store(all & ~(1 << (bit % 64)), at: 0)
                }
                page += 1
            } else {
                if let first { return first..<page }
                page += word == 0 ? 64 - bit % 64 : UInt64(word.trailingZeroBitCount)
            }
        }
        return first.map { $0..<min(page, range.upperBound) }
    }

    /// No page counts as written any more.
    public func forgetWritten<Source: BlockSource>(_ store: borrowing FileStore<Source>) {
        var budget = Int.max
        _ = file.data.written.removePages(from: 0, budget: &budget, store)
    }
}
