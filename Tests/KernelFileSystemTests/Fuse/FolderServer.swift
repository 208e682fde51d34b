import Foundation

/// Linux's numbers, which Glibc's module does not have.
private let O_PATH: Int32 = 0o10000000
private let UTIME_OMIT = (1 << 30) - 2

/// A server of FUSE's messages that has a folder of the host's, and says what the host says.
final class FolderServer {
    private struct Node {
        let descriptor: Int32
        var lookUps: UInt64
        let key: [UInt64]
    }

    private var nodes: [UInt64: Node] = [:]
    private var numbers: [[UInt64]: UInt64] = [:]
    private var folders: [UInt64: OpaquePointer] = [:]
    private var files: Set<UInt64> = []
    private var nextNode: UInt64 = 2
    /// What a client asked to be forgotten that it has not had.
    var problem: String? = nil

    /// - Parameter namesRootTwice: Whoever asks for the folder itself by `..` gets another number
    ///   of it than the first, as virtiofsd gives.
    init(_ path: String, namesRootTwice: Bool = false) {
        let descriptor = open(path, O_PATH | O_DIRECTORY)
        var found = stat()
        fstat(descriptor, &found)
        let key = [UInt64(found.st_dev), UInt64(found.st_ino)]
        nodes[1] = Node(descriptor: descriptor, lookUps: 1, key: key)
        if !namesRootTwice { numbers[key] = 1 }
    }

    deinit {
        for node in nodes.values { close(node.descriptor) }
        for folder in folders.values { closedir(folder) }
        for file in files { close(Int32(file)) }
    }

    /// What was read, and written, so often.
    private(set) var reads = 0
    private(set) var writes = 0
    /// What writes fail with; 0: they do not. Bytes that are written at once at most.
    var writeError: Int32 = 0
    var mostWritten = Int.max
    /// Nothing is to be kept of files' contents.
    var isDirect = false

    var nodeCount: Int { nodes.count }

    private struct Failure: Error { let number: Int32 }

    @discardableResult
    private func check<Value: SignedInteger>(_ result: Value) throws -> Value {
        if result < 0 { throw Failure(number: errno) }
        return result
    }

    private func descriptor(_ node: UInt64) throws -> Int32 {
        guard let node = nodes[node] else { throw Failure(number: ESTALE) }
        return node.descriptor
    }

    /// A file that was opened, by its handle.
    private func file(_ handle: UInt64) throws -> Int32 {
        guard files.contains(handle) else { throw Failure(number: EBADF) }
        return Int32(handle)
    }

    private func path(_ node: UInt64) throws -> String { "/proc/self/fd/\(try descriptor(node))" }

    // MARK: - Messages

    struct Reader {
        let bytes: [UInt8]
        var offset: Int

        mutating func take<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
            let size = MemoryLayout<Value>.size
            let value = bytes[offset..<offset + size].withUnsafeBytes { $0.loadUnaligned(as: Value.self) }
            offset += size
            return value
        }

