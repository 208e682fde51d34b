/// What a file is.
public enum FileKind: UInt8, Sendable, BitwiseCopyable {
    case fifo = 1
    case characterDevice = 2
    case directory = 4
    case blockDevice = 6
    case regular = 8
    case symbolicLink = 10
    case socket = 12

    /// Its bits of `st_mode` (`S_IFMT`). An entry's `d_type` is the raw value,
    /// which is these bits by 4096.
    public var typeBits: UInt32 { UInt32(rawValue) << 12 }

    /// - Parameter mode: As `st_mode`; the permissions do not matter.
    public init?(typeBits mode: UInt32) { self.init(rawValue: UInt8(mode >> 12 & 0xF)) }
}

/// Permissions and the bits above them: 07777.
public struct FileMode: Equatable, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    /// Other bits are left out.
    public init(_ bits: UInt32) { rawValue = bits & 0o7777 }

    /// Without those of a file mode creation mask.
    public func subtracting(_ mask: FileMode) -> FileMode {
        FileMode(rawValue & ~(mask.rawValue & 0o777))
    }

    public var isExecutable: Bool { rawValue & 0o111 != 0 }
}

/// Who owns a file. It decides nothing: a program has all privileges.
public struct FileOwner: Equatable, Sendable, BitwiseCopyable {
    public var user: UInt32
    public var group: UInt32

    public init(user: UInt32 = 0, group: UInt32 = 0) {
        self.user = user
        self.group = group
    }
}
