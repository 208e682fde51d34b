import FileExerciser
import Foundation

/// The host's own files, below a directory: what the model itself is compared with.
struct HostFiles: ExercisedFiles {
    /// In front of every path that begins with a slash.
    let prefix: [UInt8]

    private func number(_ result: Int) -> Int { result < 0 ? -Int(errno) : result }

    private func withPath<Result>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        var text = path.first == UInt8(ascii: "/") ? prefix + path : path
        text.append(0)
        return text.withUnsafeBufferPointer { text in
            text.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }

    mutating func open(_ path: [UInt8], _ how: OpenManner) -> Int {
        var flags = how.contains(.write) ? O_RDWR : O_RDONLY
        let pairs: [(OpenManner, Int32)] = [
            (.create, O_CREAT), (.exclusive, O_EXCL), (.truncate, O_TRUNC), (.append, O_APPEND),
            (.directory, O_DIRECTORY), (.noFollow, O_NOFOLLOW),
        ]
        for (from, to) in pairs where how.contains(from) { flags |= to }
        return withPath(path) { number(Int(Foundation.open($0, flags, 0o644))) }
    }

    mutating func close(_ file: Int) -> Int { number(Int(Foundation.close(Int32(file)))) }

    mutating func read(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        var read = [UInt8](repeating: 0, count: count)
        let result = number(pread(Int32(file), &read, count, offset))
        if result > 0 { bytes += read[..<result] }
        return result
    }

    mutating func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        number(pwrite(Int32(file), bytes, bytes.count, offset))
    }

    /// Runs `body` with a mapping of the file and its size.
    private func withMapping(_ file: Int, writes: Bool, _ body: (UnsafeMutableRawPointer, Int) -> Int) -> Int {
        let length = 1 << 16
        let place = mmap(nil, length, PROT_READ | (writes ? PROT_WRITE : 0), MAP_SHARED, Int32(file), 0)
        guard let place, place != MAP_FAILED else { return -Int(errno) }
        defer { munmap(place, length) }
        var found = stat()
        return fstat(Int32(file), &found) == 0 ? body(place, min(Int(found.st_size), length)) : -Int(errno)
    }

    mutating func readMapped(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        withMapping(file, writes: false) { place, size in
            let count = max(min(count, size - offset), 0)
            if count > 0 { bytes += UnsafeRawBufferPointer(start: place + offset, count: count) }
            return count
        }
    }

    mutating func writeMapped(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        withMapping(file, writes: true) { place, size in
            let count = max(min(bytes.count, size - offset), 0)
            if count > 0 { memcpy(place + offset, bytes, count) }
            return count
        }
    }

    mutating func truncate(_ file: Int, to size: Int) -> Int { number(Int(ftruncate(Int32(file), size))) }

    mutating func truncate(_ path: [UInt8], to size: Int) -> Int {
        withPath(path) { number(Int(Foundation.truncate($0, size))) }
    }

    mutating func rename(_ old: [UInt8], to new: [UInt8]) -> Int {
        withPath(old) { old in withPath(new) { number(Int(Foundation.rename(old, $0))) } }
    }

    mutating func link(_ old: [UInt8], to new: [UInt8]) -> Int {
        withPath(old) { old in withPath(new) { number(Int(Foundation.link(old, $0))) } }
    }

    mutating func unlink(_ path: [UInt8]) -> Int { withPath(path) { number(Int(Foundation.unlink($0))) } }

    mutating func makeDirectory(_ path: [UInt8]) -> Int {
        withPath(path) { number(Int(mkdir($0, 0o755))) }
    }

    mutating func removeDirectory(_ path: [UInt8]) -> Int { withPath(path) { number(Int(rmdir($0))) } }

    mutating func makeLink(to target: [UInt8], at path: [UInt8]) -> Int {
        withPath(target) { target in withPath(path) { number(Int(symlink(target, $0))) } }
    }

    mutating func readLink(_ path: [UInt8], to bytes: inout [UInt8]) -> Int {
        var target = [UInt8](repeating: 0, count: 4096)
        let result = target.withUnsafeMutableBytes { target in
            withPath(path) {
                number(readlink($0, target.bindMemory(to: CChar.self).baseAddress!, target.count))
            }
        }
        guard result > 0 else { return result }
        let isAbsolute = target[0] == UInt8(ascii: "/")
        bytes += target[(isAbsolute ? prefix.count : 0)..<result]
        return isAbsolute ? result - prefix.count : result
    }

    private func status(_ status: stat) -> ExercisedStatus {
        let kind: ExercisedStatus.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .file
            }
        return ExercisedStatus(kind: kind, links: Int(status.st_nlink), size: Int(status.st_size))
    }

    mutating func status(_ path: [UInt8], follows: Bool) -> Result<ExercisedStatus, ExercisedError> {
        var found = stat()
        let result = withPath(path) { number(Int(follows ? stat($0, &found) : lstat($0, &found))) }
        guard result == 0 else { return .failure(ExercisedError(result)) }
        var status = status(found)
        if status.kind == .link {
            var target: [UInt8] = []
            status.size = readLink(path, to: &target)
        }
        return .success(status)
    }

    mutating func status(_ file: Int) -> Result<ExercisedStatus, ExercisedError> {
        var found = stat()
        let result = number(Int(fstat(Int32(file), &found)))
        return result == 0 ? .success(status(found)) : .failure(ExercisedError(result))
    }

    mutating func names(_ path: [UInt8]) -> Result<[[UInt8]], ExercisedError> {
        guard let directory = withPath(path, { opendir($0) }) else {
            return .failure(ExercisedError(-Int(errno)))
        }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46] && name != [46, 46] { names.append(name) }
        }
        return .success(names)
    }
}
