import KernelSupport

/// The superblock's fields that matter here, as they were found and checked.
///
/// Names and places are those of Linux's `struct ext2_super_block`.
struct ExtendedSuperblock {
    var inodesCount: UInt32
    var blocksCount: UInt32
    var firstDataBlock: UInt32
    /// The base-2 logarithm of the block size, in bytes.
    var blockShift: UInt32
    var blocksPerGroup: UInt32
    var inodesPerGroup: UInt32
    var revision: UInt32
    var firstInode: UInt32
    var inodeSize: UInt32
    var compatible: UInt32
    var incompatible: UInt32
    var readOnlyCompatible: UInt32
    var journalInode: UInt32
    var lastOrphan: UInt32
    var state: UInt16
    var groupCount: UInt32
    /// Bytes behind the first 128 that new inodes use.
    var extraSize: UInt16

    /// Where it lies on every disk, in bytes, and how long it is.
    static var place: UInt64 { 1024 }
    static var size: Int { 1024 }

    // Places of fields that are changed.
    static var freeBlocksPlace: UInt64 { 12 }
    static var freeInodesPlace: UInt64 { 16 }
    static var mountTimePlace: UInt64 { 44 }
    static var writeTimePlace: UInt64 { 48 }
    static var mountCountPlace: UInt64 { 52 }
    static var statePlace: UInt64 { 58 }
    static var incompatiblePlace: UInt64 { 96 }
    static var readOnlyCompatiblePlace: UInt64 { 100 }
    static var lastOrphanPlace: UInt64 { 232 }

    // States.
    static var isClean: UInt16 { 1 }
    static var hasErrors: UInt16 { 2 }

    // Features.
    static var hasJournal: UInt32 { 0x4 }
    static var fileTypes: UInt32 { 0x2 }
    static var recovery: UInt32 { 0x4 }
    static var journalDevice: UInt32 { 0x8 }
    static var flexibleGroups: UInt32 { 0x200 }
    static var largeFile: UInt32 { 0x2 }
    static var directoryLinks: UInt32 { 0x20 }

    /// filetype, needs_recovery, flex_bg.
    static var knownIncompatible: UInt32 { fileTypes | recovery | flexibleGroups }
    /// sparse_super, large_file, btree_dir, huge_file, dir_nlink, extra_isize.
    static var knownReadOnlyCompatible: UInt32 { 0x1 | 0x2 | 0x4 | 0x8 | 0x20 | 0x40 }

    var blockSize: Int { 1 << Int(blockShift) }
    var hasFileTypes: Bool { incompatible & Self.fileTypes != 0 }
    var inodesPerBlock: UInt32 { UInt32(blockSize) / inodeSize }
    var descriptorsPerBlock: UInt32 { UInt32(blockSize) / ExtendedGroup.size }
    /// Whether there are features that must be known for writing, and are not.
    var mustNotBeWritten: Bool { readOnlyCompatible & ~Self.knownReadOnlyCompatible != 0 }
    /// The block that the superblock is in, and where.
    var block: UInt32 { UInt32(Self.place >> UInt64(blockShift)) }
    var placeInBlock: Int { Int(Self.place) & (blockSize - 1) }

