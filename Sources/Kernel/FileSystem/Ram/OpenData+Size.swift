import KernelSupport

/// Changing a file's size, and what is in it where. The caller holds the file's lock.
extension OpenData {
    private static let pageSize = UInt64(PageTree.pageSize)
    /// Pages that are given back while the lock is held.
    private static let trimmed = 128

    /// Makes the file `size` bytes long; what is added reads as zeros.
    ///
    /// A file that gets much shorter keeps pages for now: `trim` gives them back.
    ///
    /// - Throws: `EINVAL` for a negative size.
    public func truncate<Source: BlockSource>(
        to size: Int64, _ store: borrowing FileStore<Source>, now: FileTime
    ) throws(Errno) {
        guard size >= 0 else { throw .invalidArgument }
        let old = file.size
        zeroTail(before: size)
        if size > old {
            if file.data.isTrimming { trimAll(store) }
        } else if size < old {
            file.data.base.count = min(file.data.base.count, UInt64(size))
            let place = Int(UInt64(size) % Self.pageSize)
            if place > 0, let page = file.data.pages.page(at: UInt64(size) / Self.pageSize) {
                page.zero(place..<page.count)
            }
            file.data.isTrimming = true
        }
        file.size = size
        file.header.setModified(now)
    }

    /// Gives some pages back that are behind the file's end.
    ///
    /// - Returns: Whether there are more, for the next time that the lock is held.
    public func trim<Source: BlockSource>(_ store: borrowing FileStore<Source>) -> Bool {
        guard file.data.isTrimming else { return false }
        var budget = Self.trimmed
        return !trim(store, &budget)
    }

    /// - Returns: Whether that is done.
    private func trim<Source: BlockSource>(
        _ store: borrowing FileStore<Source>, _ budget: inout Int
    ) -> Bool {
        let first = (UInt64(file.size) + Self.pageSize - 1) / Self.pageSize
        let isDone = file.data.pages.removePages(from: first, budget: &budget, store)
        file.data.isTrimming = !isDone
        file.pageCount = file.data.pages.pageCount
        return isDone
    }

    /// Before the file gets longer, so that what was cut off stays away.
    func trimAll<Source: BlockSource>(_ store: borrowing FileStore<Source>) {
        var budget = Int.max
        _ = trim(store, &budget)
    }

    /// Makes all pages of a range be there, and the file at least as long as
    /// it ends (`posix_fallocate`).
    ///
    /// - Throws: `EINVAL`, `EFBIG`; `ENOSPC`: pages that were added stay.
    public func reserve<Source: BlockSource>(
        _ offset: Int64, count: Int64, _ store: borrowing FileStore<Source>, now: FileTime
    ) throws(Errno) {
        guard offset >= 0, count > 0 else { throw .invalidArgument }
        guard count <= Self.maximumSize - offset else { throw .fileTooLarge }
        if file.data.isTrimming { trimAll(store) }
        let end = offset + count
        zeroTail(before: end)
        var number = UInt64(offset) / Self.pageSize
        while number <= UInt64(end - 1) / Self.pageSize {
            if file.data.pages.page(at: number) == nil {
                guard let page = store.allocate(PageTree.pageSize) else { throw .noSpace }
                fillHole(page, at: number * Self.pageSize, store)
                guard file.data.pages.insert(page, at: number, store) else {
                    store.free(page)
                    throw .noSpace
                }
                file.pageCount = file.data.pages.pageCount
            }
            number += 1
        }
        if end > file.size { file.size = end }
        file.header.setModified(now)
    }

    /// The first place from `offset` on that holds data, or none (`SEEK_DATA`,
    /// `SEEK_HOLE`); by pages, and the file's end is a hole.
    ///
    /// - Throws: `ENXIO` where the place is behind the end or there is no data.
    public func seek(_ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        let size = file.size
        guard offset >= 0, offset < size else { throw .noSuchAddressOrDevice }
        let base = Int64(file.data.base.count)
        var place = offset
        while place < size {
            let number = UInt64(place) / Self.pageSize
            let isData = place < base || file.data.pages.page(at: number) != nil
            if isData == data { return place }
            if isData {
                place = place < base ? base : Int64(clamping: (number + 1) * Self.pageSize)
            } else {
                guard let next = file.data.pages.firstPage(from: number) else { break }
                place = Int64(next * Self.pageSize)
            }
        }
        guard !data else { throw .noSuchAddressOrDevice }
        return size
    }
}
