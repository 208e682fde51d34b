import KernelSupport

/// Reading and writing what lies in one page that is there. The caller holds the file's
/// lock.
extension OpenData {
    private static let pageSize = PageTree.pageSize

    /// Runs `body` with bytes of the file's, as many as there are up to its end.
    ///
    /// - Parameters:
    ///   - offset: Not negative.
    ///   - count: Above 0.
    /// - Returns: What `body` does; `nil`: there is none, or they lie in more than a page,
    ///   or in a hole.
    @inline(__always)
    public func withBytesInPage<Result>(
        at offset: Int64, count: Int, _ body: (RawSpan) -> Result
    ) -> Result? {
        let wanted = Int(min(Int64(count), file.size &- offset))
        let place = Int(truncatingIfNeeded: offset) & (Self.pageSize - 1)
        guard wanted > 0, wanted <= Self.pageSize &- place,
            let page = file.data.pages.page(at: UInt64(bitPattern: offset) / UInt64(Self.pageSize))
        else { return nil }
        return page.withBytes(at: place, count: wanted, body)
    }

    /// Runs `body` with bytes to be written; the file is at least as long as they end,
    /// where it fills all of them.
    ///
    /// - Parameters:
    ///   - offset: Not negative.
    ///   - count: Above 0.
    /// - Returns: `false`: they lie in more than a page, or in a hole, or there is more
    ///   to do than to fill them, or `body` has failed; nothing was written that counts.
    @inline(__always)
    public func withMutableBytesInPage(
        at offset: Int64, count: Int, _ body: (inout MutableRawSpan) -> Bool
    ) -> Bool {
        let place = Int(truncatingIfNeeded: offset) & (Self.pageSize - 1)
        let end = offset &+ Int64(count)
        guard count <= Self.pageSize &- place, end > 0, !file.data.isTrimming, !file.data.mayHaveTail,
            let page = file.data.pages.page(at: UInt64(bitPattern: offset) / UInt64(Self.pageSize))
        else { return false }
        guard page.withMutableBytes(at: place, count: count, body) else {
            // What was filled before that and lies behind the file's end is zero again.
            let first = max(file.size, offset)
            if end > first { page.zero(place + Int(first - offset)..<place + count) }
            return false
        }
        if end > file.size { file.size = end }
        return true
    }

    /// Runs `body` with a new page that is to be written as a whole, where there is a hole;
    /// the file is at least as long as it ends, where it fills all of it.
    ///
    /// - Parameter offset: Not negative.
    /// - Returns: `false`: there is no hole, or no memory, or it is not the place of a whole
    ///   page, or there is more to do, or `body` has failed; nothing was written.
    @inline(never)
    public func withNewPage<Source: BlockSource>(
        at offset: Int64, _ store: borrowing FileStore<Source>, _ body: (inout MutableRawSpan) -> Bool
    ) -> Bool {
        let number = UInt64(bitPattern: offset) / UInt64(Self.pageSize)
        let end = offset &+ Int64(Self.pageSize)
        guard Int(truncatingIfNeeded: offset) & (Self.pageSize - 1) == 0, end > 0,
            !file.data.isTrimming, !file.data.mayHaveTail, file.data.pages.page(at: number) == nil,
            let page = store.allocate(Self.pageSize)
        else { return false }
        guard page.withMutableBytes(at: 0, count: Self.pageSize, body),
            file.data.pages.insert(page, at: number, store)
        else {
            store.free(page)
            return false
        }
        file.pageCount = file.data.pages.pageCount
        if end > file.size { file.size = end }
        return true
    }

    /// Whether `setAccessed` would change nothing (`AccessTimes.relative`).
    ///
    /// - Parameter recent: A moment not long ago.
    @inline(__always)
    public func isAccessKnown(at recent: FileTime) -> Bool { file.header.isAccessKnown(at: recent) }
}
