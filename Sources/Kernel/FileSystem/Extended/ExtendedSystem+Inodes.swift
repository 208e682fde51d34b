import KernelSupport

/// Inodes on the disk.
extension ExtendedSystem {
    private func place(_ number: UInt32) throws(Errno) -> (block: UInt32, range: Range<Int>) {
        guard number > 0, number <= superblock.inodesCount else { throw .inputOutputError }
        let group = try group(superblock.group(ofInode: number))
        let index = (number - 1) % superblock.inodesPerGroup
        let start = Int(index % superblock.inodesPerBlock * superblock.inodeSize)
        return (group.inodeTable + index / superblock.inodesPerBlock, start..<start + Int(superblock.inodeSize))
    }

    /// An inode as it is, whatever it is.
    ///
    /// - Throws: `EIO`.
    func readInode(_ number: UInt32) throws(Errno) -> ExtendedInode {
        let (block, range) = try place(number)
        return try cache.read(block, ahead: 8) { (bytes) in
            ExtendedInode(bytes.extracting(range), number: number)
        }
    }

    func store(_ node: ExtendedInode) throws(Errno) {
        let (block, range) = try place(node.number)
        try cache.change(block, as: .structure(isNew: false)) { (bytes) in
            var part = bytes._mutatingExtracting(range)
            node.write(to: &part)
        }
    }

    /// Clears all of an inode's bytes, for a new one.
    private func clearInode(_ number: UInt32) throws(Errno) {
        let (block, range) = try place(number)
        try cache.change(block, as: .structure(isNew: false)) { (bytes) in
            _ = bytes.zero(at: UInt64(range.lowerBound), count: UInt64(range.count))
        }
    }

    /// Whether an inode makes sense as a file's.
    private func isSound(_ node: ExtendedInode) -> Bool {
        guard let kind = node.kind, node.flags & (ExtendedInode.unknownFlags | ExtendedInode.isHuge) == 0,
            node.number == ExtendedInode.root || node.number >= superblock.firstInode
        else { return false }
        switch kind {
        case .regular: return node.size >= 0 && node.size <= mostBytes
        case .directory:
            return node.size > 0 && node.size <= Int64(Int32.max) && node.size & Int64(blockSize - 1) == 0
        case .symbolicLink: return node.size > 0 && node.size < Int64(blockSize) && node.size <= 4095
        default: return true
        }
    }

    /// The file of that number, which some entry names.
    ///
    /// - Throws: `EIO`: there is none.
    func file(_ number: UInt32) throws(Errno) -> ExtendedInode {
        let node = try readInode(number)
        guard isSound(node), node.linkCount > 0 else {
            throw damaged("a name on the disk is for no file; run e2fsck on it")
        }
        return node
    }

    func inode(_ node: ExtendedInode) -> Inode {
        Inode(kind: node.kind ?? .regular, index: node.number - 1, generation: node.generation)
    }

    /// The file that is meant.
    ///
    /// - Throws: `ENOENT`: it is gone.
    func node(_ inode: Inode) throws(Errno) -> ExtendedInode {
        let number = inode.index &+ 1
        guard number > 0, number <= superblock.inodesCount else { throw .noSuchFileOrDirectory }
        let node = try readInode(number)
        guard node.generation == inode.generation, node.kind == inode.kind,
            node.linkCount > 0 || openFiles.isOpen(number)
        else { throw .noSuchFileOrDirectory }
        guard isSound(node) else { throw damaged("an inode on the disk is damaged; run e2fsck on it") }
        return node
    }

    /// The directory that is meant.
    ///
    /// - Parameter isChanged: It is to get names or lose them.
    /// - Throws: `ENOTDIR`; `ENOENT`: it was removed; `EPERM`: it may not be changed.
    func directory(_ inode: Inode, isChanged: Bool = false) throws(Errno) -> ExtendedInode {
        guard inode.isDirectory else { throw .notDirectory }
        let node = try node(inode)
        guard node.linkCount > 0 else { throw .noSuchFileOrDirectory }
        if isChanged { try mayChange(node) }
        return node
    }

    /// - Throws: `EPERM`: it is marked as never to be changed.
    func mayChange(_ node: ExtendedInode) throws(Errno) {
        guard node.flags & ExtendedInode.isImmutable == 0 else { throw .notPermitted }
    }

    /// A new inode, for a file without names, which is not on the disk yet but for its number.
    ///
    /// - Throws: `ENOSPC`.
    func newInode(_ kind: FileKind, _ new: NewFile, near parent: ExtendedInode) throws(Errno) -> ExtendedInode {
        let number = try takeInode(near: parent.number, isDirectory: kind == .directory)
        let generation = try readInode(number).generation &+ 1
        try clearInode(number)
        var node = ExtendedInode(number: number)
        node.mode = UInt16(truncatingIfNeeded: kind.typeBits | new.mode.rawValue)
        node.owner = new.owner
        (node.accessTime, node.modificationTime, node.changeTime) = (new.now, new.now, new.now)
        node.generation = generation
        node.extraSize = superblock.extraSize
        if superblock.extraSize >= 24 {
            // When it was made, in the words behind the other times.
            let (block, range) = try place(number)
            let (seconds, nanoseconds) = (new.now.seconds, new.now.nanoseconds)
            try cache.change(block, as: .structure(isNew: false)) { (bytes) in
                let low = Int32(truncatingIfNeeded: seconds)
                let epoch = UInt32(truncatingIfNeeded: (seconds - Int64(low)) >> 32) & 3
                _ = bytes.store(low, at: UInt64(range.lowerBound) + 144)
                _ = bytes.store(nanoseconds << 2 | epoch, at: UInt64(range.lowerBound) + 148)
            }
        }
        return node
    }

