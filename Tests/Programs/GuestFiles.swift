// The kernel's files as the exerciser wants them, in the virtual machine. A file that
// is mapped once stays so until it is closed, whatever becomes of its length.

import CHermit

struct GuestFiles: ExercisedFiles {
    /// In front of every path that begins with a slash.
    private let prefix: [UInt8]
    private var mappings: [Int: (place: UnsafeMutableRawPointer, writes: Bool)] = [:]
    private let length = 1 << 16

    /// Files below a new directory.
    init(below path: [UInt8]) {
        prefix = path
        _ = (path + [0]).withUnsafeBufferPointer { text in
            text.withMemoryRebound(to: CChar.self) { sys_mkdir($0.baseAddress!, 0o755) }
        }
    }

    private func withPath<Value>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        let text = (path.first == UInt8(ascii: "/") ? prefix + path : path) + [0]
        return text.withUnsafeBufferPointer { text in
            text.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }

    mutating func open(_ path: [UInt8], _ how: OpenManner) -> Int {
        var flags = how.contains(.write) ? HERMIT_O_RDWR : HERMIT_O_RDONLY
        if how.contains(.create) { flags |= HERMIT_O_CREAT }
        if how.contains(.exclusive) { flags |= HERMIT_O_EXCL }
        if how.contains(.truncate) { flags |= HERMIT_O_TRUNC }
        if how.contains(.append) { flags |= HERMIT_O_APPEND }
        if how.contains(.directory) { flags |= HERMIT_O_DIRECTORY }
        if how.contains(.noFollow) { flags |= HERMIT_O_NOFOLLOW }
        return withPath(path) { Int(sys_open($0, flags, 0o644)) }
    }

    mutating func close(_ file: Int) -> Int {
        if let old = mappings.removeValue(forKey: file) { _ = sys_munmap(old.place, length) }
        return Int(sys_close(Int32(file)))
    }

    mutating func read(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        var read = [UInt8](repeating: 0, count: count)
        let result = Int(sys_pread(Int32(file), &read, count, Int64(offset)))
        if result > 0 { bytes += read[..<result] }
        return result
    }

