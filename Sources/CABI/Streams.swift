import CHermit
import KernelMain
import KernelSupport

// hermit/files.h: reading and writing. The three standard streams are all
// the descriptors there are.

private enum Stream {
    static let input: Int32 = 0
    static let output: Int32 = 1
    static let error: Int32 = 2
    static let all = input...error
}

private func read(_ fd: Int32, _ buffer: UnsafeMutableRawPointer?, _ size: Int) throws(Errno) -> Int
{
    guard fd == Stream.input else { throw .badFileDescriptor }
    let bytes = try unsafe writable(buffer, size)
    return unsafe KernelServices.readStandardInput(bytes)
}

private func write(_ fd: Int32, _ buffer: UnsafeRawPointer?, _ size: Int) throws(Errno) -> Int {
    guard fd == Stream.output || fd == Stream.error else { throw .badFileDescriptor }
    let bytes = try unsafe readable(buffer, size)
    return fd == Stream.output
        ? unsafe KernelServices.writeStandardOutput(bytes)
        : unsafe KernelServices.writeStandardError(bytes)
}

/// The vector of buffers, after the checks that POSIX asks for before any byte moves.
private func vector(
    _ buffers: UnsafePointer<hermit_iovec>?, _ count: Int
) throws(Errno) -> UnsafeBufferPointer<hermit_iovec> {
    guard (0...Int(HERMIT_IOV_MAX)).contains(count) else { throw .invalidArgument }
    _ = try unsafe readable(buffers, count * MemoryLayout<hermit_iovec>.stride)
    let vector = unsafe UnsafeBufferPointer(start: buffers, count: count)
    var total = 0
    for i in 0..<count {
        let size = unsafe vector[i].iov_len
        let (sum, overflow) = total.addingReportingOverflow(Int(truncatingIfNeeded: size))
        guard size >= 0, !overflow else { throw .invalidArgument }
        total = sum
    }
    return unsafe vector
}

@c @implementation
public func sys_read(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ size: Int
) -> hermit_ssize_t {
    result { () throws(Errno) in hermit_ssize_t(try unsafe read(fd, buffer, size)) }
}

@c @implementation
public func sys_write(_ fd: Int32, _ buffer: UnsafeRawPointer!, _ size: Int) -> hermit_ssize_t {
    result { () throws(Errno) in hermit_ssize_t(try unsafe write(fd, buffer, size)) }
}

@c @implementation
public func sys_readv(
    _ fd: Int32, _ buffers: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        guard fd == Stream.input else { throw .badFileDescriptor }
        let vector = try unsafe vector(buffers, count)
        for i in 0..<vector.count where unsafe vector[i].iov_len > 0 {
            // What has arrived goes into the first buffer; a short read is allowed.
            return hermit_ssize_t(
                try unsafe read(fd, vector[i].iov_base, Int(vector[i].iov_len)))
        }
        return 0
    }
}

@c @implementation
public func sys_writev(
    _ fd: Int32, _ buffers: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        guard fd == Stream.output || fd == Stream.error else { throw .badFileDescriptor }
        let vector = try unsafe vector(buffers, count)
        for i in 0..<vector.count {
            _ = try unsafe readable(vector[i].iov_base, Int(vector[i].iov_len))
        }
        var total = 0
        for i in 0..<vector.count {
            total += try unsafe write(fd, vector[i].iov_base, Int(vector[i].iov_len))
        }
        return hermit_ssize_t(total)
    }
}

@c @implementation
public func sys_isatty(_ fd: Int32) -> Int32 {
    setErrno(Stream.all.contains(fd) ? .inappropriateIOControl : .badFileDescriptor)
    return 0
}

@c @implementation
public func sys_lseek(
    _ fd: Int32, _ offset: hermit_ssize_t, _ whence: Int32
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        throw Stream.all.contains(fd) ? .illegalSeek : .badFileDescriptor
    }
}