    // MARK: - Files without names

    private var now: UInt32 { max(UInt32(truncatingIfNeeded: host.now.seconds), 1) }

    /// A file has lost its last name; it goes as soon as nobody has it open.
    ///
    /// - Returns: Whether `dispose` is to be called after the transaction.
    func loseLastName(_ node: inout ExtendedInode) throws(Errno) -> Bool {
        node.linkCount = 0
        if openFiles.isOpen(node.number) {
            try addOrphan(&node)
            try store(node)
            return false
        }
        var budget = Self.freeingBudget
        if try release(&node, &budget) { return false }
        try addOrphan(&node)
        try store(node)
        return true
    }

    /// Frees what a file has that nobody has any more, and itself; or a part of it.
    ///
    /// - Returns: Whether all is done, and stored.
    private func release(_ node: inout ExtendedInode, _ budget: inout Int) throws(Errno) -> Bool {
        if node.hasBlocks(blockSize: blockSize) {
            guard try freeBlocks(of: &node, from: 0, &budget) else { return false }
        }
        try freeAttributes(of: &node)
        if node.isRegular || node.isDirectory { node.size = 0 }
        node.deletionTime = now
        try store(node)
        try freed.add(
            node.number, node.isDirectory ? .directory : .inode, group: superblock.group(ofInode: node.number), memory)
        return true
    }

    /// Frees a file that has no name and that nobody has open.
    func dispose(_ number: UInt32) throws(Errno) {
        var isDone = false
        while !isDone {
            isDone = try changing(.freeing) { () throws(Errno) in
                var node = try readInode(number)
                guard node.linkCount == 0 else { return true }
                var budget = Self.freeingBudget
                let next = node.deletionTime
                guard try release(&node, &budget) else {
                    try store(node)
                    return false
                }
                try removeOrphan(number, next: next)
                return true
            }
        }
    }

    /// The block of extended attributes loses a file.
    private func freeAttributes(of node: inout ExtendedInode) throws(Errno) {
        let block = node.attributes
        guard block != 0 else { return }
        try checkFiles(block)
        node.attributes = 0
        node.sectors -= min(node.sectors, UInt64(blockSize / 512))
        let count = try cache.read(block) { (bytes) -> UInt32 in
            bytes.value(at: 0, as: UInt32.self) == 0xEA02_0000 ? bytes.value(at: 4, as: UInt32.self) ?? 1 : 1
        }
        if count > 1 {
            try cache.change(block, as: .structure(isNew: false)) { (bytes) in
                _ = bytes.store(count - 1, at: 4)
            }
        } else {
            try freeBlock(block, isStructure: true)
        }
    }

    // MARK: - The list of orphans

    /// Puts a file into the list of those that the next mount frees, or cuts to their size.
    /// Without a journal there is none: `e2fsck` finds them.
    func addOrphan(_ node: inout ExtendedInode) throws(Errno) {
        guard journal != nil else {
            if node.linkCount == 0 { node.deletionTime = now }
            return
        }
        node.deletionTime = superblock.lastOrphan
        try setLastOrphan(node.number)
    }

    private func setLastOrphan(_ number: UInt32) throws(Errno) {
        try changeSuperblock { bytes, start in _ = bytes.store(number, at: start + ExtendedSuperblock.lastOrphanPlace) }
        superblock.lastOrphan = number
    }

    /// - Parameter next: What is behind it in the list.
    func removeOrphan(_ number: UInt32, next: UInt32) throws(Errno) {
        guard journal != nil else { return }
        if superblock.lastOrphan == number { return try setLastOrphan(next) }
        var current = superblock.lastOrphan
        var left = superblock.inodesCount
        while current != 0, current <= superblock.inodesCount, left > 0 {
            var node = try readInode(current)
            if node.deletionTime == number {
                node.deletionTime = next
                return try store(node)
            }
            current = node.deletionTime
            left -= 1
        }
    }

    /// Does what a crash has left: at mount.
    func removeOrphans() throws(Errno) {
        var left = superblock.inodesCount
        while superblock.lastOrphan != 0 {
            let number = superblock.lastOrphan
            guard number >= superblock.firstInode, number <= superblock.inodesCount, left > 0 else { break }
            left -= 1
            var node = try readInode(number)
            guard node.kind != nil, node.deletionTime != number else { break }
            if node.linkCount == 0 {
                try dispose(number)
            } else {
                guard isSound(node), node.isRegular else { break }
                try cut(&node)
            }
            guard superblock.lastOrphan != number else { break }
        }
        guard superblock.lastOrphan != 0 else { return }
        report("the list of files to be freed is damaged; run e2fsck on the disk")
        try changing(.inode) { () throws(Errno) in try setLastOrphan(0) }
    }
}
