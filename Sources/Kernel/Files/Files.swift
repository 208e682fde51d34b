import KernelDescriptors
import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// Files by paths and by descriptors, for the functions of the ABI. Each throws
/// what its namesake in `FileSystems` throws, and `EBADF`, `EFAULT`.
public enum Files {
    /// Runs `body` with a path in a buffer and where it starts.
    @inline(__always)
    private static func at<Value>(
        _ base: PathBase, _ path: PathArgument,
        _ body: (KernelFiles, inout MutableRawSpan, Int, Node) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let files = try KernelFiles()
        return try path.with { (text, count) throws(Errno) in
            var start = try files.workingDirectory
            // A descriptor does not matter where the path begins with a slash.
            if case .descriptor(let number) = base, text.bytes.value(at: 0, as: UInt8.self) != slash {
                start = try directory(number)
            }
            return try body(files, &text, count, start)
        }
    }

    private static let slash = UInt8(ascii: "/")

    /// The directory that a descriptor stands for.
    ///
    /// - Throws: `EBADF`, `ENOTDIR`.
    private static func directory(_ descriptor: Int32) throws(Errno) -> Node {
        try with(descriptor) { (_, file) throws(Errno) in
            guard file.node.kind == .directory else { throw .notDirectory }
            return file.node
        }
    }

    /// Runs `body` with an open file, which stays open meanwhile.
    ///
    /// - Throws: `EBADF`; `wrongKind`: the descriptor is no file's.
    private static func with<Value>(
        _ descriptor: Int32, wrongKind: Errno = .notDirectory,
        _ body: (OpenFlags, inout OpenFile) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try Descriptors.with(descriptor, of: nil, wrongKind: wrongKind) { (kind, object, flags) throws(Errno) in
            guard kind == RegularFile.kind || kind == OtherFile.kind else { throw wrongKind }
            return try unsafe body(flags, &OpenFile.at(object).pointee)
        }
    }

