import KernelSupport
import Synchronization

/// A regular file's place: what all files have, and its data.
///
/// The data belongs to the file's own lock, the header to the tree's. Both sizes
/// may be read without a lock.
struct FileRecord: ~Copyable {
    var header = InodeHeader()
    var data = FileData()
    private let sizeInBytes = Atomic<Int64>(0)
    private let pages = Atomic<Int>(0)

    init() {}

    var size: Int64 {
        get { sizeInBytes.load(ordering: .relaxed) }
        nonmutating set { sizeInBytes.store(newValue, ordering: .relaxed) }
    }

    /// Pages that the data takes; kept by what changes it.
    var pageCount: Int {
        get { pages.load(ordering: .relaxed) }
        nonmutating set { pages.store(newValue, ordering: .relaxed) }
    }
}

/// A file's bytes: pages with holes.
///
/// A hole reads as the archive's bytes at that place, as far as there are any,
/// else as zeros. Bytes of a page behind the file's end are zero.
struct FileData: BitwiseCopyable {
    var pages = PageTree()
    /// Where the archive holds the file's first bytes; cut when the file gets shorter.
    var base = ArchiveRange()
    /// Pages behind the file's end are still to be given back.
    var isTrimming = false
    /// A page is written to in memory: bytes behind the file's end need not be zero.
    var mayHaveTail = false
    /// It is told which pages are written to in memory.
    var tracksWrites = false
    /// Those that were, a bit each.
    var written = PageTree()
}

/// Bytes of the archive.
public struct ArchiveRange: Equatable, Sendable, BitwiseCopyable {
    public var start: UInt64 = 0
    public var count: UInt64 = 0

    public init() {}

    public init(start: UInt64, count: UInt64) {
        self.start = start
        self.count = count
    }
}

/// An open file's data. Whoever has it has the file open in the tree, so that it stays.
public struct OpenData: Sendable {
    private let place: RecordReference<InodePlace<FileRecord>>

    /// The file's number among regular files, by which its lock is chosen.
    public let number: UInt32

    init(_ place: RecordReference<InodePlace<FileRecord>>, _ inode: Inode) {
        self.place = place
        number = inode.index
    }

    var file: FileRecord {
        @inline(__always) _read { yield place.record.file }
        @inline(__always) nonmutating _modify { yield &place.record.file }
    }

    /// Whether it is the same file's; both files are open.
    public func isSame(as other: OpenData) -> Bool { number == other.number }

    /// The size in bytes. Needs no lock.
    public var size: Int64 { file.size }
}
