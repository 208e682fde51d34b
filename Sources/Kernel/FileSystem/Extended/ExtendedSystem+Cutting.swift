import KernelSupport

/// Files that get shorter.
extension ExtendedSystem {
    /// What one transaction's part of freeing may touch: ranges of blocks, and blocks of names.
    static var freeingBudget: Int { 24 }

    /// Frees a file's blocks from one on, the last ones first; as many as the budget has.
    ///
    /// - Returns: Whether all are free. The node is not stored.
    func freeBlocks(
        of node: inout ExtendedInode, from first: UInt64, _ budget: inout Int
    ) throws(Errno) -> Bool {
        for depth in [3, 2, 1] {
            var start = Self.directBlocks
            for lower in 1..<depth { start += UInt64(1) << (nameBits * UInt64(lower)) }
            let slot = 11 + depth
            let block = node.blocks[slot]
            guard block != 0, first < start + UInt64(1) << (nameBits * UInt64(depth)) else { continue }
            let rest = first > start ? first - start : 0
            switch try freeNames(in: block, height: depth, from: rest, &node, &budget) {
            case .isOver: return false
            case .isEmpty: node.blocks[slot] = 0
            case .isDone: break
            }
        }
        var slot = Int(Self.directBlocks) - 1
        while slot >= 0, UInt64(slot) >= first {
            if node.blocks[slot] != 0 {
                guard budget > 0 else { return false }
                try free(node.blocks[slot], isStructure: node.isDirectory || node.kind == .symbolicLink, &node, &budget)
                node.blocks[slot] = 0
            }
            slot -= 1
        }
        return true
    }

    private enum Freed {
        /// The budget is at its end.
        case isOver
        /// What was to be freed is.
        case isDone
        /// So is the block of names.
        case isEmpty
    }

    private func free(
        _ block: UInt32, isStructure: Bool, _ node: inout ExtendedInode, _ budget: inout Int
    ) throws(Errno) {
        let count = freed.count
        try freeBlock(block, isStructure: isStructure)
        node.sectors -= min(node.sectors, UInt64(blockSize / 512))
        if isStructure || freed.count != count { budget -= 1 }
    }

    /// Frees what a block of names reaches, from a place on; itself, if that is the first.
    private func freeNames(
        in block: UInt32, height: Int, from first: UInt64, _ node: inout ExtendedInode, _ budget: inout Int
    ) throws(Errno) -> Freed {
        try checkFiles(block)
        let isStructure = node.isDirectory || node.kind == .symbolicLink
        let shift = nameBits * UInt64(height - 1)
        let lowest = first >> shift
        var index = namesInBlock
        var outcome = Freed.isDone
        // Names are cleared in one go: they are many.
        var cleared = index
        while index > lowest {
            index -= 1
            let name = try name(index, in: block)
            guard name != 0 else { continue }
            guard budget > 0 else {
                outcome = .isOver
                break
            }
            if height == 1 {
                try free(name, isStructure: isStructure, &node, &budget)
                cleared = index
                continue
            }
            let rest = index == lowest ? first - lowest << shift : 0
            let below = try freeNames(in: name, height: height - 1, from: rest, &node, &budget)
            if case .isEmpty = below { cleared = index }
            if case .isOver = below {
                outcome = .isOver
                break
            }
        }
        if first == 0, case .isDone = outcome {
            // It holds names that are free; nobody reads them any more.
            try free(block, isStructure: true, &node, &budget)
            return .isEmpty
        }
        if cleared < namesInBlock {
            budget -= 1
            try cache.change(block, as: .structure(isNew: false)) { (bytes) in
                _ = bytes.zero(at: cleared * 4, count: (namesInBlock - cleared) * 4)
            }
        }
        return outcome
    }

    /// Zeroes what the block with the file's end has behind it.
    func clearTail(of node: ExtendedInode) throws(Errno) {
        let part = Int(node.size & Int64(blockSize - 1))
        guard part > 0 else { return }
        let block = try block(of: node, at: UInt64(node.size) >> UInt64(superblock.blockShift))
        guard block != 0 else { return }
        // What is zero already need not be written.
        let isClear = try cache.read(block) { (bytes) -> Bool in
            for place in part..<blockSize where bytes[place] != 0 { return false }
            return true
        }
        guard !isClear else { return }
        try cache.change(block, as: .contents(isNew: false)) { (bytes) in
            _ = bytes.zero(at: UInt64(part), count: UInt64(blockSize - part))
        }
    }

    /// Frees whatever a file has behind its end, and takes it from the list of orphans.
    func cut(_ node: inout ExtendedInode) throws(Errno) {
        let shift = UInt64(superblock.blockShift)
        let number = node.number
        var isDone = false
        while !isDone {
            var current = try readInode(number)
            isDone = try changing(.freeing) { () throws(Errno) in
                var budget = Self.freeingBudget
                let first = (UInt64(current.size) + UInt64(blockSize) - 1) >> shift
                let isAll = try freeBlocks(of: &current, from: first, &budget)
                if isAll {
                    try clearTail(of: current)
                    try removeOrphan(number, next: current.deletionTime)
                    current.deletionTime = 0
                }
                try store(current)
                return isAll
            }
            node = current
        }
    }

    public func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        guard size >= 0 else { throw .invalidArgument }
        guard inode.kind == .regular else { throw inode.isDirectory ? .isDirectory : .invalidArgument }
        guard size <= mostBytes else { throw .fileTooLarge }
        let isMore = try changing(.freeing) { () throws(Errno) in
            var node = try self.node(inode)
            try mayChange(node)
            guard node.flags & ExtendedInode.isAppendOnly == 0 else { throw .notPermitted }
            (node.modificationTime, node.changeTime) = (now, now)
            if size >= node.size {
                if size > node.size { try clearTail(of: node) }
                try grow(&node, to: size)
                try store(node)
                return false
            }
            node.size = size
            var budget = Self.freeingBudget
            let first = (UInt64(size) + UInt64(blockSize) - 1) >> UInt64(superblock.blockShift)
            let isAll = try freeBlocks(of: &node, from: first, &budget)
            if isAll {
                try clearTail(of: node)
            } else if node.linkCount > 0 {
                try addOrphan(&node)
            }
            try store(node)
            return !isAll
        }
        guard isMore else { return }
        var node = try self.node(inode)
        if node.linkCount > 0 { return try cut(&node) }
        // It is in the list already, and stays there.
        var isDone = false
        while !isDone {
            isDone = try changing(.freeing) { () throws(Errno) in
                var node = try readInode(inode.index + 1)
                var budget = Self.freeingBudget
                let first = (UInt64(size) + UInt64(blockSize) - 1) >> UInt64(superblock.blockShift)
                let isAll = try freeBlocks(of: &node, from: first, &budget)
                if isAll { try clearTail(of: node) }
                try store(node)
                return isAll
            }
        }
    }

    /// A file gets longer; the node is not stored.
    func grow(_ node: inout ExtendedInode, to size: Int64) throws(Errno) {
        guard size > node.size else { return }
        node.size = size
        // Others must know that sizes have a second word.
        guard size > Int64(Int32.max), superblock.revision > 0,
            superblock.readOnlyCompatible & ExtendedSuperblock.largeFile == 0
        else { return }
        superblock.readOnlyCompatible |= ExtendedSuperblock.largeFile
        let features = superblock.readOnlyCompatible
        try changeSuperblock { bytes, start in
            _ = bytes.store(features, at: start + ExtendedSuperblock.readOnlyCompatiblePlace)
        }
    }
}
