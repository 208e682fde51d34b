import KernelSupport

/// Writes to the log in rows, and goes on at its start where it ends.
struct JournalWriter: ~Copyable {
    private let journal: Journal
    /// Where the next block goes.
    private(set) var position: UInt32
    private(set) var count: UInt32 = 0
    private var row = InlineArray<64, Int32>(repeating: -1)
    private var rowSize = 0
    private var rowStart: UInt32 = 0

    init(_ journal: Journal, at position: UInt32) {
        self.journal = journal
        self.position = position
    }

    /// Adds a block of the cache's; `nil`: the journal's own one, which stays as it is until
    /// `finish`.
    mutating func add(_ index: Int32?) throws(Errno) {
        let block = journal.block(position).block
        if rowSize > 0, rowSize == 64 || rowStart + UInt32(rowSize) != block { try finish() }
        if rowSize == 0 { rowStart = block }
        row[rowSize] = index ?? -1
        rowSize += 1
        count += 1
        position += 1
        if position == journal.superblock.length { position = journal.superblock.first }
    }

    /// Writes what was added.
    mutating func finish() throws(Errno) {
        guard rowSize > 0 else { return }
        let (row, size, journal) = (row, rowSize, journal)
        let blockSize = journal.cache.blockSize
        rowSize = 0
        try journal.cache.host.write(
            at: UInt64(rowStart) * UInt64(blockSize), count: size * blockSize
        ) { bytes, at in
            var done = 0
            while done + blockSize <= bytes.byteCount {
                let index = (at + done) / blockSize
                if index < size { journal.copy(row[index] < 0 ? nil : row[index], to: &bytes, at: done) }
                done += blockSize
            }
        }
    }
}
