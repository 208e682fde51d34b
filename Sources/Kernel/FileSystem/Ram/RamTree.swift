import KernelSupport

/// The files in memory and their names.
///
/// LOCKS. There are none in here. One lock, the tree's, is held while any
/// function of this type runs; none of them waits, calls back or takes long.
/// An open file's data has a lock of its own (`OpenData`), which is not held at
/// the same time as the tree's: so files are read and written on all cores at
/// once while names are looked up. What `Remains` holds needs no lock at all.
/// Memory is asked for under both locks.
///
/// A number (`Inode`) may be used between two holds of the lock for a file that
/// is gone by then: that is `ENOENT`.
///
/// Nothing is half done: a function that throws has changed nothing.
public struct RamTree: ~Copyable {
    var directories = InodeTable<DirectoryRecord>()
    var files = InodeTable<FileRecord>()
    var specials = InodeTable<SpecialRecord>()
    let hash: NameHash
    var paths: PathCache
    /// The directory `/`.
    public let root: Inode

    /// Names that a file may have (`LINK_MAX`). Directories have one.
    public static var mostLinks: UInt32 { 65_000 }
    /// The longest contents of a symbolic link.
    public static var longestTarget: Int { 4095 }

    /// - Parameter hashKey: A number that differs from boot to boot.
    /// - Throws: `ENOSPC`.
    public init(
        hashKey: UInt64, _ new: NewFile, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        hash = NameHash(key: hashKey)
        paths = PathCache(source)
        let (inode, place) = try directories.add(.directory, source) { DirectoryRecord() }
        place.record.file.header.begin(new, links: 2)
        place.record.file.header.openCount = 1
        place.record.file.parent = inode
        root = inode
    }

    // MARK: - Places

    func directory(_ inode: Inode) throws(Errno) -> RecordReference<InodePlace<DirectoryRecord>> {
        guard inode.kind == .directory else { throw .notDirectory }
        guard let place = directories.place(of: inode) else { throw .noSuchFileOrDirectory }
        return place
    }

    @inline(__always)
    func file(_ inode: Inode) throws(Errno) -> RecordReference<InodePlace<FileRecord>> {
        guard inode.kind == .regular else {
            throw inode.kind == .directory ? .isDirectory : .invalidArgument
        }
        guard let place = files.place(of: inode) else { throw .noSuchFileOrDirectory }
        return place
    }

    private func special(_ inode: Inode) throws(Errno) -> RecordReference<InodePlace<SpecialRecord>> {
        guard inode.kind != .regular && inode.kind != .directory else { throw .invalidArgument }
        guard let place = specials.place(of: inode) else { throw .noSuchFileOrDirectory }
        return place
    }

    /// Runs `body` with a file's header.
    ///
    /// - Throws: `ENOENT`.
    @inline(__always)
    func withHeader<Result>(
        _ inode: Inode, _ body: (inout InodeHeader) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        switch inode.kind {
        case .directory: try body(&directory(inode).record.file.header)
        case .regular: try body(&file(inode).record.file.header)
        default: try body(&special(inode).record.file.header)
        }
    }

    // MARK: - Looking

