import KernelSupport

/// Directories: blocks of entries, in no order. One with an index is read as any other; when
/// it is changed it has no index any more.
extension ExtendedSystem {
    private func damagedDirectory() -> Errno { damaged("a directory on the disk is damaged; run e2fsck on it") }

    /// Runs `body` with a directory's blocks, until it says that it is enough.
    private func forEachBlock(
        of directory: ExtendedInode, from first: UInt64 = 0,
        _ body: (UInt64, UInt32, RawSpan) throws(Errno) -> Bool
    ) throws(Errno) {
        let count = UInt64(directory.size) >> UInt64(superblock.blockShift)
        var index = first
        while index < count {
            let block = try block(of: directory, at: index)
            guard block != 0 else { throw damagedDirectory() }
            let ahead = try cache.state(of: block) == nil ? Int(row(of: directory, at: index, most: min(count - index, 16)).count) : 1
            let isMore = try cache.read(block, ahead: ahead) { (bytes) throws(Errno) in
                try body(index, block, bytes)
            }
            guard isMore else { return }
            index += 1
        }
    }

    /// Runs `body` with each entry of a block that is used, until it says that it is enough.
    private func forEachEntry(
        _ bytes: RawSpan, _ body: (ExtendedEntry, Int, Int?) throws(Errno) -> Bool
    ) throws(Errno) -> Bool {
        var place = 0
        var previous: Int? = nil
        while place < blockSize {
            guard let entry = ExtendedEntry(bytes, at: place, hasTypes: superblock.hasFileTypes),
                entry.number <= superblock.inodesCount
            else { throw damagedDirectory() }
            guard try body(entry, place, previous) else { return false }
            previous = place
            place += entry.length
        }
        return true
    }

    /// Looks for a name, and for room for it where there is none.
    func search(
        _ name: RawSpan, in directory: ExtendedInode
    ) throws(Errno) -> (found: EntryPlace?, room: EntryRoom?) {
        var found: EntryPlace? = nil
        var room: EntryRoom? = nil
        let need = ExtendedEntry.need(name.byteCount)
        try forEachBlock(of: directory) { (_, block, bytes) throws(Errno) in
            try forEachEntry(bytes) { (entry, place, previous) in
                if room == nil, entry.length - entry.used >= need { room = EntryRoom(block: block, offset: place) }
                guard entry.number != 0, entry.nameLength == name.byteCount,
                    bytes.extracting(place + ExtendedEntry.header..<place + ExtendedEntry.header + entry.nameLength)
                        .isEqual(to: name)
                else { return true }
                found = EntryPlace(block: block, offset: place, previous: previous, number: entry.number)
                return false
            }
        }
        return (found, room)
    }

    /// - Throws: `ENOENT`.
    func find(_ name: borrowing FileName, in directory: ExtendedInode) throws(Errno) -> EntryPlace {
        guard let found = try search(name.bytes, in: directory).found else { throw .noSuchFileOrDirectory }
        return found
    }

    /// Whether nothing but `.` and `..` is in a directory.
    func isEmpty(_ directory: ExtendedInode) throws(Errno) -> Bool {
        var isEmpty = true
        try forEachBlock(of: directory) { (_, _, bytes) throws(Errno) in
            try forEachEntry(bytes) { (entry, place, _) in
                guard entry.number != 0 else { return true }
                let start = place + ExtendedEntry.header
                let name = bytes.extracting(start..<start + entry.nameLength)
                if !name.isDot, !name.isDotDot { isEmpty = false }
                return isEmpty
            }
        }
        return isEmpty
    }

    /// The number of the directory that a directory is in: its second entry.
    func parentNumber(of directory: ExtendedInode) throws(Errno) -> UInt32 {
        let block = try block(of: directory, at: 0)
        guard block != 0 else { throw damagedDirectory() }
        let hasTypes = superblock.hasFileTypes
        let number = try cache.read(block) { (bytes) -> UInt32? in
            guard let first = ExtendedEntry(bytes, at: 0, hasTypes: hasTypes),
                first.nameLength == 1, bytes[8] == UInt8(ascii: "."), first.number == directory.number,
                let second = ExtendedEntry(bytes, at: first.length, hasTypes: hasTypes), second.nameLength == 2,
                bytes[first.length + 8] == UInt8(ascii: "."), bytes[first.length + 9] == UInt8(ascii: ".")
            else { return nil }
            return second.number
        }
        guard let number, number > 0, number <= superblock.inodesCount else { throw damagedDirectory() }
        return number
    }

    func setParent(_ parent: UInt32, of directory: ExtendedInode) throws(Errno) {
        _ = try parentNumber(of: directory)
        try cache.change(try block(of: directory, at: 0), as: .entries(isNew: false)) { (bytes) in
            let first = bytes.bytes.value(at: 4, as: UInt16.self) ?? 12
            _ = bytes.store(parent, at: UInt64(first))
        }
    }

    // MARK: - Entries

    private func type(_ kind: FileKind) -> UInt8 {
        superblock.hasFileTypes ? ExtendedEntry.type(of: kind) : 0
    }

    /// A new directory's first block.
    ///
    /// - Throws: `ENOSPC`, and nothing has changed.
    func fill(_ directory: inout ExtendedInode, parent: UInt32) throws(Errno) {
        let (block, _) = try takeBlock(of: &directory, at: 0)
        directory.size = Int64(blockSize)
        let (number, type) = (directory.number, type(.directory))
        try cache.change(block, as: .entries(isNew: true)) { (bytes) in
            ExtendedEntry.write(number, length: 12, nameLength: 1, type: type, to: &bytes, at: 0)
            _ = bytes.store(UInt8(ascii: "."), at: 8)
            ExtendedEntry.write(parent, length: blockSize - 12, nameLength: 2, type: type, to: &bytes, at: 12)
            _ = bytes.store(UInt8(ascii: "."), at: 20)
            _ = bytes.store(UInt8(ascii: "."), at: 21)
        }
    }

