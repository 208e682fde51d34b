import KernelSupport

/// What is behind a device's file.
public struct DeviceFunctions: Sendable {
    /// As Linux numbers it (`st_rdev`).
    public let number: UInt64
    /// Reads some bytes; 0: the end.
    public let read: @Sendable (inout MutableRawSpan) throws(Errno) -> Int
    /// Writes some bytes.
    public let write: @Sendable (RawSpan) throws(Errno) -> Int

    public init(
        major: UInt64, minor: UInt64,
        read: @escaping @Sendable (inout MutableRawSpan) throws(Errno) -> Int,
        write: @escaping @Sendable (RawSpan) throws(Errno) -> Int
    ) {
        number = major << 8 | minor
        self.read = read
        self.write = write
    }

    /// `/dev/null`: takes everything, and has nothing.
    public static var null: DeviceFunctions {
        DeviceFunctions(
            major: 1, minor: 3, read: { (_) throws(Errno) in 0 },
            write: { (bytes) throws(Errno) in bytes.byteCount })
    }

    /// `/dev/zero`: takes everything, and has zeros without end.
    public static var zero: DeviceFunctions {
        DeviceFunctions(
            major: 1, minor: 5, read: { (bytes) throws(Errno) in zeros(&bytes) },
            write: { (bytes) throws(Errno) in bytes.byteCount })
    }

    /// `/dev/full`: has zeros without end, and no room.
    public static var full: DeviceFunctions {
        DeviceFunctions(
            major: 1, minor: 7, read: { (bytes) throws(Errno) in zeros(&bytes) },
            write: { (bytes) throws(Errno) in
                if bytes.byteCount > 0 { throw .noSpace }
                return 0
            })
    }

    private static func zeros(_ bytes: inout MutableRawSpan) -> Int {
        _ = bytes.zero(at: 0, count: UInt64(bytes.byteCount))
        return bytes.byteCount
    }
}

/// A file of a file system whose contents are made when they are read.
public struct SyntheticFile: Sendable {
    public enum Contents: Sendable {
        case directory
        /// A text that is made anew for every read.
        case text(@Sendable (inout TextWindow) -> Void)
        /// A text of lines that are made one at a time, as far as they are read (`LineReader`).
        ///
        /// - Parameter next: Writes the next line, of `LineReader.longest` bytes at most, and sets
        ///   the place behind it; `false`: there is none.
        case lines(next: @Sendable (inout ListPlace, inout TextWindow) -> Bool)
        /// A symbolic link.
        case link(@Sendable (inout TextWindow) -> Void)
        case device(DeviceFunctions)
        /// The terminal, whose number is the one below its system's 5.
        case terminal(minor: UInt64)
        /// A disk, whose device number is `device`. It has a name where it is there, which is
        /// asked when that matters.
        case disk(number: Int, device: UInt64, isThere: @Sendable () -> Bool)
        /// A directory of open descriptors. Opening an entry is a duplicate of it.
        ///
        /// - Parameter next: The lowest open descriptor that is not below a number.
        case descriptors(next: @Sendable (UInt32) -> UInt32?)
    }

    let name: StaticString
    /// The directory that it is in: how many files are in front of that one.
    let parent: Int
    let contents: Contents
    let mode: FileMode

    /// - Parameters:
    ///   - parent: 0: the root.
    ///   - mode: `nil`: what is usual for such a file.
    public init(_ name: StaticString, in parent: Int = 0, _ contents: Contents, mode: FileMode? = nil) {
        self.name = name
        self.parent = parent
        self.contents = contents
        let usual: UInt32 =
            switch contents {
            case .directory, .descriptors: 0o555
            case .text, .lines: 0o444
            case .link: 0o777
            case .device, .terminal: 0o666
            case .disk: 0o660
            }
        self.mode = mode ?? FileMode(usual)
    }

    /// Whether there is such a file.
    var isThere: Bool {
        if case .disk(_, _, let isThere) = contents { isThere() } else { true }
    }

    var kind: FileKind {
        switch contents {
        case .directory, .descriptors: .directory
        case .text, .lines: .regular
        case .link: .symbolicLink
        case .device, .terminal: .characterDevice
        case .disk: .blockDevice
        }
    }
}
