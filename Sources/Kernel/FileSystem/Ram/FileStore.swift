import KernelSupport
import Synchronization

/// Where the file system in memory takes its memory, how much it may take, and
/// the archive that its first files lie in.
///
/// It needs no lock: several cores may use it at once.
public struct FileStore<Source: BlockSource>: ~Copyable, BlockSource {
    private let source: Source
    private let used = Atomic<Int>(0)
    private let most: Atomic<Int>
    /// What the holes of an archive's files read as.
    let archive: ConstantBytes

    /// - Parameters:
    ///   - limit: Bytes at most, for data and names together.
    ///   - archive: Stays as long as the store.
    public init(_ source: Source, limit: Int, archive: ConstantBytes = ConstantBytes()) {
        self.source = source
        most = Atomic(limit)
        self.archive = archive
    }

    /// Bytes in use.
    public var usedBytes: Int { used.load(ordering: .relaxed) }

    /// Bytes that may be in use.
    public var limit: Int { most.load(ordering: .relaxed) }

    /// Changes the limit. Where more is in use, nothing more can be taken until
    /// enough is given back.
    public func setLimit(_ limit: Int) { most.store(limit, ordering: .relaxed) }

    public func allocate(_ size: Int) -> MemoryBlock? {
        let after = used.wrappingAdd(size, ordering: .relaxed).newValue
        if after <= limit, let block = source.allocate(size) { return block }
        used.wrappingSubtract(size, ordering: .relaxed)
        return nil
    }

    public func free(_ block: MemoryBlock) {
        used.wrappingSubtract(block.count, ordering: .relaxed)
        source.free(block)
    }
}
