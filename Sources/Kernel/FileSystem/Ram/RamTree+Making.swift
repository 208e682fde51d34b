import KernelSupport

/// New files and names.
extension RamTree {
    /// Makes a regular file.
    ///
    /// - Parameter base: What it holds: bytes of the archive.
    /// - Throws: `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`.
    public mutating func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, base: ArchiveRange = ArchiveRange(),
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        try vacancy(name, in: directory)
        let inode = try newFile(new, base, links: 1, source)
        do throws(Errno) {
            _ = try enter(name, inode, in: directory, new.now, source)
        } catch {
            files.remove(inode)
            throw error
        }
        return inode
    }

    /// Makes a regular file without a name, and opens it.
    ///
    /// - Parameters:
    ///   - directory: One of the file system's.
    ///   - mayBeNamed: Whether `link` may give it one.
    /// - Throws: `ENOENT`, `ENOTDIR`, `ENOSPC`.
    public mutating func openUnnamed(
        in directory: Inode, mayBeNamed: Bool, _ new: NewFile,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> (inode: Inode, data: OpenData) {
        try living(directory)
        let inode = try newFile(new, ArchiveRange(), links: 0, source)
        let place = try file(inode)
        place.record.file.header.openCount = 1
        place.record.file.header.mayBeNamed = mayBeNamed
        return (inode, OpenData(place, inode))
    }

    private mutating func newFile(
        _ new: NewFile, _ base: ArchiveRange, links: UInt32,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        let (inode, place) = try files.add(.regular, source) { FileRecord() }
        place.record.file.header.begin(new, links: links)
        place.record.file.data = FileData()
        place.record.file.data.base = base
        place.record.file.size = Int64(base.count)
        place.record.file.pageCount = 0
        return inode
    }

    /// Makes a directory.
    ///
    /// - Throws: `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`.
    public mutating func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        try vacancy(name, in: directory)
        let (inode, place) = try directories.add(.directory, source) { DirectoryRecord() }
        do throws(Errno) {
            place.record.file.placeInParent = try enter(name, inode, in: directory, new.now, source)
        } catch {
            directories.remove(inode)
            throw error
        }
        place.record.file.header.begin(new, links: 2)
        place.record.file.directory = Directory()
        place.record.file.parent = directory
        try self.directory(directory).record.file.header.linkCount += 1
        return inode
    }

    /// Makes a symbolic link.
    ///
    /// - Parameter target: Its contents, 1 to 4095 bytes.
    /// - Throws: `ENOENT` for no contents, `ENAMETOOLONG` for too long ones;
    ///   `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`.
    public mutating func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        guard target.byteCount > 0 else { throw .noSuchFileOrDirectory }
        guard target.byteCount <= Self.longestTarget else { throw .fileNameTooLong }
        try vacancy(name, in: directory)
        guard var text = NameText(target, source) else { throw .noSpace }
        do throws(Errno) {
            return try makeSpecial(.symbolicLink, name, in: directory, new, text, 0, source)
        } catch {
            text.remove(source)
            throw error
        }
    }

    /// Makes a place for what is told apart by its kind alone: a device, a FIFO, a socket.
    ///
    /// - Throws: `EINVAL` for another kind; `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`.
    public mutating func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64 = 0,
        _ new: NewFile, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        guard kind != .regular && kind != .directory && kind != .symbolicLink else {
            throw .invalidArgument
        }
        try vacancy(name, in: directory)
        return try makeSpecial(kind, name, in: directory, new, NameText(), device, source)
    }

    private mutating func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, _ new: NewFile,
        _ target: NameText, _ device: UInt64, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        let (inode, place) = try specials.add(kind, source) { SpecialRecord() }
        do throws(Errno) {
            _ = try enter(name, inode, in: directory, new.now, source)
        } catch {
            specials.remove(inode)
            throw error
        }
        place.record.file.header.begin(new, links: 1)
        place.record.file.target = target
        place.record.file.device = device
        return inode
    }

    /// Gives a file one more name.
    ///
    /// - Throws: `EPERM` for a directory, `EMLINK`; `ENOENT`: it has lost its
    ///   last name; `EEXIST`, `ENOTDIR`, `ENOSPC`.
    public mutating func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        try vacancy(name, in: directory)
        guard inode.kind != .directory else { throw .notPermitted }
        try withHeader(inode) { (header) throws(Errno) in
            guard header.linkCount > 0 || header.mayBeNamed else { throw .noSuchFileOrDirectory }
            guard header.linkCount < Self.mostLinks else { throw .tooManyLinks }
        }
        _ = try enter(name, inode, in: directory, now, source)
        try withHeader(inode) { (header) throws(Errno) in
            header.linkCount += 1
            header.mayBeNamed = false
            header.changeTime = now
        }
    }

    // MARK: - Entries

    /// - Throws: `ENOTDIR`; `ENOENT`: the directory was removed.
    func living(_ directory: Inode) throws(Errno) {
        guard try self.directory(directory).record.file.header.linkCount > 0 else {
            throw .noSuchFileOrDirectory
        }
    }

    /// - Throws: `EEXIST`; `ENOTDIR`; `ENOENT`: the directory was removed.
    private func vacancy(_ name: borrowing FileName, in directory: Inode) throws(Errno) {
        try living(directory)
        let place = try self.directory(directory)
        guard place.record.file.directory.place(of: name, hash: hash(name)) == nil else {
            throw .fileExists
        }
    }

    /// Adds an entry, of a name that there is none of; its place.
    ///
    /// - Throws: `ENOSPC`.
    func enter(
        _ name: borrowing FileName, _ inode: Inode, in directory: Inode, _ now: FileTime,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Int32 {
        let place = try self.directory(directory)
        let entry = try place.record.file.directory.add(name, hash: hash(name), inode, source)
        place.record.file.header.setModified(now)
        return entry
    }
}
