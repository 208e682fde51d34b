import KernelSupport

/// What the running transaction has freed: it is free on the disk with that transaction,
/// and until then nobody else may have it. Who could be given it would write over what is
/// still a file's if the transaction never comes to be.
struct FreedSpace {
    struct Range: BitwiseCopyable {
        /// A block's number or an inode's.
        var start: UInt32 = 0
        var count: UInt32 = 0
        var kind = Kind.blocks
    }

    enum Kind: UInt8 { case blocks, inode, directory }

    private var table = RecordTable<Range>()
    private(set) var count = 0
    /// Blocks and inodes in all ranges.
    private(set) var blocks: UInt64 = 0
    private(set) var inodes: UInt64 = 0
    /// Blocks that change with the bitmaps, at most.
    private(set) var cost = 0
    private var lastGroup: UInt32 = .max

    /// Makes room for so many more.
    ///
    /// - Throws: `ENOMEM`.
    mutating func makeRoom(_ more: Int, _ memory: ExtendedMemory) throws(Errno) {
        while Int(table.capacity) < count + more {
            guard table.grow(first: 1024, memory, filler: { Range() }) else { throw .noMemory }
        }
    }

    /// - Parameter group: The group that it is in; a range has one only.
    /// - Throws: `ENOMEM`.
    mutating func add(
        _ number: UInt32, _ kind: Kind, group: UInt32, _ memory: ExtendedMemory
    ) throws(Errno) {
        if kind == .blocks { blocks += 1 } else { inodes += 1 }
        let isSameGroup = group == lastGroup
        lastGroup = group
        if count > 0, kind == .blocks, isSameGroup {
            let last = table[count - 1]
            if last.record.kind == .blocks, last.record.start + last.record.count == number {
                last.record.count += 1
                return
            }
            // Who frees from the end on.
            if last.record.kind == .blocks, number + 1 == last.record.start {
                last.record.start -= 1
                last.record.count += 1
                return
            }
        }
        if count == Int(table.capacity) {
            guard table.grow(first: 1024, memory, filler: { Range() }) else {
                if kind == .blocks { blocks -= 1 } else { inodes -= 1 }
                throw .noMemory
            }
        }
        table[count].record = Range(start: number, count: 1, kind: kind)
        count += 1
        if !isSameGroup { cost += 3 }
    }

    subscript(index: Int) -> Range { table[index].record }

    mutating func clear() {
        (count, blocks, inodes, cost) = (0, 0, 0, 0)
        lastGroup = .max
    }

    mutating func removeAll(_ memory: ExtendedMemory) {
        table.removeAll(memory)
        self = Self()
    }
}
