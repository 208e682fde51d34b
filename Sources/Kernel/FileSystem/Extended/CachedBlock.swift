import KernelSupport

/// What a block in memory is.
struct CachedState: OptionSet, BitwiseCopyable {
    let rawValue: UInt8

    /// A file's contents that are not yet on the disk. They may go there at any time.
    static var isWritten: Self { Self(rawValue: 1) }
    /// Part of the running transaction: it may not go to its place.
    static var isRunning: Self { Self(rawValue: 2) }
    /// It is in the journal for good, and not yet in its place.
    static var isCommitted: Self { Self(rawValue: 4) }
    /// Nothing on the disk names it before the running transaction is there.
    static var isNew: Self { Self(rawValue: 8) }
    /// It was freed in the running transaction.
    static var isFreed: Self { Self(rawValue: 16) }

    /// Entries of a directory, as part of the running transaction.
    static var isDirectory: Self { Self(rawValue: 32) }

    static var isChanged: Self { [isWritten, isRunning] }
}

struct CachedBlock {
    var number: UInt32 = 0
    var state: CachedState = []
    var pins: UInt16 = 0
    var memory: MemoryBlock? = nil
    /// Others of the same hash; neighbours in the order of use; and in that of changes.
    var nextOfHash: Int32 = -1
    var older: Int32 = -1
    var newer: Int32 = -1
    var earlier: Int32 = -1
    var later: Int32 = -1
}
