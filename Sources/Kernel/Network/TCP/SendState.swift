extension TCP {
    /// The send sequence space (RFC 9293, 3.3.1).
    struct SendState: Sendable, BitwiseCopyable {
        /// Bytes of the stream that were acknowledged.
        var acknowledgedBytes: UInt64 = 0
        /// ISS.
        var initial: SequenceNumber
        /// SND.UNA.
        var unacknowledged: SequenceNumber
        /// SND.NXT: the highest number sent, plus one; a retransmission does not take it back.
        var next: SequenceNumber
        /// Behind the last byte that was appended: FIN's number.
        var end: SequenceNumber
        /// SND.WND, in bytes.
        var window: UInt32 = 0
        /// Max(SND.WND).
        var greatestWindow: UInt32 = 0
        /// SND.WL1 and SND.WL2.
        var windowSequence = SequenceNumber(0)
        var windowAcknowledgment = SequenceNumber(0)
        /// SND.UP.
        var urgent: SequenceNumber
        /// Behind the last segment that was not full (RFC 9293, A.3).
        var smallEnd: SequenceNumber
        /// SendMSS: what the peer's SYN said.
        var peerSegmentSize: UInt16
        /// Snd.Wind.Shift
        var scale: UInt8 = 0
        init(initial: SequenceNumber, peerSegmentSize: UInt16) {
            self.initial = initial
            unacknowledged = initial
            next = initial
            end = initial + 1
            urgent = initial
            smallEnd = initial
            self.peerSegmentSize = peerSegmentSize
        }

        /// What was sent and not acknowledged.
        var flight: UInt32 { unacknowledged.count(upTo: next) }
        /// Bytes that were appended and not sent.
        var unsent: UInt32 { next.count(upTo: end) }
        /// Whether FIN was sent.
        var finWasSent: Bool { next.isAfter(end) }
        /// The first number that the peer's window does not allow.
        var windowEnd: SequenceNumber { unacknowledged + window }
        /// How much of what follows SND.NXT it allows.
        var usableWindow: UInt32 { next.count(upTo: windowEnd) }

        /// Where in the stream a number's byte is; at the end for FIN.
        func position(of number: SequenceNumber) -> UInt64 {
            acknowledgedBytes &+ UInt64(firstByte.count(upTo: SequenceNumber.earlier(number, end)))
        }

        /// The first byte that was not acknowledged; behind the SYN as long as that was not.
        var firstByte: SequenceNumber {
            unacknowledged == initial && acknowledgedBytes == 0 ? initial + 1 : unacknowledged
        }
    }
}
