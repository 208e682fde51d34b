import Foundation
import Glibc

/// Writes a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"); what
/// ustar has no room for is in extended headers of pax.
///
/// Names are bytes, whatever they are. Everything belongs to the user 0.
final class TarWriter {
    /// What an entry is, and its letter in the header.
    enum Kind: UInt8 {
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case folder = 0x35
        fileprivate static let extended: UInt8 = 0x78
    }

    static let blockSize = 512
    /// What is written to the file at once.
    private static let pieceSize = 1 << 20

    private let path: String
    private let file: FileHandle
    private var pending: [UInt8] = []
    private(set) var size = 0

    /// - Throws: A `ToolError` where the file can't be made.
    init(path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw ToolError("\(path): can't be written") }
        self.file = file
    }

    /// Adds a file whose contents are there.
    func add(file name: [UInt8], mode: UInt32 = 0o644, time: timespec = timespec(), contents: [UInt8]) throws {
        try addHeader(name, .file, mode: mode, size: contents.count, time: time, target: [])
        try add(contents)
        try fill()
    }

    /// Adds a folder or a link, which have no contents.
    func add(
        _ kind: Kind, name: [UInt8], mode: UInt32, time: timespec, target: [UInt8] = []
    ) throws {
        try addHeader(name, kind, mode: mode, size: 0, time: time, target: target)
    }

    /// Adds a file of that size; its contents follow by `addContents`, and `fill`.
    func begin(file name: [UInt8], mode: UInt32, size: Int, time: timespec) throws {
        try addHeader(name, .file, mode: mode, size: size, time: time, target: [])
    }

    func add(_ bytes: [UInt8]) throws {
        pending += bytes
        size += bytes.count
        if pending.count >= Self.pieceSize { try flush() }
    }

    /// Fills up to a whole number of blocks.
    func fill() throws {
        let rest = size % Self.blockSize
        if rest != 0 { try add([UInt8](repeating: 0, count: Self.blockSize - rest)) }
    }

    /// Ends the archive and closes the file.
    func finish() throws {
        try add([UInt8](repeating: 0, count: 2 * Self.blockSize))
        try flush()
        try? file.close()
    }

    private func flush() throws {
        do {
            try file.write(contentsOf: Data(pending))
        } catch {
            throw ToolError("\(path): can't be written: is there room?")
        }
        pending.removeAll(keepingCapacity: true)
    }

    // MARK: - Headers

    private func addHeader(
        _ name: [UInt8], _ kind: Kind, mode: UInt32, size: Int, time: timespec, target: [UInt8]
    ) throws {
        var records: [UInt8] = []
        if name.count > 100 { records += Self.record("path", name) }
        if target.count > 100 { records += Self.record("linkpath", target) }
        if time.tv_nsec != 0, time.tv_sec >= 0 {
            let digits = String(time.tv_nsec)
            let fraction = String(repeating: "0", count: 9 - digits.count) + digits
            records += Self.record("mtime", Array("\(time.tv_sec).\(fraction)".utf8))
        }
        if !records.isEmpty {
            try add(
                Self.header(
                    Array("pax".utf8), Kind.extended, mode: 0o644, size: records.count, seconds: 0,
                    target: []))
            try add(records)
            try fill()
        }
        try add(
            Self.header(
                Array(name.prefix(100)), kind.rawValue, mode: mode, size: size,
                seconds: max(0, time.tv_sec), target: Array(target.prefix(100))))
    }

    private static func header(
        _ name: [UInt8], _ kind: UInt8, mode: UInt32, size: Int, seconds: Int, target: [UInt8]
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: blockSize)
        func put(_ bytes: [UInt8], at offset: Int) {
            header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        /// Octal digits and a zero.
        func put(_ number: Int, at offset: Int, digits: Int) {
            let text = String(number, radix: 8)
            put(Array((String(repeating: "0", count: digits - text.count) + text).utf8), at: offset)
        }
        put(name, at: 0)
        put(Int(mode & 0o7777), at: 100, digits: 7)
        put(0, at: 108, digits: 7)
        put(0, at: 116, digits: 7)
        put(size, at: 124, digits: 11)
        put(min(seconds, 0o77777777777), at: 136, digits: 11)
        put(Array("        ".utf8), at: 148)
        header[156] = kind
        put(target, at: 157)
        put(Array("ustar\u{0}00".utf8), at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(sum, at: 148, digits: 6)
        header[154] = 0
        return header
    }

    /// `LENGTH KEY=VALUE\n`; the length counts itself.
    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0A]
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length {
            length = String(length).utf8.count + rest.count
        }
        return Array(String(length).utf8) + rest
    }
}
