import KernelSupport

/// Blocks of the journal in a row, on the disk and in the journal.
struct JournalRun: BitwiseCopyable {
    var start: UInt32 = 0
    var count: UInt32 = 0
    var block: UInt32 = 0
}

/// The log of a file system: transactions one behind the other (JBD2).
///
/// A transaction is in the journal for good when its commit block is; what it changed gets
/// to its place any time later. Room is made all at once: everything that is committed is
/// written to its place, and the log is empty. That is done between transactions only, so
/// that no block need be kept in two states.
final class Journal {
    let cache: BlockCache
    private var runs = RecordTable<JournalRun>()
    private var runCount = 0
    private(set) var superblock: JournalSuperblock
    /// Where the next transaction goes, and its number.
    private var head: UInt32
    private var sequence: UInt32
    /// The number of the first transaction that is in the log.
    private var firstSequence: UInt32
    /// Blocks of the log that hold transactions.
    private var used: UInt32 = 0
    /// Freed in the running transaction: what older ones have of it is not to be replayed.
    private var revoked = RecordTable<UInt32>()
    private(set) var revokedCount = 0
    /// One block, for what the journal has of its own.
    private let scratch: MemoryBlock

    /// Blocks that a transaction has at most, without those of the journal's own.
    let mostBlocks: Int
    /// Blocks that it revokes at most.
    var mostRevoked: Int { 512 }

    private var memory: ExtendedMemory { ExtendedMemory(host: cache.host) }

    /// - Parameter map: The block of the disk that holds a block of the journal's file, and
    ///   how many follow there.
    init(
        _ cache: BlockCache, blocks: UInt64, map: (UInt64) throws(ExtendedProblem) -> (UInt32, UInt32)
    ) throws(ExtendedProblem) {
        self.cache = cache
        let (first, _) = try map(0)
        let read: Result<JournalSuperblock, ExtendedProblem>
        do throws(Errno) {
            read = try cache.read(first) { (bytes) in
                Result { () throws(ExtendedProblem) in
                    try JournalSuperblock(bytes, blockSize: cache.blockSize, available: blocks)
                }
            }
        } catch { throw .device(error) }
        superblock = try read.get()
        head = superblock.first
        sequence = superblock.sequence
        firstSequence = superblock.sequence
        let usable = Int(superblock.length - superblock.first)
        mostBlocks = min(usable / 4, cache.limit / 2)
        guard let scratch = cache.host.allocate(cache.blockSize) else { throw .noMemory }
        self.scratch = scratch
        do throws(ExtendedProblem) {
            var index: UInt32 = 0
            while index < superblock.length {
                let (block, more) = try map(UInt64(index))
                let count = min(more, superblock.length - index)
                if runCount > 0, runs[runCount - 1].record.block + runs[runCount - 1].record.count == block {
                    runs[runCount - 1].record.count += count
                } else {
                    if runCount == Int(runs.capacity) {
                        guard runs.grow(first: 256, memory, filler: { JournalRun() }) else { throw .noMemory }
                    }
                    runs[runCount].record = JournalRun(start: index, count: count, block: block)
                    runCount += 1
                }
                index += count
            }
        } catch {
            removeAll()
            throw error
        }
    }

    /// Gives its memory back.
    func removeAll() {
        runs.removeAll(memory)
        revoked.removeAll(memory)
        (runCount, revokedCount) = (0, 0)
        cache.host.free(scratch)
    }

    /// The block of the disk for one of the journal's, and how many follow it there.
    func block(_ index: UInt32) -> (block: UInt32, count: UInt32) {
        var (low, high) = (0, runCount)
        while high - low > 1 {
            let middle = (low + high) / 2
            if runs[middle].record.start <= index { low = middle } else { high = middle }
        }
        let run = runs[low].record
        return (run.block + (index - run.start), run.count - (index - run.start))
    }

    // MARK: - The superblock

    /// Writes where the log starts.
    private func writeSuperblock(start: UInt32) throws(Errno) {
        if used == 0 { firstSequence = sequence }
        try cache.change(block(0).block, as: .contents(isNew: false)) { (bytes) throws(Errno) in
            _ = bytes.store(firstSequence.bigEndian, at: JournalSuperblock.sequencePlace)
            _ = bytes.store(start.bigEndian, at: JournalSuperblock.startPlace)
            _ = bytes.store(superblock.incompatible.bigEndian, at: JournalSuperblock.incompatiblePlace)
        }
        superblock.start = start
        try cache.writeContents()
    }

    /// The log is empty from now on.
    ///
    /// - Parameter next: The number of the next transaction.
    func clear(next: UInt32? = nil) throws(Errno) {
        if let next { sequence = next }
        (head, used) = (superblock.first, 0)
        try writeSuperblock(start: 0)
        try cache.host.flush()
    }

    /// Writes to its place whatever is in the journal, so that it is empty. Nothing may have
    /// changed since the last commit.
    func checkpoint() throws(Errno) {
        guard used > 0 || superblock.start != 0 else { return }
        try cache.writeCommitted()
        try cache.host.flush()
        try clear()
    }

    // MARK: - The running transaction

    /// Makes room for so many more blocks that are revoked.
    ///
    /// - Throws: `ENOMEM`.
    func makeRoom(_ more: Int) throws(Errno) {
        while Int(revoked.capacity) < revokedCount + more {
            guard revoked.grow(first: 1024, memory, filler: { 0 }) else { throw .noMemory }
        }
    }

