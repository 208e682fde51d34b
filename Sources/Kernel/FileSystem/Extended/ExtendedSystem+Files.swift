import KernelSupport

/// Files, open, read and written.
extension ExtendedSystem {
    // MARK: - Opening

    public func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {
        let node = try node(inode)
        if purpose == .writing, inode.kind == .regular {
            guard !isReadOnly else { throw .readOnlyFileSystem }
            try mayChange(node)
        }
        try openFiles.open(node.number, memory)
    }

    public func close(_ inode: Inode) throws(Errno) {
        let number = inode.index &+ 1
        guard openFiles.close(number), !isReadOnly, number <= superblock.inodesCount else { return }
        let node = try readInode(number)
        if node.linkCount == 0, node.generation == inode.generation { try dispose(number) }
    }

    // MARK: - Reading

    public func read(_ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan) throws(Errno) -> Int {
        var done = 0
        let count = bytes.byteCount
        let node = try regular(inode)
        while done < count {
            let (place, more) = offset.addingReportingOverflow(Int64(done))
            guard !more, place >= 0, place < node.size else { break }
            let (block, within, size) = try piece(node, place, count - done)
            if block == 0 {
                _ = bytes.zero(at: UInt64(done), count: UInt64(size))
            } else {
                try cache.read(block) { (from) in
                    _ = bytes.copy(from, at: UInt64(within), count: UInt64(size), to: UInt64(done))
                }
            }
            done += size
        }
        return done
    }

    /// - Throws: `EISDIR`, `EINVAL`: a file holds no bytes.
    private func regular(_ inode: Inode) throws(Errno) -> ExtendedInode {
        guard inode.kind == .regular else { throw inode.isDirectory ? .isDirectory : .invalidArgument }
        return try node(inode)
    }

    /// The block with a place of a file, where in it that is, and how many bytes follow, no
    /// more than `count` and than the file has.
    private func piece(
        _ node: ExtendedInode, _ place: Int64, _ count: Int
    ) throws(Errno) -> (block: UInt32, within: Int, size: Int) {
        let within = Int(place & Int64(blockSize - 1))
        let size = min(blockSize - within, count, Int(clamping: node.size - place))
        return (try block(of: node, at: UInt64(place) >> UInt64(superblock.blockShift)), within, size)
    }

