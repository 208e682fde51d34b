import KernelSupport

/// Names that go, and what goes with the last one.
extension RamTree {
    /// Takes a file's name away; the file, too, if it was its last one and nobody
    /// has it open.
    ///
    /// - Throws: `EISDIR` for a directory; `ENOENT`, `ENOTDIR`.
    public mutating func unlink(
        _ name: borrowing FileName, in directory: Inode, now: FileTime,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Remains {
        let (entry, inode) = try find(name, in: directory)
        guard inode.kind != .directory else { throw .isDirectory }
        try leave(entry, in: directory, now, source)
        return try dropName(inode, now)
    }

    /// Removes an empty directory.
    ///
    /// - Throws: `EBUSY`: something is mounted there, or it is the root;
    ///   `ENOTEMPTY`, `ENOENT`, `ENOTDIR`.
    public mutating func removeDirectory(
        _ name: borrowing FileName, in directory: Inode, now: FileTime,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Remains {
        let (entry, inode) = try find(name, in: directory)
        try removable(inode)
        try leave(entry, in: directory, now, source)
        return try dropDirectory(inode, from: directory, now)
    }

    /// Whether a directory may be removed.
    ///
    /// - Throws: `ENOTDIR`, `EBUSY`, `ENOTEMPTY`.
    func removable(_ inode: Inode) throws(Errno) {
        let place = try directory(inode)
        guard !place.record.file.header.isMountPoint else { throw .resourceBusy }
        guard place.record.file.directory.count == 0 else { throw .directoryNotEmpty }
    }

    /// An entry's place, and the file that it is for.
    ///
    /// - Throws: `ENOENT`, `ENOTDIR`.
    func find(
        _ name: borrowing FileName, in directory: Inode
    ) throws(Errno) -> (entry: Int32, inode: Inode) {
        let place = try self.directory(directory)
        guard let entry = place.record.file.directory.place(of: name, hash: hash(name)) else {
            throw .noSuchFileOrDirectory
        }
        return (entry, place.record.file.directory.inode(at: entry))
    }

    func leave(
        _ entry: Int32, in directory: Inode, _ now: FileTime,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        let place = try self.directory(directory)
        place.record.file.directory.remove(entry, source)
        paths.forget()
        place.record.file.header.setModified(now)
    }

    /// A file that is no directory has a name less.
    mutating func dropName(_ inode: Inode, _ now: FileTime) throws(Errno) -> Remains {
        let isGone = try withHeader(inode) { (header) throws(Errno) in
            header.linkCount -= 1
            header.changeTime = now
            return header.linkCount == 0 && header.openCount == 0
        }
        return isGone ? take(inode) : Remains()
    }

    /// An empty directory is no longer in `parent`.
    mutating func dropDirectory(
        _ inode: Inode, from parent: Inode, _ now: FileTime
    ) throws(Errno) -> Remains {
        try directory(parent).record.file.header.linkCount -= 1
        let isGone = try withHeader(inode) { (header) throws(Errno) in
            header.linkCount = 0
            header.changeTime = now
            return header.openCount == 0
        }
        return isGone ? take(inode) : Remains()
    }

    /// What is left of a file that nobody has any more.
    private mutating func take(_ inode: Inode) -> Remains {
        switch inode.kind {
        case .directory:
            guard let place = directories.place(of: inode) else { return Remains() }
            let remains = place.record.file.directory
            place.record.file.directory = Directory()
            directories.remove(inode)
            return Remains(remains)
        case .regular:
            guard let place = files.place(of: inode) else { return Remains() }
            let remains = place.record.file.data.pages
            place.record.file.data = FileData()
            files.remove(inode)
            return Remains(remains)
        default:
            guard let place = specials.place(of: inode) else { return Remains() }
            let remains = place.record.file.target
            place.record.file.target = NameText()
            specials.remove(inode)
            return Remains(remains)
        }
    }

    // MARK: - Open files

    /// Keeps a file: an open one, or a working directory.
    ///
    /// - Throws: `ENOENT`.
    public mutating func open(_ inode: Inode) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in header.openCount += 1 }
    }

    /// Keeps a regular file, for its data.
    ///
    /// - Throws: `ENOENT`; `EISDIR`, `EINVAL`: it is none.
    @inline(__always)
    public mutating func openData(_ inode: Inode) throws(Errno) -> OpenData {
        let place = try file(inode)
        // There are no more descriptors than a word counts.
        place.record.file.header.openCount &+= 1
        return OpenData(place, inode)
    }

    /// Ends what `open` or `openData` began where the file stays, as it has a name
    /// or somebody else has it open; whether that is so.
    func closeOfMany(_ inode: Inode) -> Bool {
        let isDone = try? withHeader(inode) { (header) throws(Errno) in
            guard header.linkCount > 0 || header.openCount > 1 else { return false }
            precondition(header.openCount > 0)
            header.openCount -= 1
            return true
        }
        return isDone ?? true
    }

    /// The same of a file's data.
    @inline(__always)
    public func closeOfMany(_ data: OpenData) -> Bool {
        guard data.file.header.linkCount > 0 || data.file.header.openCount > 1 else { return false }
        precondition(data.file.header.openCount > 0)
        data.file.header.openCount &-= 1
        return true
    }

    /// Ends what `open` or `openData` began. Whoever had the data is done with it.
    public mutating func close(_ inode: Inode) -> Remains {
        let isGone = try? withHeader(inode) { (header) throws(Errno) in
            precondition(header.openCount > 0)
            header.openCount -= 1
            return header.openCount == 0 && header.linkCount == 0
        }
        return isGone == true ? take(inode) : Remains()
    }

    /// Removes everything in a directory, whoever has it open.
    mutating func removeContents(
        of directory: Inode, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        var current = directory
        paths.forget()
        while true {
            let entries = try self.directory(current).record.file.directory
            guard let entry = entries.next(from: 0) else {
                guard current != directory else { return }
                let place = try self.directory(current)
                let (parent, entry) = (place.record.file.parent, place.record.file.placeInParent)
                try self.directory(parent).record.file.directory.remove(entry, source)
                take(current).free(source)
                current = parent
                continue
            }
            let inode = entries.inode(at: entry)
            if inode.kind == .directory {
                current = inode
                continue
            }
            try self.directory(current).record.file.directory.remove(entry, source)
            let isLast = try withHeader(inode) { (header) throws(Errno) in
                header.linkCount -= 1
                return header.linkCount == 0
            }
            if isLast { take(inode).free(source) }
        }
    }
}
