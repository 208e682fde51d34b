import KernelSupport

/// What is in front of every packet (virtio 1.2, 5.10.6): `struct virtio_vsock_hdr`.
public struct VsockHeader: Equatable, Sendable, BitwiseCopyable {
    /// What a packet is for (5.10.6, VIRTIO_VSOCK_OP_*). Others may come.
    public struct Operation: RawRepresentable, Equatable, Sendable, BitwiseCopyable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        public static let request = Self(rawValue: 1)
        public static let response = Self(rawValue: 2)
        public static let reset = Self(rawValue: 3)
        public static let shutdown = Self(rawValue: 4)
        public static let data = Self(rawValue: 5)
        public static let creditUpdate = Self(rawValue: 6)
        public static let creditRequest = Self(rawValue: 7)
    }

    /// Which halves of a connection a `shutdown` ends (5.10.6.5).
    public struct Halves: OptionSet, Equatable, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The sender receives no more; sends no more.
        public static let receiving = Self(rawValue: 1)
        public static let sending = Self(rawValue: 2)
        public static let both: Self = [.receiving, .sending]
    }

    public var source: VsockAddress
    public var destination: VsockAddress
    /// Bytes behind the header.
    public var count: UInt32
    /// The kind of socket: `stream`, or others.
    public var type: UInt16
    public var operation: Operation
    public var flags: UInt32
    /// The sender's credit (5.10.6.3): bytes of its buffer, and bytes that were ever taken out of it.
    public var buffer: UInt32
    public var forwarded: UInt32

    /// Bytes of it.
    public static let size = 44
    /// VIRTIO_VSOCK_TYPE_STREAM.
    public static let stream: UInt16 = 1

    public init(
        _ operation: Operation, from source: VsockAddress, to destination: VsockAddress, count: UInt32 = 0,
        flags: UInt32 = 0, buffer: UInt32 = 0, forwarded: UInt32 = 0, type: UInt16 = stream
    ) {
        self.source = source
        self.destination = destination
        self.count = count
        self.type = type
        self.operation = operation
        self.flags = flags
        self.buffer = buffer
        self.forwarded = forwarded
    }

    /// Reads one from the front of a packet.
    ///
    /// - Returns: `nil`: it is cut off, or a context has more than 32 bits, which are reserved
    ///   (5.10.4): there is nobody to be answered.
    public init?(_ bytes: RawSpan) {
        guard let words: InlineArray<5, UInt64> = bytes.words(at: 0),
            let forwarded = bytes.value(at: 40, as: UInt32.self),
            words[0] <= UInt64(UInt32.max), words[1] <= UInt64(UInt32.max)
        else { return nil }
        source = VsockAddress(
            context: UInt32(truncatingIfNeeded: words[0]), port: UInt32(truncatingIfNeeded: words[2]))
        destination = VsockAddress(
            context: UInt32(truncatingIfNeeded: words[1]), port: UInt32(truncatingIfNeeded: words[2] >> 32))
        count = UInt32(truncatingIfNeeded: words[3])
        type = UInt16(truncatingIfNeeded: words[3] >> 32)
        operation = Operation(rawValue: UInt16(truncatingIfNeeded: words[3] >> 48))
        flags = UInt32(truncatingIfNeeded: words[4])
        buffer = UInt32(truncatingIfNeeded: words[4] >> 32)
        self.forwarded = forwarded
    }

    /// Writes it to the first `size` bytes.
    public func write(to bytes: inout MutableRawSpan) {
        _ = bytes.store(UInt64(source.context), at: 0)
        _ = bytes.store(UInt64(destination.context), at: 8)
        _ = bytes.store(source.port, at: 16)
        _ = bytes.store(destination.port, at: 20)
        _ = bytes.store(count, at: 24)
        _ = bytes.store(type, at: 28)
        _ = bytes.store(operation.rawValue, at: 30)
        _ = bytes.store(flags, at: 32)
        _ = bytes.store(buffer, at: 36)
        _ = bytes.store(forwarded, at: 40)
    }

    /// What says to its sender that there is no such connection; `nil` where that would be an
    /// answer to one (5.10.6.4).
    var resetAnswer: VsockHeader? {
        operation == .reset ? nil : VsockHeader(.reset, from: destination, to: source, type: type)
    }
}
