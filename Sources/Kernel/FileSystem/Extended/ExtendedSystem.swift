import KernelSupport

/// A file system on a disk as ext2 and ext3 have it (Linux, `Documentation/filesystems/ext4`),
/// with ext3's journal.
///
/// One task at a time is in it: the owner holds one sleeping lock around every call, `init`
/// and `unmount` too. What is in memory is read without the device. Everything that a call
/// changes is in one transaction, or in several that leave a sound file system each.
/// Whatever the disk says is checked; what makes no sense is `EIO`, and a line for the log.
/// Where a change can't be done to its end nothing is changed any more: the file system is
/// read-only, and the disk has what was committed last.
public final class ExtendedSystem: MountedSystem, @unchecked Sendable {
    let host: any ExtendedHost
    let cache: BlockCache
    var journal: Journal? = nil
    var superblock: ExtendedSuperblock
    public private(set) var root: Inode
    public internal(set) var isReadOnly: Bool
    /// A change was not done to its end.
    var isAborted = false
    private var isMounted = true

    /// Of all groups.
    var freeBlocks: UInt64 = 0
    var freeInodes: UInt64 = 0
    /// As the superblock on the disk has them.
    var toldFreeBlocks: UInt64 = 0
    var toldFreeInodes: UInt64 = 0
    var freed = FreedSpace()
    var openFiles = OpenFiles()
    var streams = ReadStreams()
    /// Without a journal: what the running transaction does to names, and whether no other
    /// change may be in it.
    var order = Order.any
    var isOrderFull = false
    /// One block of zeros, for holes.
    let zeros: MemoryBlock
    /// One block, for what is not sure to be written.
    let spare: MemoryBlock
    /// Lines for the log that are left.
    private var reportsLeft = 32

    enum Order { case any, adding, removing }

    var memory: ExtendedMemory { ExtendedMemory(host: host) }
    var blockSize: Int { superblock.blockSize }

    /// Mounts a device.
    ///
    /// - Throws: Why it is not.
    public init(_ host: any ExtendedHost, _ options: ExtendedOptions = ExtendedOptions()) throws(ExtendedProblem) {
        self.host = host
        var superblock = try Self.readSuperblock(host)
        guard host.deviceBlockSize <= superblock.blockSize else { throw .deviceBlockSize }
        cache = try BlockCache(host, blockShift: superblock.blockShift, limit: options.cachedBlocks)
        guard let zeros = host.allocate(superblock.blockSize) else {
            cache.removeAll()
            throw .noMemory
        }
        guard let spare = host.allocate(superblock.blockSize) else {
            host.free(zeros)
            cache.removeAll()
            throw .noMemory
        }
        zeros.zero(0..<superblock.blockSize)
        (self.zeros, self.spare) = (zeros, spare)
        self.superblock = superblock
        isReadOnly = options.isReadOnly || host.isReadOnly || superblock.mustNotBeWritten
        root = Inode(kind: .directory, index: ExtendedInode.root - 1, generation: 0)
        do throws(ExtendedProblem) {
            try checkGroups()
            if superblock.hasJournal {
                try openJournal()
                // What the journal has changed is read again.
                superblock = try Self.readSuperblock(host)
                guard superblock.blockShift == self.superblock.blockShift,
                    superblock.blocksCount == self.superblock.blocksCount
                else { throw .damagedSuperblock }
                self.superblock = superblock
                try checkGroups()
            }
            try checkRoot()
            if !isReadOnly { try begin() }
        } catch {
            removeAll()
            throw error
        }
    }

    /// The largest block that there can be.
    private static var largestBlockSize: Int { 4096 }

    private static func readSuperblock(_ host: any ExtendedHost) throws(ExtendedProblem) -> ExtendedSuperblock {
        guard host.byteCount >= 65_536 else { throw .noFileSystem }
        guard host.deviceBlockSize <= largestBlockSize, host.largestBlockSize >= largestBlockSize else {
            throw .deviceBlockSize
        }
        var result: Result<ExtendedSuperblock, ExtendedProblem> = .failure(.noFileSystem)
        do throws(Errno) {
            try host.read(at: 0, count: largestBlockSize) { bytes, at in
                let place = Int(ExtendedSuperblock.place) - at
                guard place >= 0, place + ExtendedSuperblock.size <= bytes.byteCount else { return }
                result = Result { () throws(ExtendedProblem) in
                    try ExtendedSuperblock(
                        bytes.extracting(place..<place + ExtendedSuperblock.size), deviceSize: host.byteCount)
                }
            }
        } catch { throw .device(error) }
        return try result.get()
    }

    /// Adds up what the groups have free.
    private func checkGroups() throws(ExtendedProblem) {
        (freeBlocks, freeInodes) = (0, 0)
        do throws(Errno) {
            for number in 0..<superblock.groupCount {
                let group = try group(number)
                freeBlocks += UInt64(group.freeBlocks)
                freeInodes += UInt64(group.freeInodes)
            }
        } catch {
            throw error == .inputOutputError ? .damagedGroups : .device(error)
        }
        guard freeBlocks < UInt64(superblock.blocksCount), freeInodes <= UInt64(superblock.inodesCount) else {
            throw .damagedGroups
        }
        (toldFreeBlocks, toldFreeInodes) = (freeBlocks, freeInodes)
    }

