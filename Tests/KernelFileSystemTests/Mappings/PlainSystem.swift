import KernelFileSystem
import KernelSupport

/// A file system with one file, which reads and writes as many bytes at a time as it
/// likes, and fails when it is told to.
final class PlainSystem: MountedSystem {
    let file = Inode(kind: .regular, index: 3, generation: 1)
    var bytes: [UInt8] = []
    var opens = (reading: 0, writing: 0)
    var generator: SeededGenerator
    /// Calls until one fails; `nil`: none does.
    var failsAfter: Int? = nil

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    var root: Inode { Inode(kind: .directory, index: 0, generation: 0) }

    private func call() throws(Errno) {
        guard let left = failsAfter else { return }
        guard left > 0 else {
            failsAfter = nil
            throw .inputOutputError
        }
        failsAfter = left - 1
    }

    func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode { throw .noSuchFileOrDirectory }
    func parent(of directory: Inode) throws(Errno) -> Inode { root }
    func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode { root }
    func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {}
    func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) { throw .invalidArgument }
    func status() throws(Errno) -> SystemStatus { SystemStatus(kind: 1) }

    func status(of inode: Inode) throws(Errno) -> InodeStatus {
        try call()
        var status = InodeStatus(inode)
        status.size = Int64(bytes.count)
        return status
    }

    func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {
        try call()
        if purpose == .writing { opens.writing += 1 } else { opens.reading += 1 }
    }

    /// Nobody says which of both is closed.
    var openCount: Int { opens.reading + opens.writing - closes }
    private var closes = 0

    func close(_ inode: Inode) throws(Errno) { closes += 1 }

    func read(_ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan) throws(Errno) -> Int { 0 }

    func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        try call()
        var done = 0
        while done < count, Int(offset) + done < bytes.count {
            let start = Int(offset) + done
            let size = min(Int.random(in: 1...9000, using: &generator), min(count - done, bytes.count - start))
            let taken = Array(bytes[start..<start + size]).withUnsafeBytes { body($0.bytes) }
            done += taken
            if taken < size { break }
        }
        return done
    }

    func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        let start = Int(offset ?? Int64(bytes.count))
        var taken: [UInt8] = []
        while taken.count < count {
            var piece = [UInt8](
                repeating: 0xEE, count: min(Int.random(in: 1...9000, using: &generator), count - taken.count))
            let filled = piece.withUnsafeMutableBytes { piece in
                var span = piece.mutableBytes
                return body(&span)
            }
            taken += piece[..<filled]
            if filled < piece.count { break }
        }
        // What was taken may not all be written.
        do throws(Errno) { try call() } catch {
            taken.removeLast(Int.random(in: 0...taken.count, using: &generator))
            if taken.isEmpty { throw error }
        }
        guard !taken.isEmpty else { return (0, Int64(start)) }
        let end = start + taken.count
        if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
        bytes.replaceSubrange(start..<end, with: taken)
        return (taken.count, Int64(end))
    }

    func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        try call()
        if Int(size) < bytes.count {
            bytes.removeLast(bytes.count - Int(size))
        } else {
            bytes += [UInt8](repeating: 0, count: Int(size) - bytes.count)
        }
    }

    func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        try call()
        if Int(offset + count) > bytes.count {
            bytes += [UInt8](repeating: 0, count: Int(offset + count) - bytes.count)
        }
    }

    func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        try call()
        return data ? offset : Int64(bytes.count)
    }
}

/// A lock for one thread.
final class PlainLock: WaitingLock {
    private(set) var isHeld = false

    func withLock<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        precondition(!isHeld)
        isHeld = true
        defer { isHeld = false }
        return try body()
    }

    func rest() { preconditionFailure("nobody else changes anything") }
}
