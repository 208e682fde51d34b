import CHermit
import KernelFileSystem
import KernelFiles
import KernelMain
import KernelStreams
import KernelSupport

// hermit/paths.h.

@c @implementation
public func sys_openat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ flags: Int32, _ mode: hermit_mode_t
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return result { () throws(Errno) in try open(base(fd), text, flags, mode) }
}

@c @implementation
public func sys_mkdirat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in try Files.makeDirectory(base(fd), text, mode: mode) }
}

@c @implementation
public func sys_unlinkat(_ fd: Int32, _ path: UnsafePointer<CChar>!, _ flags: Int32) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_REMOVEDIR)
        if flags & HERMIT_AT_REMOVEDIR != 0 {
            try Files.removeDirectory(base(fd), text)
        } else {
            try Files.unlink(base(fd), text)
        }
    }
}

@c @implementation
public func sys_mknodat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t, _ device: UInt64
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        guard mode & UInt32(HERMIT_S_IFMT) != UInt32(HERMIT_S_IFDIR) else { throw .notPermitted }
        try Files.makeSpecial(base(fd), text, mode: mode, device: device)
    }
}

// MARK: - Names

@c @implementation
public func sys_rename(
    _ old_path: UnsafePointer<CChar>!, _ new_path: UnsafePointer<CChar>!
) -> Int32 {
    let (old, new) = unsafe (path(old_path), path(new_path))
    return done { () throws(Errno) in
        try Files.rename(.workingDirectory, old, .workingDirectory, new, .replacing)
    }
}

@c @implementation
public func sys_renameat2(
    _ old_fd: Int32, _ old_path: UnsafePointer<CChar>!, _ new_fd: Int32,
    _ new_path: UnsafePointer<CChar>!, _ flags: UInt32
) -> Int32 {
    let (old, new) = unsafe (path(old_path), path(new_path))
    return done { () throws(Errno) in
        let manner: RenameManner
        switch flags {
        case 0: manner = .replacing
        case UInt32(HERMIT_RENAME_NOREPLACE): manner = .keeping
        case UInt32(HERMIT_RENAME_EXCHANGE): manner = .exchanging
        default: throw .invalidArgument
        }
        try Files.rename(base(old_fd), old, base(new_fd), new, manner)
    }
}

@c @implementation
public func sys_link(
    _ old_path: UnsafePointer<CChar>!, _ new_path: UnsafePointer<CChar>!
) -> Int32 {
    let (old, new) = unsafe (path(old_path), path(new_path))
    return done { () throws(Errno) in
        try Files.link(.workingDirectory, old, .workingDirectory, new, follows: false)
    }
}

/// Whether a path is empty.
private func isEmpty(_ path: UnsafePointer<CChar>?) throws(Errno) -> Bool {
    try unsafe load(path, as: UInt8.self) == 0
}

@c @implementation
public func sys_linkat(
    _ old_fd: Int32, _ old_path: UnsafePointer<CChar>!, _ new_fd: Int32,
    _ new_path: UnsafePointer<CChar>!, _ flags: Int32
) -> Int32 {
    let (old, new) = unsafe (path(old_path), path(new_path))
    let first = unsafe UnsafePointer(old_path)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_SYMLINK_FOLLOW | HERMIT_AT_EMPTY_PATH)
        if flags & HERMIT_AT_EMPTY_PATH != 0, try unsafe isEmpty(first) {
            try Files.link(old_fd, base(new_fd), new)
        } else {
            try Files.link(
                base(old_fd), old, base(new_fd), new,
                follows: flags & HERMIT_AT_SYMLINK_FOLLOW != 0)
        }
    }
}

@c @implementation
public func sys_symlink(
    _ target: UnsafePointer<CChar>!, _ path: UnsafePointer<CChar>!
) -> Int32 {
    let (contents, text) = unsafe (KernelABI.path(target), KernelABI.path(path))
    return done { () throws(Errno) in
        try Files.makeLink(target: contents, .workingDirectory, text)
    }
}

@c @implementation
public func sys_symlinkat(
    _ target: UnsafePointer<CChar>!, _ fd: Int32, _ path: UnsafePointer<CChar>!
) -> Int32 {
    let (contents, text) = unsafe (KernelABI.path(target), KernelABI.path(path))
    return done { () throws(Errno) in try Files.makeLink(target: contents, base(fd), text) }
}

@c @implementation
public func sys_readlink(
    _ path: UnsafePointer<CChar>!, _ buffer: UnsafeMutablePointer<CChar>!, _ length: Int
) -> hermit_ssize_t {
    unsafe sys_readlinkat(HERMIT_AT_FDCWD, path, buffer, length)
}

@c @implementation
public func sys_readlinkat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ buffer: UnsafeMutablePointer<CChar>!, _ length: Int
) -> hermit_ssize_t {
    let text = unsafe KernelABI.path(path)
    let start = UnsafeRawPointer(buffer)
    return result { () throws(Errno) -> hermit_ssize_t in
        try Files.target(base(fd), text, to: try unsafe ApplicationBuffer(start, count: length))
    }
}

// MARK: - What is known

