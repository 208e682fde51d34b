extension TCP {
    /// The receive sequence space (RFC 9293, 3.3.1), and the buffer behind it.
    struct ReceiveState: Sendable, BitwiseCopyable {
        /// IRS.
        var initial = SequenceNumber(0)
        /// RCV.NXT.
        var next = SequenceNumber(0)
        /// RCV.NXT + RCV.WND: as far as was ever offered.
        var edge = SequenceNumber(0)
        /// RCV.UP.
        var urgent = SequenceNumber(0)
        /// Last.ACK.sent (RFC 7323, 4.3).
        var acknowledged = SequenceNumber(0)
        /// FIN's number, once one was seen.
        var final = SequenceNumber(0)
        /// Bytes that the owner's buffer holds, and of them those that were not read.
        var capacity: UInt32
        var unread: UInt32 = 0
        /// Bytes of the stream that have arrived in order.
        var deliveredBytes: UInt64 = 0
        /// The most text that a segment had: the peer's full-sized segment.
        var greatestSegment: UInt16 = 0
        /// RcvMSS: what our SYN said.
        var segmentSize: UInt16
        /// Rcv.Wind.Shift
        var scale: UInt8 = 0

        /// RCV.WND.
        var window: UInt32 { next.count(upTo: edge) }
    }

    /// The receiver's measurement of how much a round trip brings, for buffers that grow.
    struct ReceiveRate: Sendable, BitwiseCopyable {
        /// When the measured round trip began; `never`: it has not.
        var start: Instant = .never
        /// Bytes read since then.
        var bytes: UInt32 = 0
        /// In microseconds; 0: not known.
        var roundTrip: UInt32 = 0
    }
}
