import KernelSupport

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
    /// Runs `body` with the first entry at a position or behind it; `false` at the end.
    func entry(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Void
    ) throws(Errno) -> Bool
    func status(of inode: Inode) throws(Errno) -> InodeStatus
    /// Runs `body` with a symbolic link's contents.
    func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno)
    func status() throws(Errno) -> SystemStatus

    // MARK: Changing

    func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
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

    /// Keeps a file. Every `open` is ended by a `close`.
    func open(_ inode: Inode) throws(Errno)
    func close(_ inode: Inode)
    /// Reads from a place in a file; 0: the end.
    func read(_ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan) throws(Errno) -> Int
    /// Whether what a file holds is made when it is read, and may differ from read to read.
    func isMadeWhenRead(_ inode: Inode) -> Bool
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
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
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
    public func open(_ inode: Inode) throws(Errno) {}
    public func close(_ inode: Inode) {}
    public func isMadeWhenRead(_ inode: Inode) -> Bool { false }
    public func descriptor(of inode: Inode) -> UInt32? { nil }
    public func terminal(of inode: Inode) -> UInt64? { nil }
    public func disk(of inode: Inode) -> Int? { nil }
    public func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int {
        throw .badFileDescriptor
    }
}
