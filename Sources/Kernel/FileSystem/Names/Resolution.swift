import KernelSupport

/// Where a path leads.
public struct Resolution: Sendable {
    /// A path's last part.
    public enum Last: Equatable, Sendable {
        /// There is none: the path is all slashes.
        case root
        /// `.`
        case dot
        /// `..`
        case dotDot
        /// A name: where it is in the path's buffer.
        case name(Range<Int>)
    }

    /// The directory that the last part is in.
    public var directory: Node
    public var last: Last
    /// A slash follows the last part, so that it must be a directory's.
    public var hasSlash: Bool
    /// The file; `nil`: there is none of that name, or it was not asked for.
    public var node: Node?
}

/// What is wanted of a path's last part.
public enum LastPart: Sendable {
    /// The file; where it is a symbolic link, what that leads to.
    case followed
    /// The file, be it a symbolic link (`AT_SYMLINK_NOFOLLOW`).
    case itself
    /// The name only, for what makes or removes it.
    case name
}

/// What a part of a path leads to.
private enum Step {
    case end(Resolution)
    case directory(Node)
    case link(Node)
}

extension FileSystems where Self: ~Copyable {
    /// `SYMLOOP_MAX`.
    static var mostLinks: Int { 40 }

    /// Walks along a path (POSIX.1-2017, 4.13).
    ///
    /// - Parameters:
    ///   - text: The path in the first `count` bytes of 4096; it may be changed.
    ///   - base: Where a path starts that does not begin with a slash.
    ///   - makesFile: Whether a file may be made at the path's end: a slash behind
    ///     its name is `EISDIR` then.
    /// - Throws: `ENOENT`: the path is empty, or a part but the last does not
    ///   exist; `ENOTDIR`, `ELOOP`, `ENAMETOOLONG`; what a file system throws.
    public func resolve(
        _ text: inout MutableRawSpan, count: Int, from base: Node, _ lastPart: LastPart,
        makesFile: Bool = false
    ) throws(Errno) -> Resolution {
        guard count > 0 else { throw .noSuchFileOrDirectory }
        guard count < PathText.capacity else { throw .fileNameTooLong }
        var path = PathText(count: count)
        var current = path.skipSlashes(text.bytes) ? try root : base
        // A directory that was removed leads nowhere, but is still a directory.
        guard current.kind == .directory else { throw .notDirectory }
        var links = 0
        while true {
            guard let part = path.next(text.bytes) else {
                // Only slashes, or a link that led to them.
                return Resolution(directory: current, last: .root, hasSlash: true, node: current)
            }
            let step = try step(part, of: text.bytes, in: current, lastPart, makesFile)
            switch step {
            case .end(let result): return result
            case .directory(let next): current = next
            case .link(let link):
                links += 1
                guard links <= Self.mostLinks else { throw .tooManySymbolicLinkLevels }
                try expand(link, &path, &text)
                if path.skipSlashes(text.bytes) { current = try root }
            }
        }
    }

    /// One part of a path in a directory.
    private func step(
        _ part: PathText.Part, of text: RawSpan, in current: Node, _ lastPart: LastPart,
        _ makesFile: Bool
    ) throws(Errno) -> Step {
        let bytes = text.extracting(part.range)
        if bytes.isDot || bytes.isDotDot {
            let isDot = bytes.isDot
            let next = isDot ? current : try parent(of: current)
            guard part.isLast else { return .directory(next) }
            return .end(
                Resolution(
                    directory: current, last: isDot ? .dot : .dotDot, hasSlash: part.hasSlash,
                    node: next))
        }
        guard bytes.byteCount <= FileName.longest else { throw .fileNameTooLong }
        guard let name = FileName(bytes) else { throw .invalidArgument }
        if makesFile && part.isLast && part.hasSlash { throw .isDirectory }
        var result = Resolution(
            directory: current, last: .name(part.range), hasSlash: part.hasSlash, node: nil)
        if part.isLast && lastPart == .name { return .end(result) }
        let node: Node
        do throws(Errno) {
            node = try lookUp(name, in: current)
        } catch {
            guard part.isLast && error == .noSuchFileOrDirectory else { throw error }
            return .end(result)
        }
        if node.kind == .symbolicLink && !(part.isLast && lastPart == .itself && !part.hasSlash) {
            return .link(node)
        }
        guard node.kind == .directory || (part.isLast && !part.hasSlash) else { throw .notDirectory }
        guard part.isLast else { return .directory(node) }
        result.node = node
        return .end(result)
    }