    /// The file of that name.
    ///
    /// - Throws: `ENOTDIR`, `ENOENT`.
    public func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        let place = try self.directory(directory)
        guard let entry = place.record.file.directory.place(of: name, hash: hash(name)) else {
            throw .noSuchFileOrDirectory
        }
        return place.record.file.directory.inode(at: entry)
    }

    /// The directory that a directory is in; the root's is itself.
    ///
    /// - Throws: `ENOTDIR`; `ENOENT`: one of the two was removed.
    public func parent(of directory: Inode) throws(Errno) -> Inode {
        let parent = try self.directory(directory).record.file.parent
        _ = try self.directory(parent)
        return parent
    }

    /// Runs `body` with a directory's name; and the directory that it is in.
    ///
    /// - Throws: `ENOTDIR`; `ENOENT`: it was removed.
    public func name<Result>(
        of directory: Inode, _ body: (RawSpan) -> Result
    ) throws(Errno) -> (parent: Inode, result: Result) {
        let record = try self.directory(directory)
        guard record.record.file.header.linkCount > 0 else { throw .noSuchFileOrDirectory }
        let parent = record.record.file.parent
        let entries = try self.directory(parent).record.file.directory
        return (parent, entries.withName(at: record.record.file.placeInParent, body))
    }

    /// Runs `body` with an entry of a directory: the first one at a position or
    /// behind it.
    ///
    /// - Parameter position: 0, or what an entry's `next` was.
    /// - Returns: `nil` at the end.
    /// - Throws: `ENOTDIR`; `ENOENT`: the directory was removed.
    public func entry<Result>(
        of directory: Inode, from position: UInt64,
        _ body: (DirectoryEntryStatus, RawSpan) -> Result
    ) throws(Errno) -> Result? {
        let record = try self.directory(directory)
        guard record.record.file.header.linkCount > 0 else { throw .noSuchFileOrDirectory }
        if position < 2 {
            let isSelf = position == 0
            let inode = isSelf ? directory : record.record.file.parent
            let dots = InlineArray<2, UInt8>(repeating: UInt8(ascii: "."))
            return dots.withBytes(0..<(isSelf ? 1 : 2)) { name in
                body(DirectoryEntryStatus(inode: inode, next: position + 1), name)
            }
        }
        guard position - 2 <= UInt64(Int32.max) else { return nil }
        let entries = record.record.file.directory
        guard let place = entries.next(from: Int32(position - 2)) else { return nil }
        let status = DirectoryEntryStatus(inode: entries.inode(at: place), next: UInt64(place) + 3)
        return entries.withName(at: place) { body(status, $0) }
    }

    /// Whether a directory has no entries.
    public func isEmpty(_ directory: Inode) throws(Errno) -> Bool {
        try self.directory(directory).record.file.directory.count == 0
    }

    /// Runs `body` with a symbolic link's contents.
    ///
    /// - Throws: `EINVAL`: it is none; `ENOENT`.
    public func target<Result>(
        of link: Inode, times: AccessTimes, now: () -> FileTime, _ body: (RawSpan) -> Result
    ) throws(Errno) -> Result {
        guard link.kind == .symbolicLink else { throw .invalidArgument }
        let place = try special(link)
        place.record.file.header.setAccessed(times, now)
        return place.record.file.target.withBytes(body)
    }

    /// A device's number.
    public func device(_ inode: Inode) throws(Errno) -> UInt64 { try special(inode).record.file.device }

    /// What is known of a file.
    ///
    /// - Throws: `ENOENT`.
    public func status(of inode: Inode) throws(Errno) -> InodeStatus {
        var status = InodeStatus(inode)
        try getStatus(of: inode, &status)
        return status
    }

    /// The same, in a place of the caller's.
    @inline(__always)
    func getStatus(of inode: Inode, _ status: inout InodeStatus) throws(Errno) {
        status.inode = inode
        switch inode.kind {
        case .regular:
            let place = try file(inode)
            place.record.file.header.tell(&status)
            status.size = place.record.file.size
            status.blocks = Int64(place.record.file.pageCount) * Int64(PageTree.pageSize / 512)
        case .directory:
            let place = try directory(inode)
            place.record.file.header.tell(&status)
            // So much as its entries would take, so that it tells empty from full.
            status.size = Int64(place.record.file.directory.count) * 64
        default:
            let place = try special(inode)
            place.record.file.header.tell(&status)
            status.size = Int64(place.record.file.target.count)
            status.device = place.record.file.device
        }
    }

    /// Files of all kinds.
    public var fileCount: Int { directories.count + files.count + specials.count }

    /// Gives all memory back; nothing may be open.
    public mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) {
        try? removeContents(of: root, source)
        directories.place(of: root)?.record.file.directory.removeAll(source)
        directories.removeAll(source)
        files.removeAll(source)
        specials.removeAll(source)
        paths.removeAll(source)
    }
}
