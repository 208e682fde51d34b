import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

// Directories: entries, and where paths start.
extension Files {
    public static func changeDirectory(_ path: PathArgument) throws(Errno) {
        let node = try find(.workingDirectory, path, follows: true)
        guard node.kind == .directory else { throw .notDirectory }
        try KernelFiles().setWorkingDirectory(node)
    }

    public static func changeDirectory(_ descriptor: Int32) throws(Errno) {
        let node = try directory(descriptor)
        try KernelFiles().setWorkingDirectory(node)
    }

    /// The working directory's path with a zero behind it; how many bytes.
    ///
    /// - Throws: `ERANGE`: there is no room for it; `ENOENT`: it was removed.
    public static func workingDirectory(to buffer: ApplicationBuffer) throws(Errno) -> Int {
        guard buffer.count > 0 else { throw .invalidArgument }
        let files = try KernelFiles()
        return try unsafe withUnsafeTemporaryAllocation(byteCount: PathArgument.size, alignment: 16) {
            bytes throws(Errno) in
            unsafe bytes[PathArgument.size - 1] = 0
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[..<(PathArgument.size - 1)])
            var text = unsafe room.mutableBytes
            let count = try files.path(of: try files.workingDirectory, &text) + 1
            guard count <= buffer.count else { throw .resultTooLarge }
            let path = unsafe UnsafeRawBufferPointer(rebasing: bytes[(PathArgument.size - count)...])
            guard unsafe buffer.write(path, at: 0) == count else { throw .badAddress }
            return count
        }
    }

    /// The next entries of a directory, as `hermit_dirent64`; how many bytes.
    ///
    /// - Throws: `EBADF`, `ENOTDIR`; `EINVAL`: the first one has no room.
    ///
    /// - Parameter address: Where they go, of the application's, `count` bytes.
    public static func entries(
        _ descriptor: Int32, to address: UInt64, count: Int
    ) throws(Errno) -> Int {
        try with(descriptor) { (_, _, file) throws(Errno) in
            guard file.node.kind == .directory else { throw .notDirectory }
            let buffer = try unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(address)), count: count)
            let files = try KernelFiles()
            var done = 0
            var position = UInt64(file.position)
            var failure: Errno? = nil
            try files.entries(of: file.node, from: position) { entry, name in
                let size = (19 + name.byteCount + 1 + 7) & ~7
                guard size <= buffer.count - done else {
                    if done == 0 { failure = .invalidArgument }
                    return false
                }
                var record = InlineArray<280, UInt8>(repeating: 0)
                record.withMutableBytes { bytes in
                    _ = bytes.store(entry.number, at: 0)
                    _ = bytes.store(entry.next, at: 8)
                    _ = bytes.store(UInt16(size), at: 16)
                    _ = bytes.store(entry.kind?.rawValue ?? 0, at: 18)
                    _ = bytes.copy(name, at: 0, count: UInt64(name.byteCount), to: 19)
                }
                let written = record.withBytes(0..<size) { bytes in
                    buffer.write(bytes, at: done)
                }
                guard written == size else {
                    if done == 0 { failure = .badAddress }
                    return false
                }
                done += size
                position = entry.next
                return true
            }
            if let failure { throw failure }
            file.position = Int64(position)
            return done
        }
    }

    /// Sets the permissions that new files do not get; those until now.
    public static func setMask(_ mask: UInt32) throws(Errno) -> UInt32 {
        try KernelFiles().exchangeMask(mask)
    }
}
