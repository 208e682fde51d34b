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
            if let end = unsafe Self.end(of: part) { return count + end }
            count += size
        }
        throw .fileNameTooLong
    }

    /// Where the first zero is.
    private static func end(of bytes: UnsafeMutableRawBufferPointer) -> Int? {
        var index = 0
        // A word has a zero byte where that borrows from a bit that was not set.
        while index + 8 <= bytes.count {
            let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            if unsafe bytes[index] == 0 { return index }
            index += 1
        }
        return nil
    }

    /// Runs `body` with the path in a buffer of 4096 bytes.
    @inline(__always)
    func with<Value>(
        _ files: KernelFiles,
        _ body: (inout MutableRawSpan, Int) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        try unsafe files.withPathBlock { buffer throws(Errno) in
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
