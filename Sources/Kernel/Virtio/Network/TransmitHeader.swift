import KernelSupport

/// What a driver asks of a network device for a frame (virtio 1.2, 5.1.6.2).
public struct TransmitHeader: Equatable, Sendable, BitwiseCopyable {
    /// The device completes the transport's checksum.
    public struct Checksum: Equatable, Sendable, BitwiseCopyable {
        /// Where in the frame what is summed up starts: the transport's header.
        public let start: UInt16
        /// Where behind that the checksum is, which holds the pseudo-header's.
        public let offset: UInt16

        public init(start: UInt16, offset: UInt16) {
            self.start = start
            self.offset = offset
        }
    }

    /// The device cuts the frame's text into segments (TSO).
    public struct Segmentation: Equatable, Sendable, BitwiseCopyable {
        /// IPv6; else IPv4.
        public let isVersion6: Bool
        /// Bytes of all headers of the frame.
        public let headerSize: UInt16
        /// Bytes of text in each segment; the last may have fewer.
        public let segmentSize: UInt16

        public init(isVersion6: Bool, headerSize: UInt16, segmentSize: UInt16) {
            self.isVersion6 = isVersion6
            self.headerSize = headerSize
            self.segmentSize = segmentSize
        }
    }

    public let checksum: Checksum?
    public let segmentation: Segmentation?

    /// - Parameter segmentation: Only with a checksum that the device completes (5.1.6.2).
    public init(checksum: Checksum? = nil, segmentation: Segmentation? = nil) {
        self.checksum = checksum
        self.segmentation = checksum == nil ? nil : segmentation
    }

    public static let size = ReceivedHeader.size

    /// Writes it to the first twelve bytes.
    func write(to bytes: inout MutableRawSpan) {
        let kind: SegmentationKind =
            switch segmentation {
            case nil: .notSegmented
            case let cut?: cut.isVersion6 ? .tcp6 : .tcp4
            }
        // Flags, kind, the length of headers, the size of segments; start and offset of the
        // checksum, and the number of buffers, which is the device's to say.
        let first =
            UInt64(checksum == nil ? 0 : 1) | UInt64(kind.rawValue) << 8
            | UInt64(segmentation?.headerSize ?? 0) << 16 | UInt64(segmentation?.segmentSize ?? 0) << 32
            | UInt64(checksum?.start ?? 0) << 48
        _ = bytes.store(first, at: 0)
        _ = bytes.store(UInt32(checksum?.offset ?? 0), at: 8)
    }
}
