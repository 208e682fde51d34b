import KernelSupport

/// What an open file is for.
public enum OpenPurpose: Equatable, Sendable, BitwiseCopyable {
    /// It is to stay: a working directory, a mapping.
    case keeping
    case reading
    /// Be it for reading, too.
    case writing
}

/// A file system beside the one in memory.
///
/// No lock is held while it is called, so that it may wait. What it can't do it
/// need not define: those functions fail with `EROFS`, or as if there were nothing.
public protocol MountedSystem: AnyObject {
    var root: Inode { get }

    // MARK: Looking

    /// - Throws: `ENOENT`, `ENOTDIR`.
    func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode
    /// The directory that a directory is in; the root's is itself.
    func parent(of directory: Inode) throws(Errno) -> Inode
    /// Runs `body` with a directory's name; the root has none. Gives the directory that it is in.
    func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode
    /// Runs `body` with the entries at a position and behind it, in order, until the last
    /// one or until it says that it has not taken one.
    func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno)
    func status(of inode: Inode) throws(Errno) -> InodeStatus
    /// Runs `body` with a symbolic link's contents.
    func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno)
    func status() throws(Errno) -> SystemStatus

    // MARK: Changing

    /// - Parameter opens: `nil`: the file is made only; else it is open, too, in one go.
    /// - Throws: `EEXIST`.
    func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode
    func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
    ) throws(Errno) -> Inode
    func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode
    func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64,
        _ new: NewFile
    ) throws(Errno) -> Inode
    func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno)
    func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno)
    func removeDirectory(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno)
    func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno)
    func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno)
    func setOwner(user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime) throws(Errno)
    func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno)
    func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno)

    // MARK: Files

    /// Keeps a file, to be used for a purpose. Every `open` is ended by a `close`.
    func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno)
    /// - Throws: What has gone wrong with what was written; the file is closed.
    func close(_ inode: Inode) throws(Errno)
    /// Reads from a place in a file; 0: the end.
    func read(_ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan) throws(Errno) -> Int
    /// Reads up to the file's end, from memory of the file system's own.
    ///
    /// - Parameter body: Takes bytes, and says how many; fewer than all end the reading.
    /// - Returns: How many bytes were taken.
    func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int
    /// Writes, to memory of the file system's own first.
    ///
    /// - Parameters:
    ///   - offset: `nil`: the file's end.
    ///   - body: Fills bytes, and says how many; fewer than all end the writing.
    /// - Returns: How many bytes were filled, and where the last one ends.
    func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64)
    /// The first place from `offset` on that holds data, or none (`SEEK_DATA`, `SEEK_HOLE`).
    func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64
    /// Has a range of a file be there (`posix_fallocate`).
    func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno)
    /// What was written to a file lasts.
    func synchronise(_ inode: Inode) throws(Errno)
    /// Has pages of a regular file in memory, until `unmap`; the file is kept.
    ///
    /// - Parameters:
    ///   - pages: More may come to it. What of them the file has is there.
    ///   - writes: They may be written to, and what is written is the file's.
    /// - Returns: A file in memory that holds them, and knows which were written to.
    /// - Throws: `ENODEV`: there is no such thing here; `ENOMEM`.
    func map(_ inode: Inode, pages: Range<UInt64>, writes: Bool) throws(Errno) -> OpenData
    /// Ends one `map`. What was written lasts as what is written by `write`.
    func unmap(_ inode: Inode) throws(Errno)
    /// What was written to a file's pages in memory is written to the file (`msync`).
    func writeBack(_ inode: Inode, pages: Range<UInt64>) throws(Errno)
    /// The same of all that was changed (`sync`).
    func synchroniseAll() throws(Errno)
    /// Whether what a file holds is made when it is read, and may differ from read to read.
    func isMadeWhenRead(_ inode: Inode) -> Bool
    /// Whether that is lines, each of which is made when it is read (`LineReader`).
    func hasLines(_ inode: Inode) -> Bool
    /// Writes the next line of such a file, and sets the place behind it; `false`: there is none.
    func nextLine(of inode: Inode, _ place: inout ListPlace, _ text: inout TextWindow) -> Bool
    /// The descriptor that a file stands for: whoever opens the file duplicates it.
    func descriptor(of inode: Inode) -> UInt32?
    /// The number of the terminal that a file stands for, 0 the program's own, 1 the
    /// console: whoever opens it opens that.
    func terminal(of inode: Inode) -> UInt64?
    /// The number of the disk that a file stands for: whoever opens it opens that.
    func disk(of inode: Inode) -> Int?
    /// Writes to a place in a file.
    func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int
}

