import KernelWire

extension TCP {
    /// A segment without its bytes.
    public struct Segment: Equatable, Sendable, BitwiseCopyable {
        /// SEG.SEQ.
        public var sequence: SequenceNumber
        /// SEG.ACK; counts with `ack` in `flags`.
        public var acknowledgment: SequenceNumber
        public var flags: TCPFlags
        /// As it is on the wire: not scaled.
        public var window: UInt16
        public var urgentPointer: UInt16
        public var options: TCPOptions
        /// Bytes of text.
        public var count: UInt32

        @inlinable
        public init(
            sequence: SequenceNumber, acknowledgment: SequenceNumber = SequenceNumber(0), flags: TCPFlags,
            window: UInt16 = 0, urgentPointer: UInt16 = 0, options: TCPOptions = TCPOptions(), count: UInt32 = 0
        ) {
            self.sequence = sequence
            self.acknowledgment = acknowledgment
            self.flags = flags
            self.window = window
            self.urgentPointer = urgentPointer
            self.options = options
            self.count = count
        }

        /// The segment that was received with this header and that much text.
        @inlinable
        public init(_ header: TCPHeader, count: Int) {
            self.init(
                sequence: SequenceNumber(header.sequence),
                acknowledgment: SequenceNumber(header.acknowledgment), flags: header.flags, window: header.window,
                urgentPointer: header.urgentPointer, options: header.options,
                count: UInt32(clamping: count))
        }

        /// The header to send it with.
        @inlinable
        public func header(from source: Port, to destination: Port) -> TCPHeader {
            TCPHeader(
                source: source, destination: destination, sequence: sequence.rawValue,
                acknowledgment: acknowledgment.rawValue, flags: flags, window: window,
                urgentPointer: urgentPointer, options: options)
        }

        /// SEG.LEN: SYN and FIN count.
        @inlinable
        public var length: UInt32 {
            count &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
        }

        /// The first number behind the segment.
        @inlinable
        public var end: SequenceNumber { sequence + length }

        /// What answers a segment for which there is no connection, or one whose ACK is
        /// of something that was never sent (RFC 9293, 3.10.7.1); `nil` for a reset.
        public var resetAnswer: Segment? {
            if flags.contains(.rst) { return nil }
            if flags.contains(.ack) { return Segment(sequence: acknowledgment, flags: .rst) }
            return Segment(sequence: SequenceNumber(0), acknowledgment: end, flags: [.rst, .ack])
        }
    }

    /// A segment to send, and which bytes of the stream go with it.
    public struct Transmission: Equatable, Sendable, BitwiseCopyable {
        public var segment: Segment
        /// Where in the stream of what was appended the text begins; 0 is its first byte.
        public var position: UInt64
        /// Bytes of text that each segment on the wire has but the last: more than that in
        /// `segment.count` is for a device that cuts it (TSO), or for the owner to cut.
        public var segmentSize: UInt16

        @inlinable
        public init(_ segment: Segment, position: UInt64, segmentSize: UInt16) {
            self.segment = segment
            self.position = position
            self.segmentSize = segmentSize
        }
    }
}
