import CHermit

/// A file's permissions (`HERMIT_S_I*`).
public struct FilePermissions: OptionSet, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue & 0o7777 }
    /// As in `0o644`.
    public init(integerLiteral value: UInt32) { self.init(rawValue: value) }

    public static var ownerRead: Self { 0o400 }
    public static var ownerWrite: Self { 0o200 }
    public static var ownerExecute: Self { 0o100 }
    public static var ownerReadWrite: Self { 0o600 }
    public static var groupRead: Self { 0o040 }
    public static var groupWrite: Self { 0o020 }
    public static var groupExecute: Self { 0o010 }
    public static var otherRead: Self { 0o004 }
    public static var otherWrite: Self { 0o002 }
    public static var otherExecute: Self { 0o001 }
}

/// What kind of file a name stands for.
public enum FileType: UInt8, Hashable, Sendable {
    // The numbers are those of a directory's entries (`HERMIT_DT_*`).
    case unknown = 0
    case fifo = 1
    case characterDevice = 2
    case directory = 4
    case blockDevice = 6
    case regular = 8
    case symbolicLink = 10
    case socket = 12
}

/// What is known of a file (`struct hermit_stat`).
public struct FileStatus: Sendable {
    public let type: FileType
    public let permissions: FilePermissions
    /// In bytes.
    public let size: Int64
    /// Bytes that its contents take.
    public let allocatedSize: Int64
    /// How many names it has.
    public let linkCount: UInt64
    /// The file system, and the file's number in it: together they are this file's alone.
    public let device: UInt64
    public let inode: UInt64
    /// When its contents were last read and changed, since 1970.
    public let accessTime: Duration
    public let modificationTime: Duration

    init(_ status: hermit_stat) {
        type = FileType(rawValue: UInt8(truncatingIfNeeded: status.st_mode >> 12 & 15)) ?? .unknown
        permissions = FilePermissions(rawValue: status.st_mode)
        size = status.st_size
        allocatedSize = status.st_blocks * 512
        linkCount = status.st_nlink
        device = status.st_dev
        inode = status.st_ino
        accessTime = Self.duration(status.st_atim)
        modificationTime = Self.duration(status.st_mtim)
    }

    private static func duration(_ time: hermit_timespec) -> Duration {
        .seconds(time.tv_sec) + .nanoseconds(Int64(time.tv_nsec))
    }
}
