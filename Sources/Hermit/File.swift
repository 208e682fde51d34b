import CHermit

/// The errno of a function that failed, by swift-system's name.
public typealias Errno = SystemError

/// An open file, which closes with its value.
///
/// Closing can fail where what was written could not be stored: `close()` tells,
/// the end of a value that was not closed does not.
@frozen
public struct File: ~Copyable, Sendable {
    public let descriptor: FileDescriptor

    /// Takes a descriptor over.
    public init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    /// Opens a file.
    ///
    /// - Throws: As `FileDescriptor.open`.
    public init(
        _ path: FilePath, _ mode: FileDescriptor.AccessMode = .readOnly,
        options: FileDescriptor.OpenOptions = [], permissions: FilePermissions = 0o666
    ) throws(SystemError) {
        descriptor = try FileDescriptor.open(
            path, mode, options: options.union(.closeOnExec), permissions: permissions)
    }

    deinit { try? descriptor.close() }

    /// Closes the file.
    public consuming func close() throws(SystemError) {
        let descriptor = descriptor
        discard self
        try descriptor.close()
    }

    /// Reads all that is left, from the file's position on.
    public func readToEnd() throws(SystemError) -> [UInt8] {
        // For a file of known size one read, and one that finds the end.
        let status = try descriptor.status()
        let expected = status.type == .regular ? Int(clamping: status.size) + 1 : 4096
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(max(expected, 512), 1 << 20))
        while true {
            var span = piece.mutableSpan
            var raw = unsafe span.mutableBytes
            let count: Int
            do throws(SystemError) {
                count = try descriptor.read(into: &raw)
            } catch .interrupted {
                continue
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
    }

    /// Writes all bytes.
    public func writeAll(_ bytes: RawSpan) throws(SystemError) { try descriptor.writeAll(bytes) }

    /// Writes all of a string's UTF-8 bytes.
    public func writeAll(_ text: String) throws(SystemError) { try descriptor.writeAll(text) }
}

// MARK: - Files by their paths

extension File {
    /// All bytes of a file.
    public static func contents(of path: FilePath) throws(SystemError) -> [UInt8] {
        try File(path).readToEnd()
    }

    /// Makes a file of these bytes, or replaces what is in one.
    public static func write(_ bytes: RawSpan, to path: FilePath) throws(SystemError) {
        let file = try File(path, .writeOnly, options: [.create, .truncate])
        try file.writeAll(bytes)
        try file.close()
    }

    /// What is known of a file.
    ///
    /// - Parameter followsLinks: Of a symbolic link's target, and not of the link.
    ///
    /// The corresponding C functions are `sys_stat` and `sys_lstat`.
    public static func status(
        of path: FilePath, followsLinks: Bool = true
    ) throws(SystemError) -> FileStatus {
        var status = hermit_stat()
        let result = unsafe withUnsafeMutablePointer(to: &status) { status in
            unsafe path.withCString {
                followsLinks ? unsafe sys_stat($0, status) : unsafe sys_lstat($0, status)
            }
        }
        _ = try SystemError.check(result)
        return FileStatus(status)
    }

    /// Removes a file's name. The corresponding C function is `sys_unlink`.
    public static func remove(_ path: FilePath) throws(SystemError) {
        _ = try unsafe SystemError.check(path.withCString { unsafe sys_unlink($0) })
    }

    /// Gives a file another name; a file of that name is replaced in one step.
    ///
    /// The corresponding C function is `sys_rename`.
    public static func rename(_ path: FilePath, to other: FilePath) throws(SystemError) {
        let result = unsafe path.withCString { old in unsafe other.withCString { unsafe sys_rename(old, $0) } }
        _ = try SystemError.check(result)
    }

    /// Gives a file one more name. The corresponding C function is `sys_link`.
    public static func link(_ path: FilePath, as other: FilePath) throws(SystemError) {
        let result = unsafe path.withCString { old in unsafe other.withCString { unsafe sys_link(old, $0) } }
        _ = try SystemError.check(result)
    }

    /// Makes a symbolic link. The corresponding C function is `sys_symlink`.
    public static func makeSymbolicLink(
        at path: FilePath, to target: FilePath
    ) throws(SystemError) {
        let result = unsafe target.withCString { text in unsafe path.withCString { unsafe sys_symlink(text, $0) } }
        _ = try SystemError.check(result)
    }

    /// What a symbolic link holds. The corresponding C function is `sys_readlink`.
    public static func target(of path: FilePath) throws(SystemError) -> FilePath {
        var buffer = [UInt8](repeating: 0, count: Int(HERMIT_PATH_MAX))
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe path.withCString {
                unsafe sys_readlink($0, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
            }
        }
        return FilePath(bytes: Array(buffer[..<Int(try SystemError.check(count))]))
    }

    /// Changes a file's permissions. The corresponding C function is `sys_chmod`.
    public static func setPermissions(
        _ permissions: FilePermissions, of path: FilePath
    ) throws(SystemError) {
        _ = try unsafe SystemError.check(path.withCString { unsafe sys_chmod($0, permissions.rawValue) })
    }
}
