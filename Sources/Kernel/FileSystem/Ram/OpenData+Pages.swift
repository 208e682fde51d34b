import KernelSupport

/// Pages that are seen in memory. The caller holds the file's lock.
extension OpenData {
    /// The page of that number, made where a hole is.
    ///
    /// - Parameter isWritten: What is written there is not told of.
    /// - Returns: `nil`: it is behind the file's end.
    /// - Throws: `ENOSPC`.
    public func page<Source: BlockSource>(
        _ number: UInt64, isWritten: Bool, _ store: borrowing FileStore<Source>
    ) throws(Errno) -> MemoryBlock? {
        let size = UInt64(file.size)
        guard size > 0, number <= (size - 1) / UInt64(PageTree.pageSize) else { return nil }
        if isWritten { file.data.mayHaveTail = true }
        if let page = file.data.pages.page(at: number) { return page }
        guard let page = store.allocate(PageTree.pageSize) else { throw .noSpace }
        fillHole(page, at: number * UInt64(PageTree.pageSize), store)
        guard file.data.pages.insert(page, at: number, store) else {
            store.free(page)
            throw .noSpace
        }
        file.pageCount = file.data.pages.pageCount
        return page
    }

    /// Before the file gets longer: what was written behind its end, in its last
    /// page, was never in it (POSIX, mmap).
    @inline(__always)
    func zeroTail(before end: Int64) {
        if file.data.mayHaveTail, end > file.size { zeroTail() }
    }

    @inline(never)
    private func zeroTail() {
        let size = UInt64(file.size)
        let place = Int(size % UInt64(PageTree.pageSize))
        guard place > 0, let page = file.data.pages.page(at: size / UInt64(PageTree.pageSize)) else {
            return
        }
        page.zero(place..<page.count)
    }

    /// It was written to in memory.
    @inline(__always)
    public func setModified(_ now: FileTime) { file.header.setModified(now) }
}