    /// Without a journal a directory has room for a name before the name is entered: else a
    /// file could be there, and what names it not.
    func makeRoom(for name: RawSpan, in directory: Inode) throws(Errno) {
        guard journal == nil, !isReadOnly else { return }
        let node = try self.directory(directory)
        let (found, room) = try search(name, in: node)
        guard found == nil, room == nil else { return }
        try changing(.name, .adding(isLast: true)) { () throws(Errno) in
            var node = try self.directory(directory, isChanged: true)
            guard freeBlocks >= 4, node.size + Int64(blockSize) <= Int64(Int32.max) else { throw .noSpace }
            let (block, _) = try takeBlock(of: &node, at: UInt64(node.size) >> UInt64(superblock.blockShift))
            node.size += Int64(blockSize)
            try cache.change(block, as: .entries(isNew: true)) { (bytes) in
                ExtendedEntry.write(0, length: blockSize, nameLength: 0, type: 0, to: &bytes, at: 0)
            }
            node.flags &= ~ExtendedInode.isIndexed
            try store(node)
        }
    }

    /// Adds an entry; the directory is stored, with its times.
    ///
    /// - Throws: `ENOSPC`, and nothing has changed.
    func enter(
        _ name: RawSpan, _ number: UInt32, _ kind: FileKind, in directory: inout ExtendedInode, _ room: EntryRoom?,
        now: FileTime
    ) throws(Errno) {
        let (type, hasTypes) = (type(kind), superblock.hasFileTypes)
        func write(_ bytes: inout MutableRawSpan, at place: Int, length: Int) {
            ExtendedEntry.write(number, length: length, nameLength: name.byteCount, type: type, to: &bytes, at: place)
            _ = bytes.copy(
                name, at: 0, count: UInt64(name.byteCount), to: UInt64(place + ExtendedEntry.header))
        }
        if let room {
            try cache.change(room.block, as: .entries(isNew: false)) { (bytes) throws(Errno) in
                guard let entry = ExtendedEntry(bytes.bytes, at: room.offset, hasTypes: hasTypes) else {
                    throw .inputOutputError
                }
                let used = entry.used
                if used > 0 { _ = bytes.store(UInt16(truncatingIfNeeded: used), at: UInt64(room.offset) + 4) }
                write(&bytes, at: room.offset + used, length: entry.length - used)
            }
        } else {
            guard directory.size + Int64(blockSize) <= Int64(Int32.max) else { throw .noSpace }
            let (block, _) = try takeBlock(
                of: &directory, at: UInt64(directory.size) >> UInt64(superblock.blockShift))
            directory.size += Int64(blockSize)
            try cache.change(block, as: .entries(isNew: true)) { (bytes) in
                write(&bytes, at: 0, length: blockSize)
            }
        }
        try storeChanged(&directory, now)
    }

    /// Takes an entry away; the directory is stored, with its times.
    func leave(_ place: EntryPlace, in directory: inout ExtendedInode, now: FileTime) throws(Errno) {
        let hasTypes = superblock.hasFileTypes
        try cache.change(place.block, as: .entries(isNew: false)) { (bytes) throws(Errno) in
            guard let entry = ExtendedEntry(bytes.bytes, at: place.offset, hasTypes: hasTypes) else {
                throw .inputOutputError
            }
            if let previous = place.previous,
                let before = ExtendedEntry(bytes.bytes, at: previous, hasTypes: hasTypes)
            {
                _ = bytes.store(UInt16(truncatingIfNeeded: before.length + entry.length), at: UInt64(previous) + 4)
            } else {
                _ = bytes.store(UInt32(0), at: UInt64(place.offset))
            }
        }
        try storeChanged(&directory, now)
    }

    /// An entry is another file's from now on; the directory is stored, with its times.
    func replace(
        _ place: EntryPlace, by node: ExtendedInode, in directory: inout ExtendedInode, now: FileTime
    ) throws(Errno) {
        let type = type(node.kind ?? .regular)
        try cache.change(place.block, as: .entries(isNew: false)) { (bytes) in
            _ = bytes.store(node.number, at: UInt64(place.offset))
            _ = bytes.store(type, at: UInt64(place.offset) + 7)
        }
        try storeChanged(&directory, now)
    }

    private func storeChanged(_ directory: inout ExtendedInode, _ now: FileTime) throws(Errno) {
        directory.flags &= ~ExtendedInode.isIndexed
        (directory.modificationTime, directory.changeTime) = (now, now)
        try store(directory)
    }

    // MARK: - Reading

    public func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {
        var node = try self.directory(directory)
        let shift = UInt64(superblock.blockShift)
        try forEachBlock(of: node, from: position >> shift) { (index, _, bytes) throws(Errno) in
            try forEachEntry(bytes) { (entry, place, _) in
                let start = index << shift + UInt64(place)
                guard entry.number != 0, start >= position else { return true }
                let name = bytes.extracting(place + ExtendedEntry.header..<place + ExtendedEntry.header + entry.nameLength)
                guard name.isDot || name.isDotDot || FileName(name) != nil else { return true }
                return body(
                    DirectoryEntryStatus(
                        number: UInt64(entry.number), kind: entry.kind, next: start + UInt64(entry.length)),
                    name)
            }
        }
        setAccessed(&node)
    }
}