    mutating func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        Int(sys_pwrite(Int32(file), bytes, bytes.count, Int64(offset)))
    }

    /// The mapping of a file, made where there is none.
    private mutating func mapping(_ file: Int, writes: Bool) -> Result<UnsafeMutableRawPointer, ExercisedError> {
        if let old = mappings[file], old.writes || !writes { return .success(old.place) }
        var place: UnsafeMutableRawPointer? = nil
        let result = sys_mmap_file(
            Int32(file), 0, length, UInt32(HERMIT_PROT_READ | (writes ? HERMIT_PROT_WRITE : 0)),
            UInt32(HERMIT_MAP_SHARED), &place)
        guard result == 0, let place else { return .failure(ExercisedError(Int(result))) }
        if let old = mappings.removeValue(forKey: file) { _ = sys_munmap(old.place, length) }
        mappings[file] = (place, writes)
        return .success(place)
    }

    private func isRegular(_ file: Int) -> Bool {
        var found = hermit_stat()
        return sys_fstat(Int32(file), &found) == 0 && found.st_mode & 0o170000 == 0o100000
    }

    private func size(_ file: Int) -> Int {
        var found = hermit_stat()
        return sys_fstat(Int32(file), &found) == 0 ? Int(found.st_size) : 0
    }

    mutating func readMapped(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        switch mapping(file, writes: false) {
        case .failure(let error):
            // A file system whose files can't be in memory: what a mapping would show is read.
            return error.number == -19 && isRegular(file)
                ? read(file, at: offset, count: count, to: &bytes) : error.number
        case .success(let place):
            let count = max(min(count, size(file) - offset), 0)
            if count > 0 { bytes += UnsafeRawBufferPointer(start: place + offset, count: count) }
            return count
        }
    }

    mutating func writeMapped(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        switch mapping(file, writes: true) {
        case .failure(let error):
            guard error.number == -19, isRegular(file) else { return error.number }
            let flags = sys_fcntl(Int32(file), HERMIT_F_GETFL, 0)
            guard flags & HERMIT_O_ACCMODE != HERMIT_O_RDONLY else { return -13 }
            // In its place, however the file is open.
            _ = sys_fcntl(Int32(file), HERMIT_F_SETFL, flags & ~HERMIT_O_APPEND)
            let count = max(min(bytes.count, size(file) - offset), 0)
            let written = write(file, at: offset, Array(bytes[..<count]))
            _ = sys_fcntl(Int32(file), HERMIT_F_SETFL, flags)
            return written
        case .success(let place):
            let count = max(min(bytes.count, size(file) - offset), 0)
            for index in 0..<count { (place + offset + index).storeBytes(of: bytes[index], as: UInt8.self) }
            return count
        }
    }

    mutating func truncate(_ file: Int, to size: Int) -> Int { Int(sys_ftruncate(Int32(file), size)) }

    mutating func truncate(_ path: [UInt8], to size: Int) -> Int {
        withPath(path) { Int(sys_truncate($0, size)) }
    }

    mutating func rename(_ old: [UInt8], to new: [UInt8]) -> Int {
        withPath(old) { old in withPath(new) { Int(sys_rename(old, $0)) } }
    }

    mutating func link(_ old: [UInt8], to new: [UInt8]) -> Int {
        withPath(old) { old in withPath(new) { Int(sys_link(old, $0)) } }
    }

    mutating func unlink(_ path: [UInt8]) -> Int { withPath(path) { Int(sys_unlink($0)) } }
    mutating func makeDirectory(_ path: [UInt8]) -> Int { withPath(path) { Int(sys_mkdir($0, 0o755)) } }
    mutating func removeDirectory(_ path: [UInt8]) -> Int { withPath(path) { Int(sys_rmdir($0)) } }

    mutating func makeLink(to target: [UInt8], at path: [UInt8]) -> Int {
        withPath(target) { target in withPath(path) { Int(sys_symlink(target, $0)) } }
    }

    mutating func readLink(_ path: [UInt8], to bytes: inout [UInt8]) -> Int {
        var target = [CChar](repeating: 0, count: 4096)
        let result = withPath(path) { path in
            target.withUnsafeMutableBufferPointer { Int(sys_readlink(path, $0.baseAddress!, $0.count)) }
        }
        guard result > 0 else { return result }
        let start = target[0] == 47 ? prefix.count : 0
        for byte in target[start..<result] { bytes.append(UInt8(bitPattern: byte)) }
        return result - start
    }

    private func status(_ found: hermit_stat) -> ExercisedStatus {
        let type = found.st_mode & UInt32(HERMIT_S_IFMT)
        return ExercisedStatus(
            kind: type == UInt32(HERMIT_S_IFDIR) ? .directory : type == UInt32(HERMIT_S_IFLNK) ? .link : .file,
            links: Int(found.st_nlink), size: Int(found.st_size))
    }

    mutating func status(_ path: [UInt8], follows: Bool) -> Result<ExercisedStatus, ExercisedError> {
        var found = hermit_stat()
        let result = withPath(path) { follows ? sys_stat($0, &found) : sys_lstat($0, &found) }
        guard result == 0 else { return .failure(ExercisedError(Int(result))) }
        var status = status(found)
        if status.kind == .link {
            var target: [UInt8] = []
            status.size = readLink(path, to: &target)
        }
        return .success(status)
    }

    mutating func status(_ file: Int) -> Result<ExercisedStatus, ExercisedError> {
        var found = hermit_stat()
        let result = sys_fstat(Int32(file), &found)
        return result == 0 ? .success(status(found)) : .failure(ExercisedError(Int(result)))
    }

    mutating func names(_ path: [UInt8]) -> Result<[[UInt8]], ExercisedError> {
        let directory = withPath(path) { sys_open($0, HERMIT_O_DIRECTORY, 0) }
        guard directory >= 0 else { return .failure(ExercisedError(Int(directory))) }
        defer { _ = sys_close(directory) }
        var names: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        while true {
            let count = Int(sys_getdents64(directory, &buffer, buffer.count))
            guard count >= 0 else { return .failure(ExercisedError(count)) }
            if count == 0 { break }
            var entry = 0
            while entry < count {
                let size = Int(buffer[entry + 16]) | Int(buffer[entry + 17]) << 8
                let name = Array(buffer[(entry + 19)..<(entry + size)].prefix { $0 != 0 })
                if name != [46] && name != [46, 46] { names.append(name) }
                entry += size
            }
        }
        return .success(names)
    }
}
