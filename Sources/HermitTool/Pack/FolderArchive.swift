import Foundation
import Glibc

/// Puts all files below a folder into an archive, where they are the root's.
struct FolderArchive {
    /// What the program's paths and names may be long, as hermit.h has it.
    private static let longestPath = 4095
    private static let longestName = 255
    /// Archives lie in the guest's memory below 4 GiB.
    private static let largest = 3 << 30
    private static let pieceSize = 1 << 20

    private let writer: TarWriter
    /// Files with several names that were met: by device and number, the first name.
    private var linked: [FileIdentity: [UInt8]] = [:]
    private var count = 0
    private var told = ContinuousClock.now
    private var isLong = false

    private struct FileIdentity: Hashable {
        let device: dev_t
        let number: ino_t
    }

    /// Adds everything below `folder`.
    ///
    /// - Throws: A `ToolError` that names the file that can't be added.
    static func add(folder: String, to writer: TarWriter) throws {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
            throw ToolError("\(folder): there is no such folder")
        }
        guard isFolder.boolValue else { throw ToolError("\(folder): not a folder") }
        var archive = FolderArchive(writer: writer)
        try archive.add(Array(folder.utf8), as: [])
        if archive.isLong { archive.tell() }
    }

    private init(writer: TarWriter) { self.writer = writer }

    private func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

    private func fail(_ path: [UInt8], _ reason: String) -> ToolError {
        ToolError("\(text(path)): \(reason)")
    }

    private func tell() { Terminal.say("\(count) files, \(writer.size >> 20) MiB") }

    /// The names in a folder, in one order everywhere.
    private func names(_ path: [UInt8]) throws -> [[UInt8]] {
        guard let stream = unsafe opendir(path.map(CChar.init(bitPattern:)) + [0]) else {
            throw fail(path, "can't be read: \(reason())")
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = unsafe readdir(stream) {
            let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { buffer in
                unsafe Array(buffer.prefix { $0 != 0 })
            }
            if bytes != Array(".".utf8) && bytes != Array("..".utf8) { names.append(bytes) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private func reason() -> String { unsafe String(cString: strerror(errno)) }

    private mutating func add(_ folder: [UInt8], as prefix: [UInt8]) throws {
        for name in try names(folder) {
            let path = folder + Array("/".utf8) + name
            let place = prefix + name
            guard name.count <= Self.longestName else { throw fail(path, "the name is too long") }
            guard place.count + 1 < Self.longestPath else { throw fail(path, "the path is too long") }
            var status = stat()
            guard unsafe lstat(path.map(CChar.init(bitPattern:)) + [0], &status) == 0 else {
                throw fail(path, reason())
            }
            try add(path, place, status)
            count += 1
            if ContinuousClock.now - told > .seconds(2) {
                told = .now
                isLong = true
                tell()
            }
            guard writer.size < Self.largest else {
                throw fail(folder, "there is more than a machine's memory can hold, 3 GiB")
            }
        }
    }

    private mutating func add(_ path: [UInt8], _ place: [UInt8], _ status: stat) throws {
        let mode = UInt32(status.st_mode)
        switch mode & 0o170000 {
        case 0o040000:
            try writer.add(
                .folder, name: place + Array("/".utf8), mode: mode, time: status.st_mtim)
            try add(path, as: place + Array("/".utf8))
        case 0o120000:
            try writer.add(
                .symbolicLink, name: place, mode: mode, time: status.st_mtim, target: target(path))
        case 0o100000:
            if status.st_nlink > 1 {
                let identity = FileIdentity(device: status.st_dev, number: status.st_ino)
                if let first = linked[identity] {
                    return try writer.add(
                        .hardLink, name: place, mode: mode, time: status.st_mtim, target: first)
                }
                linked[identity] = place
            }
            try addContents(path, place, status)
        default:
            Terminal.say("\(text(path)): left out: neither a file nor a folder nor a symbolic link")
        }
    }

    private func target(_ path: [UInt8]) throws -> [UInt8] {
        var buffer = [CChar](repeating: 0, count: Self.longestPath + 1)
        let length = unsafe readlink(
            path.map(CChar.init(bitPattern:)) + [0], &buffer, buffer.count)
        guard length >= 0 else { throw fail(path, reason()) }
        return buffer[..<length].map { UInt8(bitPattern: $0) }
    }

    /// What the file had when it was looked at; one that becomes shorter meanwhile is refused.
    private func addContents(_ path: [UInt8], _ place: [UInt8], _ status: stat) throws {
        let descriptor = unsafe open(path.map(CChar.init(bitPattern:)) + [0], O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fail(path, "can't be read: \(reason())") }
        defer { close(descriptor) }
        guard status.st_size < Self.largest else {
            throw fail(path, "is larger than a machine's memory can hold, 3 GiB")
        }
        try writer.begin(
            file: place, mode: UInt32(status.st_mode), size: status.st_size, time: status.st_mtim)
        var left = status.st_size
        var piece = [UInt8](repeating: 0, count: min(left, Self.pieceSize))
        while left > 0 {
            let count = unsafe read(descriptor, &piece, min(left, piece.count))
            guard count > 0 else {
                throw fail(path, count < 0 ? "can't be read: \(reason())" : "has become shorter")
            }
            try writer.add(Array(piece[..<count]))
            left -= count
        }
        try writer.fill()
    }
}
