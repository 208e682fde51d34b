import CHermit

/// An open directory, whose names are read one after the other.
public struct Directory: ~Copyable, Sendable {
    /// A name in a directory.
    public struct Entry: Sendable {
        public let name: FilePath
        public let type: FileType
        public let inode: UInt64
    }

    private let file: File
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var filled = 0
    private var position = 0

    /// Opens a directory.
    ///
    /// - Throws: `SystemError.notDirectory`, and as `FileDescriptor.open`.
    public init(_ path: FilePath) throws(SystemError) {
        file = try File(path, options: .directory)
    }

    public var descriptor: FileDescriptor { file.descriptor }

    /// The next name but `.` and `..`; `nil` at the end.
    ///
    /// The corresponding C function is `sys_getdents64`.
    public mutating func next() throws(SystemError) -> Entry? {
        while true {
            if position >= filled {
                let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                    unsafe sys_getdents64(file.descriptor.rawValue, bytes.baseAddress, bytes.count)
                }
                filled = Int(try SystemError.check(count))
                position = 0
                if filled == 0 { return nil }
            }
            let entry = take()
            if entry.name != "." && entry.name != ".." { return entry }
        }
    }

    /// The entry at the position (`struct hermit_dirent64`), which goes on.
    private mutating func take() -> Entry {
        let (inode, length, type) = unsafe buffer.withUnsafeBytes { bytes in
            unsafe (
                bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: position + 16, as: UInt16.self), bytes[position + 18]
            )
        }
        let end = position + Int(length)
        // The name ends with a zero.
        let name = FilePath(bytes: Array(buffer[(position + 19)..<end]))
        position = end
        return Entry(name: name, type: FileType(rawValue: type) ?? .unknown, inode: inode)
    }

    /// Begins again with the first name.
    public mutating func rewind() throws(SystemError) {
        try file.descriptor.seek(offset: 0, from: .start)
        (filled, position) = (0, 0)
    }
}

extension Directory {
    /// All names in a directory but `.` and `..`, in the directory's order.
    public static func entries(of path: FilePath) throws(SystemError) -> [Entry] {
        var directory = try Directory(path)
        var entries: [Entry] = []
        while let entry = try directory.next() { entries.append(entry) }
        return entries
    }

    /// Makes a directory. The corresponding C function is `sys_mkdir`.
    public static func make(
        _ path: FilePath, permissions: FilePermissions = 0o777
    ) throws(SystemError) {
        _ = try unsafe SystemError.check(path.withCString { unsafe sys_mkdir($0, permissions.rawValue) })
    }

    /// Removes an empty directory. The corresponding C function is `sys_rmdir`.
    public static func remove(_ path: FilePath) throws(SystemError) {
        _ = try unsafe SystemError.check(path.withCString { unsafe sys_rmdir($0) })
    }

    /// The directory that paths without a leading slash start from.
    ///
    /// The corresponding C function is `sys_getcwd`.
    public static func current() throws(SystemError) -> FilePath {
        var buffer = [UInt8](repeating: 0, count: Int(HERMIT_PATH_MAX))
        let isThere = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe sys_getcwd(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count) != nil
        }
        guard isThere else { throw SystemError(rawValue: sys_errno()) }
        return FilePath(bytes: buffer)
    }

    /// Changes it. The corresponding C function is `sys_chdir`.
    public static func setCurrent(_ path: FilePath) throws(SystemError) {
        _ = try unsafe SystemError.check(path.withCString { unsafe sys_chdir($0) })
    }
}
