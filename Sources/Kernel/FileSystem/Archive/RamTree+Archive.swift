import KernelSupport

/// How far an archive was read.
public struct ArchiveReport: Equatable, Sendable {
    /// Entries that are files now.
    public var entries = 0
    /// Why the archive was not read to its end.
    public var error: ArchiveError? = nil
    /// Entries that could not become files, and why the first one could not.
    public var refused = 0
    public var refusal: Errno? = nil
}

extension RamTree {
    /// Makes all files of an archive. Their contents stay in the archive: only
    /// what is written to is copied, a page at a time.
    ///
    /// No path leads out of the root or through a link. What comes later replaces
    /// what came before. Whatever is wrong, the files until then are there.
    ///
    /// - Parameter store: Its `archive` is the archive.
    public mutating func addArchive<Source: BlockSource>(
        _ store: borrowing FileStore<Source>
    ) -> ArchiveReport {
        var report = ArchiveReport()
        var reader = ArchiveReader()
        store.archive.withBytes { bytes in
            while true {
                do throws(ArchiveError) {
                    guard let entry = try reader.next(bytes) else { return }
                    do throws(Errno) {
                        try add(entry, bytes, store)
                        report.entries += 1
                    } catch {
                        report.refused += 1
                        report.refusal = report.refusal ?? error
                    }
                } catch {
                    report.error = error
                    return
                }
            }
        }
        return report
    }

    private mutating func add<Source: BlockSource>(
        _ entry: ArchiveEntry, _ bytes: RawSpan, _ store: borrowing FileStore<Source>
    ) throws(Errno) {
        let new = NewFile(mode: entry.mode, owner: entry.owner, now: entry.time)
        var (directory, name) = try place(entry.prefix, bytes, in: root, isWhole: true, new, store)
        (directory, name) = try place(entry.path, bytes, in: directory, isWhole: false, new, store)
        guard let name else {
            // The root itself.
            guard entry.kind == .directory, directory == root else { throw .invalidArgument }
            return try describe(root, entry)
        }
        guard let name = FileName(bytes.extracting(name)) else { throw .invalidArgument }
        let old = try? lookUp(name, in: directory)
        if let old {
            if old.isDirectory {
                guard entry.kind == .directory else { throw .isDirectory }
                return try describe(old, entry)
            }
            guard entry.kind != .directory else { throw .fileExists }
        }
        // Found before the old file goes, which may be the same.
        let other = entry.kind == .hardLink ? try file(entry.target, bytes, store) : nil
        if let other, other == old { return }
        if old != nil { try unlink(name, in: directory, now: new.now, store).free(store) }
        switch entry.kind {
        case .regular:
            let inode = try makeFile(name, in: directory, new, base: entry.data, store)
            try describe(inode, entry)
        case .directory: _ = try makeDirectory(name, in: directory, new, store)
        case .symbolicLink:
            guard let target = bytes.part(entry.target) else { throw .invalidArgument }
            _ = try makeLink(
                name, in: directory, target: bytes.extracting(target), new, store)
        case .hardLink:
            guard let other else { throw .noSuchFileOrDirectory }
            try link(other, name, in: directory, now: new.now, store)
        case .special(let kind, let device):
            _ = try makeSpecial(kind, name, in: directory, device: device, new, store)
        }
    }

    /// What an entry says of a file that is there.
    private func describe(_ inode: Inode, _ entry: ArchiveEntry) throws(Errno) {
        try setMode(entry.mode, of: inode, now: entry.time)
        try setOwner(user: entry.owner.user, group: entry.owner.group, of: inode, now: entry.time)
        try setTimes(
            access: .set(entry.time), modification: .set(entry.time), of: inode, now: entry.time)
    }

    /// Goes down a path and makes the directories that are not there.
    ///
    /// - Parameter isWhole: The last part is a directory, too.
    /// - Returns: The last directory, and the last part's place.
    private mutating func place<Source: BlockSource>(
        _ path: ArchiveRange, _ bytes: RawSpan, in start: Inode, isWhole: Bool, _ new: NewFile,
        _ store: borrowing FileStore<Source>
    ) throws(Errno) -> (directory: Inode, name: Range<Int>?) {
        guard let range = bytes.part(path) else { throw .invalidArgument }
        var directory = start
        var parts = PathText(range: range)
        while let part = parts.next(bytes) {
            let text = bytes.extracting(part.range)
            if text.isDot { continue }
            guard let name = FileName(text) else { throw .invalidArgument }
            // Dots may follow the last part.
            if !isWhole && isLast(parts, bytes) { return (directory, part.range) }
            var new = new
            new.mode = FileMode(0o755)
            if let found = try? lookUp(name, in: directory) {
                guard found.isDirectory else { throw .notDirectory }
                directory = found
            } else {
                directory = try makeDirectory(name, in: directory, new, store)
            }
        }
        return (directory, nil)
    }

    private func isLast(_ parts: PathText, _ bytes: RawSpan) -> Bool {
        var rest = parts
        while let part = rest.next(bytes) {
            if !bytes.extracting(part.range).isDot { return false }
        }
        return true
    }

    /// The file at the end of a path that leads through no link.
    private func file<Source: BlockSource>(
        _ path: ArchiveRange, _ bytes: RawSpan, _ store: borrowing FileStore<Source>
    ) throws(Errno) -> Inode {
        guard let range = bytes.part(path) else { throw .invalidArgument }
        var current = root
        var parts = PathText(range: range)
        while let part = parts.next(bytes) {
            let text = bytes.extracting(part.range)
            if text.isDot { continue }
            guard let name = FileName(text) else { throw .invalidArgument }
            current = try lookUp(name, in: current)
        }
        return current
    }
}

extension RawSpan {
    /// Where a range of the archive is, which lies inside.
    fileprivate func part(_ range: ArchiveRange) -> Range<Int>? {
        guard contains(offset: range.start, count: range.count) else { return nil }
        return Int(range.start)..<Int(range.start + range.count)
    }
}
