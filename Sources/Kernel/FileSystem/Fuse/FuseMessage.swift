import KernelSupport

/// What a server of files is asked (linux/fuse.h, version 7.31).
enum FuseOpcode: UInt32, Sendable {
    case lookUp = 1
    case forget = 2
    case getAttributes = 3
    case setAttributes = 4
    case readLink = 5
    case symbolicLink = 6
    case makeNode = 8
    case makeDirectory = 9
    case unlink = 10
    case removeDirectory = 11
    case rename = 12
    case link = 13
    case open = 14
    case read = 15
    case write = 16
    case systemStatus = 17
    case release = 18
    case synchronise = 20
    case start = 26
    case openDirectory = 27
    case readDirectory = 28
    case releaseDirectory = 29
    case synchroniseDirectory = 30
    case create = 35
    case batchForget = 42
    case reserve = 43
    case renameBy = 45
    case seek = 46
}

/// The header of a request, 40 bytes: all of its length, what is asked, the request's
/// number, the file's, whose it is, and the task's number.
enum FuseRequestHeader {
    static let size = 40

    /// - Parameter count: Bytes of the request, the header among them.
    static func write(
        _ opcode: FuseOpcode, unique: UInt64, node: UInt64, count: Int, to bytes: inout MutableRawSpan
    ) {
        _ = bytes.zero(at: 0, count: UInt64(size))
        _ = bytes.store(UInt32(truncatingIfNeeded: count), at: 0)
        _ = bytes.store(opcode.rawValue, at: 4)
        _ = bytes.store(unique, at: 8)
        _ = bytes.store(node, at: 16)
        // The program is the user 0, and there is one process.
        _ = bytes.store(UInt32(1), at: 32)
    }
}

/// The header of an answer, 16 bytes: all of its length, an error, the request's number.
enum FuseAnswerHeader {
    static let size = 16

    /// Linux's numbers end here.
    private static let lastError: Int32 = 133

    /// What an answer holds behind its header; bytes.
    ///
    /// - Parameters:
    ///   - bytes: The answer's first bytes.
    ///   - written: How many the server has written.
    /// - Throws: The server's error; `EIO`: it is no answer to that request.
    static func check(_ bytes: RawSpan, unique: UInt64, written: Int) throws(Errno) -> Int {
        guard written >= size, let count = bytes.value(at: 0, as: UInt32.self),
            let error = bytes.value(at: 4, as: Int32.self),
            let answered = bytes.value(at: 8, as: UInt64.self), answered == unique, Int(count) == written
        else { throw .inputOutputError }
        guard error == 0 else {
            guard written == size, error < 0, error >= -lastError else { throw .inputOutputError }
            throw Errno(rawValue: -error)
        }
        return written - size
    }
}

/// A request's arguments on their way into a buffer, one behind the other.
struct FuseArguments {
    /// Bytes that are there.
    private(set) var count = 0

    mutating func add<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, to bytes: inout MutableRawSpan
    ) {
        _ = bytes.store(value, at: UInt64(count))
        count += MemoryLayout<Value>.size
    }

    /// Adds a text and a zero behind it.
    mutating func add(_ text: RawSpan, to bytes: inout MutableRawSpan) {
        _ = bytes.copy(text, at: 0, count: UInt64(text.byteCount), to: UInt64(count))
        count += text.byteCount
        add(UInt8(0), to: &bytes)
    }

    mutating func add(_ text: StaticString, to bytes: inout MutableRawSpan) {
        for offset in 0..<text.utf8CodeUnitCount { add(text.byte(at: offset), to: &bytes) }
        add(UInt8(0), to: &bytes)
    }
}