    /// - Parameter deviceSize: Bytes of the device.
    init(_ bytes: RawSpan, deviceSize: UInt64) throws(ExtendedProblem) {
        func word(_ place: UInt64) -> UInt32 { bytes.value(at: place, as: UInt32.self) ?? 0 }
        func half(_ place: UInt64) -> UInt16 { bytes.value(at: place, as: UInt16.self) ?? 0 }
        guard bytes.byteCount >= Self.size, half(56) == 0xEF53 else { throw .noFileSystem }
        revision = word(76)
        guard revision <= 1 else { throw .unknownRevision }
        let isDynamic = revision == 1
        compatible = isDynamic ? word(92) : 0
        incompatible = isDynamic ? word(96) : 0
        readOnlyCompatible = isDynamic ? word(100) : 0
        guard incompatible & Self.journalDevice == 0 else { throw .externalJournal }
        guard incompatible & ~Self.knownIncompatible == 0 else {
            throw .unknownFeatures(incompatible & ~Self.knownIncompatible)
        }
        guard word(24) <= 2 else { throw .blockSize }
        blockShift = 10 + word(24)
        inodesCount = word(0)
        blocksCount = word(4)
        firstDataBlock = word(20)
        blocksPerGroup = word(32)
        inodesPerGroup = word(40)
        firstInode = isDynamic ? word(84) : 11
        inodeSize = isDynamic ? UInt32(half(88)) : 128
        journalInode = word(224)
        lastOrphan = word(232)
        state = half(58)
        extraSize = 0
        groupCount = 0
        let bits = UInt32(8) << blockShift
        guard firstDataBlock == (blockShift == 10 ? 1 : 0), blocksCount > firstDataBlock + 3,
            blocksPerGroup >= 256, blocksPerGroup <= bits, blocksPerGroup & 7 == 0,
            inodesPerGroup > 0, inodesPerGroup <= bits,
            inodeSize >= 128, Int(inodeSize) <= 1 << Int(blockShift), inodeSize & (inodeSize - 1) == 0,
            inodesPerGroup.isMultiple(of: UInt32(1) << blockShift / inodeSize),
            firstInode >= 11, firstInode <= inodesCount,
            UInt64(blocksCount) << UInt64(blockShift) <= deviceSize
        else { throw .damagedSuperblock }
        groupCount = (blocksCount - firstDataBlock - 1) / blocksPerGroup + 1
        guard UInt64(groupCount) * UInt64(inodesPerGroup) == UInt64(inodesCount),
            UInt64(groupCount) <= UInt64(blocksCount) / 4 + 1
        else { throw .damagedSuperblock }
        if inodeSize > 128 { extraSize = UInt16(min(inodeSize - 128, 32)) }
        if compatible & Self.hasJournal != 0 {
            guard journalInode != 0 else { throw .externalJournal }
        } else if incompatible & Self.recovery != 0 {
            throw .damagedSuperblock
        }
    }

    var hasJournal: Bool { compatible & Self.hasJournal != 0 }
    var needsRecovery: Bool { incompatible & Self.recovery != 0 }

    /// Where a group's first block is.
    func firstBlock(of group: UInt32) -> UInt32 { firstDataBlock + group * blocksPerGroup }

    /// Blocks of a group; the last one may have fewer.
    func blockCount(of group: UInt32) -> UInt32 {
        min(blocksPerGroup, blocksCount - firstBlock(of: group))
    }

    func group(ofBlock block: UInt32) -> UInt32 { (block - firstDataBlock) / blocksPerGroup }
    func group(ofInode number: UInt32) -> UInt32 { (number - 1) / inodesPerGroup }
    var inodeTableBlocks: UInt32 { inodesPerGroup / inodesPerBlock }
}

/// A group's descriptor (`struct ext2_group_desc`).
struct ExtendedGroup: BitwiseCopyable {
    var blockBitmap: UInt32
    var inodeBitmap: UInt32
    var inodeTable: UInt32
    var freeBlocks: UInt16
    var freeInodes: UInt16
    var directories: UInt16

    static var size: UInt32 { 32 }

    init?(_ bytes: RawSpan, at place: UInt64) {
        guard let blockBitmap = bytes.value(at: place, as: UInt32.self),
            let inodeBitmap = bytes.value(at: place + 4, as: UInt32.self),
            let inodeTable = bytes.value(at: place + 8, as: UInt32.self),
            let freeBlocks = bytes.value(at: place + 12, as: UInt16.self),
            let freeInodes = bytes.value(at: place + 14, as: UInt16.self),
            let directories = bytes.value(at: place + 16, as: UInt16.self)
        else { return nil }
        self.blockBitmap = blockBitmap
        self.inodeBitmap = inodeBitmap
        self.inodeTable = inodeTable
        self.freeBlocks = freeBlocks
        self.freeInodes = freeInodes
        self.directories = directories
    }

    func write(to bytes: inout MutableRawSpan, at place: UInt64) {
        _ = bytes.store(freeBlocks, at: place + 12)
        _ = bytes.store(freeInodes, at: place + 14)
        _ = bytes.store(directories, at: place + 16)
    }

    /// Whether all it names lies on the disk.
    func isSound(_ superblock: ExtendedSuperblock) -> Bool {
        let range = superblock.firstDataBlock + 1..<superblock.blocksCount
        return range.contains(blockBitmap) && range.contains(inodeBitmap) && range.contains(inodeTable)
            && superblock.inodeTableBlocks <= superblock.blocksCount - inodeTable
            && blockBitmap != inodeBitmap
    }

    /// Whether a block is the group's own: none of a file's.
    func holds(_ block: UInt32, _ superblock: ExtendedSuperblock) -> Bool {
        block == blockBitmap || block == inodeBitmap
            || block >= inodeTable && block - inodeTable < superblock.inodeTableBlocks
    }
}
