import KernelSupport
import Synchronization

/// A mounted file system whose files can be seen in memory.
///
/// Pages of files that are mapped are held by a file in memory, one for each; it is read when
/// they are mapped, as a page that is touched can't wait for a device. What is written to such
/// a file goes to the file system and to those pages, and what is read of them comes from
/// there. What is written to memory goes to the file system with `writeBack`, `synchronise`,
/// `synchroniseAll` and the last `unmap`. What others do to the file shows when it is mapped
/// again.
///
/// Without a mapped file, everything goes to the file system below at once.
public final class MappableSystem<Files: FileSystems, Lock: WaitingLock>: MountedSystem, @unchecked Sendable {
    let system: any MountedSystem
    let files: Files
    /// Held while a file's pages are made what the file is, or both are changed.
    let lock: Lock
    /// The names' lock guards it.
    var mapped: [MappedFile] = []
    /// How many there are.
    let mappedCount = Atomic<Int>(0)
    /// Who changes a file that was not mapped when they began, by its number. The names' lock
    /// guards it.
    var changers: InlineArray<64, Int> = InlineArray(repeating: 0)

    /// - Parameter files: Where pages are held, and whose names' lock is used.
    public init(_ system: any MountedSystem, _ files: Files, _ lock: Lock) {
        self.system = system
        self.files = files
        self.lock = lock
    }

    static func slot(of inode: Inode) -> Int { Int(inode.number >> 4 & 63) }

    static var pageSize: Int64 { Int64(PageTree.pageSize) }

    // MARK: - Contents

    public func read(
        _ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan
    ) throws(Errno) -> Int { throw .inputOutputError }

    public func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        guard let file = keep(inode) else { return try system.read(inode, at: offset, count: count, body) }
        defer { drop(file) }
        guard offset >= 0 else { return 0 }
        let count = Int(min(Int64(count), Int64.max - offset))
        var done = 0
        do throws(Errno) {
            while done < count {
                let position = offset + Int64(done)
                let (isCovered, wanted) = try part(of: file, at: position, count: count - done)
                let taken = isCovered
                    ? try readCovered(file, at: position, count: wanted, body)
                    : try system.read(inode, at: position, count: wanted, body)
                done += taken
                if taken < wanted { break }
            }
        } catch {
            guard done > 0 else { throw error }
        }
        return done
    }

    /// How many bytes from a place on are all covered, or are all not.
    private func part(
        of file: MappedFile, at position: Int64, count: Int
    ) throws(Errno) -> (isCovered: Bool, count: Int) {
        let (isCovered, end) = try files.withNames { (_, _) in
            file.coverage(at: UInt64(position / Self.pageSize))
        }
        guard end < UInt64(Int64.max / Self.pageSize) else { return (isCovered, count) }
        return (isCovered, Int(min(Int64(count), Int64(end) * Self.pageSize - position)))
    }

    /// Bytes that are copied with a lock held.
    private static var piece: Int { 16_384 }

    private func readCovered(
        _ file: MappedFile, at position: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        var done = 0
        while done < count {
            let wanted = min(count - done, Self.piece)
            let taken = try files.withData(file.data) { (data, store) throws(Errno) in
                data.read(at: position + Int64(done), count: wanted, store, body)
            }
            done += taken
            if taken < wanted { break }
        }
        return done
    }

    public func write(
        _ inode: Inode, at offset: Int64, from bytes: RawSpan
    ) throws(Errno) -> Int { throw .inputOutputError }

    public func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        try changing(inode) { (file) throws(Errno) in
            guard let file else { return try system.write(inode, at: offset, count: count, body) }
            let start: Int64
            if let offset { start = offset } else { start = try system.status(of: inode).size }
            // Where what was taken ends, and what may have come to the pages.
            var (position, end) = (start, start)
            var isFull = false
            do throws(Errno) {
                let written = try system.write(inode, at: start, count: count) { bytes in
                    let filled = body(&bytes)
                    end = position + Int64(filled)
                    guard update(file, at: position, bytes.bytes.extracting(0..<filled)) else {
                        isFull = true
                        return 0
                    }
                    position += Int64(filled)
                    return filled
                }
                if isFull && written.count == 0 { throw .noSpace }
                try extend(file, to: written.end)
                // What was taken and is not in the file is not in its pages either.
                if written.end < end { repair(file, written.end..<end) }
                return written
            } catch {
                repair(file, start..<end)
                throw error
            }
        }
    }

    public func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        try changing(inode) { (file) throws(Errno) in
            try system.truncate(inode, to: size, now: now)
            if let file { try files.truncate(file.data, to: size) }
        }
    }

    public func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        try changing(inode) { (file) throws(Errno) in
            try system.reserve(inode, offset, count: count)
            if let file { try extend(file, to: system.status(of: inode).size) }
        }
    }

    public func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        try writeBack(inode, pages: 0..<UInt64.max)
        return try system.seek(inode, offset, data: data)
    }

    public func synchronise(_ inode: Inode) throws(Errno) {
        try writeBack(inode, pages: 0..<UInt64.max)
        try system.synchronise(inode)
    }

    public func synchroniseAll() throws(Errno) {
        var failure: Errno? = nil
        if mappedCount.load(ordering: .acquiring) > 0 {
            for file in try files.withNames({ (_, _) in mapped }) {
                do throws(Errno) { try writeBack(file.inode, pages: 0..<UInt64.max) } catch { failure = error }
            }
        }
        try system.synchroniseAll()
        if let failure { throw failure }
    }
}
