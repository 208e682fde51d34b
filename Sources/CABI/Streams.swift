import CHermit
import KernelMain
import KernelSupport
import Synchronization

// hermit/files.h: reading and writing. The three standard streams are all
// the descriptors there are.

/// A bit for each of the standard streams that is open.
private let openStreams = Atomic<UInt32>(0b111)

/// An open descriptor.
enum Stream: Int32 {
    case input = 0
    case output = 1
    case error = 2

    private var bit: UInt32 { 1 << UInt32(truncatingIfNeeded: rawValue) }

    /// Takes the descriptor's number away from the stream.
    ///
    /// - Throws: `EBADF` if it is closed.
    func close() throws(Errno) {
        let (before, _) = openStreams.bitwiseAnd(~bit, ordering: .relaxed)
        guard before & bit != 0 else { throw .badFileDescriptor }
    }

    /// - Throws: `EBADF` if nothing is open as `descriptor`.
    init(_ descriptor: Int32) throws(Errno) {
        guard let stream = Stream(rawValue: descriptor),
            openStreams.load(ordering: .relaxed) & stream.bit != 0
        else { throw .badFileDescriptor }
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

    func write(_ buffer: ApplicationBuffer) throws(Errno) -> Int {
        if buffer.count == 0 { return 0 }
        return self == .output
            ? try KernelServices.writeStandardOutput(buffer)
            : try KernelServices.writeStandardError(buffer)
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
    private let table: UnsafeRawPointer?
    let count: Int

    private static let entrySize = unsafe MemoryLayout<hermit_iovec>.size

    /// - Throws: `EINVAL` if there are too many or they are too long together;
    ///   `EFAULT` if the table or one of the parts can't be the application's.
    init(_ parts: UnsafeRawPointer?, _ count: Int) throws(Errno) {
        guard 0...Int(HERMIT_IOV_MAX) ~= count else { throw .invalidArgument }
        self.count = count
        unsafe table = parts
        var total = 0
        for i in 0..<count {
            let part = try self[i]
            guard part.count <= Int.max - total else { throw .invalidArgument }
            total += part.count
        }
    }

    /// A part as it is now: the table is the application's, and another task
    /// may write to it.
    subscript(i: Int) -> ApplicationBuffer {
        get throws(Errno) {
            guard let table = unsafe table else { throw .badAddress }
            var part = unsafe hermit_iovec()
            try unsafe ApplicationBuffer(table + i * Self.entrySize, count: Self.entrySize)
                .load(into: &part)
            return try unsafe ApplicationBuffer(part.iov_base, count: part.iov_len)
        }
    }
}

@c @implementation
public func sys_read(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Stream.readable(fd)
        return try KernelServices.readStandardInput(
            try unsafe ApplicationBuffer(buffer, count: length))
    }
}

@c @implementation
public func sys_write(_ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        let stream = try Stream.writable(fd)
        return try stream.write(try unsafe ApplicationBuffer(buffer, count: length))
    }
}

@c @implementation
public func sys_readv(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Stream.readable(fd)
        let parts = try unsafe Parts(parts, count)
        for i in 0..<parts.count {
            let part = try parts[i]
            // One part's worth: to ask for more might block with bytes in hand.
            if part.count > 0 { return try KernelServices.readStandardInput(part) }
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
        let parts = try unsafe Parts(parts, count)
        var total = 0
        for i in 0..<parts.count {
            do throws(Errno) {
                let part = try parts[i]
                let count = try stream.write(part)
                total += count
                if count < part.count { break }
            } catch {
                // What is written is written; the next call meets the error.
                if total == 0 { throw error }
                break
            }
        }
        return total
    }
}

@c @implementation
public func sys_close(_ fd: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Stream(fd).close()
        return 0
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
