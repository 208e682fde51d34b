import KernelSupport

/// Names that go, by paths: as `FileSystems+Making` has it.
extension FileSystems where Self: ~Copyable {
    /// Takes a file's name away (`unlinkat`).
    ///
    /// - Throws: `EISDIR`: it is a directory; `ENOENT`, `EROFS`; `ENOTDIR`: a
    ///   slash follows, and it is none.
    public func unlink(
        _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) {
        let end = try resolve(&text, count: count, from: base, .name)
        guard case .name(let range) = end.last else { throw .isDirectory }
        let name = FileName(checked: text.bytes.extracting(range))
        if end.hasSlash {
            let node = try lookUp(name, in: end.directory)
            throw node.kind == .directory ? .isDirectory : .notDirectory
        }
        let now = now()
        if end.directory.system == .ram {
            try removing { (names, store) throws(Errno) in
                try names.ram.unlink(name, in: end.directory.inode, now: now, store)
            }
        } else {
            try system(end.directory.system).unlink(name, in: end.directory.inode, now: now)
        }
    }

    /// Removes an empty directory (`unlinkat` with `AT_REMOVEDIR`).
    ///
    /// - Throws: `EINVAL`: the path ends with `.`; `ENOTEMPTY`: it is not empty, or
    ///   the path ends with `..`; `EBUSY`: something is mounted there, or it is the
    ///   root; `ENOENT`, `ENOTDIR`, `EROFS`.
    public func removeDirectory(
        _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) {
        let end = try resolve(&text, count: count, from: base, .name)
        let range: Range<Int>
        switch end.last {
        case .root: throw .resourceBusy
        case .dot: throw .invalidArgument
        case .dotDot: throw .directoryNotEmpty
        case .name(let name): range = name
        }
        let name = FileName(checked: text.bytes.extracting(range))
        let now = now()
        if end.directory.system == .ram {
            try removing { (names, store) throws(Errno) in
                try names.ram.removeDirectory(name, in: end.directory.inode, now: now, store)
            }
        } else {
            try system(end.directory.system).removeDirectory(name, in: end.directory.inode, now: now)
        }
    }

    /// The name that `rename` is to change.
    public func oldName(
        _ text: inout MutableRawSpan, count: Int, from base: Node
    ) throws(Errno) -> OldName {
        let end = try resolve(&text, count: count, from: base, .name)
        guard case .name(let range) = end.last else {
            return OldName(directory: end.directory, name: nil, hasSlash: end.hasSlash)
        }
        let name = FileName(checked: text.bytes.extracting(range))
        return OldName(directory: end.directory, name: NameCopy(name), hasSlash: end.hasSlash)
    }

    /// Gives a file another name (`renameat2`).
    ///
    /// - Parameter old: Its name until now.
    /// - Throws: `EXDEV`: the new name is on another file system; `EBUSY`: one of
    ///   the paths ends with `.` or `..`, or is the root's; `ENOTDIR`: a slash follows one of the names, and the file is no
    ///   directory; what `RamTree.rename` throws; `EROFS`.
    public func rename(
        _ old: OldName, to text: inout MutableRawSpan, count: Int, from base: Node,
        _ manner: RenameManner
    ) throws(Errno) {
        let end = try resolve(&text, count: count, from: base, .name)
        guard end.directory.system == old.directory.system else { throw .improperLink }
        guard let oldName = old.name else { throw .resourceBusy }
        guard case .name(let range) = end.last else {
            throw manner == .keeping ? .fileExists : .resourceBusy
        }
        let newName = FileName(checked: text.bytes.extracting(range))
        if old.hasSlash || end.hasSlash {
            let node = try oldName.withName { (name) throws(Errno) in
                try lookUp(name, in: old.directory)
            }
            guard node.kind == .directory else { throw .notDirectory }
        }
        let now = now()
        let (from, to) = (old.directory.inode, end.directory.inode)
        if end.directory.system == .ram {
            return try oldName.withName { (name) throws(Errno) in
                try removing { (names, store) throws(Errno) in
                    try names.ram.rename(name, in: from, to: newName, in: to, manner, now: now, store)
                }
            }
        }
        let system = try system(end.directory.system)
        try oldName.withName { (name) throws(Errno) in
            try system.rename(name, in: from, to: newName, in: to, manner, now: now)
        }
    }
}

/// A name that is to be changed.
public struct OldName {
    let directory: Node
    /// `nil`: it is none that can be changed.
    let name: NameCopy?
    let hasSlash: Bool
}
