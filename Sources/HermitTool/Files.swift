import Glibc
import SystemPackage

/// Files and folders by their paths. Whatever fails throws a `ToolError`
/// whose line names the path and the reason.
enum Files {
    /// What a path leads to, links followed.
    struct Entry: Equatable {
        var isFolder: Bool
        /// Bytes of a file.
        var size: Int64
        /// When the contents last changed, in nanoseconds since 1970.
        var modified: Int64
    }

    static func entry(_ path: String) -> Entry? {
        var info = stat()
        guard unsafe stat(path, &info) == 0 else { return nil }
        return Entry(
            isFolder: info.st_mode & S_IFMT == S_IFDIR, size: Int64(info.st_size),
            modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
    }

    static func exists(_ path: String) -> Bool { entry(path) != nil }

    static func isFolder(_ path: String) -> Bool { entry(path)?.isFolder ?? false }

    static func isExecutable(_ path: String) -> Bool {
        guard let entry = entry(path), !entry.isFolder else { return false }
        return unsafe access(path, X_OK) == 0
    }

    /// The path without links and without `.` and `..`; `path` itself where there is no such file.
    static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// The path from the root, links left as they are.
    static func absolute(_ path: String) -> String {
        let path = FilePath(path)
        if path.isAbsolute { return path.lexicallyNormalized().string }
        return FilePath(resolved(".")).pushing(path).lexicallyNormalized().string
    }

    static func name(_ path: String) -> String {
        FilePath(path).lastComponent?.string ?? path
    }

    static func folder(_ path: String) -> String {
        let folder = FilePath(path).removingLastComponent().string
        return folder.isEmpty ? "." : folder
    }

    /// The names in a folder but `.` and `..`, sorted.
    static func names(in folder: String) throws -> [String] {
        guard let stream = unsafe opendir(folder) else { throw failure(folder) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The paths of all files below a folder, from the folder on, sorted.
    static func tree(below folder: String) throws -> [String] {
        var paths: [String] = []
        for name in try names(in: folder) {
            let path = folder + "/" + name
            paths += isFolder(path) ? try tree(below: path).map { name + "/" + $0 } : [name]
        }
        return paths
    }

    static func read(_ path: String) throws -> [UInt8] {
        do throws(Errno) {
            return try contents(path)
        } catch {
            throw ToolError("\(path): \(error)")
        }
    }

    private static func contents(_ path: String) throws(Errno) -> [UInt8] {
        do {
            let file = try unsafe FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 1 << 18)
                while true {
                    let count = try unsafe chunk.withUnsafeMutableBytes {
                        try unsafe file.read(into: $0)
                    }
                    if count == 0 { return bytes }
                    bytes += chunk[..<count]
                }
            }
        } catch {
            throw error as? Errno ?? .ioError
        }
    }

    static func text(_ path: String) throws -> String {
        String(decoding: try read(path), as: UTF8.self)
    }

    /// Makes the file or replaces it: others see the old contents or the new.
    static func write(
        _ bytes: some Sequence<UInt8>, to path: String,
        permissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
    ) throws {
        let new = path + ".\(getpid()).new"
        do {
            let file = try unsafe FileDescriptor.open(
                new, .writeOnly, options: [.create, .truncate, .closeOnExec],
                permissions: permissions)
            _ = try file.closeAfter { try file.writeAll(bytes) }
        } catch let error as Errno {
            _ = unsafe unlink(new)
            throw ToolError("\(path): \(error)")
        }
        try move(new, to: path)
    }

    static func write(_ text: String, to path: String) throws {
        try write(text.utf8, to: path)
    }

    /// Makes a folder, and the ones above it.
    static func createFolder(_ path: String) throws {
        if isFolder(path) { return }
        let above = folder(path)
        if above != path && above != "." { try createFolder(above) }
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
    }

    /// Removes a file, or a folder with all that is in it; nothing where there is none.
    static func remove(_ path: String) throws {
        var info = stat()
        guard unsafe lstat(path, &info) == 0 else { return }
        if info.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { try remove(path + "/" + name) }
            guard unsafe rmdir(path) == 0 else { throw failure(path) }
        } else {
            guard unsafe unlink(path) == 0 else { throw failure(path) }
        }
    }

    static func move(_ path: String, to other: String) throws {
        guard unsafe rename(path, other) == 0 else { throw failure(other) }
    }

    /// Makes `folder` hold what `new` holds, file by file; a file that is the
    /// same already keeps its time. `new` is gone then.
    static func replace(_ folder: String, with new: String) throws {
        let paths = try tree(below: new)
        for path in paths {
            let old = folder + "/" + path
            if isFolder(old) { try remove(old) }
            if exists(old), try read(old) == read(new + "/" + path) { continue }
            try createFolder(Files.folder(old))
            try move(new + "/" + path, to: old)
        }
        for path in Set(try tree(below: folder)).subtracting(paths) {
            try remove(folder + "/" + path)
        }
        try remove(new)
    }

    private static func failure(_ path: String) -> ToolError {
        ToolError("\(path): \(Errno(rawValue: errno))")
    }
}
