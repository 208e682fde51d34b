import CHermit
import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport

// hermit/files.h and hermit/descriptors.h: what holds for every descriptor.

// MARK: - Duplicates and flags

@c @implementation
public func sys_dup(_ fd: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in try Descriptors.duplicate(fd) }
}

@c @implementation
public func sys_dup2(_ fd: Int32, _ new_fd: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Descriptors.duplicate(fd, to: new_fd, closesOnExec: false)
    }
}

@c @implementation
public func sys_dup3(_ fd: Int32, _ new_fd: Int32, _ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard flags & ~HERMIT_O_CLOEXEC == 0, fd != new_fd else { throw .invalidArgument }
        return try Descriptors.duplicate(fd, to: new_fd, closesOnExec: flags != 0)
    }
}

@c @implementation
public func sys_fcntl(_ fd: Int32, _ request: Int32, _ argument: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        switch request {
        case HERMIT_F_DUPFD:
            return try Descriptors.duplicate(fd, from: argument)
        case HERMIT_F_DUPFD_CLOEXEC:
            return try Descriptors.duplicate(fd, from: argument, closesOnExec: true)
        case HERMIT_F_GETFD:
            return try Descriptors.closesOnExec(fd) ? HERMIT_FD_CLOEXEC : 0
        case HERMIT_F_SETFD:
            try Descriptors.setClosesOnExec(fd, argument & HERMIT_FD_CLOEXEC != 0)
            return 0
        case HERMIT_F_GETFL:
            return numbers(of: try Descriptors.flags(fd))
        case HERMIT_F_SETFL:
            var flags: OpenFlags = []
            if argument & HERMIT_O_NONBLOCK != 0 { flags.insert(.nonBlocking) }
            if argument & HERMIT_O_APPEND != 0 { flags.insert(.append) }
            try Descriptors.setFlags(fd, flags)
            return 0
        default:
            _ = try Descriptors.flags(fd)
            throw .invalidArgument
        }
    }
}

/// Flags as the header's numbers.
private func numbers(of flags: OpenFlags) -> Int32 {
    var numbers = HERMIT_O_RDONLY
    if flags.contains(.write) { numbers = flags.contains(.read) ? HERMIT_O_RDWR : HERMIT_O_WRONLY }
    if flags.contains(.nonBlocking) { numbers |= HERMIT_O_NONBLOCK }
    if flags.contains(.append) { numbers |= HERMIT_O_APPEND }
    if flags.contains(.dataLasts) { numbers |= HERMIT_O_DSYNC }
    if flags.contains(.lasts) { numbers |= HERMIT_O_SYNC }
    return numbers
}

@c @implementation
public func sys_ioctl(
    _ fd: Int32, _ request: Int32, _ argument: UnsafeMutableRawPointer!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let number = UInt32(bitPattern: request)
        guard number != UInt32(HERMIT_FIONBIO) else {
            _ = try Descriptors.flags(fd)
            let isOn = try unsafe load(argument, as: Int32.self) != 0
            try Descriptors.setFlags(fd, isOn ? .nonBlocking : [], mask: .nonBlocking)
            return 0
        }
        if let request = TerminalRequest(rawValue: number) {
            try Descriptors.control(
                fd, request, unsafe address(argument), process: KernelServices.taskIdentifier)
            return 0
        }
        return Int32(try Descriptors.control(fd, number, unsafe address(argument)))
    }
}

// MARK: - Positions

@inline(never)
private func moveAt(
    _ fd: Int32, _ offset: Int64, isRead: Bool, _ transfer: () throws(Errno) -> Transfer
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.move(fd, isRead: isRead, at: Int(offset), transfer)
    }
}

@c @implementation
public func sys_pread(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ offset: Int64
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    let moved = Descriptors.moveShort(fd, isRead: true, start, length, at: Int(offset))
    if moved >= 0 { return moved }
    return moveAt(fd, offset, isRead: true) { () throws(Errno) in
        try Transfer(start, count: length)
    }
}

@c @implementation
public func sys_pwrite(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ offset: Int64
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    let moved = Descriptors.moveShort(fd, isRead: false, start, length, at: Int(offset))
    if moved >= 0 { return moved }
    return moveAt(fd, offset, isRead: false) { () throws(Errno) in
        try Transfer(start, count: length)
    }
}

