import KernelSupport

/// A file's inode as the disk has it (`struct ext2_inode`), in words that are used here.
struct ExtendedInode {
    /// Its number, from 1 on.
    var number: UInt32
    var mode: UInt16 = 0
    var owner = FileOwner()
    var size: Int64 = 0
    var accessTime = FileTime(nanosecondsSinceEpoch: 0)
    var changeTime = FileTime(nanosecondsSinceEpoch: 0)
    var modificationTime = FileTime(nanosecondsSinceEpoch: 0)
    /// When it was deleted, in seconds; or the next one in the list of orphans.
    var deletionTime: UInt32 = 0
    var linkCount: UInt16 = 0
    /// Units of 512 bytes.
    var sectors: UInt64 = 0
    var flags: UInt32 = 0
    var blocks = InlineArray<15, UInt32>(repeating: 0)
    var generation: UInt32 = 0
    /// The block of extended attributes.
    var attributes: UInt32 = 0
    /// Bytes behind the first 128 that are used.
    var extraSize: UInt16 = 0

    static var root: UInt32 { 2 }

    // Flags.
    static var isIndexed: UInt32 { 0x1000 }
    static var isHuge: UInt32 { 0x40000 }
    /// Extents, contents in the inode, attributes' values, encryption, verity: none of
    /// them is known.
    static var unknownFlags: UInt32 { 0x80000 | 0x1000_0000 | 0x20_0000 | 0x800 | 0x10_0000 }
    /// `EXT2_APPEND_FL`, `EXT2_IMMUTABLE_FL`.
    static var isAppendOnly: UInt32 { 0x20 }
    static var isImmutable: UInt32 { 0x10 }

    var kind: FileKind? { FileKind(typeBits: UInt32(mode)) }
    var isRegular: Bool { mode & 0xF000 == 0x8000 }
    var isDirectory: Bool { mode & 0xF000 == 0x4000 }

    /// A symbolic link whose contents lie where others have their blocks' numbers.
    func isFastLink(blockSize: Int) -> Bool {
        guard kind == .symbolicLink, size < 60 else { return false }
        return sectors == (attributes != 0 ? UInt64(blockSize / 512) : 0)
    }

    /// Whether it has blocks at all.
    func hasBlocks(blockSize: Int) -> Bool {
        switch kind {
        case .regular, .directory: true
        case .symbolicLink: !isFastLink(blockSize: blockSize)
        default: false
        }
    }

    /// A device's number as `st_rdev` has it; the disk has an old and a new form.
    var device: UInt64 {
        get {
            if blocks[0] != 0 { return UInt64(blocks[0] >> 8 & 0xFF) << 8 | UInt64(blocks[0] & 0xFF) }
            // Minor's lower byte, major's 12 bits, the rest of minor; as st_rdev up to 32 bits.
            return UInt64(blocks[1])
        }
        set {
            let (major, minor) = (newValue >> 8 & 0xFFF, newValue & 0xFF | newValue >> 12 & 0xFFF00)
            if major < 256, minor < 256 {
                (blocks[0], blocks[1]) = (UInt32(major << 8 | minor), 0)
            } else {
                (blocks[0], blocks[1]) = (0, UInt32(minor & 0xFF | major << 8 | (minor & ~0xFF) << 12))
            }
        }
    }

    init(number: UInt32) { self.number = number }

    /// A moment as the disk will have it: of whole seconds, where there is no room for more.
    func stored(_ time: FileTime) -> FileTime {
        extraSize >= 12 ? time : FileTime(seconds: time.seconds, nanoseconds: 0)
    }

    /// Whether nothing is different that writing to a file changes.
    func isSame(as other: Self) -> Bool {
        guard size == other.size, sectors == other.sectors, modificationTime == other.modificationTime,
            changeTime == other.changeTime
        else { return false }
        for index in 0..<blocks.count where blocks[index] != other.blocks[index] { return false }
        return true
    }

