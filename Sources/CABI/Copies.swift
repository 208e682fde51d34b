import CHermit
import KernelDescriptors
import KernelFiles
import KernelMain
import KernelStreams
import KernelSupport

// hermit/copies.h.

// MARK: - Flags

/// Moves parts at a position, or where the descriptor is.
private func move(
    _ fd: Int32, _ parts: UInt64, _ count: Int, _ offset: Int64, _ flags: Int32, isRead: Bool
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        let known =
            HERMIT_RWF_HIPRI | HERMIT_RWF_DSYNC | HERMIT_RWF_SYNC | HERMIT_RWF_NOWAIT
            | (isRead ? 0 : HERMIT_RWF_APPEND)
        // What is open is told first.
        _ = try Descriptors.flags(fd)
        guard flags & ~known == 0 else { throw .notSupported }
        let appends = flags & HERMIT_RWF_APPEND != 0
        let moved: Int
        if offset == -1 {
            moved = try Descriptors.move(
                fd, isRead: isRead, appends: appends, waits: flags & HERMIT_RWF_NOWAIT == 0
            ) { () throws(Errno) in try Transfer(parts: parts, count: count) }
        } else {
            moved = try Descriptors.move(fd, isRead: isRead, at: Int(offset), appends: appends) {
                () throws(Errno) in try Transfer(parts: parts, count: count)
            }
        }
        if !isRead, moved > 0, flags & (HERMIT_RWF_DSYNC | HERMIT_RWF_SYNC) != 0 { try synchronise(fd) }
        return moved
    }
}

/// What was written lasts, where the descriptor's is what can last.
private func synchronise(_ fd: Int32) throws(Errno) {
    do throws(Errno) { try Files.synchronise(fd) } catch {
        guard error != .invalidArgument else { return }
        throw error
    }
}

@c @implementation
public func sys_preadv2(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int, _ offset: Int64, _ flags: Int32
) -> hermit_ssize_t { move(fd, unsafe address(parts), count, offset, flags, isRead: true) }

@c @implementation
public func sys_pwritev2(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int, _ offset: Int64, _ flags: Int32
) -> hermit_ssize_t { move(fd, unsafe address(parts), count, offset, flags, isRead: false) }

// MARK: - Copies

/// Where a copy begins: a number of the application's, or where the descriptor is.
private func place(_ offset: UnsafeMutablePointer<Int64>?) throws(Errno) -> CopyPlace {
    guard let offset = unsafe offset else { return .position }
    return .offset(try unsafe load(offset, as: Int64.self))
}

/// Tells the application how far a copy has come.
private func tell(
    _ place: CopyPlace, _ count: Int, at offset: UnsafeMutablePointer<Int64>?
) throws(Errno) {
    guard case .offset(let start) = place else { return }
    try unsafe store(start + Int64(count), at: offset)
}

@c @implementation
public func sys_sendfile(
    _ to: Int32, _ from: Int32, _ offset: UnsafeMutablePointer<Int64>!, _ length: Int
) -> hermit_ssize_t {
    let pointer = UnsafeMutablePointer(offset)
    return result { () throws(Errno) -> hermit_ssize_t in
        let start = try unsafe place(pointer)
        guard length >= 0 else { throw .invalidArgument }
        let count = try Descriptors.send(from, from: start, to: to, count: length)
        try unsafe tell(start, count, at: pointer)
        return count
    }
}

@c @implementation
public func sys_copy_file_range(
    _ from: Int32, _ from_offset: UnsafeMutablePointer<Int64>!, _ to: Int32,
    _ to_offset: UnsafeMutablePointer<Int64>!, _ length: Int, _ flags: UInt32
) -> hermit_ssize_t {
    let (first, second) = (UnsafeMutablePointer(from_offset), UnsafeMutablePointer(to_offset))
    return result { () throws(Errno) -> hermit_ssize_t in
        _ = (try Descriptors.flags(from), try Descriptors.flags(to))
        let (start, end) = try unsafe (place(first), place(second))
        guard flags == 0, length >= 0 else { throw .invalidArgument }
        let count = try Descriptors.copy(from, from: start, to: to, at: end, count: length)
        try unsafe tell(start, count, at: first)
        try unsafe tell(end, count, at: second)
        return count
    }
}
