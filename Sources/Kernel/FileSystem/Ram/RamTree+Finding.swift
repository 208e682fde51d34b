import KernelSupport

/// Where a search for a file's name is: a directory's place, and an entry's in it.
struct NameSearch {
    fileprivate var directory = 0
    fileprivate var position: UInt64 = firstPosition

    /// Behind `.` and `..`.
    fileprivate static let firstPosition: UInt64 = 2

    enum Outcome {
        /// It goes on.
        case open
        /// The length of a path, which is in the last bytes of the buffer.
        case path(Int)
        /// The file has no name.
        case noName
    }
}

extension RamTree {
    /// Looks for a path of a file among some entries of all directories: a file knows its
    /// contents, and not its names.
    ///
    /// - Parameter steps: How many are looked at.
    func findPath(
        of inode: Inode, _ search: inout NameSearch, steps: Int, _ buffer: inout MutableRawSpan
    ) -> NameSearch.Outcome {
        var left = steps
        while search.directory < directories.capacity {
            guard left > 0 else { return .open }
            left -= 1
            guard let directory = directories.inode(at: search.directory, .directory),
                let status = try? entry(of: directory, from: search.position, { status, _ in status })
            else {
                search.directory += 1
                search.position = NameSearch.firstPosition
                continue
            }
            // The file is kept, so that no other one has its number.
            if status.number == inode.number,
                let count = try? path(of: directory, entry: search.position, &buffer)
            {
                return .path(count)
            }
            search.position = status.next
        }
        return .noName
    }

    /// The path of a directory's entry, in the last bytes of `buffer`; its length.
    ///
    /// - Throws: `ENOENT`; `ERANGE`: it is longer.
    private func path(
        of directory: Inode, entry position: UInt64, _ buffer: inout MutableRawSpan
    ) throws(Errno) -> Int {
        var start = buffer.byteCount
        func prepend(_ name: RawSpan, _ buffer: inout MutableRawSpan) -> Bool {
            guard name.byteCount + 1 <= start else { return false }
            start -= name.byteCount + 1
            _ = buffer.store(UInt8(ascii: "/"), at: UInt64(start))
            return buffer.copy(name, at: 0, count: UInt64(name.byteCount), to: UInt64(start) + 1)
        }
        let last = try entry(of: directory, from: position) { prepend($1, &buffer) }
        guard let last else { throw .noSuchFileOrDirectory }
        guard last else { throw .resultTooLarge }
        var above = directory
        while above != root {
            let (parent, fits) = try name(of: above) { prepend($0, &buffer) }
            guard fits else { throw .resultTooLarge }
            above = parent
        }
        return buffer.byteCount - start
    }
}
