import KernelSupport

/// How `open` opens.
public struct OpenRequest: OptionSet, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// For writing, be it for reading, too.
    public static var write: Self { Self(rawValue: 1 << 0) }
    /// `O_CREAT`.
    public static var create: Self { Self(rawValue: 1 << 1) }
    /// `O_EXCL`.
    public static var exclusive: Self { Self(rawValue: 1 << 2) }
    /// `O_TRUNC`.
    public static var truncate: Self { Self(rawValue: 1 << 3) }
    /// `O_DIRECTORY`.
    public static var directory: Self { Self(rawValue: 1 << 4) }
    /// `O_NOFOLLOW`.
    public static var noFollow: Self { Self(rawValue: 1 << 5) }
    /// `O_TMPFILE`.
    public static var unnamed: Self { Self(rawValue: 1 << 6) }

    var purpose: OpenPurpose { contains(.write) ? .writing : .reading }
}

/// A file that was opened: it stays until `close` of its node.
public enum OpenedFile: Sendable {
    /// A regular file in memory.
    case data(Node, OpenData)
    case directory(Node)
    /// A device, FIFO or socket that has its name in memory.
    case special(Node)
    /// A file of a mounted file system.
    case mounted(Node)

    public var node: Node {
        switch self {
        case .data(let node, _), .directory(let node), .special(let node), .mounted(let node): node
        }
    }
}

extension FileSystems where Self: ~Copyable {
    /// Opens a file (`openat`), as `FileSystems+Making` has it.
    ///
    /// - Parameter mode: A new file's permissions.
    /// - Throws: `EEXIST`: it exists, and `.exclusive`; `EISDIR`: it is a directory,
    ///   and for writing or to be made; `ENOTDIR`: it is none, and `.directory`;
    ///   `ELOOP`: it is a symbolic link, and `.noFollow`; `ENOENT`, `ENOSPC`,
    ///   `EROFS`; `EINVAL`: flags that exclude each other.
    public func open(
        _ text: inout MutableRawSpan, count: Int, from base: Node, _ flags: OpenRequest, mode: FileMode
    ) throws(Errno) -> OpenedFile {
        if flags.contains(.unnamed) {
            return try openUnnamed(&text, count: count, from: base, flags, mode)
        }
        guard !(flags.contains(.create) && flags.contains(.directory)) else { throw .invalidArgument }
        if flags.isDisjoint(with: .wantsWalk) {
            let quick = try withQuickWalk(text.bytes.extracting(0..<count), from: base) { (names, inode) throws(Errno) in
                try names.ram.openIfRegular(inode)
            }
            if let (node, data) = quick {
                if flags.contains(.truncate) { try truncate(data, to: 0) }
                return .data(node, data)
            }
        }
        let isNew = flags.contains(.create) && flags.contains(.exclusive)
        let lastPart: LastPart = isNew || flags.contains(.noFollow) ? .itself : .followed
        let end = try resolve(
            &text, count: count, from: base, lastPart, makesFile: flags.contains(.create))
        if let node = end.node {
            guard !isNew else { throw .fileExists }
            return try open(node, flags)
        }
        guard flags.contains(.create), case .name(let range) = end.last else {
            throw .noSuchFileOrDirectory
        }
        let name = FileName(checked: text.bytes.extracting(range))
        let new = NewFile(mode: mode, now: now())
        let directory = end.directory
        guard directory.system == .ram else {
            do throws(Errno) {
                let inode = try system(directory.system).makeFile(
                    name, in: directory.inode, new, opens: flags.purpose)
                return .mounted(Node(inode, on: directory.system))
            } catch {
                guard error == .fileExists && !isNew else { throw error }
                // Somebody has made it meanwhile.
                return try open(try lookUp(name, in: directory), flags)
            }
        }
        let made = try withNames { (names, store) throws(Errno) -> OpenedFile? in
            do throws(Errno) {
                let inode = try names.ram.makeFile(name, in: directory.inode, new, store)
                return .data(Node(inode, on: .ram), try names.ram.openData(inode))
            } catch {
                guard error == .fileExists && !isNew else { throw error }
                return nil
            }
        }
        if let made { return made }
        // Another task has made it meanwhile.
        let node = try lookUp(name, in: directory)
        return try open(node, flags)
    }

    private func openUnnamed(
        _ text: inout MutableRawSpan, count: Int, from base: Node, _ flags: OpenRequest, _ mode: FileMode
    ) throws(Errno) -> OpenedFile {
        guard flags.contains(.write), !flags.contains(.create) else { throw .invalidArgument }
        let lastPart: LastPart = flags.contains(.noFollow) ? .itself : .followed
        let end = try resolve(&text, count: count, from: base, lastPart)
        guard let directory = end.node else { throw .noSuchFileOrDirectory }
        guard directory.kind == .directory else { throw .notDirectory }
        guard directory.system == .ram else { throw .notSupported }
        let new = NewFile(mode: mode, now: now())
        return try withNames { (names, store) throws(Errno) in
            let (inode, data) = try names.ram.openUnnamed(
                in: directory.inode, mayBeNamed: !flags.contains(.exclusive), new, store)
            return .data(Node(inode, on: .ram), data)
        }
    }

    /// Opens what there is.
    private func open(_ node: Node, _ flags: OpenRequest) throws(Errno) -> OpenedFile {
        if flags.contains(.directory), node.kind != .directory { throw .notDirectory }
        switch node.kind {
        case .symbolicLink: throw .tooManySymbolicLinkLevels
        case .directory:
            guard flags.isDisjoint(with: [.write, .create, .truncate]) else { throw .isDirectory }
            try open(node, for: .reading)
            return node.system == .ram ? .directory(node) : .mounted(node)
        case .regular where node.system == .ram:
            let data = try withNames { (names, _) throws(Errno) in try names.ram.openData(node.inode) }
            if flags.contains(.truncate) { try truncate(data, to: 0) }
            return .data(node, data)
        default:
            try open(node, for: flags.purpose)
            guard node.system != .ram else { return .special(node) }
            if flags.contains(.truncate), node.kind == .regular {
                do throws(Errno) {
                    try system(node.system).truncate(node.inode, to: 0, now: now())
                } catch {
                    close(node)
                    throw error
                }
            }
            return .mounted(node)
        }
    }

    // MARK: - Sizes

    /// Makes an open file `size` bytes long (`ftruncate`).
    ///
    /// - Throws: `EINVAL` for a negative size.
    public func truncate(_ data: OpenData, to size: Int64) throws(Errno) {
        let now = now()
        var isLeft = try withData(data) { (data, store) throws(Errno) in
            let old = data.size
            try data.truncate(to: size, store, now: now)
            if size < old {
                let page = UInt64(PageTree.pageSize)
                cut(data, from: (UInt64(size) + page - 1) / page)
            }
            return data.trim(store)
        }
        while isLeft { isLeft = try withData(data, { (data, store) in data.trim(store) }) }
    }

    /// Makes a file `size` bytes long (`truncate`).
    ///
    /// - Throws: `EINVAL` for a negative size, or no regular file; `EISDIR`.
    public func truncate(_ node: Node, to size: Int64) throws(Errno) {
        guard size >= 0 else { throw .invalidArgument }
        guard node.kind != .directory else { throw .isDirectory }
        guard node.kind == .regular else { throw .invalidArgument }
        guard node.system == .ram else {
            return try system(node.system).truncate(node.inode, to: size, now: now())
        }
        let data = try withNames { (names, _) throws(Errno) in try names.ram.openData(node.inode) }
        defer { close(node) }
        try truncate(data, to: size)
    }
}
