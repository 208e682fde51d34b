import KernelSupport

/// Reading and writing. The caller holds the file's lock, for as much as it asks
/// for in one call; both ask `body` for one contiguous piece after the other,
/// which it copies to or from the program.
extension OpenData {
    private static let pageSize = PageTree.pageSize
    /// `OFF_MAX`.
    public static var maximumSize: Int64 { .max }

    /// Reads, up to the file's end.
    ///
    /// - Parameters:
    ///   - offset: Not negative.
    ///   - body: Takes bytes, and says how many; fewer than all end the reading.
    /// - Returns: How many bytes were taken.
    @inline(__always)
    public func read<Source: BlockSource>(
        at offset: Int64, count: Int, _ store: borrowing FileStore<Source>,
        _ body: (RawSpan) -> Int
    ) -> Int {
        let size = file.size
        guard offset < size else { return 0 }
        let wanted = Int(min(Int64(count), size - offset))
        var done = 0
        while done < wanted {
            let position = UInt64(offset) &+ UInt64(done)
            let place = Int(position % UInt64(Self.pageSize))
            let count = min(Self.pageSize &- place, wanted &- done)
            let taken: Int
            let given: Int
            if let page = file.data.pages.page(at: position / UInt64(Self.pageSize)) {
                given = count
                taken = page.withBytes(place..<place &+ count, body)
            } else {
                (given, taken) = readHole(at: position, count, store, body)
            }
            done &+= taken
            if taken < given { break }
        }
        return done
    }

    /// - Returns: The bytes that were given, at least one, and those taken.
    private func readHole<Source: BlockSource>(
        at position: UInt64, _ count: Int, _ store: borrowing FileStore<Source>,
        _ body: (RawSpan) -> Int
    ) -> (given: Int, taken: Int) {
        let base = file.data.base
        if position < base.count {
            let count = min(UInt64(count), base.count - position)
            let found = store.archive.withBytes { bytes -> (given: Int, taken: Int)? in
                guard bytes.contains(offset: base.start + position, count: count) else { return nil }
                let start = Int(base.start + position)
                return (Int(count), body(bytes.extracting(start..<start + Int(count))))
            }
            if let found { return found }
        }
        let zeros = InlineArray<256, UInt8>(repeating: 0)
        let given = min(count, zeros.count)
        return (given, zeros.withBytes(0..<given, body))
    }

    /// Writes, and makes the file longer where that needs it.
    ///
    /// - Parameters:
    ///   - offset: Not negative; `nil`: the file's end (`O_APPEND`).
    ///   - body: Fills bytes, and says how many; fewer than all end the writing.
    /// - Returns: How many bytes were filled, and where the last one ends.
    /// - Throws: `EFBIG`, `ENOSPC`: nothing was written.
    @inline(__always)
    public func write<Source: BlockSource>(
        at offset: Int64?, count: Int, _ store: borrowing FileStore<Source>, now: () -> FileTime,
        _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        let start = offset ?? file.size
        guard count > 0 else { return (0, start) }
        guard start < Self.maximumSize else { throw .fileTooLarge }
        let wanted = Int(min(Int64(count), Self.maximumSize - start))
        if file.data.isTrimming { trimAll(store) }
        zeroTail(before: start + Int64(wanted))
        var done = 0
        var failure: Errno? = nil
        while done < wanted {
            let position = UInt64(start) + UInt64(done)
            let place = Int(position % UInt64(Self.pageSize))
            let count = min(Self.pageSize - place, wanted - done)
            let range = place..<place + count
            let filled: Int
            if let page = file.data.pages.page(at: position / UInt64(Self.pageSize)) {
                filled = page.withMutableBytes(range, body)
            } else {
                guard let page = store.allocate(Self.pageSize) else {
                    failure = .noSpace
                    break
                }
                filled = fill(page, at: position - UInt64(place), range, store, body)
                guard filled > 0 else {
                    store.free(page)
                    break
                }
                guard file.data.pages.insert(page, at: position / UInt64(Self.pageSize), store)
                else {
                    store.free(page)
                    failure = .noSpace
                    break
                }
                file.pageCount = file.data.pages.pageCount
            }
            done += filled
            if filled < count { break }
        }
        let end = start + Int64(done)
        if done > 0 {
            if end > file.size { file.size = end }
            file.header.setModified(now())
        } else if let failure {
            throw failure
        }
        return (done, end)
    }

    /// Makes a new page what its hole was, but for `range`, which `body` fills.
    ///
    /// - Parameter start: The page's place in the file.
    private func fill<Source: BlockSource>(
        _ page: MemoryBlock, at start: UInt64, _ range: Range<Int>,
        _ store: borrowing FileStore<Source>, _ body: (inout MutableRawSpan) -> Int
    ) -> Int {
        if start < file.data.base.count {
            fillHole(page, at: start, store)
            return page.withMutableBytes(range, body)
        }
        page.zero(0..<range.lowerBound)
        page.zero(range.upperBound..<Self.pageSize)
        let filled = page.withMutableBytes(range, body)
        if filled < range.count { page.zero(range.lowerBound + filled..<range.upperBound) }
        return filled
    }

    /// Makes a new page what its hole was.
    func fillHole<Source: BlockSource>(
        _ page: MemoryBlock, at start: UInt64, _ store: borrowing FileStore<Source>
    ) {
        let base = file.data.base
        let count = start < base.count ? min(base.count - start, UInt64(Self.pageSize)) : 0
        page.zero(Int(count)..<Self.pageSize)
        store.archive.withBytes { bytes in
            page.withMutableBytes(0..<Int(count)) { page in
                if !page.copy(bytes, at: base.start + start, count: count, to: 0) {
                    _ = page.zero(at: 0, count: count)
                }
            }
        }
    }

    /// It was read (`atime`).
    @inline(__always)
    public func setAccessed(_ times: AccessTimes, now: () -> FileTime) {
        file.header.setAccessed(times, now)
    }
}
