import CHermit
import KernelDescriptors
import KernelFileSystem
import KernelFiles
import KernelMain
import KernelSupport

// hermit/files.h: paths.

func path(_ text: UnsafePointer<CChar>?) -> PathArgument { unsafe PathArgument(address(text)) }

/// Where a path starts, by the descriptor in front of it.
func base(_ descriptor: Int32) -> PathBase {
    descriptor == HERMIT_AT_FDCWD ? .workingDirectory : .descriptor(descriptor)
}

/// The end of a function that has nothing to tell.
func done(_ body: () throws(Errno) -> Void) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try body()
        return 0
    }
}

/// - Throws: `EINVAL` where there are others among `flags`.
func check(_ flags: Int32, _ allowed: Int32) throws(Errno) {
    guard flags & ~allowed == 0 else { throw .invalidArgument }
}

/// Opens a file; what is not known among the flags is passed over, as ever.
@inline(__always)
func open(
    _ base: PathBase, _ path: PathArgument, _ flags: Int32, _ mode: hermit_mode_t
) throws(Errno) -> Int32 {
    let direction = flags & HERMIT_O_ACCMODE
    guard direction != HERMIT_O_ACCMODE else { throw .invalidArgument }
    // One after the other and without a branch: O_RDONLY, O_WRONLY and O_RDWR are numbers.
    var access = OpenFlags(rawValue: UInt8(truncatingIfNeeded: direction &+ 1))
    access.formUnion(flags & HERMIT_O_APPEND != 0 ? .append : [])
    access.formUnion(flags & HERMIT_O_NONBLOCK != 0 ? .nonBlocking : [])
    var request: OpenRequest = access.contains(.write) ? .write : []
    access.formUnion(flags & HERMIT_O_DSYNC != 0 ? .dataLasts : [])
    access.formUnion(flags & HERMIT_O_SYNC == HERMIT_O_SYNC ? .lasts : [])
    request.formUnion(flags & HERMIT_O_CREAT != 0 ? .create : [])
    request.formUnion(flags & HERMIT_O_EXCL != 0 ? .exclusive : [])
    request.formUnion(flags & HERMIT_O_TRUNC != 0 ? .truncate : [])
    request.formUnion(flags & HERMIT_O_NOFOLLOW != 0 ? .noFollow : [])
    let isDirectory = flags & HERMIT_O_DIRECTORY != 0
    let isUnnamed = flags & HERMIT_O_TMPFILE == HERMIT_O_TMPFILE
    request.formUnion(isUnnamed ? .unnamed : isDirectory ? .directory : [])
    return try Files.open(
        base, path, request, access: access, mode: mode, closesOnExec: flags & HERMIT_O_CLOEXEC != 0)
}

// MARK: - Files

@c @implementation
public func sys_open(
    _ path: UnsafePointer<CChar>!, _ flags: Int32, _ mode: hermit_mode_t
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return result { () throws(Errno) in try open(.workingDirectory, text, flags, mode) }
}

@c @implementation
public func sys_opendir(_ path: UnsafePointer<CChar>!) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return result { () throws(Errno) in
        try open(.workingDirectory, text, HERMIT_O_DIRECTORY | HERMIT_O_CLOEXEC, 0)
    }
}

@c @implementation
public func sys_unlink(_ path: UnsafePointer<CChar>!) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.unlink(.workingDirectory, text) }
}

@c @implementation
public func sys_rmdir(_ path: UnsafePointer<CChar>!) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.removeDirectory(.workingDirectory, text) }
}

@c @implementation
public func sys_mkdir(_ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.makeDirectory(.workingDirectory, text, mode: mode) }
}

/// Hands what is known of the file at a path's end to the application.
func tellStatus(
    _ base: PathBase, _ path: PathArgument, follows: Bool, to status: UnsafeMutablePointer<hermit_stat>?
) throws(Errno) {
    var known = FileStatus()
    try Files.status(base, path, follows: follows, &known)
    try unsafe ApplicationBuffer(status, count: MemoryLayout<FileStatus>.size).store(from: &known)
}

@c @implementation
public func sys_stat(
    _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_stat>!
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        try unsafe tellStatus(.workingDirectory, text, follows: true, to: status)
    }
}

@c @implementation
public func sys_lstat(
    _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_stat>!
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        try unsafe tellStatus(.workingDirectory, text, follows: false, to: status)
    }
}

@c @implementation
public func sys_truncate(_ path: UnsafePointer<CChar>!, _ size: Int) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.truncate(text, to: Int64(size)) }
}

@c @implementation
public func sys_ftruncate(_ fd: Int32, _ size: Int) -> Int32 {
    done { () throws(Errno) in try Files.truncate(fd, to: Int64(size)) }
}

/// - Throws: `EINVAL` where `mode` is none.
private func access(
    _ base: PathBase, _ path: PathArgument, _ mode: Int32, follows: Bool
) throws(Errno) {
    try check(mode, HERMIT_R_OK | HERMIT_W_OK | HERMIT_X_OK)
    try Files.access(
        base, path, read: mode & HERMIT_R_OK != 0, write: mode & HERMIT_W_OK != 0,
        execute: mode & HERMIT_X_OK != 0, follows: follows)
}

@c @implementation
public func sys_access(_ path: UnsafePointer<CChar>!, _ mode: Int32) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try access(.workingDirectory, text, mode, follows: true) }
}

@c @implementation
public func sys_faccessat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ mode: Int32, _ flags: Int32
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_SYMLINK_NOFOLLOW | HERMIT_AT_EACCESS)
        try access(base(fd), text, mode, follows: flags & HERMIT_AT_SYMLINK_NOFOLLOW == 0)
    }
}

@c @implementation
public func sys_fchmod(_ fd: Int32, _ mode: hermit_mode_t) -> Int32 {
    done { () throws(Errno) in try Files.setMode(fd, mode) }
}

@c @implementation
public func sys_umask(_ mask: UInt32) -> UInt32 {
    do throws(Errno) { return try Files.setMask(mask) } catch {
        setErrno(error)
        return 0
    }
}

// MARK: - Directories

@c @implementation
public func sys_chdir(_ path: UnsafePointer<CChar>!) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.changeDirectory(text) }
}

@c @implementation
public func sys_fchdir(_ fd: Int32) -> Int32 {
    done { () throws(Errno) in try Files.changeDirectory(fd) }
}

@c @implementation
public func sys_getcwd(
    _ buffer: UnsafeMutablePointer<CChar>!, _ length: Int
) -> UnsafePointer<CChar>! {
    do throws(Errno) {
        _ = try Files.workingDirectory(to: try unsafe ApplicationBuffer(buffer, count: length))
        return unsafe UnsafePointer(buffer)
    } catch {
        setErrno(error)
        return nil
    }
}

@c @implementation
public func sys_getdents64(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int
) -> Int64 {
    let start = unsafe address(buffer)
    return result { () throws(Errno) in Int64(try Files.entries(fd, to: start, count: length)) }
}
