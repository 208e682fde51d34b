extension TCP {
    /// Each a moment, or `never`.
    struct Timers: Sendable, BitwiseCopyable {
        /// What `retransmission` is for.
        enum Purpose: UInt8, Sendable, BitwiseCopyable {
            case retransmit
            /// RFC 8985, 7: the last segment may be lost.
            case tailProbe
            /// RFC 9293, 3.8.6.1: the peer's window is closed.
            case windowProbe
            /// RFC 9293, 3.8.6.2.1: it is too small for a good segment.
            case override
        }

        var retransmission: Instant = .never
        var acknowledgment: Instant = .never
        /// Until then text waits for more, as long as something is under way.
        var coalescing: Instant = .never
        /// Of keep-alive; of FIN-WAIT-2 that nobody has open, and of TIME-WAIT.
        var idle: Instant = .never
        /// When a segment of the peer came last.
        var received: Instant
        /// Since when nothing new was acknowledged although something was sent.
        var stuck: Instant = .never
        /// When a segment with text was sent last.
        var sent: Instant
        /// The segment that is timed was sent then; `never`: none is.
        var timed: Instant = .never
        /// Its end.
        var timedEnd: SequenceNumber
        /// Of the period of `challenges`, in seconds of the clock.
        var challengeSeconds: UInt32 = 0
        var purpose = Purpose.retransmit
        /// Keep-alive probes without an answer.
        var keepAlives: UInt8 = 0
        /// Timeouts since something new was acknowledged.
        var repeats: UInt8 = 0
        /// Window probes without one that was accepted.
        var windowProbes: UInt8 = 0
        /// Challenge ACKs in the period (RFC 5961, 10).
        var challenges: UInt8 = 0

        init(now: Instant, initial: SequenceNumber) {
            received = now
            sent = now
            timedEnd = initial
        }

        var next: Instant { min(min(retransmission, coalescing), min(acknowledgment, idle)) }
    }
}
