import KernelSupport

/// Short paths whose every part is a name in memory: neither links, nor dots,
/// nor what is mounted. They are walked, and what they lead to is used, while the
/// names' lock is held once.
extension RamTree {
    /// The file at such a path's end; `nil`: it is to be walked part by part.
    func quickWalk(_ text: RawSpan, count: Int, from base: Inode) -> Inode? {
        let slash = UInt8(ascii: "/")
        var current = base
        var position = 0
        while position < count, text[position] == slash { position += 1 }
        guard position < count else { return nil }
        while true {
            guard let place = directories.place(of: current), !place.record.file.header.isMountPoint else {
                return nil
            }
            let start = position
            while position < count, text[position] != slash { position += 1 }
            let bytes = text.extracting(start..<position)
            guard bytes.byteCount <= FileName.longest, !bytes.isDot, !bytes.isDotDot else { return nil }
            let name = FileName(checked: bytes)
            guard let found = place.record.file.directory.inode(of: name, hash: hash(name)) else { return nil }
            if position == count {
                switch found.kind {
                case .symbolicLink: return nil
                case .directory: return isMountPoint(found) ? nil : found
                default: return found
                }
            }
            while position < count, text[position] == slash { position += 1 }
            guard found.kind == .directory, position < count else { return nil }
            current = found
        }
    }
}

extension FileSystems where Self: ~Copyable {
    /// The longest path that is walked so.
    private static var longestQuickPath: Int { 256 }

    /// Runs `body` with the file at the end of a short path.
    ///
    /// - Returns: `nil`: the path is to be walked part by part.
    @inline(__always)
    func withQuickWalk<Value>(
        _ text: borrowing MutableRawSpan, count: Int, from base: Node,
        _ body: (inout NameState, Inode) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        guard count > 0, count <= Self.longestQuickPath else { return nil }
        let bytes = text.bytes
        let start = bytes[0] == UInt8(ascii: "/") ? try root : base
        guard start.system == .ram, start.kind == .directory else { return nil }
        return try withNames { (names, _) throws(Errno) in
            guard let inode = names.ram.quickWalk(bytes, count: count, from: start.inode) else { return nil }
            return try body(&names, inode)
        }
    }

    /// What is known of the file at the end of a path.
    ///
    /// - Throws: As `find`.
    public func status(
        _ text: inout MutableRawSpan, count: Int, from base: Node, follows: Bool
    ) throws(Errno) -> (InodeStatus, Node) {
        let quick = try withQuickWalk(text, count: count, from: base) { (names, inode) throws(Errno) in
            (try names.ram.status(of: inode), Node(inode, on: .ram))
        }
        if let quick { return quick }
        let node = try find(&text, count: count, from: base, follows: follows)
        return (try status(of: node), node)
    }
}
