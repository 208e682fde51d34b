import KernelSupport

/// What a network device says in front of a frame that has come (virtio 1.2, 5.1.6.4).
public struct ReceivedHeader: Equatable, Sendable, BitwiseCopyable {
    /// The device vouches for the transport's checksum. It may still be one that the
    /// sender left to a device: the bytes of the frame need not have it right.
    public let isVerified: Bool
    /// Bytes of text in each of the segments that the frame was made of; 0: it is one.
    public let segmentSize: Int
    /// Buffers that the frame lies in, where buffers are merged.
    public let bufferCount: Int

    /// Bytes in front of each frame, and nothing else in front of it.
    public static let size = 12

    /// `flags` (5.1.6.1): the checksum is to be made, or was looked at.
    private static let needsChecksum: UInt8 = 1 << 0
    private static let checksumIsValid: UInt8 = 1 << 1

    /// - Returns: `nil`: it is cut off, or says what was not agreed on.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Self.size, let flags = bytes.value(at: 0, as: UInt8.self),
            let kind = bytes.value(at: 1, as: UInt8.self), let size = bytes.value(at: 4, as: UInt16.self),
            let count = bytes.value(at: 10, as: UInt16.self), count > 0
        else { return nil }
        switch SegmentationKind(rawValue: kind & ~SegmentationKind.congestion) {
        case .notSegmented: segmentSize = 0
        case .tcp4, .tcp6:
            guard size > 0 else { return nil }
            segmentSize = Int(size)
        case nil: return nil
        }
        isVerified = flags & (Self.needsChecksum | Self.checksumIsValid) != 0
        bufferCount = Int(count)
    }
}

/// How a device cuts a segment, or has put segments together (`gso_type`, 5.1.6.1).
enum SegmentationKind: UInt8 {
    case notSegmented = 0
    case tcp4 = 1
    case tcp6 = 4

    /// The segments have explicit congestion notification's bits.
    static let congestion: UInt8 = 0x80
}
