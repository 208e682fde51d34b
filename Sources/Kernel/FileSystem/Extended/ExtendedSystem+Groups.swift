import KernelSupport

/// Blocks and inodes that are free, group by group.
extension ExtendedSystem {
    private func descriptorPlace(_ number: UInt32) -> (block: UInt32, place: UInt64) {
        let perBlock = superblock.descriptorsPerBlock
        return (superblock.block + 1 + number / perBlock, UInt64(number % perBlock * ExtendedGroup.size))
    }

    /// Blocks of all descriptors.
    private var descriptorBlocks: UInt32 {
        (superblock.groupCount + superblock.descriptorsPerBlock - 1) / superblock.descriptorsPerBlock
    }

    /// - Throws: `EIO`.
    func group(_ number: UInt32) throws(Errno) -> ExtendedGroup {
        guard number < superblock.groupCount else { throw .inputOutputError }
        let (block, place) = descriptorPlace(number)
        let group = try cache.read(block) { (bytes) in ExtendedGroup(bytes, at: place) }
        guard let group, group.isSound(superblock) else {
            throw damaged("a group's descriptor on the disk is damaged; run e2fsck on it")
        }
        return group
    }

    private func store(_ group: ExtendedGroup, _ number: UInt32) throws(Errno) {
        let (block, place) = descriptorPlace(number)
        try cache.change(block, as: .structure(isNew: false)) { (bytes) in group.write(to: &bytes, at: place) }
    }

    /// Whether a block may be a file's: it is on the disk, and holds nothing of the file
    /// system's own.
    func isFiles(_ block: UInt32) throws(Errno) -> Bool {
        guard block > superblock.firstDataBlock, block < superblock.blocksCount else { return false }
        let number = superblock.group(ofBlock: block)
        if number == 0 {
            guard block > superblock.block + descriptorBlocks else { return false }
        }
        return try !group(number).holds(block, superblock)
    }

    /// - Throws: `EIO`: it may not.
    func checkFiles(_ block: UInt32) throws(Errno) {
        guard try isFiles(block) else {
            throw damaged("a file on the disk has blocks that are not its own; run e2fsck on it")
        }
    }

    /// The same of blocks that follow each other.
    func checkFiles(_ block: UInt32, count: UInt32) throws(Errno) {
        try checkFiles(block)
        guard count > 1 else { return }
        guard count <= superblock.blocksCount - block else {
            throw damaged("a file on the disk has blocks that are not its own; run e2fsck on it")
        }
        let last = block + (count - 1)
        for number in superblock.group(ofBlock: block)...superblock.group(ofBlock: last) {
            let group = try group(number)
            let isApart = group.inodeTable > last || group.inodeTable + (superblock.inodeTableBlocks - 1) < block
            guard isApart, !(block...last).contains(group.blockBitmap), !(block...last).contains(group.inodeBitmap) else {
                throw damaged("a file on the disk has blocks that are not its own; run e2fsck on it")
            }
        }
    }

    // MARK: - Bits

    /// The first bit that is 0, at `start` or behind it: first where a byte is free, as
    /// what follows can stay together there.
    private static func firstFree(_ bytes: RawSpan, from start: UInt32, below end: UInt32) -> UInt32? {
        guard start < end else { return nil }
        func byte(_ index: UInt32) -> UInt8 { bytes.value(at: UInt64(index), as: UInt8.self) ?? 0xFF }
        if byte(start / 8) >> UInt8(start % 8) & 1 == 0 { return start }
        var index = start / 8 + 1
        while index < end / 8 {
            if index % 8 == 0, bytes.value(at: UInt64(index), as: UInt64.self) == .max {
                index += 8
                continue
            }
            if byte(index) == 0 { return index * 8 }
            index += 1
        }
        var bit = start + 1
        while bit < end {
            let value = byte(bit / 8)
            if value == 0xFF {
                bit = (bit / 8 + 1) * 8
            } else if value >> UInt8(bit % 8) & 1 == 0 {
                return bit
            } else {
                bit += 1
            }
        }
        return nil
    }

    /// Sets bits of a bitmap, or clears them; how many were otherwise.
    private func setBits(
        _ start: UInt32, count: UInt32, of bitmap: UInt32, to value: Bool
    ) throws(Errno) -> UInt32 {
        try cache.change(bitmap, as: .structure(isNew: false)) { (bytes) in
            var changed: UInt32 = 0
            for bit in start..<start + count {
                let place = UInt64(bit / 8)
                guard let old = bytes.bytes.value(at: place, as: UInt8.self) else { break }
                let mask = UInt8(1) << UInt8(bit % 8)
                let new = value ? old | mask : old & ~mask
                if new != old { changed += 1 }
                _ = bytes.store(new, at: place)
            }
            return changed
        }
    }

    // MARK: - Blocks

