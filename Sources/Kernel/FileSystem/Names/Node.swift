import KernelSupport

/// Which of the mounted file systems.
public struct SystemNumber: Equatable, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The one in memory, which holds the root.
    public static let ram = Self(rawValue: 0)
}

/// A file of a file system by its number, and what it is.
///
/// The number stands for one file only, for ever: one that was used again says
/// so by its upper half. So a number may be kept without keeping the file; when
/// the file is gone, what is asked of the number fails with `ENOENT`.
public struct Inode: Equatable, Sendable, BitwiseCopyable {
    public let kind: FileKind
    /// How often the place was used before.
    let generation: UInt32
    /// The place in the file system's table of that kind.
    let index: UInt32

    public init(kind: FileKind, index: UInt32, generation: UInt32) {
        self.kind = kind
        self.index = index
        self.generation = generation
    }

    /// `st_ino`: of all files that exist at a time no other's.
    public var number: UInt64 { UInt64(index + 1) << 4 | UInt64(kind.rawValue) }

    /// Which file of its kind it is, for ever, and not 0.
    public var key: UInt64 { UInt64(generation) << 32 | UInt64(index &+ 1) }

    /// The file of a kind with that key.
    public init(kind: FileKind, key: UInt64) {
        self.init(
            kind: kind, index: UInt32(truncatingIfNeeded: key) &- 1,
            generation: UInt32(truncatingIfNeeded: key >> 32))
    }

    /// A number that stands for no file.
    public static var none: Inode { Inode(kind: .regular, index: .max, generation: .max) }

    public var isDirectory: Bool { kind == .directory }
}

/// A file of any of the mounted file systems.
public struct Node: Equatable, Sendable, BitwiseCopyable {
    public let system: SystemNumber
    public let inode: Inode

    public init(_ inode: Inode, on system: SystemNumber) {
        self.system = system
        self.inode = inode
    }

    public var kind: FileKind { inode.kind }
}
