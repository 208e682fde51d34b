import KernelSupport

/// What a server says of a file (`fuse_attr`, 88 bytes), checked.
public struct FuseAttributes: Equatable, Sendable, BitwiseCopyable {
    public let number: UInt64
    public let size: Int64
    public let blocks: Int64
    public let accessTime: FileTime
    public let modificationTime: FileTime
    public let changeTime: FileTime
    public let kind: FileKind
    public let mode: FileMode
    public let linkCount: UInt32
    public let owner: FileOwner
    public let device: UInt64

    static let size = 88

    /// - Throws: `EIO`: it is cut off, or can't be true.
    init(_ bytes: RawSpan, at start: UInt64) throws(Errno) {
        guard let words: InlineArray<6, UInt64> = bytes.words(at: start),
            let halves: InlineArray<5, UInt64> = bytes.words(at: start + 48)
        else { throw .inputOutputError }
        number = words[0]
        guard let size = Int64(exactly: words[1]), let blocks = Int64(exactly: words[2]) else {
            throw .inputOutputError
        }
        self.size = size
        self.blocks = blocks
        let (accessed, modified) = (Self.low(halves[0]), Self.high(halves[0]))
        let (changed, mode) = (Self.low(halves[1]), Self.high(halves[1]))
        accessTime = try Self.time(words[3], accessed)
        modificationTime = try Self.time(words[4], modified)
        changeTime = try Self.time(words[5], changed)
        guard let kind = FileKind(typeBits: mode) else { throw .inputOutputError }
        self.kind = kind
        self.mode = FileMode(mode)
        linkCount = Self.low(halves[2])
        owner = FileOwner(user: Self.high(halves[2]), group: Self.low(halves[3]))
        device = UInt64(Self.high(halves[3]))
    }

    private static func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
    private static func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }

    private static func time(_ seconds: UInt64, _ nanoseconds: UInt32) throws(Errno) -> FileTime {
        guard nanoseconds < 1_000_000_000 else { throw .inputOutputError }
        return FileTime(seconds: Int64(bitPattern: seconds), nanoseconds: nanoseconds)
    }

    func status(_ inode: Inode) -> InodeStatus {
        var status = InodeStatus(
            inode: inode, mode: mode, owner: owner, linkCount: linkCount, accessTime: accessTime,
            modificationTime: modificationTime, changeTime: changeTime)
        status.number = number
        status.device = device
        status.size = size
        status.blocks = blocks
        return status
    }
}

/// For how long something that a server has said may be believed, in nanoseconds.
struct FuseValidity {
    /// No longer than a day, whatever the server says.
    private static let most: UInt64 = 86_400_000_000_000

    static func nanoseconds(_ seconds: UInt64, _ nanoseconds: UInt32) -> UInt64 {
        guard seconds < most / 1_000_000_000 else { return most }
        return seconds * 1_000_000_000 + min(UInt64(nanoseconds), 999_999_999)
    }
}

/// A file that a server has named (`fuse_entry_out`, 128 bytes).
struct FuseEntry {
    /// The server's number of it.
    let node: UInt64
    let attributes: FuseAttributes
    let validity: UInt64

    static let size = 128

    /// - Throws: `ENOENT`: there is no such file; `EIO`.
    init(_ bytes: RawSpan) throws(Errno) {
        guard let words: InlineArray<5, UInt64> = bytes.words(at: 0) else { throw .inputOutputError }
        guard words[0] != 0 else { throw .noSuchFileOrDirectory }
        node = words[0]
        attributes = try FuseAttributes(bytes, at: 40)
        validity = FuseValidity.nanoseconds(words[3], UInt32(truncatingIfNeeded: words[4] >> 32))
    }
}

/// What a server says of a file that is known (`fuse_attr_out`, 104 bytes).
struct FuseAttributesAnswer {
    let attributes: FuseAttributes
    let validity: UInt64

    static let size = 104

    init(_ bytes: RawSpan) throws(Errno) {
        guard let words: InlineArray<2, UInt64> = bytes.words(at: 0) else { throw .inputOutputError }
        validity = FuseValidity.nanoseconds(words[0], UInt32(truncatingIfNeeded: words[1]))
        attributes = try FuseAttributes(bytes, at: 16)
    }
}

/// What a server says of its file system (`fuse_kstatfs`, 80 bytes).
enum FuseSystemStatus {
    static let size = 80

    static func read(_ bytes: RawSpan) throws(Errno) -> SystemStatus {
        guard let words: InlineArray<10, UInt64> = bytes.words(at: 0) else { throw .inputOutputError }
        // FUSE_SUPER_MAGIC of Linux.
        var status = SystemStatus(kind: 0x6573_5546)
        status.blocks = words[0]
        status.freeBlocks = words[2]
        status.files = words[3]
        status.freeFiles = words[4]
        let (block, unit) = (words[5] & 0xFFFF_FFFF, words[6] & 0xFFFF_FFFF)
        // Counts are of these; where they are not told, of the others.
        status.blockSize = unit > 0 ? unit : block > 0 ? block : 4096
        return status
    }
}
