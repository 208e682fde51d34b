import KernelSupport

/// Names, looked at.
extension ExtendedSystem {
    public func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        let node = try self.directory(directory)
        return inode(try file(try find(name, in: node).number))
    }

    public func parent(of directory: Inode) throws(Errno) -> Inode {
        inode(try parentNode(of: try self.directory(directory)))
    }

    func parentNode(of directory: ExtendedInode) throws(Errno) -> ExtendedInode {
        let parent = try file(try parentNumber(of: directory))
        guard parent.isDirectory else { throw damaged("a directory on the disk is in none; run e2fsck on it") }
        return parent
    }

    public func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode {
        let parent = try parentNode(of: try self.directory(directory))
        if directory == root { return root }
        var isFound = false
        try entries(of: inode(parent), from: 0) { entry, name in
            guard entry.number == UInt64(directory.index) + 1, !name.isDot, !name.isDotDot else { return true }
            isFound = true
            body(name)
            return false
        }
        guard isFound else { throw .noSuchFileOrDirectory }
        return inode(parent)
    }

    public func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) {
        var node = try node(link)
        guard node.kind == .symbolicLink else { throw .invalidArgument }
        let size = Int(node.size)
        if node.isFastLink(blockSize: blockSize) {
            var bytes = InlineArray<60, UInt8>(repeating: 0)
            for index in 0..<15 {
                let word = node.blocks[index]
                for byte in 0..<4 { bytes[index * 4 + byte] = UInt8(truncatingIfNeeded: word >> UInt32(byte * 8)) }
            }
            try bytes.withBytes(0..<size) { (text) throws(Errno) in try tell(text, body) }
        } else {
            let block = try block(of: node, at: 0)
            guard block != 0 else { throw damaged("a link on the disk is damaged; run e2fsck on it") }
            try cache.read(block) { (bytes) throws(Errno) in try tell(bytes.extracting(0..<size), body) }
        }
        setAccessed(&node)
    }

    private func tell(_ text: RawSpan, _ body: (RawSpan) -> Void) throws(Errno) {
        for place in 0..<text.byteCount where text[place] == 0 {
            throw damaged("a link on the disk is damaged; run e2fsck on it")
        }
        body(text)
    }
}