extension MountedSystem {
    public func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode { throw .readOnlyFileSystem }
    public func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
    ) throws(Errno) -> Inode { throw .readOnlyFileSystem }
    public func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode { throw .readOnlyFileSystem }
    public func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64,
        _ new: NewFile
    ) throws(Errno) -> Inode { throw .readOnlyFileSystem }
    public func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) { throw .readOnlyFileSystem }
    public func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        throw .readOnlyFileSystem
    }
    public func removeDirectory(
        _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) { throw .readOnlyFileSystem }
    public func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno) { throw .readOnlyFileSystem }
    public func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        throw .readOnlyFileSystem
    }
    public func setOwner(
        user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime
    ) throws(Errno) { throw .readOnlyFileSystem }
    public func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) { throw .readOnlyFileSystem }
    public func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        throw .invalidArgument
    }
    public func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {}
    public func close(_ inode: Inode) throws(Errno) {}
    public func read(
        _ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int
    ) throws(Errno) -> Int {
        var piece = InlineArray<512, UInt8>(repeating: 0)
        var done = 0
        while done < count {
            let size = min(piece.count, count - done)
            let given: Int
            do throws(Errno) {
                given = try piece.withMutableBytes { (bytes) throws(Errno) in
                    var part = bytes._mutatingExtracting(0..<size)
                    return try read(inode, at: offset + Int64(done), to: &part)
                }
            } catch {
                if done > 0 { break }
                throw error
            }
            let taken = piece.withBytes(0..<given, body)
            done += taken
            if given < size || taken < given { break }
        }
        return done
    }
    public func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        var piece = InlineArray<512, UInt8>(repeating: 0)
        let start = offset ?? 0
        var done = 0
        while done < count {
            let size = min(piece.count, count - done)
            let filled = piece.withMutableBytes { (bytes) in
                var part = bytes._mutatingExtracting(0..<size)
                return body(&part)
            }
            guard filled > 0 else { break }
            let written: Int
            do throws(Errno) {
                written = try piece.withBytes(0..<filled) { (bytes) throws(Errno) in
                    try write(inode, at: start + Int64(done), from: bytes)
                }
            } catch {
                if done > 0 { break }
                throw error
            }
            done += written
            if written < size { break }
        }
        return (done, start + Int64(done))
    }
    public func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        throw .invalidArgument
    }
    public func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        throw .operationNotSupportedByDevice
    }
    public func synchronise(_ inode: Inode) throws(Errno) {}
    public func map(_ inode: Inode, pages: Range<UInt64>, writes: Bool) throws(Errno) -> OpenData {
        throw .operationNotSupportedByDevice
    }
    public func unmap(_ inode: Inode) throws(Errno) {}
    public func writeBack(_ inode: Inode, pages: Range<UInt64>) throws(Errno) {}
    public func synchroniseAll() throws(Errno) {}
    public func isMadeWhenRead(_ inode: Inode) -> Bool { false }
    public func hasLines(_ inode: Inode) -> Bool { false }
    public func nextLine(of inode: Inode, _ place: inout ListPlace, _ text: inout TextWindow) -> Bool { false }
    public func descriptor(of inode: Inode) -> UInt32? { nil }
    public func terminal(of inode: Inode) -> UInt64? { nil }
    public func disk(of inode: Inode) -> Int? { nil }
    public func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int {
        throw .badFileDescriptor
    }
}
