/// What is known of a file.
public struct InodeStatus: Equatable, Sendable {
    public var inode: Inode
    /// `st_ino`, where that is not the inode's.
    public var number: UInt64? = nil
    public var mode = FileMode(0)
    public var owner = FileOwner()
    public var linkCount: UInt32 = 0
    /// What a device is (`st_rdev`).
    public var device: UInt64 = 0
    /// In bytes.
    public var size: Int64 = 0
    /// Units of 512 bytes that are in use.
    public var blocks: Int64 = 0
    public var accessTime = FileTime(nanosecondsSinceEpoch: 0)
    public var modificationTime = FileTime(nanosecondsSinceEpoch: 0)
    public var changeTime = FileTime(nanosecondsSinceEpoch: 0)
}

extension InodeStatus {
    /// Of a file of which nothing is known yet.
    public init(_ inode: Inode) { self.init(inode: inode) }
}

/// What is known of a file system (`statvfs`).
public struct SystemStatus: Equatable, Sendable {
    /// `f_type` of Linux's statfs.
    public var kind: UInt32
    public var blockSize: UInt64 = 4096
    public var blocks: UInt64 = 0
    public var freeBlocks: UInt64 = 0
    public var files: UInt64 = 0
    public var freeFiles: UInt64 = 0
    public var isReadOnly = false

    public init(kind: UInt32) { self.kind = kind }
}

/// An entry of a directory, as `getdents` tells it.
public struct DirectoryEntryStatus: Equatable, Sendable {
    /// The file's number (`d_ino`).
    public var number: UInt64
    /// `nil`: the file system does not say.
    public var kind: FileKind?
    /// Where to go on behind this entry (`d_off`). It stays good whatever is
    /// added or removed.
    public var next: UInt64

    public init(number: UInt64, kind: FileKind?, next: UInt64) {
        self.number = number
        self.kind = kind
        self.next = next
    }

    init(inode: Inode, next: UInt64) { self.init(number: inode.number, kind: inode.kind, next: next) }
}