        mutating func text() -> [CChar] {
            let end = bytes[offset...].firstIndex(of: 0)!
            defer { offset = end + 1 }
            return bytes[offset...end].map { CChar(bitPattern: $0) }
        }
    }

    /// A message's answer; `nil`: it has none.
    func answer(_ request: [UInt8]) -> [UInt8]? {
        var reader = Reader(bytes: request, offset: 0)
        let length = reader.take(UInt32.self)
        let opcode = reader.take(UInt32.self)
        let unique = reader.take(UInt64.self)
        let node = reader.take(UInt64.self)
        reader.offset = 40
        guard Int(length) == request.count else {
            problem = "a request says that it is of another length"
            return Self.message(unique, -EPROTO, [])
        }
        do {
            guard let body = try body(opcode, node, &reader) else { return nil }
            return Self.message(unique, 0, body)
        } catch let failure as Failure {
            return Self.message(unique, -failure.number, [])
        } catch { return nil }
    }

    static func message(_ unique: UInt64, _ error: Int32, _ body: [UInt8]) -> [UInt8] {
        var message: [UInt8] = []
        message.add(UInt32(16 + body.count))
        message.add(error)
        message.add(unique)
        return message + body
    }

    private func attributes(_ found: stat) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.add(UInt64(found.st_ino))
        bytes.add(UInt64(found.st_size))
        bytes.add(UInt64(found.st_blocks))
        for time in [found.st_atim, found.st_mtim, found.st_ctim] { bytes.add(Int64(time.tv_sec)) }
        for time in [found.st_atim, found.st_mtim, found.st_ctim] { bytes.add(UInt32(time.tv_nsec)) }
        bytes.add(found.st_mode)
        bytes.add(UInt32(found.st_nlink))
        bytes.add(found.st_uid)
        bytes.add(found.st_gid)
        bytes.add(UInt32(truncatingIfNeeded: found.st_rdev))
        bytes.add(UInt32(found.st_blksize))
        bytes.add(UInt32(0))
        return bytes
    }

    private func attributesAnswer(_ node: UInt64) throws -> [UInt8] {
        var found = stat()
        try check(fstat(try descriptor(node), &found))
        var bytes: [UInt8] = []
        bytes.add(UInt64(1))
        bytes.add(UInt64(0))
        return bytes + attributes(found)
    }

    /// The file of a name, which is counted.
    private func entry(_ directory: UInt64, _ name: [CChar]) throws -> [UInt8] {
        // Nothing is around the folder.
        let name = nodes[directory]?.key == nodes[1]?.key && name == [46, 46, 0] ? [46, 0] : name
        let descriptor = try check(openat(try descriptor(directory), name, O_PATH | O_NOFOLLOW))
        var found = stat()
        try check(fstat(descriptor, &found))
        let key = [UInt64(found.st_dev), UInt64(found.st_ino)]
        let number: UInt64
        if let known = numbers[key] {
            close(descriptor)
            nodes[known]!.lookUps += 1
            number = known
        } else {
            number = nextNode
            nextNode += 1
            nodes[number] = Node(descriptor: descriptor, lookUps: 1, key: key)
            numbers[key] = number
        }
        var bytes: [UInt8] = []
        bytes.add(number)
        for value in [0, 1, 1, 0] as [UInt64] { bytes.add(value) }
        return bytes + attributes(found)
    }

    private func forget(_ node: UInt64, _ count: UInt64) {
        guard node != 1 else { return }
        guard let known = nodes[node], known.lookUps >= count else {
            problem = "\(count) look-ups of \(node) are to be forgotten"
            return
        }
        nodes[node]!.lookUps -= count
        if nodes[node]!.lookUps == 0 {
            close(known.descriptor)
            numbers[known.key] = nil
            nodes[node] = nil
        }
    }

    private func opened(_ handle: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.add(handle)
        bytes.add(UInt64(isDirect ? 1 : 0))
        return bytes
    }

    private func body(_ opcode: UInt32, _ node: UInt64, _ reader: inout Reader) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        switch opcode {
        case 1:
            return try entry(node, reader.text())
        case 2:
            forget(node, reader.take(UInt64.self))
            return nil
        case 42:
            let count = reader.take(UInt64.self)
            for _ in 0..<count { forget(reader.take(UInt64.self), reader.take(UInt64.self)) }
            return nil
        case 3: return try attributesAnswer(node)
        case 4:
            let valid = reader.take(UInt64.self)
            let handle = reader.take(UInt64.self)
            let size = reader.take(Int64.self)
            _ = reader.take(UInt64.self)
            let seconds = (reader.take(Int64.self), reader.take(Int64.self))
            _ = reader.take(Int64.self)
            let nanoseconds = (reader.take(UInt32.self), reader.take(UInt32.self))
            _ = reader.take(UInt32.self)
            let mode = reader.take(UInt32.self)
            if valid & 1 != 0 { try check(chmod(try path(node), mode & 0o7777)) }
            if valid & 8 != 0 {
                try check(valid & 64 != 0 ? ftruncate(try file(handle), Int(size)) : truncate(try path(node), Int(size)))
            }
            if valid & 0x30 != 0 {
                let keep = timespec(tv_sec: 0, tv_nsec: Int(UTIME_OMIT))
                let times = [
                    valid & 16 != 0 ? timespec(tv_sec: Int(seconds.0), tv_nsec: Int(nanoseconds.0)) : keep,
                    valid & 32 != 0 ? timespec(tv_sec: Int(seconds.1), tv_nsec: Int(nanoseconds.1)) : keep,
                ]
                try check(utimensat(AT_FDCWD, try path(node), times, 0))
            }
            return try attributesAnswer(node)
        case 5:
            var target = [UInt8](repeating: 0, count: 4096)
            let count = try check(readlinkat(try descriptor(node), "", &target, target.count))
            return Array(target[..<count])
        case 6:
            let name = reader.text()
            try check(symlinkat(reader.text(), try descriptor(node), name))
            return try entry(node, name)
        case 8:
            let (mode, device) = (reader.take(UInt32.self), reader.take(UInt32.self))
            _ = reader.take(UInt64.self)
            let name = reader.text()
            try check(mknodat(try descriptor(node), name, mode, dev_t(device)))
            return try entry(node, name)
        case 9:
            let mode = reader.take(UInt32.self)
            _ = reader.take(UInt32.self)
            let name = reader.text()
            try check(mkdirat(try descriptor(node), name, mode))
            return try entry(node, name)
        case 10:
            try check(unlinkat(try descriptor(node), reader.text(), 0))
        case 11:
            try check(unlinkat(try descriptor(node), reader.text(), AT_REMOVEDIR))
        case 12:
            let other = reader.take(UInt64.self)
            let name = reader.text()
            try check(renameat(try descriptor(node), name, try descriptor(other), reader.text()))
        case 13:
            let old = reader.take(UInt64.self)
            let name = reader.text()
            try check(linkat(AT_FDCWD, try path(old), try descriptor(node), name, AT_SYMLINK_FOLLOW))
            return try entry(node, name)
        case 14:
            let flags = reader.take(UInt32.self)
            let file = try check(open(try path(node), Int32(flags)))
            files.insert(UInt64(file))
            return opened(UInt64(file))
        case 35:
            let (flags, mode) = (reader.take(UInt32.self), reader.take(UInt32.self))
            _ = reader.take(UInt64.self)
            let name = reader.text()
            let file = try check(openat(try descriptor(node), name, Int32(flags) | O_CREAT | O_NOFOLLOW, mode & 0o7777))
            files.insert(UInt64(file))
            return try entry(node, name) + opened(UInt64(file))
        case 15, 28:
            if opcode == 15 { reads += 1 }
            let (handle, offset) = (reader.take(UInt64.self), reader.take(UInt64.self))
            let size = Int(reader.take(UInt32.self))
            if opcode == 28 { return entries(handle, offset, size) }
            var data = [UInt8](repeating: 0, count: size)
            let count = try check(pread(try file(handle), &data, size, Int(bitPattern: UInt(offset))))
            return Array(data[..<count])
        case 16:
            let (handle, offset) = (reader.take(UInt64.self), reader.take(UInt64.self))
            let size = Int(reader.take(UInt32.self))
            reader.offset = 80
            writes += 1
            if writeError != 0 { throw Failure(number: writeError) }
            guard reader.bytes.count == 80 + size else { throw Failure(number: EPROTO) }
            let count = try check(
                pwrite(try file(handle), Array(reader.bytes[80...]), min(size, mostWritten), Int(bitPattern: UInt(offset))))
            bytes.add(UInt32(count))
            bytes.add(UInt32(0))
        case 17:
            var found = statvfs()
            try check(fstatvfs(try descriptor(node), &found))
            for value in [found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_ffree] {
                bytes.add(UInt64(value))
            }
            for value in [found.f_bsize, found.f_namemax, found.f_frsize, 0] { bytes.add(UInt32(value)) }
            bytes += [UInt8](repeating: 0, count: 24)
        case 18:
            let handle = reader.take(UInt64.self)
            try check(close(try file(handle)))
            files.remove(handle)
        case 20: try check(fsync(try file(reader.take(UInt64.self))))
        case 26:
            for value in [7, 38, 131072, 0, 0, 8192] as [UInt32] { bytes.add(value) }
            bytes += [UInt8](repeating: 0, count: 40)
        case 27:
            let file = try check(openat(try descriptor(node), ".", O_RDONLY | O_DIRECTORY))
            folders[UInt64(file)] = fdopendir(file)
            return opened(UInt64(file))
        case 29:
            if let folder = folders.removeValue(forKey: reader.take(UInt64.self)) { closedir(folder) }
        default: throw Failure(number: ENOSYS)
        }
        return bytes
    }

    private func entries(_ handle: UInt64, _ offset: UInt64, _ size: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let folder = folders[handle] else { return bytes }
        if offset == 0 { rewinddir(folder) } else { seekdir(folder, Int(bitPattern: UInt(offset))) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
            }
            var record: [UInt8] = []
            record.add(UInt64(entry.pointee.d_ino))
            record.add(UInt64(telldir(folder)))
            record.add(UInt32(name.count))
            record.add(UInt32(entry.pointee.d_type))
            record += name
            while record.count % 8 != 0 { record.append(0) }
            guard bytes.count + record.count <= size else { break }
            bytes += record
        }
        return bytes
    }
}

extension [UInt8] {
    mutating func add<Value: FixedWidthInteger>(_ value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
