import KernelSupport

/// The names there are: what one lock guards.
public struct NameState: ~Copyable {
    public var ram: RamTree
    public var mounts = MountTable()

    public init(_ ram: consuming RamTree) { self.ram = ram }
}

/// The mounted file systems with what guards them: whoever has locks and a clock
/// says how, and gets everything that is done by paths.
///
/// `withNames` and `withData` are never called one inside the other, and nothing
/// is called while either runs that could wait.
public protocol FileSystems: ~Copyable {
    associatedtype Source: BlockSource

    /// Runs `body` alone with the names.
    func withNames<Result: ~Copyable>(
        _ body: (inout NameState, borrowing FileStore<Source>) throws(Errno) -> Result
    ) throws(Errno) -> Result
    /// Runs `body` alone with an open file's data.
    func withData<Result>(
        _ data: OpenData, _ body: (OpenData, borrowing FileStore<Source>) throws(Errno) -> Result
    ) throws(Errno) -> Result
    /// Runs `body` with the store, under no lock.
    func withStore<Result>(_ body: (borrowing FileStore<Source>) -> Result) -> Result
    /// A file's pages from one on are not its own any more; with its data's lock,
    /// and before they are free.
    func cut(_ data: OpenData, from page: UInt64)
    /// Whoever writes to these pages of a file in memory is to fault first; with its data's lock.
    func protect(_ data: OpenData, _ pages: Range<UInt64>)
    /// The root of everything.
    var root: Node { get throws(Errno) }
    func now() -> FileTime
    var accessTimes: AccessTimes { get }
}

extension FileSystems where Self: ~Copyable {
    public func cut(_ data: OpenData, from page: UInt64) {}
    public func protect(_ data: OpenData, _ pages: Range<UInt64>) {}

    /// The file system of that number, which is not the one in memory.
    public func system(_ number: SystemNumber) throws(Errno) -> any MountedSystem {
        try withNames { (names, _) throws(Errno) in
            guard let system = names.mounts.system(number) else { throw .noSuchFileOrDirectory }
            return system
        }
    }

    /// Changes names in memory, and gives back what has no name any more.
    func removing(
        _ body: (inout NameState, borrowing FileStore<Source>) throws(Errno) -> Remains
    ) throws(Errno) {
        let remains = try withNames(body)
        free(remains)
    }

    func free(_ remains: consuming Remains) {
        var remains = Optional(remains)
        withStore { store in remains.take()?.free(store) }
    }

    // MARK: - Nodes

    /// The root of everything.
    public var root: Node {
        get throws(Errno) { try withNames { (names, _) in Node(names.ram.root, on: .ram) } }
    }

    /// What is seen in a directory by a name: another file system's root where
    /// one is mounted there.
    func lookUp(_ name: borrowing FileName, in directory: Node) throws(Errno) -> Node {
        if directory.system == .ram {
            return try withNames { (names, _) throws(Errno) in
                let inode = try names.ram.lookUp(name, in: directory.inode)
                let node = Node(inode, on: .ram)
                guard inode.isDirectory, names.ram.isMountPoint(inode) else { return node }
                return names.mounts.root(on: node) ?? node
            }
        }
        let inode = try system(directory.system).lookUp(name, in: directory.inode)
        let node = Node(inode, on: directory.system)
        guard inode.isDirectory else { return node }
        return try withNames { (names, _) in names.mounts.root(on: node) ?? node }
    }

    /// The directory that is seen around a directory.
    func parent(of directory: Node) throws(Errno) -> Node {
        if directory.system == .ram {
            return try withNames { (names, _) throws(Errno) in
                Node(try names.ram.parent(of: directory.inode), on: .ram)
            }
        }
        let system = try system(directory.system)
        if system.root == directory.inode {
            let point = try withNames { (names, _) in names.mounts.point(directory.system) }
            guard let point else { throw .noSuchFileOrDirectory }
            return try parent(of: point)
        }
        return Node(try system.parent(of: directory.inode), on: directory.system)
    }

    /// What is known of a file.
    public func status(of node: Node) throws(Errno) -> InodeStatus {
        if node.system == .ram {
            return try withNames { (names, _) throws(Errno) in try names.ram.status(of: node.inode) }
        }
        return try system(node.system).status(of: node.inode)
    }

    /// Keeps a file: an open one, or a working directory.
    public func open(_ node: Node, for purpose: OpenPurpose = .keeping) throws(Errno) {
        if node.system == .ram {
            try withNames { (names, _) throws(Errno) in try names.ram.open(node.inode) }
        } else {
            try system(node.system).open(node.inode, for: purpose)
        }
    }

    /// Ends what `open` began.
    public func close(_ node: Node) { try? closeOrTell(node) }

    /// Ends what opening a regular file in memory began.
    @inline(__always)
    public func close(_ node: Node, _ data: OpenData) {
        let isDone = try? withNames { (names, _) throws(Errno) in names.ram.closeOfMany(data) }
        if isDone == false { try? removing { (names, _) in names.ram.close(node.inode) } }
    }

    /// The same, and says what has gone wrong with what was written.
    public func closeOrTell(_ node: Node) throws(Errno) {
        if node.system == .ram {
            let isDone = try? withNames { (names, _) throws(Errno) in names.ram.closeOfMany(node.inode) }
            if isDone == false { try? removing { (names, _) in names.ram.close(node.inode) } }
        } else {
            try system(node.system).close(node.inode)
        }
    }

    /// What was changed anywhere lasts, as far as that can be (`sync`).
    public func synchroniseAll() {
        for number in 1...UInt8(MountTable.mostMounts) {
            try? system(SystemNumber(rawValue: number)).synchroniseAll()
        }
    }

    /// Puts a file system over a directory.
    ///
    /// - Throws: `ENOTDIR`, `EBUSY`, `ENOSPC`.
    public func mount(_ system: any MountedSystem, on point: Node) throws(Errno) {
        guard point.kind == .directory else { throw .notDirectory }
        if point.system != .ram {
            guard try self.system(point.system).root != point.inode else { throw .resourceBusy }
            return try withNames { (names, _) throws(Errno) in
                _ = try names.mounts.add(system, on: point)
            }
        }
        try withNames { (names, _) throws(Errno) in
            guard point.inode != names.ram.root else { throw .resourceBusy }
            _ = try names.ram.parent(of: point.inode)
            _ = try names.mounts.add(system, on: point)
            try names.ram.setMountPoint(true, point.inode)
        }
    }
}