    private func openJournal() throws(ExtendedProblem) {
        let node: ExtendedInode
        do throws(Errno) {
            guard superblock.journalInode <= superblock.inodesCount else { throw .inputOutputError }
            node = try readInode(superblock.journalInode)
        } catch { throw .damagedJournal }
        guard node.isRegular, node.linkCount > 0, node.size > 0, node.flags & ExtendedInode.unknownFlags == 0 else {
            throw .damagedJournal
        }
        let journal = try Journal(cache, blocks: UInt64(node.size) >> UInt64(superblock.blockShift)) {
            (index) throws(ExtendedProblem) in
            do throws(Errno) {
                let (block, count) = try row(of: node, at: index, most: .max)
                guard block != 0 else { throw .inputOutputError }
                return (block, count)
            } catch { throw .damagedJournal }
        }
        self.journal = journal
        if superblock.needsRecovery {
            guard !host.isReadOnly else { throw .needsRecovery }
            host.report("the disk was not unmounted; its journal is replayed")
            var recovery = JournalRecovery(journal, blocks: superblock.firstDataBlock..<superblock.blocksCount)
            try recovery.run()
        } else if journal.superblock.start != 0, !isReadOnly {
            // It was not in use.
            do throws(Errno) { try journal.clear() } catch { throw .device(error) }
        }
        cache.forgetAll()
    }

    private func checkRoot() throws(ExtendedProblem) {
        do throws(Errno) {
            let node = try readInode(ExtendedInode.root)
            guard node.isDirectory, node.linkCount > 0 else { throw .inputOutputError }
            _ = try parentNumber(of: node)
            root = Inode(kind: .directory, index: ExtendedInode.root - 1, generation: node.generation)
        } catch { throw .damagedRoot }
    }

    /// From now on the disk says that it is in use.
    private func begin() throws(ExtendedProblem) {
        do throws(Errno) {
            if superblock.state & ExtendedSuperblock.isClean == 0, journal == nil {
                report("the disk was not unmounted; run e2fsck on it")
            }
            if superblock.state & ExtendedSuperblock.hasErrors != 0 {
                report("the disk has errors; run e2fsck on it")
            }
            try markSuperblock(isUsed: true)
            if journal != nil { try removeOrphans() }
        } catch { throw .device(error) }
    }

    /// Says on the disk whether it is in use.
    func markSuperblock(isUsed: Bool) throws(Errno) {
        let now = host.now
        if journal != nil {
            if isUsed {
                superblock.incompatible |= ExtendedSuperblock.recovery
            } else {
                superblock.incompatible &= ~ExtendedSuperblock.recovery
            }
        }
        let isClean = !isUsed || journal != nil
        let wasClean = superblock.state & ExtendedSuperblock.isClean != 0
        try cache.change(superblock.block, as: .contents(isNew: false)) { (bytes) in
            let start = UInt64(superblock.placeInBlock)
            let state = superblock.state & ~ExtendedSuperblock.isClean | (isClean && wasClean ? ExtendedSuperblock.isClean : 0)
            _ = bytes.store(state, at: start + ExtendedSuperblock.statePlace)
            if superblock.revision > 0 {
                _ = bytes.store(superblock.incompatible, at: start + ExtendedSuperblock.incompatiblePlace)
            }
            let seconds = UInt32(truncatingIfNeeded: now.seconds)
            if isUsed {
                _ = bytes.store(seconds, at: start + ExtendedSuperblock.mountTimePlace)
                let mounts = bytes.bytes.value(at: start + ExtendedSuperblock.mountCountPlace, as: UInt16.self) ?? 0
                _ = bytes.store(mounts &+ 1, at: start + ExtendedSuperblock.mountCountPlace)
            }
            _ = bytes.store(seconds, at: start + ExtendedSuperblock.writeTimePlace)
        }
        try cache.writeContents()
        try host.flush()
    }

    /// Everything is on the disk, which is no longer in use, and memory is given back.
    /// Nobody uses the file system any more; a file that is open and has no name is freed by
    /// the next mount.
    ///
    /// - Throws: `EIO`; memory is given back all the same.
    public func unmount() throws(Errno) {
        guard isMounted else { return }
        isMounted = false
        defer { removeAll() }
        guard !isReadOnly else { return }
        try commit()
        try journal?.checkpoint()
        try host.flush()
        try markSuperblock(isUsed: false)
    }

    private func removeAll() {
        journal?.removeAll()
        journal = nil
        cache.removeAll()
        freed.removeAll(memory)
        openFiles.removeAll(memory)
        host.free(zeros)
        host.free(spare)
        isReadOnly = true
    }

    /// Whether there is something that is not on the disk.
    public var hasChanges: Bool { !isAborted && (cache.runningCount > 0 || cache.writtenCount > 0 || freed.count > 0) }
    /// Whether it is mounted with a journal.
    public var hasJournal: Bool { journal != nil }

    public func status() throws(Errno) -> SystemStatus {
        // EXT2_SUPER_MAGIC of Linux, as ext3 has it.
        var status = SystemStatus(kind: 0xEF53)
        status.blockSize = UInt64(blockSize)
        status.blocks = UInt64(superblock.blocksCount)
        status.freeBlocks = freeBlocks + freed.blocks
        status.files = UInt64(superblock.inodesCount)
        status.freeFiles = freeInodes + freed.inodes
        status.isReadOnly = isReadOnly
        return status
    }

    // MARK: - Damage

    func report(_ words: StaticString) {
        guard reportsLeft > 0 else { return }
        reportsLeft -= 1
        host.report(words)
    }

    /// The disk says what can't be.
    func damaged(_ words: StaticString) -> Errno {
        report(words)
        return .inputOutputError
    }
}
