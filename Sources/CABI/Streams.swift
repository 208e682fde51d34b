import CHermit
import KernelMain
import KernelSupport

// hermit/files.h: reading and writing. The three standard streams are all
// the descriptors there are.

/// An open descriptor.
enum Stream: Int32 {
    case input = 0
    case output = 1
    case error = 2

    /// - Throws: `EBADF` if nothing is open as `descriptor`.
    init(_ descriptor: Int32) throws(Errno) {
        guard let stream = Stream(rawValue: descriptor) else { throw .badFileDescriptor }
        self = stream
    }

    /// - Throws: `EBADF` if `descriptor` is not open for reading.
    static func readable(_ descriptor: Int32) throws(Errno) {
        guard try Stream(descriptor) == .input else { throw .badFileDescriptor }
    }

    /// - Throws: `EBADF` if `descriptor` is not open for writing.
    static func writable(_ descriptor: Int32) throws(Errno) -> Stream {
        let stream = try Stream(descriptor)
        guard stream != .input else { throw .badFileDescriptor }
        return stream
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.count == 0 { return 0 }
        return self == .output
            ? unsafe KernelServices.writeStandardOutput(bytes)
            : unsafe KernelServices.writeStandardError(bytes)
    }
}

/// The result of a function of a descriptor that this version does not build.
func notBuilt<Value: FixedWidthInteger & SignedInteger>(for descriptor: Int32) -> Value {
    result { () throws(Errno) -> Value in
        _ = try Stream(descriptor)
        throw .noFunction
    }
}

/// A buffer in parts, each of which is an application's buffer.
@safe private struct Parts {
    private let table: UnsafeRawBufferPointer
    let count: Int

    /// - Throws: `EINVAL` if there are too many or they are too long together;
    ///   `EFAULT` if the table or one of the parts is not the application's.
    init(_ parts: UnsafeRawPointer?, _ count: Int, writable isWritten: Bool) throws(Errno) {
        guard 0...Int(HERMIT_IOV_MAX) ~= count else { throw .invalidArgument }
        self.count = count
        unsafe table = try unsafe readable(parts, count * MemoryLayout<hermit_iovec>.size)
        var total = 0
        for i in 0..<count {
            let (sum, isTooLarge) = total.addingReportingOverflow(unsafe self[i].iov_len)
            guard sum >= total, !isTooLarge else { throw .invalidArgument }
            total = sum
        }
        for i in 0..<count {
            let part = unsafe self[i]
            guard
                unsafe KernelServices.validate(
                    part.iov_base, count: part.iov_len, writable: isWritten)
            else { throw .badAddress }
        }
    }

    /// A part as it is now: the table is the application's, and another task
    /// may write to it. Who uses a part checks it again.
    subscript(i: Int) -> hermit_iovec {
        unsafe table.loadUnaligned(
            fromByteOffset: i * MemoryLayout<hermit_iovec>.size, as: hermit_iovec.self)
    }
}

@c @implementation
public func sys_read(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Stream.readable(fd)
        let bytes = try unsafe writable(buffer, length)
        return bytes.count == 0 ? 0 : unsafe KernelServices.readStandardInput(bytes)
    }
}

@c @implementation
public func sys_write(_ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        let stream = try Stream.writable(fd)
        return unsafe stream.write(try readable(buffer, length))
    }
}

@c @implementation
public func sys_readv(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Stream.readable(fd)
        let parts = try unsafe Parts(parts, count, writable: true)
        for i in 0..<parts.count {
            let part = unsafe parts[i]
            let bytes = try unsafe writable(part.iov_base, part.iov_len)
            // One part's worth: to ask for more might block with bytes in hand.
            if bytes.count > 0 { return unsafe KernelServices.readStandardInput(bytes) }
        }
        return 0
    }
}

@c @implementation
public func sys_writev(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        let stream = try Stream.writable(fd)
        let parts = try unsafe Parts(parts, count, writable: false)
        var total = 0
        for i in 0..<parts.count {
            let part = unsafe parts[i]
            total &+= unsafe stream.write(try readable(part.iov_base, part.iov_len))
        }
        return total
    }
}

@c @implementation
public func sys_lseek(_ fd: Int32, _ offset: hermit_ssize_t, _ whence: Int32) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        _ = try Stream(fd)
        guard HERMIT_SEEK_SET...HERMIT_SEEK_END ~= whence else { throw .invalidArgument }
        throw .illegalSeek
    }
}

@c @implementation
public func sys_isatty(_ fd: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        _ = try Stream(fd)
        return 0
    }
}
