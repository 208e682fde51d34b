import KernelSupport

/// New names, and names that go.
extension ExtendedSystem {
    /// Makes a file with a name.
    ///
    /// - Parameter fill: Gives the file what it holds, and its links; stores it.
    /// - Throws: `EEXIST`, `ENOENT`, `ENOTDIR`, `ENOSPC`, `EMLINK`, `EPERM`.
    private func make(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, _ new: NewFile, blocks: UInt64,
        _ fill: (inout ExtendedInode, inout ExtendedInode) throws(Errno) -> Void
    ) throws(Errno) -> ExtendedInode {
        let bytes = name.bytes
        try makeRoom(for: bytes, in: directory)
        return try changing(.name, .adding(isLast: kind == .directory)) { () throws(Errno) in
            var parent = try self.directory(directory)
            let (found, room) = try search(bytes, in: parent)
            guard found == nil else { throw .fileExists }
            try mayChange(parent)
            if kind == .directory { try mayHaveOneMore(parent) }
            // The directory's next block, and the way to it.
            let needed = blocks + (room == nil ? 4 : 0)
            guard freeBlocks >= needed, freeInodes > 0 else { throw .noSpace }
            var node = try newInode(kind, new, near: parent)
            try fill(&node, &parent)
            try enter(bytes, node.number, kind, in: &parent, room, now: new.now)
            return node
        }
    }

    /// - Throws: `EMLINK`: a directory has as many directories in it as it may.
    func mayHaveOneMore(_ directory: ExtendedInode) throws(Errno) {
        let hasNoLimit = superblock.readOnlyCompatible & ExtendedSuperblock.directoryLinks != 0
        guard directory.linkCount < Self.mostLinks || hasNoLimit else { throw .tooManyLinks }
    }

    /// `EXT2_LINK_MAX`, as ext3 has it.
    static var mostLinks: UInt16 { 32_000 }
    /// From here on a directory's links are not counted any more (`EXT4_LINK_MAX`).
    private static var mostCounted: UInt16 { 65_000 }

    /// A directory has one directory more in it; with dir_nlink, 1 says that they are many.
    func addLink(_ directory: inout ExtendedInode) {
        guard directory.linkCount > 1 else { return }
        directory.linkCount += 1
        if directory.linkCount >= Self.mostCounted { directory.linkCount = 1 }
    }

    func dropLink(_ directory: inout ExtendedInode) {
        if directory.linkCount > 2 { directory.linkCount -= 1 }
    }

    public func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode {
        if opens != nil { try openFiles.makeRoom(memory) }
        let node = try make(.regular, name, in: directory, new, blocks: 0) { (node, _) throws(Errno) in
            if opens != nil { try openFiles.open(node.number, memory) }
            node.linkCount = 1
            try store(node)
        }
        return inode(node)
    }

    public func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
    ) throws(Errno) -> Inode {
        let node = try make(.directory, name, in: directory, new, blocks: 1) { (node, parent) throws(Errno) in
            node.linkCount = 2
            try fill(&node, parent: parent.number)
            try store(node)
            addLink(&parent)
        }
        return inode(node)
    }

    public func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode {
        let size = target.byteCount
        guard size > 0 else { throw .noSuchFileOrDirectory }
        // It has one block, and a zero behind it.
        guard size < blockSize, size <= 4095 else { throw .fileNameTooLong }
        let node = try make(.symbolicLink, name, in: directory, new, blocks: size < 60 ? 0 : 1) {
            (node, _) throws(Errno) in
            node.linkCount = 1
            node.size = Int64(size)
            if size < 60 {
                for place in 0..<size { node.blocks[place / 4] |= UInt32(target[place]) << UInt32(place % 4 * 8) }
            } else {
                let (block, _) = try takeBlock(of: &node, at: 0)
                try cache.change(block, as: .structure(isNew: true)) { (bytes) in
                    _ = bytes.copy(target, at: 0, count: UInt64(size), to: 0)
                }
            }
            try store(node)
        }
        return inode(node)
    }

    public func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64, _ new: NewFile
    ) throws(Errno) -> Inode {
        guard kind != .directory, kind != .symbolicLink, kind != .regular else { throw .invalidArgument }
        let node = try make(kind, name, in: directory, new, blocks: 0) { (node, _) throws(Errno) in
            node.linkCount = 1
            if kind == .characterDevice || kind == .blockDevice { node.device = device }
            try store(node)
        }
        return inode(node)
    }

    public func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) {
        let bytes = name.bytes
        guard !inode.isDirectory else {
            let parent = try self.directory(directory)
            throw try search(bytes, in: parent).found == nil ? .notPermitted : .fileExists
        }
        try makeRoom(for: bytes, in: directory)
        try changing(.name, .adding(isLast: false)) { () throws(Errno) in
            var parent = try self.directory(directory)
            let (found, room) = try search(bytes, in: parent)
            guard found == nil else { throw .fileExists }
            var node = try node(inode)
            guard node.linkCount > 0 else { throw .noSuchFileOrDirectory }
            guard node.linkCount < Self.mostLinks else { throw .tooManyLinks }
            try mayChange(parent)
            try mayChange(node)
            guard room != nil || freeBlocks >= 4 else { throw .noSpace }
            node.linkCount += 1
            node.changeTime = now
            try store(node)
            try enter(bytes, node.number, inode.kind, in: &parent, room, now: now)
        }
    }

    // MARK: - Removing

    public func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        let bytes = name.bytes
        let left = try changing(.freeing, .removing(isFirst: false, isLast: false)) { () throws(Errno) -> UInt32? in
            var parent = try self.directory(directory)
            guard let place = try search(bytes, in: parent).found else { throw .noSuchFileOrDirectory }
            var node = try file(place.number)
            guard !node.isDirectory else { throw .isDirectory }
            try mayChange(parent)
            try mayChange(node)
            try leave(place, in: &parent, now: now)
            return try dropName(&node, now)
        }
        if let left { try? dispose(left) }
    }

    /// A file has a name less, and is stored.
    ///
    /// - Returns: What is to be disposed of after the transaction.
    func dropName(_ node: inout ExtendedInode, _ now: FileTime) throws(Errno) -> UInt32? {
        node.changeTime = now
        if node.linkCount > 1, !node.isDirectory {
            node.linkCount -= 1
            try store(node)
            return nil
        }
        return try loseLastName(&node) ? node.number : nil
    }

    public func removeDirectory(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        let bytes = name.bytes
        let left = try changing(.freeing, .removing(isFirst: true, isLast: false)) { () throws(Errno) -> UInt32? in
            var parent = try self.directory(directory)
            guard let place = try search(bytes, in: parent).found else { throw .noSuchFileOrDirectory }
            var node = try file(place.number)
            guard node.isDirectory else { throw .notDirectory }
            guard node.number != ExtendedInode.root, node.number != parent.number else {
                throw damaged("a directory on the disk is in itself; run e2fsck on it")
            }
            guard try isEmpty(node) else { throw .directoryNotEmpty }
            try mayChange(parent)
            try mayChange(node)
            dropLink(&parent)
            try leave(place, in: &parent, now: now)
            return try dropName(&node, now)
        }
        if let left { try? dispose(left) }
    }
}
