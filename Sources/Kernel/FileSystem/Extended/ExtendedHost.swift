import KernelSupport

/// What an on-disk file system is given by whoever mounts it: a device of blocks, memory
/// and a clock.
///
/// One task at a time is in the file system: the owner holds one sleeping lock around every
/// call. The functions here may wait; nothing of the file system is asked meanwhile.
public protocol ExtendedHost: AnyObject {
    /// Bytes of the device.
    var byteCount: UInt64 { get }
    /// Bytes of the device's own blocks: it reads and writes no part of one.
    var deviceBlockSize: Int { get }
    /// Bytes of the largest piece that it reads or writes at once.
    var largestBlockSize: Int { get }
    /// Nothing can be written.
    var isReadOnly: Bool { get }
    /// The wall clock.
    var now: FileTime { get }

    /// Reads whole blocks.
    ///
    /// - Parameters:
    ///   - offset: In bytes, of whole blocks of the file system, as `count`.
    ///   - body: Gets what was read, in order, with its place behind `offset`; pieces are of
    ///     whole blocks.
    /// - Throws: `EIO`.
    func read(at offset: UInt64, count: Int, _ body: (RawSpan, Int) -> Void) throws(Errno)
    /// Writes whole blocks; they last after the next `flush`, and until then some of them
    /// may.
    ///
    /// - Parameter body: Fills pieces of whole blocks, in order.
    /// - Throws: `EIO`.
    func write(at offset: UInt64, count: Int, _ body: (inout MutableRawSpan, Int) -> Void) throws(Errno)
    /// What was written before lasts when this returns.
    ///
    /// - Throws: `EIO`.
    func flush() throws(Errno)

    /// A block of memory, as `BlockSource` has it.
    func allocate(_ size: Int) -> MemoryBlock?
    func free(_ block: MemoryBlock)

    /// Something is wrong with the disk: a line for the log, without its end.
    func report(_ words: StaticString)
}

/// The host's memory for tables.
struct ExtendedMemory: BlockSource, @unchecked Sendable {
    let host: any ExtendedHost

    func allocate(_ size: Int) -> MemoryBlock? { host.allocate(size) }
    func free(_ block: MemoryBlock) { host.free(block) }
}

/// Why a device is not mounted.
public enum ExtendedProblem: Error, Equatable, Sendable {
    case device(Errno)
    case noMemory
    case noFileSystem
    case damagedSuperblock
    case damagedGroups
    case damagedJournal
    case damagedRoot
    /// Incompatible features that are not known, as the superblock has them.
    case unknownFeatures(UInt32)
    case unknownRevision
    case blockSize
    /// The device's blocks are larger, or it takes less than one at once.
    case deviceBlockSize
    case externalJournal
    case unknownJournalFeatures(UInt32)
    /// The journal must be replayed, and nothing can be written.
    case needsRecovery

    public var message: StaticString {
        switch self {
        case .device: "the disk does not answer as it should"
        case .noMemory: "there is no memory for the disk's blocks"
        case .noFileSystem: "the disk holds no ext2 or ext3 file system"
        case .damagedSuperblock: "the superblock is damaged; e2fsck may help"
        case .damagedGroups: "the group descriptors are damaged; e2fsck may help"
        case .damagedJournal: "the journal is damaged; e2fsck may help"
        case .damagedRoot: "the root directory is damaged; e2fsck may help"
        case .unknownFeatures: "the file system has features that are not supported (mke2fs -t ext3 makes none)"
        case .unknownRevision: "the file system's revision is not supported"
        case .blockSize: "the file system's block size is not supported"
        case .deviceBlockSize: "the file system's blocks are smaller than the disk's own, or larger than it takes"
        case .externalJournal: "the journal is on another device"
        case .unknownJournalFeatures: "the journal has features that are not supported"
        case .needsRecovery: "the journal must be replayed, and the disk is read-only"
        }
    }
}

/// How a disk is mounted.
public struct ExtendedOptions: Sendable {
    /// Nothing is changed.
    public var isReadOnly = false
    /// Blocks in memory at most; at least 256.
    public var cachedBlocks = 4096

    public init() {}
}