    public func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        var node = try regular(inode)
        guard count > 0, offset >= 0, offset < node.size else { return 0 }
        let end = UInt64(node.size + Int64(blockSize) - 1) >> UInt64(superblock.blockShift)
        var done = 0
        do throws(Errno) {
            while done < count, offset + Int64(done) < node.size {
                let place = offset + Int64(done)
                let (block, within, size) = try piece(node, place, count - done)
                let taken: Int
                if block == 0 {
                    taken = zeros.withBytes(0..<size, body)
                } else {
                    var ahead = 1
                    if cache.state(of: block) == nil {
                        let logical = UInt64(place) >> UInt64(superblock.blockShift)
                        let left = min(UInt64(count - done), UInt64(node.size - place))
                        let wanted = (UInt64(within) + left + UInt64(blockSize) - 1) >> UInt64(superblock.blockShift)
                        let most = streams.size(node.number, at: logical, wanted: wanted, end: end)
                        if most > 1 { ahead = Int(try row(of: node, at: logical, most: most).count) }
                    }
                    taken = try cache.read(block, ahead: ahead) { (bytes) in
                        body(bytes.extracting(within..<within + size))
                    }
                }
                done += max(min(taken, size), 0)
                if taken < size { break }
            }
        } catch {
            guard done > 0 else { throw error }
        }
        setAccessed(&node)
        return done
    }

    // MARK: - Writing

    /// Blocks that are written in one transaction at most.
    private static var blocksAtOnce: Int { 16 }

    public func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        let first = try regular(inode)
        guard !isReadOnly else { throw .readOnlyFileSystem }
        try mayChange(first)
        let start = offset ?? first.size
        guard start >= 0 else { throw .invalidArgument }
        if first.flags & ExtendedInode.isAppendOnly != 0, start != first.size { throw .notPermitted }
        guard count > 0 else { return (0, start) }
        guard start < mostBytes else { throw .fileTooLarge }
        let wanted = Int(min(Int64(count), mostBytes - start))
        var (done, isEnd) = (0, false)
        var failure: Errno? = nil
        while done < wanted, !isEnd {
            do throws(Errno) {
                // Where nothing is free any more, what was freed before may do.
                let need = Need(changes: 64, blocks: UInt64(Self.blocksAtOnce) * 4)
                try changing(need) { () throws(Errno) in
                    let before = try node(inode)
                    var node = before
                    if start + Int64(done) > node.size { try clearTail(of: node) }
                    try write(&node, start, wanted, &done, &isEnd, &failure, body)
                    let now = node.stored(host.now)
                    (node.modificationTime, node.changeTime) = (now, now)
                    // Contents alone need no transaction.
                    if !node.isSame(as: before) { try store(node) }
                }
            } catch {
                (failure, isEnd) = (error, true)
            }
            if failure != nil { isEnd = true }
        }
        if done == 0, let failure { throw failure }
        return (done, start + Int64(done))
    }

    /// Writes the blocks of one transaction; the node is not stored.
    private func write(
        _ node: inout ExtendedInode, _ start: Int64, _ wanted: Int, _ done: inout Int, _ isEnd: inout Bool,
        _ failure: inout Errno?, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) {
        let shift = UInt64(superblock.blockShift)
        for _ in 0..<Self.blocksAtOnce where done < wanted && !isEnd {
            let place = start + Int64(done)
            let within = Int(place & Int64(blockSize - 1))
            let size = min(blockSize - within, wanted - done)
            let logical = UInt64(place) >> shift
            let block: UInt32
            let isNew: Bool
            do throws(Errno) {
                (block, isNew) = try takeBlock(of: &node, at: logical)
            } catch {
                // Nothing has changed for it.
                guard error == .noSpace else { throw error }
                failure = error
                return
            }
            let filled = try fill(block, isNew, within..<within + size, body)
            if filled > 0 {
                done += filled
                try grow(&node, to: place + Int64(filled))
            }
            if filled < size {
                isEnd = true
                // A block behind the end is none.
                if isNew, node.size <= Int64(logical << shift) {
                    var budget = Self.freeingBudget
                    _ = try freeBlocks(of: &node, from: UInt64(node.size + Int64(blockSize) - 1) >> shift, &budget)
                }
            }
        }
    }

    /// Writes a part of a block; how much of it.
    private func fill(
        _ block: UInt32, _ isNew: Bool, _ range: Range<Int>, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> Int {
        // What is written over from end to end need not be read.
        if !isNew, range.count == blockSize, cache.state(of: block) == nil {
            let filled = spare.withMutableBytes(range) { (bytes) in max(min(body(&bytes), range.count), 0) }
            try cache.change(block, as: .contents(isNew: filled == blockSize)) { (bytes) in
                spare.withBytes(0..<filled) { _ = bytes.copy($0, at: 0, count: UInt64(filled), to: 0) }
            }
            return filled
        }
        return try cache.change(block, as: .contents(isNew: isNew)) { (bytes) in
            var part = bytes._mutatingExtracting(range)
            return max(min(body(&part), range.count), 0)
        }
    }

    public func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int {
        var position = 0
        return try write(inode, at: offset, count: bytes.byteCount) { piece in
            let size = piece.byteCount
            _ = piece.copy(bytes, at: UInt64(position), count: UInt64(size), to: 0)
            position += size
            return size
        }.count
    }

    // MARK: - The rest

    public func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        guard inode.kind == .regular else { throw .invalidArgument }
        let node = try node(inode)
        guard offset >= 0, offset < node.size else { throw .noSuchAddressOrDevice }
        let shift = UInt64(superblock.blockShift)
        let end = UInt64(node.size + Int64(blockSize) - 1) >> shift
        let logical = UInt64(offset) >> shift
        if data {
            guard let found = try firstBlock(of: node, from: logical, below: end) else { throw .noSuchAddressOrDevice }
            return max(Int64(found << shift), offset)
        }
        var index = logical
        while index < end, try block(of: node, at: index) != 0 { index += 1 }
        return min(max(Int64(index << shift), offset), node.size)
    }

    public func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        guard inode.kind == .regular else { throw .operationNotSupportedByDevice }
        guard offset >= 0, count > 0 else { throw .invalidArgument }
        guard offset <= mostBytes, count <= mostBytes - offset else { throw .fileTooLarge }
        guard !isReadOnly else { throw .readOnlyFileSystem }
        let shift = UInt64(superblock.blockShift)
        let end = offset + count
        var index = UInt64(offset) >> shift
        let last = UInt64(end - 1) >> shift
        guard last - index <= freeBlocks + freed.blocks + UInt64(try node(inode).sectors) else { throw .noSpace }
        while index <= last {
            let failure = try changing(Need(changes: 64, blocks: UInt64(Self.blocksAtOnce) * 4)) {
                () throws(Errno) -> Errno? in
                var node = try node(inode)
                try mayChange(node)
                if end > node.size { try clearTail(of: node) }
                var failure: Errno? = nil
                for _ in 0..<Self.blocksAtOnce where index <= last && failure == nil {
                    do throws(Errno) {
                        let (block, isNew) = try takeBlock(of: &node, at: index)
                        if isNew { try cache.change(block, as: .contents(isNew: true)) { (_) in } }
                        index += 1
                        try grow(&node, to: min(Int64(index << shift), end))
                    } catch {
                        guard error == .noSpace else { throw error }
                        failure = error
                    }
                }
                node.changeTime = host.now
                try store(node)
                return failure
            }
            if let failure { throw failure }
        }
    }
}
