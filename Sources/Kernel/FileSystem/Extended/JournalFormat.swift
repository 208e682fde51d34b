import KernelSupport

/// What a journal's blocks hold (JBD2; all numbers are big-endian).
enum JournalFormat {
    static var magic: UInt32 { 0xC03B_3998 }

    enum Kind: UInt32 {
        case descriptor = 1
        case commit = 2
        case superblockV1 = 3
        case superblock = 4
        case revoke = 5
    }

    /// Bytes of the header that every block of the journal's own has.
    static var headerSize: Int { 12 }

    // What a tag says of a block.
    /// The first word was the magic number, and is 0 in the journal.
    static var isEscaped: UInt16 { 1 }
    /// No UUID follows.
    static var hasSameUUID: UInt16 { 2 }
    static var isLast: UInt16 { 8 }
    static var uuidSize: Int { 16 }

    // Incompatible features.
    static var revoke: UInt32 { 1 }
    static var wide: UInt32 { 2 }

    /// A block's kind and transaction; `nil`: it is none of the journal's own.
    static func header(_ bytes: RawSpan) -> (kind: Kind, sequence: UInt32)? {
        guard bytes.bigEndianValue(at: 0, as: UInt32.self) == magic,
            let kind = bytes.bigEndianValue(at: 4, as: UInt32.self).flatMap({ Kind(rawValue: $0) }),
            let sequence = bytes.bigEndianValue(at: 8, as: UInt32.self)
        else { return nil }
        return (kind, sequence)
    }

    static func writeHeader(_ kind: Kind, _ sequence: UInt32, to bytes: inout MutableRawSpan) {
        _ = bytes.store(magic.bigEndian, at: 0)
        _ = bytes.store(kind.rawValue.bigEndian, at: 4)
        _ = bytes.store(sequence.bigEndian, at: 8)
    }
}

/// The journal's superblock, checked.
struct JournalSuperblock {
    /// Blocks of the journal, and the first one of its log.
    var length: UInt32
    var first: UInt32
    /// The transaction that is expected first, and where; 0: there is none.
    var sequence: UInt32
    var start: UInt32
    var incompatible: UInt32
    var isVersion1: Bool

    /// A journal has so many blocks at least (`JBD2_MIN_JOURNAL_BLOCKS`).
    static var least: UInt32 { 1024 }

    static var sequencePlace: UInt64 { 24 }
    static var startPlace: UInt64 { 28 }
    static var incompatiblePlace: UInt64 { 40 }

    /// - Parameter available: Blocks that the journal's file has.
    init(_ bytes: RawSpan, blockSize: Int, available: UInt64) throws(ExtendedProblem) {
        func word(_ place: UInt64) -> UInt32 { bytes.bigEndianValue(at: place, as: UInt32.self) ?? 0 }
        guard let header = JournalFormat.header(bytes),
            header.kind == .superblock || header.kind == .superblockV1
        else { throw .damagedJournal }
        isVersion1 = header.kind == .superblockV1
        length = word(16)
        first = word(20)
        sequence = word(24)
        start = word(28)
        incompatible = isVersion1 ? 0 : word(40)
        let known = JournalFormat.revoke | JournalFormat.wide
        guard incompatible & ~known == 0 else { throw .unknownJournalFeatures(incompatible & ~known) }
        guard isVersion1 || word(44) == 0 else { throw .unknownJournalFeatures(word(44)) }
        guard Int(word(12)) == blockSize, UInt64(length) <= available, first > 0, first < length,
            length >= Self.least, start == 0 || start >= first && start < length
        else { throw .damagedJournal }
    }

    var isWide: Bool { incompatible & JournalFormat.wide != 0 }
    var tagSize: Int { isWide ? 12 : 8 }
}
