import CHermit
import KernelMain
import KernelSupport

// hermit/files.h: reading and writing. As long as the program has opened
// nothing, the three standard streams are all the descriptors there are.

/// The result of a function of a descriptor that this version does not build.
func notBuilt<Value: FixedWidthInteger & SignedInteger>(for descriptor: Int32) -> Value {
    result { () throws(Errno) -> Value in
        if let table = DescriptorOperations.current {
            guard table.isOpen(descriptor) else { throw .badFileDescriptor }
        } else {
            _ = try StandardStream(descriptor)
        }
        throw .noFunction
    }
}

func address(_ pointer: UnsafeRawPointer?) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }

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
    if let table = DescriptorOperations.current {
        return table.read(fd, unsafe address(buffer), length)
    }
    return result { () throws(Errno) -> hermit_ssize_t in
        guard try StandardStream(fd) == .input else { throw .badFileDescriptor }
        return try KernelServices.readStandardInput(
            try unsafe ApplicationBuffer(buffer, count: length))
    }
}

@c @implementation
public func sys_write(_ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int) -> hermit_ssize_t {
    if let table = DescriptorOperations.current {
        return table.write(fd, unsafe address(buffer), length)
    }
    return result { () throws(Errno) -> hermit_ssize_t in
        let stream = try StandardStream.writable(fd)
        return try stream.write(try unsafe ApplicationBuffer(buffer, count: length))
    }
}

@c @implementation
public func sys_readv(
    _ fd: Int32, _ parts: UnsafePointer<hermit_iovec>!, _ count: Int
) -> hermit_ssize_t {
    if let table = DescriptorOperations.current {
        return table.readParts(fd, unsafe address(parts), count)
    }
    return result { () throws(Errno) -> hermit_ssize_t in
        guard try StandardStream(fd) == .input else { throw .badFileDescriptor }
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
    if let table = DescriptorOperations.current {
        return table.writeParts(fd, unsafe address(parts), count)
    }
    return result { () throws(Errno) -> hermit_ssize_t in
        let stream = try StandardStream.writable(fd)
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
    if let table = DescriptorOperations.current { return table.close(fd) }
    return result { () throws(Errno) -> Int32 in
        guard let stream = StandardStream(rawValue: fd) else { throw .badFileDescriptor }
        // A table that is being made knows in a moment.
        if try !stream.close() {
            while DescriptorOperations.current == nil { KernelServices.pause() }
            return sys_close(fd)
        }
        return 0
    }
}

@c @implementation
public func sys_lseek(_ fd: Int32, _ offset: hermit_ssize_t, _ whence: Int32) -> hermit_ssize_t {
    if let table = DescriptorOperations.current { return table.seek(fd, offset, whence) }
    return result { () throws(Errno) -> hermit_ssize_t in
        _ = try StandardStream(fd)
        guard HERMIT_SEEK_SET...HERMIT_SEEK_END ~= whence else { throw .invalidArgument }
        throw .illegalSeek
    }
}

@c @implementation
public func sys_isatty(_ fd: Int32) -> Int32 {
    if let table = DescriptorOperations.current { return Int32(truncatingIfNeeded: table.isTerminal(fd)) }
    return result { () throws(Errno) -> Int32 in
        let stream = try StandardStream(fd)
        return KernelServices.terminals >> UInt32(truncatingIfNeeded: stream.rawValue) & 1 != 0 ? 1 : 0
    }
}
