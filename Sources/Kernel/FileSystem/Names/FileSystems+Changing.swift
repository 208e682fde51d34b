import KernelSupport

/// What is known of files, asked and changed.
extension FileSystems where Self: ~Copyable {
    /// The file at the end of a path, as `FileSystems+Making` has it.
    ///
    /// - Throws: `ENOENT`.
    public func find(
        _ text: inout MutableRawSpan, count: Int, from base: Node, follows: Bool
    ) throws(Errno) -> Node {
        let quick = try withQuickWalk(text.bytes.extracting(0..<count), from: base) { (_, inode) throws(Errno) in
            inode
        }
        if let quick { return Node(quick, on: .ram) }
        let end = try resolve(&text, count: count, from: base, follows ? .followed : .itself)
        guard let node = end.node else { throw .noSuchFileOrDirectory }
        return node
    }

    /// Runs `body` with a symbolic link's contents (`readlink`).
    ///
    /// - Throws: `EINVAL`: it is none.
    public func target(of link: Node, _ body: (RawSpan) -> Void) throws(Errno) {
        guard link.kind == .symbolicLink else { throw .invalidArgument }
        guard link.system == .ram else { return try system(link.system).target(of: link.inode, body) }
        try withNames { (names, _) throws(Errno) in
            try names.ram.target(of: link.inode, times: accessTimes, now: { now() }, body)
        }
    }

    /// Runs `body` with entries of a directory, from a position on, until it says
    /// that there is no room.
    ///
    /// - Parameters:
    ///   - position: 0 at first, then what the last entry's `next` was.
    ///   - body: An entry and its name; whether it was taken.
    /// - Throws: `ENOTDIR`; `ENOENT`: the directory was removed.
    public func entries(
        of directory: Node, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {
        guard directory.system == .ram else {
            return try system(directory.system).entries(of: directory.inode, from: position, body)
        }
        var position = position
        while true {
            // So many at a time, that nobody waits long for the names.
            let isMore = try withNames { (names, _) throws(Errno) in
                for _ in 0..<16 {
                    let isTaken = try names.ram.entry(of: directory.inode, from: position) { entry, name in
                        let isTaken = body(entry, name)
                        if isTaken { position = entry.next }
                        return isTaken
                    }
                    guard isTaken == true else { return false }
                }
                return true
            }
            guard isMore else { break }
        }
        try withNames { (names, _) throws(Errno) in
            try names.ram.setAccessed(directory.inode, accessTimes, now: { now() })
        }
    }

    /// Sets a file's permissions (`fchmodat`).
    ///
    /// - Throws: `ENOTSUP`: it is a symbolic link; `EROFS`.
    public func setMode(_ mode: FileMode, of node: Node) throws(Errno) {
        guard node.kind != .symbolicLink else { throw .notSupported }
        let now = now()
        guard node.system == .ram else {
            return try system(node.system).setMode(mode, of: node.inode, now: now)
        }
        try withNames { (names, _) throws(Errno) in
            try names.ram.setMode(mode, of: node.inode, now: now)
        }
    }

    /// Sets a file's owner (`fchownat`); `nil` stays.
    public func setOwner(user: UInt32?, group: UInt32?, of node: Node) throws(Errno) {
        let now = now()
        guard node.system == .ram else {
            return try system(node.system).setOwner(user: user, group: group, of: node.inode, now: now)
        }
        try withNames { (names, _) throws(Errno) in
            try names.ram.setOwner(user: user, group: group, of: node.inode, now: now)
        }
    }

    /// Sets a file's times (`utimensat`).
    public func setTimes(
        access: TimeChange, modification: TimeChange, of node: Node
    ) throws(Errno) {
        let now = now()
        guard node.system == .ram else {
            return try system(node.system).setTimes(
                access: access, modification: modification, of: node.inode, now: now)
        }
        try withNames { (names, _) throws(Errno) in
            try names.ram.setTimes(
                access: access, modification: modification, of: node.inode, now: now)
        }
    }

    /// Whether a file may be used (`faccessat`). The program has all privileges,
    /// but can't run what nobody can run.
    ///
    /// - Throws: `EACCES`; `EROFS`: it is to be written and can't be.
    public func access(_ node: Node, read: Bool, write: Bool, execute: Bool) throws(Errno) {
        let status = try status(of: node)
        if write, node.system != .ram, node.kind == .regular || node.kind == .directory {
            guard try !system(node.system).status().isReadOnly else { throw .readOnlyFileSystem }
        }
        if execute, node.kind != .directory, !status.mode.isExecutable { throw .permissionDenied }
    }

    /// What is known of the file system that a file is on (`statvfs`).
    public func systemStatus(of node: Node) throws(Errno) -> SystemStatus {
        guard node.system == .ram else { return try system(node.system).status() }
        return try withNames { (names, store) throws(Errno) in
            // TMPFS_MAGIC of Linux.
            var status = SystemStatus(kind: 0x0102_1994)
            let size = UInt64(PageTree.pageSize)
            status.blocks = UInt64(max(store.limit, 0)) / size
            status.freeBlocks = UInt64(max(store.limit - store.usedBytes, 0)) / size
            status.files = UInt64(names.ram.fileCount) + status.freeBlocks
            status.freeFiles = status.freeBlocks
            return status
        }
    }
}