    /// A block that may be in the journal belongs to nobody any more.
    ///
    /// - Throws: `ENOMEM`.
    func revoke(_ number: UInt32) throws(Errno) {
        if revokedCount == Int(revoked.capacity) {
            guard revoked.grow(first: 1024, memory, filler: { 0 }) else { throw .noMemory }
        }
        revoked[revokedCount].record = number
        revokedCount += 1
    }

    private var tagsInBlock: Int {
        (cache.blockSize - JournalFormat.headerSize - JournalFormat.uuidSize) / superblock.tagSize
    }
    private var revokesInBlock: Int {
        (cache.blockSize - JournalFormat.headerSize - 4) / (superblock.isWide ? 8 : 4)
    }

    /// Blocks of the log for a transaction of so many.
    private func need(_ blocks: Int, revoked: Int) -> Int {
        blocks + blocks / tagsInBlock + 1 + (revoked + revokesInBlock - 1) / revokesInBlock + 1
    }

    /// Writes the running transaction, whose contents of files are written already.
    ///
    /// - Throws: `EIO`: it is not known whether it is there.
    func commit(now: FileTime) throws(Errno) {
        let usable = Int(superblock.length - superblock.first)
        guard need(cache.runningCount, revoked: revokedCount) <= usable - Int(used) else {
            throw .inputOutputError
        }
        if revokedCount > 0, superblock.incompatible & JournalFormat.revoke == 0 {
            superblock.incompatible |= JournalFormat.revoke
            if used > 0 { try writeSuperblock(start: superblock.start) }
        }
        if used == 0 { try writeSuperblock(start: head) }
        var writer = JournalWriter(self, at: head)
        try writeRevokes(&writer)
        try writeBlocks(&writer)
        try writer.finish()
        // All that the commit block vouches for is there before it.
        try cache.host.flush()
        scratch.withMutableBytes(0..<cache.blockSize) { bytes in
            _ = bytes.zero(at: 0, count: UInt64(cache.blockSize))
            JournalFormat.writeHeader(.commit, sequence, to: &bytes)
            _ = bytes.store(now.seconds.bigEndian, at: 48)
            _ = bytes.store(now.nanoseconds.bigEndian, at: 56)
        }
        try writer.add(nil)
        try writer.finish()
        try cache.host.flush()
        head = writer.position
        used += writer.count
        sequence &+= 1
        revokedCount = 0
        cache.commit(isJournaled: true)
        if need(mostBlocks, revoked: mostRevoked) > usable - Int(used) { try checkpoint() }
    }

    private func writeRevokes(_ writer: inout JournalWriter) throws(Errno) {
        var done = 0
        while done < revokedCount {
            let count = min(revokedCount - done, revokesInBlock)
            let size = superblock.isWide ? 8 : 4
            scratch.withMutableBytes(0..<cache.blockSize) { bytes in
                _ = bytes.zero(at: 0, count: UInt64(cache.blockSize))
                JournalFormat.writeHeader(.revoke, sequence, to: &bytes)
                _ = bytes.store(UInt32(JournalFormat.headerSize + 4 + count * size).bigEndian, at: 12)
                for index in 0..<count {
                    let place = UInt64(16 + index * size)
                    let number = revoked[done + index].record
                    if superblock.isWide {
                        _ = bytes.store(UInt64(number).bigEndian, at: place)
                    } else {
                        _ = bytes.store(number.bigEndian, at: place)
                    }
                }
            }
            try writer.add(nil)
            // What is in the block's memory changes next.
            try writer.finish()
            done += count
        }
    }

    private func writeBlocks(_ writer: inout JournalWriter) throws(Errno) {
        var next = cache.nextRunning(after: nil)
        while let first = next {
            // A descriptor, and then what it names.
            var (last, count) = (first, 0)
            scratch.withMutableBytes(0..<cache.blockSize) { bytes in
                _ = bytes.zero(at: 0, count: UInt64(cache.blockSize))
                JournalFormat.writeHeader(.descriptor, sequence, to: &bytes)
                var place = UInt64(JournalFormat.headerSize)
                var current: Int32? = first
                while let index = current, count < tagsInBlock {
                    current = cache.nextRunning(after: index)
                    var flags: UInt16 = count == 0 ? 0 : JournalFormat.hasSameUUID
                    if isEscaped(index) { flags |= JournalFormat.isEscaped }
                    if current == nil || count + 1 == tagsInBlock { flags |= JournalFormat.isLast }
                    _ = bytes.store(cache.number(at: index).bigEndian, at: place)
                    _ = bytes.store(flags.bigEndian, at: place + 6)
                    place += UInt64(superblock.tagSize + (count == 0 ? JournalFormat.uuidSize : 0))
                    count += 1
                    last = index
                }
            }
            try writer.add(nil)
            var index = first
            for number in 0..<count {
                try writer.add(index)
                if number < count - 1, let following = cache.nextRunning(after: index) { index = following }
            }
            try writer.finish()
            next = cache.nextRunning(after: last)
        }
    }

    func isEscaped(_ index: Int32) -> Bool {
        cache.withBytes(at: index) { $0.bigEndianValue(at: 0, as: UInt32.self) == JournalFormat.magic }
    }

    /// Copies to the log: a block in memory, or the journal's own one.
    func copy(_ index: Int32?, to bytes: inout MutableRawSpan, at place: Int) {
        let (size, place) = (UInt64(cache.blockSize), UInt64(place))
        guard let index else {
            scratch.withBytes(0..<cache.blockSize) { _ = bytes.copy($0, at: 0, count: size, to: place) }
            return
        }
        cache.withBytes(at: index) { _ = bytes.copy($0, at: 0, count: size, to: place) }
        if isEscaped(index) { _ = bytes.store(UInt32(0), at: place) }
    }
}
