import Foundation
import KernelSupport

@testable import KernelFileSystem

/// A disk in memory that remembers what was written since it was told to flush, and can
/// fail.
final class TestDisk: ExtendedHost {
    enum Event {
        case write(offset: Int, bytes: [UInt8])
        case flush
        /// Something of a test's own.
        case mark(Int)
    }

    var bytes: [UInt8]
    let source = TestSource()
    var isReadOnly = false
    /// What happened, where it is to be known.
    var events: [Event]? = nil
    var lines: [String] = []
    var problem: String? = nil
    var time: Int64 = 1_700_000_000_000_000_000
    /// By how much the clock goes on when it is read.
    var step: Int64 = 1000
    /// Transfers until one fails; `nil`: none does.
    var failsAfter: Int? = nil
    /// Whether all others fail, too.
    var staysBroken = true
    var reads = 0
    var bytesRead = 0
    var flushes = 0
    /// Where it was written to, where it is to be as before.
    var changed: [Range<Int>]? = nil

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var byteCount: UInt64 { UInt64(bytes.count) }
    var deviceBlockSize = 512
    var largestBlockSize = 65_536

    var now: FileTime {
        time += step
        return FileTime(nanosecondsSinceEpoch: time)
    }

    private func checkFailure() throws(Errno) {
        guard let left = failsAfter else { return }
        if left == 0 {
            if !staysBroken { failsAfter = nil }
            throw .inputOutputError
        }
        failsAfter = left - 1
    }

    private func check(_ offset: UInt64, _ count: Int) -> Bool {
        guard offset % 1024 == 0, count > 0, count % 1024 == 0, offset <= byteCount,
            UInt64(count) <= byteCount - offset
        else {
            problem = "\(count) bytes at \(offset)"
            return false
        }
        return true
    }

    func read(at offset: UInt64, count: Int, _ body: (RawSpan, Int) -> Void) throws(Errno) {
        guard check(offset, count) else { throw .invalidArgument }
        try checkFailure()
        reads += 1
        bytesRead += count
        bytes.withUnsafeBytes { all in
            // In two pieces, where that can be.
            let start = Int(offset)
            let first = count > 8192 ? 8192 : count
            body(UnsafeRawBufferPointer(rebasing: all[start..<start + first]).bytes, 0)
            if first < count { body(UnsafeRawBufferPointer(rebasing: all[start + first..<start + count]).bytes, first) }
        }
    }

    func write(at offset: UInt64, count: Int, _ body: (inout MutableRawSpan, Int) -> Void) throws(Errno) {
        guard check(offset, count), !isReadOnly else {
            problem = problem ?? "written to a disk that is read-only"
            throw .invalidArgument
        }
        try checkFailure()
        let start = Int(offset)
        bytes.withUnsafeMutableBytes { all in
            var part = UnsafeMutableRawBufferPointer(rebasing: all[start..<start + count]).mutableBytes
            body(&part, 0)
        }
        changed?.append(start..<start + count)
        events?.append(.write(offset: start, bytes: Array(bytes[start..<start + count])))
    }

    func flush() throws(Errno) {
        try checkFailure()
        flushes += 1
        events?.append(.flush)
    }

    /// Memory that was given back, by its size, where that is to be quick; and what was not.
    var pool: [Int: [MemoryBlock]]? = nil
    var pooledCount = 0

    func allocate(_ size: Int) -> MemoryBlock? {
        guard pool != nil else { return source.allocate(size) }
        pooledCount += 1
        return pool![size]?.popLast() ?? source.allocate(size)
    }

    func free(_ block: MemoryBlock) {
        guard pool != nil else { return source.free(block) }
        pooledCount -= 1
        pool![block.count, default: []].append(block)
    }

    deinit { for blocks in (pool ?? [:]).values { for block in blocks { source.free(block) } } }

    func report(_ words: StaticString) { lines.append("\(words)") }
}