    /// - Parameter bytes: The inode's, all of them.
    init(_ bytes: RawSpan, number: UInt32) {
        func word(_ place: UInt64) -> UInt32 { bytes.value(at: place, as: UInt32.self) ?? 0 }
        func half(_ place: UInt64) -> UInt16 { bytes.value(at: place, as: UInt16.self) ?? 0 }
        self.number = number
        mode = half(0)
        owner = FileOwner(
            user: UInt32(half(2)) | UInt32(half(120)) << 16, group: UInt32(half(24)) | UInt32(half(122)) << 16)
        deletionTime = word(20)
        linkCount = half(26)
        sectors = UInt64(word(28)) | UInt64(half(116)) << 32
        flags = word(32)
        for index in 0..<15 { blocks[index] = word(40 + UInt64(index) * 4) }
        generation = word(100)
        attributes = word(104)
        let high = mode & 0xF000 == 0x8000 ? word(108) : 0
        size = Int64(bitPattern: UInt64(word(4)) | UInt64(high) << 32)
        extraSize = bytes.byteCount > 128 ? half(128) : 0
        if Int(extraSize) > bytes.byteCount - 128 || extraSize & 3 != 0 { extraSize = 0 }
        func time(_ place: UInt64, _ extra: UInt64) -> FileTime {
            let seconds = Int64(Int32(bitPattern: word(place)))
            guard extra + 4 <= 128 + UInt64(extraSize) else { return FileTime(seconds: seconds, nanoseconds: 0) }
            let more = word(extra)
            return FileTime(
                seconds: seconds + Int64(more & 3) << 32, nanoseconds: min(more >> 2, 999_999_999))
        }
        accessTime = time(8, 140)
        changeTime = time(12, 132)
        modificationTime = time(16, 136)
    }

    func write(to bytes: inout MutableRawSpan) {
        _ = bytes.store(mode, at: 0)
        _ = bytes.store(UInt16(truncatingIfNeeded: owner.user), at: 2)
        _ = bytes.store(UInt16(truncatingIfNeeded: owner.user >> 16), at: 120)
        _ = bytes.store(UInt16(truncatingIfNeeded: owner.group), at: 24)
        _ = bytes.store(UInt16(truncatingIfNeeded: owner.group >> 16), at: 122)
        _ = bytes.store(UInt32(truncatingIfNeeded: size), at: 4)
        if isRegular { _ = bytes.store(UInt32(truncatingIfNeeded: size >> 32), at: 108) }
        _ = bytes.store(deletionTime, at: 20)
        _ = bytes.store(linkCount, at: 26)
        _ = bytes.store(UInt32(truncatingIfNeeded: sectors), at: 28)
        _ = bytes.store(UInt16(truncatingIfNeeded: sectors >> 32), at: 116)
        _ = bytes.store(flags, at: 32)
        for index in 0..<15 { _ = bytes.store(blocks[index], at: 40 + UInt64(index) * 4) }
        _ = bytes.store(generation, at: 100)
        _ = bytes.store(attributes, at: 104)
        if bytes.byteCount > 128 { _ = bytes.store(extraSize, at: 128) }
        func set(_ time: FileTime, _ place: UInt64, _ extra: UInt64) {
            let hasExtra = extra + 4 <= 128 + UInt64(extraSize)
            let limits = hasExtra ? Int64(Int32.min)...Int64(Int32.max) + 3 << 32 : Int64(Int32.min)...Int64(Int32.max)
            let seconds = min(max(time.seconds, limits.lowerBound), limits.upperBound)
            let low = Int32(truncatingIfNeeded: seconds)
            _ = bytes.store(low, at: place)
            guard hasExtra else { return }
            let epoch = UInt32(truncatingIfNeeded: (seconds - Int64(low)) >> 32) & 3
            _ = bytes.store(time.nanoseconds << 2 | epoch, at: extra)
        }
        set(accessTime, 8, 140)
        set(changeTime, 12, 132)
        set(modificationTime, 16, 136)
    }
}
