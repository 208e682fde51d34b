import KernelSupport

/// Short paths whose every part is a name in memory: neither links, nor dots,
/// nor what is mounted. They are walked, and what they lead to is used, while the
/// names' lock is held once.
extension RamTree {
    /// The file at such a path's end; `nil`: it is to be walked part by part.
    @inline(__always)
    func quickWalk(_ path: inout ShortText, from base: Inode) -> Inode? {
        if let known = paths.file(at: &path, from: base) { return known }
        return walkAndNote(&path, from: base)
    }

    @inline(never)
    private func walkAndNote(_ path: inout ShortText, from base: Inode) -> Inode? {
        guard let found = path.withBytes({ walk($0, from: base) }) else { return nil }
        paths.note(found, at: &path, from: base)
        return found
    }

    /// The same of any path.
    func walk(_ text: RawSpan, from base: Inode) -> Inode? {
        let slash = UInt8(ascii: "/")
        let count = text.byteCount
        var current = base
        var position = 0
        while position < count, text[position] == slash { position += 1 }
        guard position < count else { return nil }
        while true {
            guard let place = directories.place(of: current), !place.record.file.header.isMountPoint else {
                return nil
            }
            let end = text.firstOffset(of: slash, from: position)
            let bytes = text.extracting(position..<end)
            guard bytes.byteCount <= FileName.longest, !bytes.isDot, !bytes.isDotDot else { return nil }
            let name = FileName(checked: bytes)
            guard let found = place.record.file.directory.inode(of: name, hash: hash(name)) else { return nil }
            if end == count {
                switch found.kind {
                case .symbolicLink: return nil
                case .directory: return isMountPoint(found) ? nil : found
                default: return found
                }
            }
            position = end
            while position < count, text[position] == slash { position += 1 }
            guard found.kind == .directory, position < count else { return nil }
            current = found
        }
    }
}

extension FileSystems where Self: ~Copyable {
    /// The longest path that is walked so.
    private static var longestQuickPath: Int { 256 }

    /// Runs `body` with the file that `walk` finds from where a path starts.
    ///
    /// - Returns: `nil`: the path is to be walked part by part.
    @inline(__always)
    private func withWalk<Value>(
        isAbsolute: Bool, from base: Node, _ walk: (borrowing RamTree, Inode) -> Inode?,
        _ body: (inout NameState, Inode) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        let start = isAbsolute ? try root : base
        guard start.system == .ram, start.kind == .directory else { return nil }
        return try withNames { (names, _) throws(Errno) in
            guard let inode = walk(names.ram, start.inode) else { return nil }
            return try body(&names, inode)
        }
    }

    /// Runs `body` with the file at the end of a path that is not long.
    ///
    /// - Returns: `nil`: the path is to be walked part by part.
    func withQuickWalk<Value>(
        _ text: RawSpan, from base: Node, _ body: (inout NameState, Inode) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        guard text.byteCount > 0, text.byteCount <= Self.longestQuickPath else { return nil }
        return try withWalk(
            isAbsolute: text[0] == UInt8(ascii: "/"), from: base, { $0.walk(text, from: $1) }, body)
    }

    /// Runs `body` with the file at the end of a short path.
    ///
    /// - Returns: `nil`: the path is to be walked part by part.
    @inline(__always)
    private func withQuickWalk<Value>(
        _ path: inout ShortText, from base: Node, _ body: (inout NameState, Inode) throws(Errno) -> Value?
    ) throws(Errno) -> Value? {
        guard path.count > 0 else { return nil }
        return try withWalk(
            isAbsolute: path.isAbsolutePath, from: base, { $0.quickWalk(&path, from: $1) }, body)
    }

    /// The file at the end of a short path; `nil`: the path is to be walked part by part.
    @inline(__always)
    public func quickFind(_ path: inout ShortText, from base: Node) throws(Errno) -> Node? {
        try withQuickWalk(&path, from: base) { (_, inode) throws(Errno) in Node(inode, on: .ram) }
    }

    /// What is known of the file at the end of a short path.
    ///
    /// - Returns: The file; `nil`: the path is to be walked part by part.
    /// - Throws: As `find`.
    @inline(__always)
    public func quickStatus(
        _ path: inout ShortText, from base: Node, _ status: inout InodeStatus
    ) throws(Errno) -> Node? {
        try withQuickWalk(&path, from: base) { (names, inode) throws(Errno) in
            try names.ram.getStatus(of: inode, &status)
            return Node(inode, on: .ram)
        }
    }

    /// Opens the regular file in memory at the end of a short path, as it is: the caller
    /// truncates it.
    ///
    /// - Returns: `nil`: the path is to be walked part by part, or leads to no such file.
    @inline(__always)
    public func quickOpen(
        _ path: inout ShortText, from base: Node, _ flags: OpenRequest
    ) -> (Node, OpenData)? {
        guard flags.isDisjoint(with: .wantsWalk) else { return nil }
        return try? withQuickWalk(&path, from: base) { (names, inode) throws(Errno) in
            try names.ram.openIfRegular(inode)
        }
    }
}

extension ShortText {
    /// It begins with a slash.
    @inline(__always)
    public var isAbsolutePath: Bool { UInt8(truncatingIfNeeded: words[0]) == UInt8(ascii: "/") }
}

extension RamTree {
    /// Keeps a regular file, for its data; `nil`: it is none.
    ///
    /// - Throws: `ENOENT`.
    @inline(__always)
    mutating func openIfRegular(_ inode: Inode) throws(Errno) -> (Node, OpenData)? {
        guard inode.kind == .regular else { return nil }
        return (Node(inode, on: .ram), try openData(inode))
    }
}

extension OpenRequest {
    /// What a quick walk's end is not looked at for.
    static var wantsWalk: OpenRequest { [.directory, .exclusive, .unnamed] }
}
