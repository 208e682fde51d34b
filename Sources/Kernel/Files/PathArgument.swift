import KernelFileSystem
import KernelMain
import KernelSupport

/// A path that the application passes by address.
public struct PathArgument: Sendable {
    /// The first byte's address; the path ends with a zero.
    public let address: UInt64

    public init(_ address: UInt64) { self.address = address }

    /// `PATH_MAX`, the zero among them.
    static var size: Int { 4096 }

    /// Copies the path.
    ///
    /// - Returns: Its length.
    /// - Throws: `EFAULT`; `ENAMETOOLONG` where there is no zero among 4096 bytes.
    private func copy(to buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        var count = 0
        while count < Self.size {
            // No further than the page, as the next one need not be there.
            let start = address &+ UInt64(count)
            let size = min(64, 4096 - Int(start % 4096), Self.size - count)
            let source = try unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(start)), count: size)
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count..<count + size])
            guard unsafe source.read(at: 0, to: part) == size else { throw .badAddress }
            for index in 0..<size where unsafe part[index] == 0 { return count + index }
            count += size
        }
        throw .fileNameTooLong
    }

    /// Runs `body` with the path in a buffer of 4096 bytes on the kernel's stack.
    func with<Value>(
        _ body: (inout MutableRawSpan, Int) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try unsafe withUnsafeTemporaryAllocation(byteCount: Self.size, alignment: 16) {
            buffer throws(Errno) in
            let count = try unsafe copy(to: buffer)
            var text = unsafe buffer.mutableBytes
            return try body(&text, count)
        }
    }
}

/// Where a path without a leading slash starts.
public enum PathBase: Sendable {
    /// `AT_FDCWD`.
    case workingDirectory
    /// A descriptor that must be a directory's.
    case descriptor(Int32)
}