/// The tools of e2fsprogs, and images that they make.
enum DiskTools {
    static func path(_ name: String) -> String? {
        ["/sbin/", "/usr/sbin/", "/usr/local/sbin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let areThere = path("mke2fs") != nil && path("e2fsck") != nil && path("debugfs") != nil

    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path(name) ?? name)
        process.arguments = arguments
        process.environment = ["MKE2FS_CONFIG": "/dev/null", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

/// A folder for images that goes with its owner.
final class DiskFolder {
    let path = NSTemporaryDirectory() + "/hermit-disk-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A new image.
    ///
    /// - Parameter size: In KiB.
    func make(_ arguments: [String], size: Int) throws -> [UInt8] {
        let file = path + "/made"
        try? FileManager.default.removeItem(atPath: file)
        let (status, output) = try DiskTools.run("mke2fs", ["-q", "-F"] + arguments + [file, "\(size)"])
        guard status == 0 else { throw DiskError(output) }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    func write(_ bytes: [UInt8]) throws -> String {
        let file = path + "/image"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    func read() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/image"))) }

    /// What `e2fsck -fn` has against an image; `nil`: nothing.
    func complaint(_ bytes: [UInt8]) throws -> String? {
        let (status, output) = try DiskTools.run("e2fsck", ["-fn", try write(bytes)])
        return status == 0 ? nil : "\(status): \(output)"
    }

    /// Repairs an image as a start of Linux does; `nil` and what it says where it can't.
    func repair(_ bytes: [UInt8]) throws -> (image: [UInt8]?, output: String) {
        let (status, output) = try DiskTools.run("e2fsck", ["-fp", try write(bytes)])
        return (status & ~1 == 0 ? try read() : nil, "\(status): \(output)")
    }

    func debug(_ bytes: [UInt8], _ command: String) throws -> String {
        try DiskTools.run("debugfs", ["-R", command, try write(bytes)]).output
    }
}

struct DiskError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension SeededGenerator {
    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes { all in
            var place = 0
            while place + 8 <= count {
                all.storeBytes(of: next(), toByteOffset: place, as: UInt64.self)
                place += 8
            }
            while place < count {
                all[place] = UInt8(truncatingIfNeeded: next())
                place += 1
            }
        }
        return bytes
    }
}

/// A disk that is mounted by itself, with paths of names.
struct MountedDisk {
    let disk: TestDisk
    let system: ExtendedSystem

    init(_ disk: TestDisk, isReadOnly: Bool = false, cachedBlocks: Int = 300) throws {
        self.disk = disk
        var options = ExtendedOptions()
        options.isReadOnly = isReadOnly
        options.cachedBlocks = cachedBlocks
        system = try ExtendedSystem(disk, options)
    }

    var new: NewFile { NewFile(mode: FileMode(0o644), now: disk.now) }

    func withName<Value>(
        _ name: String, _ body: (borrowing FileName) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let bytes = [UInt8](name.utf8)
        return try body(FileName(bytes.span.bytes)!)
    }

    func find(_ path: String) throws(Errno) -> Inode {
        var inode = system.root
        for part in path.split(separator: "/") {
            inode = try withName(String(part)) { (name) throws(Errno) in try system.lookUp(name, in: inode) }
        }
        return inode
    }

    /// A file, which is made where there is none.
    func file(_ path: String) throws(Errno) -> Inode {
        let parts = path.split(separator: "/").map(String.init)
        let parent = try find(parts.dropLast().joined(separator: "/"))
        return try withName(parts.last!) { (name) throws(Errno) in
            do throws(Errno) { return try system.lookUp(name, in: parent) } catch {
                guard error == .noSuchFileOrDirectory else { throw error }
                return try system.makeFile(name, in: parent, new, opens: nil)
            }
        }
    }

    @discardableResult
    func makeDirectory(_ path: String) throws(Errno) -> Inode {
        let parts = path.split(separator: "/").map(String.init)
        let parent = try find(parts.dropLast().joined(separator: "/"))
        return try withName(parts.last!) { (name) throws(Errno) in
            try system.makeDirectory(name, in: parent, NewFile(mode: FileMode(0o755), now: disk.now))
        }
    }

    func withEnd<Value>(
        _ path: String, _ body: (borrowing FileName, Inode) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let parts = path.split(separator: "/").map(String.init)
        let parent = try find(parts.dropLast().joined(separator: "/"))
        return try withName(parts.last!) { (name) throws(Errno) in try body(name, parent) }
    }

    func unlink(_ path: String) throws(Errno) {
        try withEnd(path) { (name, parent) throws(Errno) in try system.unlink(name, in: parent, now: disk.now) }
    }

    func rename(_ old: String, to new: String, _ manner: RenameManner = .replacing) throws(Errno) {
        try withEnd(old) { (name, parent) throws(Errno) in
            try withEnd(new) { (newName, newParent) throws(Errno) in
                try system.rename(name, in: parent, to: newName, in: newParent, manner, now: disk.now)
            }
        }
    }

    @discardableResult
    func write(_ inode: Inode, at offset: Int64?, _ bytes: [UInt8]) throws(Errno) -> Int {
        var position = 0
        return try system.write(inode, at: offset, count: bytes.count) { piece in
            let size = piece.byteCount
            _ = piece.copy(bytes.span.bytes, at: UInt64(position), count: UInt64(size), to: 0)
            position += size
            return size
        }.count
    }

    func read(_ inode: Inode, at offset: Int64 = 0, count: Int = .max) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        _ = try system.read(inode, at: offset, count: count) { piece in
            piece.withUnsafeBytes { bytes += $0 }
            return piece.byteCount
        }
        return bytes
    }

    func read(_ path: String) throws(Errno) -> [UInt8] { try read(try find(path)) }

    func names(_ path: String) throws(Errno) -> [String] {
        var names: [String] = []
        try system.entries(of: try find(path), from: 0) { _, name in
            names.append(name.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
            return true
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    /// What is left over after `unmount`.
    func leftover() -> String? {
        if let problem = disk.problem ?? disk.source.memory.problem { return problem }
        if disk.pool != nil { return disk.pooledCount == 0 ? nil : "\(disk.pooledCount) blocks of memory" }
        return disk.source.memory.blocks.isEmpty ? nil : "\(disk.source.memory.blocks.count) blocks of memory"
    }
}
