import CMachine
import KernelSupport
import Synchronization

/// What the functions of the ABI do with a descriptor once there is a table of
/// them. A program that only uses the three standard streams as it finds them
/// has none, and nothing of it in its image.
///
/// Results are those of the functions: values of 0 or more, or the negatives of
/// error numbers, and then the task's errno is set.
public struct DescriptorOperations: Sendable {
    /// Descriptor, address, count.
    public let read: @convention(c) (Int32, UInt64, Int) -> Int
    public let write: @convention(c) (Int32, UInt64, Int) -> Int
    /// Descriptor, address of the parts, their number.
    public let readParts: @convention(c) (Int32, UInt64, Int) -> Int
    public let writeParts: @convention(c) (Int32, UInt64, Int) -> Int
    public let close: @convention(c) (Int32) -> Int32
    /// Descriptor, offset, whence.
    public let seek: @convention(c) (Int32, Int, Int32) -> Int
    public let isTerminal: @convention(c) (Int32) -> Int
    /// Descriptor, address of a `FileStatus` of the kernel's.
    public let status: @convention(c) (Int32, UInt) -> Int
    /// Whether there is such a descriptor.
    public let isOpen: @convention(c) (Int32) -> Bool

    public init(
        read: @convention(c) (Int32, UInt64, Int) -> Int,
        write: @convention(c) (Int32, UInt64, Int) -> Int,
        readParts: @convention(c) (Int32, UInt64, Int) -> Int,
        writeParts: @convention(c) (Int32, UInt64, Int) -> Int,
        close: @convention(c) (Int32) -> Int32,
        seek: @convention(c) (Int32, Int, Int32) -> Int,
        isTerminal: @convention(c) (Int32) -> Int,
        status: @convention(c) (Int32, UInt) -> Int,
        isOpen: @convention(c) (Int32) -> Bool
    ) {
        self.read = read
        self.write = write
        self.readParts = readParts
        self.writeParts = writeParts
        self.close = close
        self.seek = seek
        self.isTerminal = isTerminal
        self.status = status
        self.isOpen = isOpen
    }

    nonisolated(unsafe) private static var operations: DescriptorOperations? = nil

    /// `nil` as long as there is no table.
    @inline(__always)
    public static var current: DescriptorOperations? { unsafe operations }

    /// Descriptors are closed by another function from now on, which does more.
    public static func replaceClose(_ close: @convention(c) (Int32) -> Int32) {
        guard let old = current else { return }
        unsafe operations = DescriptorOperations(
            read: old.read, write: old.write, readParts: old.readParts, writeParts: old.writeParts,
            close: close, seek: old.seek, isTerminal: old.isTerminal, status: old.status,
            isOpen: old.isOpen)
    }

    /// There is a table from now on; once.
    public static func start(_ operations: DescriptorOperations) {
        unsafe self.operations = operations
    }
}

/// The three standard streams as long as there is no table of descriptors.
public enum StandardStream: Int32, Sendable {
    case input = 0
    case output = 1
    case error = 2

    /// A bit for each that is closed; `handedOver`: the table knows. 0 at
    /// first, so that it is in no section that keeps more than itself.
    private static let closedStreams = Atomic<UInt32>(0)
    private static let handedOver: UInt32 = 1 << 31

    private var bit: UInt32 { 1 << UInt32(truncatingIfNeeded: rawValue) }

    /// - Throws: `EBADF` if nothing is open as `descriptor`.
    public init(_ descriptor: Int32) throws(Errno) {
        guard let stream = StandardStream(rawValue: descriptor),
            Self.closedStreams.load(ordering: .relaxed) & stream.bit == 0
        else { throw .badFileDescriptor }
        self = stream
    }

    /// - Throws: `EBADF` if `descriptor` is not open for writing.
    @inline(__always)
    public static func writable(_ descriptor: Int32) throws(Errno) -> StandardStream {
        let stream = try StandardStream(descriptor)
        guard stream != .input else { throw .badFileDescriptor }
        return stream
    }

    /// Takes the descriptor's number away from the stream.
    ///
    /// - Returns: `false` where there is a table meanwhile, which knows.
    /// - Throws: `EBADF` if it is closed.
    public func close() throws(Errno) -> Bool {
        let (before, _) = Self.closedStreams.bitwiseOr(bit, ordering: .relaxed)
        if before & Self.handedOver != 0 { return false }
        guard before & bit == 0 else { throw .badFileDescriptor }
        return true
    }

    /// A table takes them over: a bit for each that is open.
    public static func handOver() -> UInt32 {
        ~closedStreams.exchange(handedOver, ordering: .relaxed)
    }

    public func write(_ buffer: ApplicationBuffer) throws(Errno) -> Int {
        if buffer.count == 0 { return 0 }
        return self == .output
            ? try KernelServices.writeStandardOutput(buffer)
            : try KernelServices.writeStandardError(buffer)
    }
}

/// What is known of what is behind a descriptor, as the ABI has it
/// (`hermit_stat`, POSIX `struct stat`).
public struct FileStatus: Sendable, BitwiseCopyable, PassedByAddress {
    /// A point in time: seconds since 1970, and nanoseconds of the next.
    public struct Time: Sendable, BitwiseCopyable {
        public var seconds: Int64 = 0
        public var nanoseconds: Int64 = 0

        public init() {}
    }

    public var device: UInt64 = 0
    public var number: UInt64 = 0
    public var links: UInt64 = 1
    /// The type's and the permissions' bits.
    public var mode: UInt32 = 0
    public var user: UInt32 = 0
    public var group: UInt32 = 0
    private var zero: UInt32 = 0
    public var represented: UInt64 = 0
    /// In bytes; what one read or write does well; units of 512 bytes.
    public var size: Int64 = 0
    public var blockSize: Int64 = 4096
    public var blocks: Int64 = 0
    public var accessed = Time()
    public var modified = Time()
    public var changed = Time()

    public init() {}
}