    /// Takes a block, as near behind another as there is one.
    ///
    /// - Throws: `ENOSPC`.
    func takeBlock(near goal: UInt32) throws(Errno) -> UInt32 {
        let goal = goal > superblock.firstDataBlock && goal < superblock.blocksCount ? goal : superblock.firstDataBlock + 1
        let first = superblock.group(ofBlock: goal)
        // The first group twice: behind the goal, and all of it.
        for step in 0...superblock.groupCount {
            let number = (first + step) % superblock.groupCount
            var group = try group(number)
            guard group.freeBlocks > 0 else { continue }
            let (start, end) = (step == 0 ? goal - superblock.firstBlock(of: number) : 0, superblock.blockCount(of: number))
            let bit = try cache.read(group.blockBitmap) { (bytes) in
                Self.firstFree(bytes, from: start, below: end)
            }
            guard let bit else { continue }
            let block = superblock.firstBlock(of: number) + bit
            guard try isFiles(block) else {
                throw damaged("a bitmap on the disk is damaged; run e2fsck on it")
            }
            _ = try setBits(bit, count: 1, of: group.blockBitmap, to: true)
            group.freeBlocks -= 1
            try store(group, number)
            freeBlocks -= min(freeBlocks, 1)
            return block
        }
        throw .noSpace
    }

    /// A block is free once the transaction is there.
    ///
    /// - Parameter isStructure: It was no file's contents; the journal may have it.
    func freeBlock(_ block: UInt32, isStructure: Bool) throws(Errno) {
        try checkFiles(block)
        try freed.add(block, .blocks, group: superblock.group(ofBlock: block), memory)
        if isStructure { try journal?.revoke(block) }
        cache.free(block)
    }

    /// Says in the bitmap that blocks of one group are free.
    func setFree(_ start: UInt32, count: UInt32) throws(Errno) {
        let number = superblock.group(ofBlock: start)
        var group = try group(number)
        let bit = start - superblock.firstBlock(of: number)
        let changed = try setBits(bit, count: count, of: group.blockBitmap, to: false)
        if changed != count { report("blocks were free that a file had; run e2fsck on the disk") }
        group.freeBlocks = UInt16(clamping: min(UInt32(group.freeBlocks) + changed, superblock.blockCount(of: number)))
        try store(group, number)
        freeBlocks += UInt64(changed)
    }

    // MARK: - Inodes

    /// Takes an inode: a directory's where there is much room, another one's near its
    /// directory.
    ///
    /// - Throws: `ENOSPC`.
    func takeInode(near parent: UInt32, isDirectory: Bool) throws(Errno) -> UInt32 {
        guard freeInodes > 0 else { throw .noSpace }
        let count = superblock.groupCount
        var first = superblock.group(ofInode: parent)
        if isDirectory { first = try roomiest(first) }
        for step in 0..<count {
            let number = (first + step) % count
            var group = try group(number)
            guard group.freeInodes > 0 else { continue }
            let start = number == 0 ? superblock.firstInode - 1 : 0
            let bit = try cache.read(group.inodeBitmap) { (bytes) -> UInt32? in
                var bit = start
                while bit < superblock.inodesPerGroup {
                    guard let value = bytes.value(at: UInt64(bit / 8), as: UInt8.self) else { return nil }
                    if value == 0xFF { bit = (bit / 8 + 1) * 8 } else
                    if value >> UInt8(bit % 8) & 1 == 0 { return bit } else { bit += 1 }
                }
                return nil
            }
            guard let bit else { continue }
            let inode = number * superblock.inodesPerGroup + bit + 1
            let old = try readInode(inode)
            guard old.linkCount == 0 || old.deletionTime != 0 else {
                throw damaged("a file on the disk is not marked as one; run e2fsck on it")
            }
            _ = try setBits(bit, count: 1, of: group.inodeBitmap, to: true)
            group.freeInodes -= 1
            if isDirectory { group.directories &+= 1 }
            try store(group, number)
            freeInodes -= 1
            return inode
        }
        throw .noSpace
    }

    /// The first group behind one that has as many free blocks and inodes as others have.
    private func roomiest(_ first: UInt32) throws(Errno) -> UInt32 {
        let count = superblock.groupCount
        let (inodes, blocks) = (freeInodes / UInt64(count), freeBlocks / UInt64(count))
        for step in 0..<min(count, 256) {
            let number = (first + step) % count
            let group = try group(number)
            if group.freeInodes > 0, UInt64(group.freeInodes) >= inodes, UInt64(group.freeBlocks) >= blocks {
                return number
            }
        }
        return first
    }

    func setInodeFree(_ inode: UInt32, isDirectory: Bool) throws(Errno) {
        let number = superblock.group(ofInode: inode)
        var group = try group(number)
        let bit = (inode - 1) % superblock.inodesPerGroup
        let changed = try setBits(bit, count: 1, of: group.inodeBitmap, to: false)
        if changed != 1 { report("a file on the disk was not marked as one; run e2fsck on it") }
        group.freeInodes = UInt16(clamping: min(UInt32(group.freeInodes) + changed, superblock.inodesPerGroup))
        if isDirectory, group.directories > 0 { group.directories -= 1 }
        try store(group, number)
        freeInodes += UInt64(changed)
    }
}
