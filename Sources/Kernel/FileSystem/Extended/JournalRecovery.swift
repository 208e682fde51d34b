import KernelSupport

/// Replays a journal: what was committed gets to its place.
///
/// Three passes over the log, as JBD2 makes them: the end is found, then what was revoked,
/// then blocks are written. It may be ended at any time, and done again.
struct JournalRecovery: ~Copyable {
    private let journal: Journal
    private let cache: BlockCache
    private let blocks: Range<UInt32>
    private var revoked = RecordTable<Revoked>()
    private var revokedCount = 0
    private var heads = RecordTable<Int32>()

    private struct Revoked: BitwiseCopyable {
        var number: UInt32 = 0
        var sequence: UInt32 = 0
        var next: Int32 = -1
    }

    private enum Pass { case end, revokes, replay }

    /// - Parameter blocks: Those of the file system.
    init(_ journal: Journal, blocks: Range<UInt32>) {
        self.journal = journal
        cache = journal.cache
        self.blocks = blocks
    }

    private var memory: ExtendedMemory { ExtendedMemory(host: cache.host) }

    /// - Throws: `.damagedJournal`, `.noMemory`; `.device`.
    mutating func run() throws(ExtendedProblem) {
        defer {
            revoked.removeAll(memory)
            heads.removeAll(memory)
        }
        let superblock = journal.superblock
        do throws(Errno) {
            guard superblock.start != 0 else { return try journal.clear(next: superblock.sequence &+ 1) }
            guard heads.grow(first: 4096, memory, filler: { -1 }) else { throw .noMemory }
            let end = try pass(.end, until: nil)
            _ = try pass(.revokes, until: end)
            _ = try pass(.replay, until: end)
            try cache.writeContents()
            try cache.host.flush()
            try journal.clear(next: end &+ 1)
        } catch {
            switch error {
            case .noMemory: throw .noMemory
            case .badMessage: throw .damagedJournal
            default: throw .device(error)
            }
        }
    }

    /// One pass; the number of the transaction that is not there any more.
    ///
    /// - Throws: `EBADMSG`: what was committed makes no sense.
    private mutating func pass(_ pass: Pass, until end: UInt32?) throws(Errno) -> UInt32 {
        let superblock = journal.superblock
        var position = superblock.start
        var sequence = superblock.sequence
        // The log is a ring; a round is all there can be.
        var left = superblock.length - superblock.first
        func advance(_ count: UInt32) {
            let size = superblock.length - superblock.first
            position = superblock.first + (position - superblock.first + count) % size
            left -= min(left, count)
        }
        while left > 0, end == nil || sequence != end {
            let block = journal.block(position).block
            let header = try cache.read(block) { (bytes) in JournalFormat.header(bytes) }
            guard let header, header.sequence == sequence else { break }
            switch header.kind {
            case .descriptor:
                let count = try descriptor(block, position, sequence, pass, left)
                guard let count else { return sequence }
                advance(count + 1)
            case .commit:
                sequence &+= 1
                advance(1)
            case .revoke:
                if pass == .revokes { try revokes(block, sequence) }
                advance(1)
            case .superblock, .superblockV1:
                return sequence
            }
        }
        return sequence
    }

    /// A descriptor's tags; how many there are, or `nil`: it is none.
    private mutating func descriptor(
        _ block: UInt32, _ position: UInt32, _ sequence: UInt32, _ pass: Pass, _ left: UInt32
    ) throws(Errno) -> UInt32? {
        let superblock = journal.superblock
        let size = superblock.length - superblock.first
        var place = UInt64(JournalFormat.headerSize)
        var count: UInt32 = 0
        while true {
            let tag = try cache.read(block) { (bytes) -> (number: UInt32, flags: UInt16, high: UInt32)? in
                guard place + UInt64(superblock.tagSize) <= UInt64(bytes.byteCount),
                    let number = bytes.bigEndianValue(at: place, as: UInt32.self),
                    let flags = bytes.bigEndianValue(at: place + 6, as: UInt16.self)
                else { return nil }
                let high = superblock.isWide ? bytes.bigEndianValue(at: place + 8, as: UInt32.self) ?? 0 : 0
                return (number, flags, high)
            }
            guard let tag else { break }
            count += 1
            guard count < left else { return nil }
            if pass == .replay, !isRevoked(tag.number, sequence) {
                guard tag.high == 0, blocks.contains(tag.number) else { throw .badMessage }
                let from = superblock.first + (position - superblock.first + count) % size
                try replay(journal.block(from).block, to: tag.number, tag.flags)
            }
            place += UInt64(superblock.tagSize)
            if tag.flags & JournalFormat.hasSameUUID == 0 { place += UInt64(JournalFormat.uuidSize) }
            if tag.flags & JournalFormat.isLast != 0 { break }
        }
        return count
    }

    private func replay(_ from: UInt32, to number: UInt32, _ flags: UInt16) throws(Errno) {
        let size = UInt64(cache.blockSize)
        try cache.read(from) { (copy) throws(Errno) in
            try cache.change(number, as: .contents(isNew: true)) { (bytes) in
                _ = bytes.copy(copy, at: 0, count: size, to: 0)
                if flags & JournalFormat.isEscaped != 0 { _ = bytes.store(JournalFormat.magic.bigEndian, at: 0) }
            }
        }
    }

    // MARK: - Revoked blocks

    private mutating func revokes(_ block: UInt32, _ sequence: UInt32) throws(Errno) {
        let size: UInt64 = journal.superblock.isWide ? 8 : 4
        let end = try cache.read(block) { (bytes) in
            min(UInt64(bytes.bigEndianValue(at: 12, as: UInt32.self) ?? 0), UInt64(bytes.byteCount))
        }
        var place: UInt64 = 16
        while place + size <= end {
            let number = try cache.read(block) { (bytes) in
                size == 8
                    ? bytes.bigEndianValue(at: place, as: UInt64.self) ?? 0
                    : UInt64(bytes.bigEndianValue(at: place, as: UInt32.self) ?? 0)
            }
            if let number = UInt32(exactly: number) { try revoke(number, sequence) }
            place += size
        }
    }

    private func head(_ number: UInt32) -> Int { Int((number &* 0x9E37_79B1) >> 22) }

    private mutating func revoke(_ number: UInt32, _ sequence: UInt32) throws(Errno) {
        var index = heads[head(number)].record
        while index >= 0 {
            let entry = revoked[Int(index)]
            if entry.record.number == number {
                if Int32(bitPattern: sequence &- entry.record.sequence) > 0 { entry.record.sequence = sequence }
                return
            }
            index = entry.record.next
        }
        if revokedCount == Int(revoked.capacity) {
            guard revoked.grow(first: 4096, memory, filler: { Revoked() }) else { throw .noMemory }
        }
        revoked[revokedCount].record = Revoked(
            number: number, sequence: sequence, next: heads[head(number)].record)
        heads[head(number)].record = Int32(revokedCount)
        revokedCount += 1
    }

    /// Whether a transaction of that number or a later one has revoked a block.
    private func isRevoked(_ number: UInt32, _ sequence: UInt32) -> Bool {
        var index = heads[head(number)].record
        while index >= 0 {
            let entry = revoked[Int(index)].record
            if entry.number == number { return Int32(bitPattern: sequence &- entry.sequence) <= 0 }
            index = entry.next
        }
        return false
    }
}
