import KernelSupport

/// New names, by paths.
///
/// Everywhere, `text` holds the path in its first `count` bytes of 4096 and may be
/// changed; `base` is where a path starts that does not begin with a slash.
/// Whatever the function, it throws what `resolve` throws, too.
extension FileSystems where Self: ~Copyable {
    /// Makes a directory (`mkdirat`).
    ///
    /// - Throws: `EEXIST`, `ENOSPC`, `EROFS`.
    public func makeDirectory(
        _ text: inout MutableRawSpan, count: Int, from base: Node, mode: FileMode
    ) throws(Errno) {
        let end = try resolve(&text, count: count, from: base, .name)
        guard case .name(let range) = end.last else { throw .fileExists }
        let new = NewFile(mode: mode, now: now())
        let name = FileName(checked: text.bytes.extracting(range))
        if end.directory.system == .ram {
            try withNames { (names, store) throws(Errno) in
                _ = try names.ram.makeDirectory(name, in: end.directory.inode, new, store)
            }
        } else {
            _ = try system(end.directory.system).makeDirectory(name, in: end.directory.inode, new)
        }
    }

    /// Makes a symbolic link (`symlinkat`).
    ///
    /// - Throws: `EEXIST`, `ENOSPC`, `EROFS`; `ENOENT`: the target is empty, or
    ///   the path ends with a slash; `ENAMETOOLONG`: the target is too long.
    public func makeLink(
        target: RawSpan, _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) {
        guard target.byteCount > 0 else { throw .noSuchFileOrDirectory }
        guard target.byteCount <= RamTree.longestTarget else { throw .fileNameTooLong }
        let range = try newName(&text, count: count, from: base)
        let new = NewFile(mode: FileMode(0o777), now: now())
        let name = FileName(checked: text.bytes.extracting(range.name))
        if range.directory.system == .ram {
            try withNames { (names, store) throws(Errno) in
                _ = try names.ram.makeLink(name, in: range.directory.inode, target: target, new, store)
            }
        } else {
            _ = try system(range.directory.system).makeLink(
                name, in: range.directory.inode, target: target, new)
        }
    }

    /// Makes a regular file, a FIFO, a socket's name or a device's (`mknodat`).
    ///
    /// - Throws: `EEXIST`, `ENOSPC`, `EROFS`; `EINVAL`: the kind has another
    ///   function; `ENOENT`: the path ends with a slash.
    @discardableResult
    public func makeSpecial(
        _ kind: FileKind, device: UInt64, _ text: inout MutableRawSpan, count: Int, from base: Node,
        mode: FileMode
    ) throws(Errno) -> Node {
        guard kind != .directory && kind != .symbolicLink else { throw .invalidArgument }
        let range = try newName(&text, count: count, from: base)
        let new = NewFile(mode: mode, now: now())
        let name = FileName(checked: text.bytes.extracting(range.name))
        let directory = range.directory.inode
        let inode: Inode
        if range.directory.system == .ram {
            inode = try withNames { (names, store) throws(Errno) in
                kind == .regular
                    ? try names.ram.makeFile(name, in: directory, new, store)
                    : try names.ram.makeSpecial(kind, name, in: directory, device: device, new, store)
            }
        } else if kind == .regular {
            inode = try system(range.directory.system).makeFile(
                name, in: directory, new, opens: nil)
        } else {
            inode = try system(range.directory.system).makeSpecial(
                kind, name, in: directory, device: device, new)
        }
        return Node(inode, on: range.directory.system)
    }

    /// Gives a file one more name (`linkat`).
    ///
    /// - Parameter node: What `resolve` has found, or an open file.
    /// - Throws: `EPERM`: it is a directory; `EXDEV`: the name is on another
    ///   file system; `EMLINK`, `EEXIST`, `ENOSPC`, `EROFS`.
    public func link(
        _ node: Node, _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) {
        let range = try newName(&text, count: count, from: base)
        guard range.directory.system == node.system else { throw .improperLink }
        let name = FileName(checked: text.bytes.extracting(range.name))
        let now = now()
        if node.system == .ram {
            try withNames { (names, store) throws(Errno) in
                try names.ram.link(node.inode, name, in: range.directory.inode, now: now, store)
            }
        } else {
            try system(node.system).link(node.inode, name, in: range.directory.inode, now: now)
        }
    }

    /// Where a new name is to be that is no directory's.
    ///
    /// - Throws: `EEXIST`; `ENOENT`: a slash follows, and there is nothing.
    private func newName(
        _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) -> (directory: Node, name: Range<Int>) {
        let end = try resolve(&text, count: count, from: base, .name)
        guard case .name(let range) = end.last else { throw .fileExists }
        if end.hasSlash {
            _ = try lookUp(FileName(checked: text.bytes.extracting(range)), in: end.directory)
            throw .fileExists
        }
        return (end.directory, range)
    }
}
