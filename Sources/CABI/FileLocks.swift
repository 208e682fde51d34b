import CHermit
import KernelFileSystem
import KernelFiles
import KernelMain
import KernelSupport

// hermit/filelocks.h.

@c @implementation
public func sys_flock(_ fd: Int32, _ operation: Int32) -> Int32 {
    done { () throws(Errno) in
        let wish: FileLocks.Wish
        switch operation & ~HERMIT_LOCK_NB {
        case HERMIT_LOCK_SH: wish = .shared
        case HERMIT_LOCK_EX: wish = .exclusive
        case HERMIT_LOCK_UN: wish = .none
        default: throw .invalidArgument
        }
        try FileLocks.lockWhole(fd, wish, waits: operation & HERMIT_LOCK_NB == 0)
    }
}

/// What a `hermit_flock`'s type asks for.
private func wish(_ type: Int16) throws(Errno) -> FileLocks.Wish {
    switch Int32(type) {
    case HERMIT_F_RDLCK: return .shared
    case HERMIT_F_WRLCK: return .exclusive
    case HERMIT_F_UNLCK: return .none
    default: throw .invalidArgument
    }
}

extension hermit_flock {
    /// A lock that is in the way.
    fileprivate init(_ lock: FileLock) {
        self.init()
        l_type = Int16(lock.isExclusive ? HERMIT_F_WRLCK : HERMIT_F_RDLCK)
        l_whence = Int16(HERMIT_SEEK_SET)
        l_start = lock.range.first
        l_len = lock.range.last == .max ? 0 : lock.range.last - lock.range.first + 1
        // The program is the process, whose number is 1.
        l_pid = lock.owner == .program ? 1 : -1
    }
}

@c @implementation
public func sys_file_lock(
    _ fd: Int32, _ request: Int32, _ lock: UnsafeMutablePointer<hermit_flock>!
) -> Int32 {
    let pointer = UnsafeMutablePointer(lock)
    return done { () throws(Errno) in
        var wanted = hermit_flock()
        try unsafe ApplicationBuffer(pointer, count: MemoryLayout<hermit_flock>.size).load(into: &wanted)
        let isProgram = request < HERMIT_F_OFD_GETLK
        guard isProgram || wanted.l_pid == 0 else { throw .invalidArgument }
        let wish = try wish(wanted.l_type)
        let range = try RangeRequest(
            whence: Int32(wanted.l_whence), start: wanted.l_start, count: wanted.l_len)
        switch request {
        case HERMIT_F_GETLK, HERMIT_F_OFD_GETLK:
            if let other = try FileLocks.conflict(fd, wish, isProgram: isProgram, range) {
                wanted = hermit_flock(other)
            } else {
                wanted.l_type = Int16(HERMIT_F_UNLCK)
            }
            try unsafe store(wanted, at: pointer)
        case HERMIT_F_SETLK, HERMIT_F_OFD_SETLK:
            try FileLocks.lock(fd, wish, isProgram: isProgram, range, waits: false)
        case HERMIT_F_SETLKW, HERMIT_F_OFD_SETLKW:
            try FileLocks.lock(fd, wish, isProgram: isProgram, range, waits: true)
        default: throw .invalidArgument
        }
    }
}