    // MARK: - Opening

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - access: What it is open for, and its status flags.
    ///   - mode: A new file's permissions, before the mask.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func open(
        _ base: PathBase, _ path: PathArgument, _ request: OpenRequest, access: OpenFlags, mode: UInt32,
        closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        let opened = try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.open(&text, count: count, from: start, request, mode: files.mode(mode))
        }
        let files = try KernelFiles()
        let node = opened.node
        if node.system != .ram, let number = try files.system(node.system).descriptor(of: node.inode) {
            files.close(node)
            return try Descriptors.duplicate(Int32(bitPattern: number), closesOnExec: closesOnExec)
        }
        if case .special = opened {
            // FIFOs and sockets by names are not built; a device has no driver.
            files.close(node)
            throw .noSuchAddressOrDevice
        }
        let isData = if case .data = opened { true } else { false }
        let object: UInt64
        do throws(Errno) { object = try OpenFile.make(opened) } catch {
            files.close(node)
            throw error
        }
        do throws(Errno) {
            return try Descriptors.open(
                isData ? RegularFile.kind : OtherFile.kind, object: object, flags: access,
                isObserved: false, closesOnExec: closesOnExec)
        } catch {
            _ = OpenFile.close(object)
            throw error
        }
    }

    // MARK: - Names

    public static func makeDirectory(
        _ base: PathBase, _ path: PathArgument, mode: UInt32
    ) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.makeDirectory(&text, count: count, from: start, mode: files.mode(mode))
        }
    }

    /// Makes a file, FIFO or socket's name or a device's.
    public static func makeSpecial(
        _ base: PathBase, _ path: PathArgument, mode: UInt32, device: UInt64
    ) throws(Errno) {
        // No type is a regular file's.
        guard let kind = mode >> 12 & 0xF == 0 ? .regular : FileKind(typeBits: mode) else {
            throw .invalidArgument
        }
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.makeSpecial(
                kind, device: device, &text, count: count, from: start, mode: files.mode(mode))
        }
    }

    public static func unlink(_ base: PathBase, _ path: PathArgument) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.unlink(&text, count: count, from: start)
        }
    }

    public static func removeDirectory(_ base: PathBase, _ path: PathArgument) throws(Errno) {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.removeDirectory(&text, count: count, from: start)
        }
    }

    public static func rename(
        _ oldBase: PathBase, _ old: PathArgument, _ newBase: PathBase, _ new: PathArgument,
        _ manner: RenameManner
    ) throws(Errno) {
        let name = try at(oldBase, old) { (files, text, count, start) throws(Errno) in
            try files.oldName(&text, count: count, from: start)
        }
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.rename(name, to: &text, count: count, from: start, manner)
        }
    }

    /// - Parameter follows: A symbolic link's target gets the name, not the link.
    public static func link(
        _ oldBase: PathBase, _ old: PathArgument, _ newBase: PathBase, _ new: PathArgument,
        follows: Bool
    ) throws(Errno) {
        let node = try find(oldBase, old, follows: follows)
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.link(node, &text, count: count, from: start)
        }
    }

    /// An open file gets a name.
    public static func link(
        _ descriptor: Int32, _ newBase: PathBase, _ new: PathArgument
    ) throws(Errno) {
        let node = try with(descriptor) { (_, file) throws(Errno) in file.node }
        try at(newBase, new) { (files, text, count, start) throws(Errno) in
            try files.link(node, &text, count: count, from: start)
        }
    }

    /// Makes a symbolic link.
    public static func makeLink(
        target: PathArgument, _ base: PathBase, _ path: PathArgument
    ) throws(Errno) {
        // The contents wait in a block of their own: two paths are too much for the stack.
        guard let block = KernelBlocks().allocate(PathArgument.size) else { throw .noMemory }
        defer { KernelBlocks().free(block) }
        let length = try target.with { (text, count) throws(Errno) in
            block.withMutableBytes(0..<PathArgument.size) { bytes in
                _ = bytes.copy(text.bytes, at: 0, count: UInt64(count), to: 0)
            }
            return count
        }
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try block.withBytes(0..<length) { (target) throws(Errno) in
                try files.makeLink(target: target, &text, count: count, from: start)
            }
        }
    }

    /// A symbolic link's contents, as far as they fit; how many bytes.
    ///
    /// - Throws: `EINVAL`: it is none, or there is no room at all.
    public static func target(
        _ base: PathBase, _ path: PathArgument, to buffer: ApplicationBuffer
    ) throws(Errno) -> Int {
        guard buffer.count > 0 else { throw .invalidArgument }
        let node = try find(base, path, follows: false)
        var result = 0
        try KernelFiles().target(of: node) { target in
            let count = min(target.byteCount, buffer.count)
            let written = unsafe target.extracting(0..<count).withUnsafeBytes { text in
                unsafe buffer.write(text, at: 0)
            }
            result = written == count ? count : -1
        }
        guard result >= 0 else { throw .badAddress }
        return result
    }

    private static func find(
        _ base: PathBase, _ path: PathArgument, follows: Bool
    ) throws(Errno) -> Node {
        try at(base, path) { (files, text, count, start) throws(Errno) in
            try files.find(&text, count: count, from: start, follows: follows)
        }
    }

    // MARK: - What is known

    public static func status(
        _ base: PathBase, _ path: PathArgument, follows: Bool
    ) throws(Errno) -> FileStatus {
        let node = try find(base, path, follows: follows)
        return FileStatus(try KernelFiles().status(of: node), node)
    }

    public static func access(
        _ base: PathBase, _ path: PathArgument, read: Bool, write: Bool, execute: Bool, follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().access(node, read: read, write: write, execute: execute)
    }

    public static func setMode(
        _ base: PathBase, _ path: PathArgument, _ mode: UInt32, follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().setMode(FileMode(mode), of: node)
    }

    public static func setMode(_ descriptor: Int32, _ mode: UInt32) throws(Errno) {
        let node = try with(descriptor, wrongKind: .invalidArgument) { (_, file) throws(Errno) in file.node }
        try KernelFiles().setMode(FileMode(mode), of: node)
    }

    public static func setTimes(
        _ base: PathBase, _ path: PathArgument, access: TimeChange, modification: TimeChange,
        follows: Bool
    ) throws(Errno) {
        let node = try find(base, path, follows: follows)
        try KernelFiles().setTimes(access: access, modification: modification, of: node)
    }

    public static func setTimes(
        _ descriptor: Int32, access: TimeChange, modification: TimeChange
    ) throws(Errno) {
        let node = try with(descriptor, wrongKind: .invalidArgument) { (_, file) throws(Errno) in file.node }
        try KernelFiles().setTimes(access: access, modification: modification, of: node)
    }

    public static func systemStatus(_ path: PathArgument) throws(Errno) -> (SystemStatus, UInt64) {
        let node = try find(.workingDirectory, path, follows: true)
        return (try KernelFiles().systemStatus(of: node), UInt64(node.system.rawValue) + 1)
    }

    public static func systemStatus(_ descriptor: Int32) throws(Errno) -> (SystemStatus, UInt64) {
        let node = try with(descriptor, wrongKind: .noFunction) { (_, file) throws(Errno) in file.node }
        return (try KernelFiles().systemStatus(of: node), UInt64(node.system.rawValue) + 1)
    }

    // MARK: - Sizes

    public static func truncate(_ path: PathArgument, to size: Int64) throws(Errno) {
        guard size >= 0 else { throw .invalidArgument }
        let node = try find(.workingDirectory, path, follows: true)
        try KernelFiles().truncate(node, to: size)
    }

    /// - Throws: `EINVAL`: it is not open for writing, or no regular file.
    public static func truncate(_ descriptor: Int32, to size: Int64) throws(Errno) {
        guard size >= 0 else {
            _ = try Descriptors.flags(descriptor)
            throw .invalidArgument
        }
        try with(descriptor, wrongKind: .invalidArgument) { (flags, file) throws(Errno) in
            guard flags.contains(.write), let data = file.data else { throw .invalidArgument }
            try KernelFiles().truncate(data, to: size)
        }
    }

    /// Makes pages be there.
    ///
    /// - Throws: `EBADF`: it is not open for writing; `ENODEV`, `ESPIPE`: no regular file.
    public static func reserve(_ descriptor: Int32, _ offset: Int64, count: Int64) throws(Errno) {
        try with(descriptor, wrongKind: .illegalSeek) { (flags, file) throws(Errno) in
            guard flags.contains(.write) else { throw .badFileDescriptor }
            guard let data = file.data else { throw .operationNotSupportedByDevice }
            guard offset >= 0, count > 0 else { throw .invalidArgument }
            guard count <= OpenData.maximumSize - offset else { throw .fileTooLarge }
            let files = try KernelFiles()
            var done: Int64 = 0
            // So many at a time, that nobody waits long for the file.
            while done < count {
                let part = min(count - done, 64 * 4096)
                try files.withData(data) { (data, store) throws(Errno) in
                    try data.reserve(offset + done, count: part, store, now: files.now())
                }
                done += part
            }
        }
    }

    /// What is written is in memory, and stays there as long as anything does.
    ///
    /// - Throws: `EBADF`; `EINVAL`: there is nothing to be written back.
    public static func synchronise(_ descriptor: Int32) throws(Errno) {
        try with(descriptor, wrongKind: .invalidArgument) { (_, _) throws(Errno) in }
    }

    // MARK: - Directories

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
        try with(descriptor) { (_, file) throws(Errno) in
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
                    _ = bytes.store(entry.inode.number, at: 0)
                    _ = bytes.store(entry.next, at: 8)
                    _ = bytes.store(UInt16(size), at: 16)
                    _ = bytes.store(entry.inode.kind.rawValue, at: 18)
                    _ = bytes.copy(name, at: 0, count: UInt64(name.byteCount), to: 19)
                }
                let written = record.withBytes(0..<size) { bytes in
                    unsafe bytes.withUnsafeBytes { unsafe buffer.write($0, at: done) }
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
