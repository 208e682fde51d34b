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
            if let end = Self.end(of: unsafe part.bytes) { return count + end }
            count += size
        }
        throw .fileNameTooLong
    }

    /// Where the first zero is.
    private static func end(of bytes: RawSpan) -> Int? {
        let end = bytes.firstOffset(of: 0)
        return end < bytes.byteCount ? end : nil
    }

    /// Takes a path that is short and ends in the page in which it begins; `false`: it is
    /// none that is known to be so.
    @inline(__always)
    func fill(_ path: inout ShortText) -> Bool {
        let size = min(ShortText.capacity, 4096 - Int(address % 4096))
        return path.fill(limit: size) { bytes in ApplicationBuffer.read(address, size, to: &bytes) }
    }

    /// Runs `body` with such a path.
    ///
    /// - Returns: `nil`: it is none.
    @inline(__always)
    func withShort<Value>(_ body: (inout ShortText) throws(Errno) -> Value?) throws(Errno) -> Value? {
        var path = ShortText()
        guard fill(&path) else { return nil }
        // Not a copy, which takes as long as the rest.
        return try body(&path)
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