@c @implementation
public func sys_preadv(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int, _ offset: Int64
) -> hermit_ssize_t {
    let start = unsafe address(parts)
    return moveAt(fd, offset, isRead: true) { () throws(Errno) in
        try Transfer(parts: start, count: count)
    }
}

@c @implementation
public func sys_pwritev(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int, _ offset: Int64
) -> hermit_ssize_t {
    let start = unsafe address(parts)
    return moveAt(fd, offset, isRead: false) { () throws(Errno) in
        try Transfer(parts: start, count: count)
    }
}

// MARK: - Pipes and events

private func makePipe(_ fds: UnsafeMutablePointer<Int32>?, _ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard flags & ~(HERMIT_O_NONBLOCK | HERMIT_O_CLOEXEC) == 0 else { throw .invalidArgument }
        let pipe = try Descriptors.makePipe(
            isNonBlocking: flags & HERMIT_O_NONBLOCK != 0,
            closesOnExec: flags & HERMIT_O_CLOEXEC != 0)
        return try unsafe hand(pipe.read, pipe.write, to: fds)
    }
}

/// Hands two new descriptors to the application, or closes them.
func hand(
    _ first: Int32, _ second: Int32, to fds: UnsafeMutablePointer<Int32>?
) throws(Errno) -> Int32 {
    do throws(Errno) {
        try unsafe store((first, second), at: fds)
        return 0
    } catch {
        try? Descriptors.close(first)
        try? Descriptors.close(second)
        throw error
    }
}

@c @implementation
public func sys_pipe(_ fds: UnsafeMutablePointer<Int32>!) -> Int32 { unsafe makePipe(fds, 0) }

@c @implementation
public func sys_pipe2(_ fds: UnsafeMutablePointer<Int32>!, _ flags: Int32) -> Int32 {
    unsafe makePipe(fds, flags)
}

@c @implementation
public func sys_eventfd(_ initial: UInt64, _ flags: Int16) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let flags = Int32(flags)
        let all = HERMIT_EFD_SEMAPHORE | HERMIT_EFD_NONBLOCK | HERMIT_EFD_CLOEXEC
        guard flags & ~all == 0, initial <= EventCounter.largest else { throw .invalidArgument }
        return try Descriptors.makeCounter(
            initial, isSemaphore: flags & HERMIT_EFD_SEMAPHORE != 0,
            isNonBlocking: flags & HERMIT_EFD_NONBLOCK != 0,
            closesOnExec: flags & HERMIT_EFD_CLOEXEC != 0)
    }
}

// MARK: - Status

@c @implementation
public func sys_fstat(_ fd: Int32, _ status: UnsafeMutablePointer<hermit_stat>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        var known = FileStatus()
        if let table = DescriptorOperations.current {
            let outcome = unsafe withUnsafeMutablePointer(to: &known) { known in
                table.status(fd, UInt(bitPattern: known))
            }
            if outcome < 0 { return Int32(truncatingIfNeeded: outcome) }
        } else {
            known.number = UInt64(try StandardStream(fd).rawValue)
            KernelServices.fillConsoleStatus(&known)
        }
        try unsafe ApplicationBuffer(status, count: MemoryLayout<FileStatus>.size).store(from: &known)
        return 0
    }
}

// MARK: - Limits

@c @implementation
public func sys_getrlimit(
    _ resource: Int32, _ limit: UnsafeMutablePointer<hermit_rlimit>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard resource == HERMIT_RLIMIT_NOFILE else { throw .invalidArgument }
        let (soft, hard) = Descriptors.limit
        try unsafe store(
            hermit_rlimit(rlim_cur: UInt64(soft), rlim_max: UInt64(hard)), at: limit)
        return 0
    }
}

@c @implementation
public func sys_setrlimit(_ resource: Int32, _ limit: UnsafePointer<hermit_rlimit>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard resource == HERMIT_RLIMIT_NOFILE else { throw .invalidArgument }
        var wanted = hermit_rlimit()
        try unsafe ApplicationBuffer(limit, count: MemoryLayout<hermit_rlimit>.size)
            .load(into: &wanted)
        guard wanted.rlim_cur <= wanted.rlim_max else { throw .invalidArgument }
        try Descriptors.setLimit(
            Int(clamping: wanted.rlim_cur), hard: Int(clamping: wanted.rlim_max))
        return 0
    }
}