@c @implementation
public func sys_fstatat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_stat>!,
    _ flags: Int32
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    let first = unsafe UnsafePointer(path)
    return result { () throws(Errno) -> Int32 in
        try check(flags, HERMIT_AT_SYMLINK_NOFOLLOW | HERMIT_AT_EMPTY_PATH)
        if flags & HERMIT_AT_EMPTY_PATH != 0, fd != HERMIT_AT_FDCWD, try unsafe isEmpty(first) {
            return unsafe sys_fstat(fd, status)
        }
        try unsafe tellStatus(
            base(fd), text, follows: flags & HERMIT_AT_SYMLINK_NOFOLLOW == 0, to: status)
        return 0
    }
}

@c @implementation
public func sys_chmod(_ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t) -> Int32 {
    unsafe sys_fchmodat(HERMIT_AT_FDCWD, path, mode, 0)
}

@c @implementation
public func sys_fchmodat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t, _ flags: Int32
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_SYMLINK_NOFOLLOW)
        try Files.setMode(base(fd), text, mode, follows: flags == 0)
    }
}

/// A user's or group's number; all bits: it stays.
private func owner(_ number: UInt32) -> UInt32? { number == .max ? nil : number }

@c @implementation
public func sys_fchownat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ user: UInt32, _ group: UInt32, _ flags: Int32
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    let first = unsafe UnsafePointer(path)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_SYMLINK_NOFOLLOW | HERMIT_AT_EMPTY_PATH)
        if flags & HERMIT_AT_EMPTY_PATH != 0, fd != HERMIT_AT_FDCWD, try unsafe isEmpty(first) {
            try Files.setOwner(fd, user: owner(user), group: owner(group))
        } else {
            try Files.setOwner(
                base(fd), text, user: owner(user), group: owner(group),
                follows: flags & HERMIT_AT_SYMLINK_NOFOLLOW == 0)
        }
    }
}

@c @implementation
public func sys_fchown(_ fd: Int32, _ user: UInt32, _ group: UInt32) -> Int32 {
    done { () throws(Errno) in try Files.setOwner(fd, user: owner(user), group: owner(group)) }
}

/// What a `hermit_timespec` of `sys_utimensat` asks for.
///
/// - Throws: `EINVAL` where the nanoseconds are not valid.
private func change(_ time: hermit_timespec) throws(Errno) -> TimeChange {
    switch time.tv_nsec {
    case HERMIT_UTIME_NOW: return .now
    case HERMIT_UTIME_OMIT: return .keep
    case 0..<1_000_000_000:
        return .set(FileTime(seconds: time.tv_sec, nanoseconds: UInt32(time.tv_nsec)))
    default: throw .invalidArgument
    }
}

@c @implementation
public func sys_utimensat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ times: UnsafePointer<hermit_timespec>!,
    _ flags: Int32
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    let isNull = unsafe path == nil
    let source = unsafe UnsafePointer(times)
    return done { () throws(Errno) in
        try check(flags, HERMIT_AT_SYMLINK_NOFOLLOW)
        var (access, modification) = (TimeChange.now, TimeChange.now)
        if let source = unsafe source {
            var pair = (hermit_timespec(), hermit_timespec())
            try unsafe ApplicationBuffer(source, count: 2 * MemoryLayout<hermit_timespec>.size)
                .load(into: &pair)
            (access, modification) = (try change(pair.0), try change(pair.1))
        }
        if isNull {
            try Files.setTimes(fd, access: access, modification: modification)
        } else {
            try Files.setTimes(
                base(fd), text, access: access, modification: modification, follows: flags == 0)
        }
    }
}

extension hermit_statvfs {
    fileprivate init(_ known: SystemStatus, _ number: UInt64) {
        self.init()
        f_bsize = known.blockSize
        f_frsize = known.blockSize
        f_blocks = known.blocks
        f_bfree = known.freeBlocks
        f_bavail = known.freeBlocks
        f_files = known.files
        f_ffree = known.freeFiles
        f_favail = known.freeFiles
        f_fsid = number
        f_flag = known.isReadOnly ? UInt64(HERMIT_ST_RDONLY) : 0
        f_namemax = UInt64(HERMIT_NAME_MAX)
    }
}

@c @implementation
public func sys_statvfs(
    _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_statvfs>!
) -> Int32 {
    let text = unsafe KernelABI.path(path)
    return done { () throws(Errno) in
        let (known, number) = try Files.systemStatus(text)
        try unsafe store(hermit_statvfs(known, number), at: status)
    }
}

@c @implementation
public func sys_fstatvfs(
    _ fd: Int32, _ status: UnsafeMutablePointer<hermit_statvfs>!
) -> Int32 {
    done { () throws(Errno) in
        let (known, number) = try Files.systemStatus(fd)
        try unsafe store(hermit_statvfs(known, number), at: status)
    }
}

// MARK: - Storage

@c @implementation
public func sys_fsync(_ fd: Int32) -> Int32 {
    done { () throws(Errno) in try Files.synchronise(fd) }
}

@c @implementation
public func sys_fdatasync(_ fd: Int32) -> Int32 {
    done { () throws(Errno) in try Files.synchronise(fd) }
}

@c @implementation
public func sys_sync() -> Int32 {
    Files.synchroniseAll()
    return 0
}

@c @implementation
public func sys_syncfs(_ fd: Int32) -> Int32 {
    done { () throws(Errno) in _ = try Descriptors.flags(fd) }
}

@c @implementation
public func sys_fallocate(
    _ fd: Int32, _ flags: Int32, _ offset: Int64, _ size: Int64
) -> Int32 {
    done { () throws(Errno) in
        guard flags == 0 else { throw .notSupported }
        try Files.reserve(fd, offset, count: size)
    }
}
