import KernelSupport

/// Names: looked up, made, changed and removed.
extension FuseSystem {
    public func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        let bytes = name.bytes
        return try lookUp(directory) { arguments, span in arguments.add(bytes, to: &span) }
    }

    private func lookUp(
        _ directory: Inode, _ write: (inout FuseArguments, inout MutableRawSpan) -> Void
    ) throws(Errno) -> Inode {
        guard directory.isDirectory else { throw .notDirectory }
        let node = try identity(directory)
        let moment = try moment()
        let entry = try channel.call(.lookUp, node, answer: FuseEntry.size, write) {
            (bytes) throws(Errno) in try FuseEntry(bytes)
        }
        return try take(entry, asked: moment)
    }

    public func parent(of directory: Inode) throws(Errno) -> Inode {
        if directory == root { return root }
        let parent = try around(directory)
        if parent == root { return root }
        // A server may know its root by a second number (virtiofsd does): it is what is its own
        // parent.
        if parent == directory { return root }
        let numbers = (
            try attributes(of: parent, mayBeOld: true).number, try attributes(of: root, mayBeOld: true).number
        )
        guard numbers.0 == numbers.1 else { return parent }
        let next = try around(parent)
        return next == parent ? root : parent
    }

    private func around(_ directory: Inode) throws(Errno) -> Inode {
        let parent = try lookUp(directory) { arguments, span in arguments.add("..", to: &span) }
        guard parent.isDirectory else { throw .inputOutputError }
        return parent
    }

    /// Entries that are looked at for a directory's name.
    private static var mostEntries: Int { 1 << 20 }

    /// The name is looked for among the parent's entries, by the file's number.
    public func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode {
        if directory == root { return root }
        let parent = try parent(of: directory)
        let number = try attributes(of: directory, mayBeOld: true).number
        try open(parent, for: .reading)
        defer { try? close(parent) }
        var isFound = false
        var (position, last): (UInt64, UInt64) = (0, 0)
        var left = Self.mostEntries
        repeat {
            last = position
            try entries(of: parent, from: position) { entry, name in
                position = entry.next
                left -= 1
                if entry.number == number, entry.kind ?? .directory == .directory, !name.isDot, !name.isDotDot {
                    body(name)
                    isFound = true
                    return false
                }
                return left > 0
            }
        } while !isFound && position != last && left > 0
        guard isFound else { throw .noSuchFileOrDirectory }
        return parent
    }

    /// Runs `body` with a symbolic link's contents.
    public func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) {
        guard link.kind == .symbolicLink else { throw .invalidArgument }
        let node = try identity(link)
        try channel.withBuffer { (buffer) throws(Errno) in
            let unique = try channel.begin(
                buffer, .readLink, node, answer: 0, dataIn: RamTree.longestTarget) { _, _ in }
            try channel.end(buffer, unique: unique, answer: 0) { (_, target) throws(Errno) in
                guard target.byteCount > 0 else { throw .inputOutputError }
                for offset in 0..<target.byteCount where target[offset] == 0 { throw .inputOutputError }
                body(target)
            }
        }
    }

    // MARK: - Making

    /// Has the server make a file, and takes what it says of it.
    private func make(
        _ opcode: FuseOpcode, _ kind: FileKind, in directory: Inode,
        _ write: (inout FuseArguments, inout MutableRawSpan) -> Void
    ) throws(Errno) -> Inode {
        guard directory.isDirectory else { throw .notDirectory }
        let node = try identity(directory)
        let entry = try changing(names: true) { () throws(Errno) in
            try channel.call(opcode, node, answer: FuseEntry.size, write) {
                (bytes) throws(Errno) in try FuseEntry(bytes)
            }
        }
        let inode = try take(entry, asked: nil)
        guard inode.kind == kind else { throw .inputOutputError }
        return inode
    }

    public func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode {
        guard let purpose = opens, purpose != .keeping else {
            return try makeSpecial(.regular, name, in: directory, device: 0, new)
        }
        guard directory.isDirectory else { throw .notDirectory }
        let bytes = name.bytes
        let node = try identity(directory)
        let (entry, handle, isDirect) = try changing(names: true) { () throws(Errno) in
            try channel.call(.create, node, answer: FuseEntry.size + Self.openAnswer) { arguments, span in
                arguments.add(Self.openFlags(purpose) | Self.create | Self.exclusive, to: &span)
                arguments.add(FileKind.regular.typeBits | new.mode.rawValue, to: &span)
                // The mode is without the mask's bits.
                arguments.add(UInt32(0), to: &span)
                arguments.add(UInt32(0), to: &span)
                arguments.add(bytes, to: &span)
            } _: { (bytes) throws(Errno) -> (FuseEntry, UInt64, Bool) in
                let place = UInt64(FuseEntry.size)
                guard let handle = bytes.value(at: place, as: UInt64.self),
                    let flags = bytes.value(at: place + 8, as: UInt32.self)
                else { throw .inputOutputError }
                return (try FuseEntry(bytes), handle, flags & 1 != 0)
            }
        }
        guard entry.attributes.kind == .regular else { throw .inputOutputError }
        let inode = try take(entry, asked: nil, handle: (handle, purpose))
        if isDirect { try withNodes { (nodes) in nodes.update(inode) { $0.isDirect = true } } }
        return inode
    }

    public func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64, _ new: NewFile
    ) throws(Errno) -> Inode {
        // A socket that is bound here would be nobody's there.
        guard kind != .socket else { throw .notSupported }
        let bytes = name.bytes
        return try make(.makeNode, kind, in: directory) { arguments, span in
            arguments.add(kind.typeBits | new.mode.rawValue, to: &span)
            arguments.add(UInt32(truncatingIfNeeded: device), to: &span)
            arguments.add(UInt32(0), to: &span)
            arguments.add(UInt32(0), to: &span)
            arguments.add(bytes, to: &span)
        }
    }

    public func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
    ) throws(Errno) -> Inode {
        let bytes = name.bytes
        return try make(.makeDirectory, .directory, in: directory) { arguments, span in
            arguments.add(new.mode.rawValue, to: &span)
            arguments.add(UInt32(0), to: &span)
            arguments.add(bytes, to: &span)
        }
    }

    public func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode {
        let bytes = name.bytes
        return try make(.symbolicLink, .symbolicLink, in: directory) { arguments, span in
            arguments.add(bytes, to: &span)
            arguments.add(target, to: &span)
        }
    }

    public func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) {
        let bytes = name.bytes
        let old = try identity(inode)
        let made = try make(.link, inode.kind, in: directory) { arguments, span in
            arguments.add(old, to: &span)
            arguments.add(bytes, to: &span)
        }
        guard made == inode else { throw .inputOutputError }
    }

    // MARK: - Removing

    /// A request that changes names and has no answer but an error.
    private func change(
        _ opcode: FuseOpcode, in directory: Inode,
        _ write: (inout FuseArguments, inout MutableRawSpan) -> Void
    ) throws(Errno) {
        guard directory.isDirectory else { throw .notDirectory }
        let node = try identity(directory)
        try changing(names: true) { () throws(Errno) in
            try channel.call(opcode, node, write) { (_) in }
        }
    }

    /// A server may know no file that it was not asked for (virtiofsd has `EIO` for such a
    /// one): it is asked before its name goes.
    private func expectKnown(_ name: borrowing FileName, in directory: Inode) throws(Errno) {
        guard !isReadOnly else { throw .readOnlyFileSystem }
        _ = try lookUp(name, in: directory)
    }

    public func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        try expectKnown(name, in: directory)
        let bytes = name.bytes
        try change(.unlink, in: directory) { arguments, span in arguments.add(bytes, to: &span) }
    }

    public func removeDirectory(
        _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) {
        try expectKnown(name, in: directory)
        let bytes = name.bytes
        try change(.removeDirectory, in: directory) { arguments, span in arguments.add(bytes, to: &span) }
    }

    public func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno) {
        guard new.isDirectory else { throw .notDirectory }
        try expectKnown(name, in: old)
        let (bytes, newBytes) = (name.bytes, newName.bytes)
        let to = try identity(new)
        try change(manner == .replacing ? .rename : .renameBy, in: old) { arguments, span in
            arguments.add(to, to: &span)
            if manner != .replacing {
                // RENAME_NOREPLACE, RENAME_EXCHANGE.
                arguments.add(UInt32(manner == .keeping ? 1 : 2), to: &span)
                arguments.add(UInt32(0), to: &span)
            }
            arguments.add(bytes, to: &span)
            arguments.add(newBytes, to: &span)
        }
    }
}
