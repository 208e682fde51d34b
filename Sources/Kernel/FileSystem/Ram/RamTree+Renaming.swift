import KernelSupport

/// How `renameat2` renames.
public enum RenameManner: Sendable {
    /// What has the new name is replaced.
    case replacing
    /// `RENAME_NOREPLACE`.
    case keeping
    /// `RENAME_EXCHANGE`.
    case exchanging
}

extension RamTree {
    /// Gives a file another name (POSIX `rename`).
    ///
    /// - Throws: `ENOENT`, `ENOTDIR`; `EINVAL`: a directory would be in itself;
    ///   `EISDIR`, `ENOTDIR`: one of the two is a directory; `ENOTEMPTY`;
    ///   `EBUSY`: something is mounted there; `EEXIST`: `.keeping`; `ENOSPC`.
    public mutating func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Remains {
        try living(new)
        paths.forget()
        let (entry, inode) = try find(name, in: old)
        let there = try directory(new).record.file.directory.place(of: newName, hash: hash(newName))
        guard let there else {
            guard manner != .exchanging else { throw .noSuchFileOrDirectory }
            try movable(inode, to: new)
            try move(entry, inode, from: old, to: newName, in: new, now, source)
            return Remains()
        }
        guard manner != .keeping else { throw .fileExists }
        let other = try directory(new).record.file.directory.inode(at: there)
        if manner == .replacing {
            try apart(inode, from: new, .invalidArgument)
            try apart(other, from: old, .directoryNotEmpty)
        }
        // Two names of one file: both stay.
        if other == inode { return Remains() }
        if manner == .exchanging {
            try movable(inode, to: new)
            try movable(other, to: old)
            try exchange(entry, inode, in: old, there, other, in: new, now)
            return Remains()
        }
        try movable(inode, to: new)
        switch (inode.isDirectory, other.isDirectory) {
        case (true, true): try removable(other)
        case (true, false): throw .notDirectory
        case (false, true): throw .isDirectory
        case (false, false): break
        }
        try leave(entry, in: old, now, source)
        try directory(new).record.file.directory.setInode(inode, at: there)
        try directory(new).record.file.header.setModified(now)
        try hang(inode, in: new, at: there, from: old, now)
        return other.isDirectory ? try dropDirectory(other, from: new, now) : try dropName(other, now)
    }

    /// - Throws: `EINVAL`: a directory would be in itself; `EBUSY`: something is
    ///   mounted there.
    private func movable(_ inode: Inode, to directory: Inode) throws(Errno) {
        guard inode.isDirectory else { return }
        guard try !self.directory(inode).record.file.header.isMountPoint else { throw .resourceBusy }
        try apart(inode, from: directory, .invalidArgument)
    }

    /// - Throws: `error`: a directory is in a file, or is that file.
    private func apart(_ inode: Inode, from directory: Inode, _ error: Errno) throws(Errno) {
        guard inode.isDirectory else { return }
        var above = directory
        while above != root {
            guard above != inode else { throw error }
            above = try self.directory(above).record.file.parent
        }
        guard inode != root else { throw error }
    }

    /// Moves an entry to where there is none.
    private func move(
        _ entry: Int32, _ inode: Inode, from old: Inode, to name: borrowing FileName, in new: Inode,
        _ now: FileTime, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        if old == new {
            let place = try directory(new)
            try place.record.file.directory.rename(entry, to: name, hash: hash(name), source)
            place.record.file.header.setModified(now)
            try withHeader(inode) { (header) throws(Errno) in header.changeTime = now }
            return
        }
        let there = try enter(name, inode, in: new, now, source)
        try leave(entry, in: old, now, source)
        try hang(inode, in: new, at: there, from: old, now)
    }

    /// A file's entry is another one now; a directory knows where it is.
    private func hang(
        _ inode: Inode, in new: Inode, at entry: Int32, from old: Inode, _ now: FileTime
    ) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in header.changeTime = now }
        guard inode.isDirectory else { return }
        let place = try directory(inode)
        place.record.file.parent = new
        place.record.file.placeInParent = entry
        if old != new {
            try directory(old).record.file.header.linkCount -= 1
            try directory(new).record.file.header.linkCount += 1
        }
    }

    private func exchange(
        _ entry: Int32, _ inode: Inode, in old: Inode, _ there: Int32, _ other: Inode, in new: Inode,
        _ now: FileTime
    ) throws(Errno) {
        try directory(old).record.file.directory.setInode(other, at: entry)
        try directory(new).record.file.directory.setInode(inode, at: there)
        try directory(old).record.file.header.setModified(now)
        try directory(new).record.file.header.setModified(now)
        try hang(inode, in: new, at: there, from: old, now)
        try hang(other, in: old, at: entry, from: new, now)
    }
}
