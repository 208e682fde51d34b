import CHermit

/// Files behind descriptors (`hermit/files.h`, `hermit/paths.h`).
extension FileDescriptor {
    /// What an open file is for.
    public enum AccessMode: Int32, Sendable {
        case readOnly = 0
        case writeOnly = 1
        case readWrite = 2
    }

    /// How a file is opened (`HERMIT_O_*`).
    public struct OpenOptions: OptionSet, Sendable {
        public var rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Makes the file where there is none.
        public static var create: Self { Self(rawValue: HERMIT_O_CREAT) }
        /// With `create`: there must be none.
        public static var exclusiveCreate: Self { Self(rawValue: HERMIT_O_CREAT | HERMIT_O_EXCL) }
        /// What was in it is gone.
        public static var truncate: Self { Self(rawValue: HERMIT_O_TRUNC) }
        /// Everything is written at the end.
        public static var append: Self { Self(rawValue: HERMIT_O_APPEND) }
        /// Nothing waits.
        public static var nonBlocking: Self { Self(rawValue: HERMIT_O_NONBLOCK) }
        /// It must be a directory.
        public static var directory: Self { Self(rawValue: HERMIT_O_DIRECTORY) }
        /// It must be no symbolic link.
        public static var noFollow: Self { Self(rawValue: HERMIT_O_NOFOLLOW) }
        public static var closeOnExec: Self { Self(rawValue: HERMIT_O_CLOEXEC) }
    }

    /// Where a position is counted from.
    public enum SeekOrigin: Int32, Sendable {
        case start = 0
        case current = 1
        case end = 2
        /// The next data from the offset on, and the next hole.
        case nextData = 3
        case nextHole = 4
    }

    /// Opens a file.
    ///
    /// - Parameter permissions: Of a file that is made, less the mask's.
    /// - Throws: What PATHS in `hermit/files.h` lists.
    ///
    /// The corresponding C function is `sys_open`.
    public static func open(
        _ path: FilePath, _ mode: AccessMode, options: OpenOptions = [],
        permissions: FilePermissions = 0o666
    ) throws(SystemError) -> Self {
        let flags = mode.rawValue | options.rawValue
        let result = unsafe path.withCString { unsafe sys_open($0, flags, permissions.rawValue) }
        return Self(rawValue: try SystemError.check(result))
    }

    /// Sets the position that reading and writing go on from.
    ///
    /// - Returns: The position from the start.
    /// - Throws: `SystemError.illegalSeek` where what is open has none;
    ///   `SystemError.invalidArgument` where it would be below 0.
    ///
    /// The corresponding C function is `sys_lseek`.
    @discardableResult
    public func seek(offset: Int64, from origin: SeekOrigin) throws(SystemError) -> Int64 {
        Int64(try SystemError.check(sys_lseek(rawValue, Int(offset), origin.rawValue)))
    }

    /// Reads at a position, and leaves the file's own as it is.
    ///
    /// The corresponding C function is `sys_pread`.
    public func read(
        fromAbsoluteOffset offset: Int64, into buffer: inout MutableRawSpan
    ) throws(SystemError) -> Int {
        let result = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe sys_pread(rawValue, bytes.baseAddress, bytes.count, offset)
        }
        return try SystemError.check(result)
    }

    /// Writes at a position, and leaves the file's own as it is.
    ///
    /// The corresponding C function is `sys_pwrite`.
    public func write(
        toAbsoluteOffset offset: Int64, _ bytes: RawSpan
    ) throws(SystemError) -> Int {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe sys_pwrite(rawValue, bytes.baseAddress, bytes.count, offset)
        }
        return try SystemError.check(result)
    }

    /// Makes the file so long; what is added reads as zeros.
    ///
    /// The corresponding C function is `sys_ftruncate`.
    public func resize(to size: Int64) throws(SystemError) {
        guard size >= 0 else { throw .invalidArgument }
        _ = try SystemError.check(sys_ftruncate(rawValue, Int(size)))
    }

    /// Waits until what was written is stored.
    ///
    /// The corresponding C function is `sys_fsync`.
    public func synchronize() throws(SystemError) {
        _ = try SystemError.check(sys_fsync(rawValue))
    }

    /// What is known of what is open.
    ///
    /// The corresponding C function is `sys_fstat`.
    public func status() throws(SystemError) -> FileStatus {
        var status = hermit_stat()
        _ = try SystemError.check(unsafe sys_fstat(rawValue, &status))
        return FileStatus(status)
    }
}
