import KernelSupport

/// Where a file's blocks are: twelve are named by the inode, then come blocks of names, and
/// blocks of names of those, up to three deep.
extension ExtendedSystem {
    static var directBlocks: UInt64 { 12 }

    /// Names in a block, and their number's bits.
    var nameBits: UInt64 { UInt64(superblock.blockShift) - 2 }
    var namesInBlock: UInt64 { 1 << nameBits }

    /// Bytes that a file has at most: all that can be named, and what `i_blocks` can count.
    var mostBytes: Int64 {
        let names = namesInBlock
        let named: UInt64 = Self.directBlocks + names * (1 + names * (1 + names))
        // 2^32 - 1 units of 512 bytes, less what the blocks of names take.
        let counted = UInt64(UInt32.max) >> (UInt64(superblock.blockShift) - 9)
        let ofNames: UInt64 = counted / names + counted / (names * names) + 3
        return Int64(min(named, counted - ofNames) << UInt64(superblock.blockShift))
    }

    /// Where a block of a file is named.
    struct BlockPath {
        /// How many blocks of names are on the way, and in which place of the inode it starts.
        var depth: Int
        var slot: Int
        /// Its place among all that the slot reaches.
        var rest: UInt64
    }

    func path(_ logical: UInt64) -> BlockPath? {
        var rest = logical
        if rest < Self.directBlocks { return BlockPath(depth: 0, slot: Int(rest), rest: 0) }
        rest -= Self.directBlocks
        for depth in 1...3 {
            let size = UInt64(1) << (nameBits * UInt64(depth))
            if rest < size { return BlockPath(depth: depth, slot: 11 + depth, rest: rest) }
            rest -= size
        }
        return nil
    }

    /// Where a name is in the block of names at a height, 1 being the lowest.
    func index(_ path: BlockPath, height: Int) -> UInt64 {
        path.rest >> (nameBits * UInt64(height - 1)) & (namesInBlock - 1)
    }

    func name(_ index: UInt64, in block: UInt32) throws(Errno) -> UInt32 {
        try cache.read(block) { (bytes) in bytes.value(at: index * 4, as: UInt32.self) ?? 0 }
    }

    func setName(_ index: UInt64, in block: UInt32, _ value: UInt32) throws(Errno) {
        try cache.change(block, as: .structure(isNew: false)) { (bytes) in _ = bytes.store(value, at: index * 4) }
    }

    /// The block of the disk that holds a file's; 0: a hole.
    ///
    /// - Throws: `EIO`.
    func block(of node: ExtendedInode, at logical: UInt64) throws(Errno) -> UInt32 {
        guard let path = path(logical) else { return 0 }
        var block = node.blocks[path.slot]
        var height = path.depth
        while block != 0 {
            try checkFiles(block)
            if height == 0 { return block }
            block = try name(index(path, height: height), in: block)
            height -= 1
        }
        return 0
    }

    /// Blocks of a file that follow each other on the disk, from one on: the first, and how
    /// many at least; 0: a hole.
    ///
    /// - Parameter most: More of them are not looked for.
    func row(of node: ExtendedInode, at logical: UInt64, most: UInt64) throws(Errno) -> (block: UInt32, count: UInt32) {
        guard let path = path(logical) else { return (0, 1) }
        var (block, count) = (node.blocks[path.slot], UInt32(1))
        if path.depth == 0 {
            while path.slot + Int(count) < Int(Self.directBlocks), UInt64(count) < most,
                node.blocks[path.slot + Int(count)] == block &+ count
            { count += 1 }
        }
        var height = path.depth
        while block != 0, height > 0 {
            try checkFiles(block)
            let first = index(path, height: height)
            (block, count) = try cache.read(block) { (bytes) in
                let block = bytes.value(at: first * 4, as: UInt32.self) ?? 0
                var count: UInt32 = 1
                guard height == 1 else { return (block, 1) }
                while UInt64(count) < most, bytes.value(at: (first + UInt64(count)) * 4, as: UInt32.self) == block &+ count {
                    count += 1
                }
                return (block, count)
            }
            height -= 1
        }
        guard block != 0 else { return (0, 1) }
        try checkFiles(block, count: count)
        return (block, count)
    }

    /// The block that holds a file's, which is taken where a hole is.
    ///
    /// - Parameter isStructure: The block is no file's contents.
    /// - Returns: Whether it was taken: what it holds is then undefined.
    /// - Throws: `ENOSPC`, and nothing has changed; `EFBIG`.
    func takeBlock(
        of node: inout ExtendedInode, at logical: UInt64
    ) throws(Errno) -> (block: UInt32, isNew: Bool) {
        guard let path = path(logical) else { throw .fileTooLarge }
        // What is there already.
        var known = node.blocks[path.slot]
        var (height, holder) = (path.depth, UInt32(0))
        while known != 0 {
            try checkFiles(known)
            if height == 0 { return (known, false) }
            holder = known
            known = try name(index(path, height: height), in: known)
            height -= 1
        }
        // `height` blocks of names are missing, and the block itself.
        guard freeBlocks > UInt64(height) else { throw .noSpace }
        var goal = try self.goal(node, logical)
        while true {
            let block = try takeBlock(near: goal)
            node.sectors += UInt64(blockSize / 512)
            if height > 0 { try cache.change(block, as: .structure(isNew: true)) { (_) in } }
            if holder == 0 {
                node.blocks[path.slot] = block
            } else {
                try setName(index(path, height: height + 1), in: holder, block)
            }
            if height == 0 { return (block, true) }
            (holder, goal) = (block, block + 1)
            height -= 1
        }
    }

    /// Where a file's next block is best: behind the one in front of it.
    private func goal(_ node: ExtendedInode, _ logical: UInt64) throws(Errno) -> UInt32 {
        if logical > 0 {
            let before = try block(of: node, at: logical - 1)
            if before != 0 { return before + 1 }
        }
        let number = superblock.group(ofInode: node.number)
        let first = superblock.firstBlock(of: number)
        // Files of one group do not start in one place.
        return first + superblock.blockCount(of: number) / 16 * (node.number % 16)
    }

    /// The first block from `logical` on that is there, below `end`; `nil`: holes only.
    func firstBlock(of node: ExtendedInode, from logical: UInt64, below end: UInt64) throws(Errno) -> UInt64? {
        var logical = logical
        while logical < end {
            guard let path = path(logical) else { return nil }
            var block = node.blocks[path.slot]
            var height = path.depth
            while block != 0 {
                try checkFiles(block)
                if height == 0 { return logical }
                let index = index(path, height: height)
                // The first name in the block that is none of a hole.
                let found = try cache.read(block) { (bytes) -> (UInt64, UInt32)? in
                    var index = index
                    while index < namesInBlock {
                        let name = bytes.value(at: index * 4, as: UInt32.self) ?? 0
                        if name != 0 { return (index, name) }
                        index += 1
                    }
                    return nil
                }
                guard let found, found.0 == index else {
                    // On with what that one reaches, or with what is behind the block.
                    let shift = nameBits * UInt64(height - 1)
                    let next = found?.0 ?? namesInBlock
                    logical += (((path.rest >> shift) - index + next) << shift) - path.rest
                    break
                }
                block = found.1
                height -= 1
            }
            if block == 0 {
                // All that the slot would have reached is a hole.
                let size = UInt64(1) << (nameBits * UInt64(path.depth))
                logical += size - path.rest
            }
        }
        return nil
    }
}