    /// Puts a symbolic link's contents in front of what is left of a path.
    private func expand(
        _ link: Node, _ path: inout PathText, _ text: inout MutableRawSpan
    ) throws(Errno) {
        var rest = path
        var failure: Errno? = nil
        func prepend(_ target: RawSpan, _ text: inout MutableRawSpan) {
            do throws(Errno) { try rest.prepend(target, &text) } catch { failure = error }
        }
        if link.system == .ram {
            try withNames { (names, _) throws(Errno) in
                try names.ram.target(of: link.inode, times: accessTimes, now: { now() }) { target in
                    prepend(target, &text)
                }
            }
        } else {
            try system(link.system).target(of: link.inode) { target in prepend(target, &text) }
        }
        if let failure { throw failure }
        path = rest
    }

    /// A path of a file in memory, in the last bytes of `buffer`; its length. All names
    /// there are may be looked at.
    ///
    /// - Returns: `nil`: the file has no name any more, or none that fits.
    public func path(ofFile inode: Inode, _ buffer: inout MutableRawSpan) -> Int? {
        var search = NameSearch()
        while true {
            let outcome = try? withNames { (names, _) in
                names.ram.findPath(of: inode, &search, steps: 64, &buffer)
            }
            switch outcome {
            case .open?: continue
            case .path(let count)?: return count
            case .noName?, nil: return nil
            }
        }
    }

    /// The path of a directory, in the last bytes of `buffer`; its length.
    ///
    /// - Throws: `ENOENT`: it was removed; `ERANGE`: the path is longer.
    public func path(of directory: Node, _ buffer: inout MutableRawSpan) throws(Errno) -> Int {
        var start = buffer.byteCount
        var current = directory
        func prepend(_ name: RawSpan, _ buffer: inout MutableRawSpan) -> Bool {
            guard name.byteCount + 1 <= start else { return false }
            start -= name.byteCount + 1
            _ = buffer.store(UInt8(ascii: "/"), at: UInt64(start))
            return buffer.copy(
                name, at: 0, count: UInt64(name.byteCount), to: UInt64(start) + 1)
        }
        while true {
            if current.system != .ram {
                let system = try system(current.system)
                if current.inode == system.root {
                    let point = try withNames { (names, _) in names.mounts.point(current.system) }
                    guard let point else { throw .noSuchFileOrDirectory }
                    current = point
                    continue
                }
                var fits = false
                let parent = try system.name(of: current.inode) { fits = prepend($0, &buffer) }
                guard fits else { throw .resultTooLarge }
                current = Node(parent, on: current.system)
                continue
            }
            // All at once, so that what is renamed meanwhile makes no path that never was.
            let fits = try withNames { (names, _) throws(Errno) in
                var inode = current.inode
                while inode != names.ram.root {
                    let (parent, fits) = try names.ram.name(of: inode) { prepend($0, &buffer) }
                    guard fits else { return false }
                    inode = parent
                }
                return true
            }
            guard fits else { throw .resultTooLarge }
            break
        }
        if start == buffer.byteCount {
            guard start > 0 else { throw .resultTooLarge }
            start -= 1
            _ = buffer.store(UInt8(ascii: "/"), at: UInt64(start))
        }
        return buffer.byteCount - start
    }
}
