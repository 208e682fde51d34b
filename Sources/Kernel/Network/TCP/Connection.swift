import KernelWire

extension TCP {
    /// One end of a connection: the transmission control block of RFC 9293, 3.3.1.
    ///
    /// A plain value that knows no bytes, no interface, no table and no clock. Events go
    /// in (`receive`, `append`, `read`, `close`, `expire` ...), `Effects` come out; then the
    /// owner takes what is to be sent from `nextSegment` and sets its timer to `deadline`.
    public struct Connection: Sendable, BitwiseCopyable {
        // In an order that leaves few gaps.
        var send: SendState
        public internal(set) var state: State
        /// Why it ended.
        public internal(set) var failure: Failure?
        /// What ICMP said last (RFC 5461): told when the connection times out.
        var softError: Failure?
        var due: Due = []
        var timers: Timers
        var marks: Marks = []
        var rate = ReceiveRate()
        var receive: ReceiveState
        public internal(set) var path: Path
        var timestamps: TimestampState
        public internal(set) var options: Options
        var congestion: Congestion
        var recovery: RecoveryState
        var roundTrip = RoundTrip()
        /// What arrived twice, for the next ACK, with `duplicateSeen` (RFC 2883).
        var duplicate = SequenceRange.none
        var reassembly = SequenceReassembly()
        var scoreboard = Scoreboard()
        /// Bytes behind SND.NXT up to which text is appended without more to do (`appendWaiting`).
        var waitingBytes: UInt16 = 0

        /// What holds for long.
        struct Marks: OptionSet, Sendable, BitwiseCopyable {
            let rawValue: UInt16

            /// Both sides send timestamps.
            static var timestamps: Marks { Marks(rawValue: 1) }
            /// Both sides know SACK.
            static var selective: Marks { Marks(rawValue: 2) }
            /// Both sides scale windows.
            static var scaling: Marks { Marks(rawValue: 4) }
            /// The user sends no more: FIN is behind the last byte.
            static var finQueued: Marks { Marks(rawValue: 8) }
            /// FIN of the peer was seen: `receive.final`.
            static var finSeen: Marks { Marks(rawValue: 16) }
            /// Nobody has it open any more (`close`).
            static var orphan: Marks { Marks(rawValue: 32) }
            /// SND.UP is behind SND.UNA.
            static var urgentSent: Marks { Marks(rawValue: 64) }
            /// RCV.UP is behind what was read.
            static var urgentReceived: Marks { Marks(rawValue: 128) }
            /// It came of a listener (RFC 9293, 3.10.7.4: passive OPEN).
            static var passive: Marks { Marks(rawValue: 256) }
            /// `duplicate` is to be told.
            static var duplicateSeen: Marks { Marks(rawValue: 512) }
            /// The window was all that held back the last segment.
            static var congestionLimited: Marks { Marks(rawValue: 1024) }
            /// A SYN was sent more than once.
            static var synWasLost: Marks { Marks(rawValue: 2048) }
        }

        /// What `nextSegment` has to send, whatever windows say.
        struct Due: OptionSet, Sendable, BitwiseCopyable {
            let rawValue: UInt8

            static var syn: Due { Due(rawValue: 1) }
            static var reset: Due { Due(rawValue: 2) }
            static var acknowledgment: Due { Due(rawValue: 4) }
            /// The first segment that is missing.
            static var retransmission: Due { Due(rawValue: 8) }
            /// RFC 8985, 7.3.
            static var tailProbe: Due { Due(rawValue: 16) }
            static var windowProbe: Due { Due(rawValue: 32) }
            static var keepAlive: Due { Due(rawValue: 64) }
            /// What fits into a small window.
            static var override: Due { Due(rawValue: 128) }
        }

        init(
            state: State, send: SendState, receive: ReceiveState, options: Options, path: Path,
            timestampOffset: UInt32, now: Instant
        ) {
            self.state = state
            self.options = options
            self.path = path
            self.send = send
            self.receive = receive
            timestamps = TimestampState(offset: timestampOffset)
            congestion = Congestion(segmentSize: UInt32(send.peerSegmentSize))
            recovery = RecoveryState(initial: send.initial)
            timers = Timers(now: now, initial: send.initial)
        }
    }
}

/// What the owner may ask.
extension TCP.Connection {
    /// When `expire` is to be called; `never` for not at all.
    @inline(__always)
    public var deadline: Instant { timers.next }

    /// Bytes that were appended and are not acknowledged: the owner's send buffer.
    @inline(__always)
    public var unacknowledgedBytes: UInt32 {
        send.firstByte.count(upTo: send.end)
    }

    /// Of them those that were not sent (SIOCOUTQNSD).
    public var unsentBytes: UInt32 {
        SequenceNumber.later(send.firstByte, send.next).count(upTo: send.end)
    }

    /// Bytes that can be read.
    @inline(__always)
    public var readableBytes: UInt32 { receive.unread }

    /// Where in the received stream the next byte to read is.
    @inline(__always)
    public var readPosition: UInt64 { receive.deliveredBytes &- UInt64(receive.unread) }

    /// Bytes that the receive buffer holds, from `readPosition` on: no piece lies beyond.
    public var receiveCapacity: UInt32 { receive.capacity }

    /// Whether the peer's FIN has come, and all before it.
    public var peerHasEnded: Bool {
        switch state {
        case .closeWait, .closing, .lastAck, .timeWait: true
        default: false
        }
    }

    /// Whether the user may append (RFC 9293, 3.10.2).
    public var canAppend: Bool {
        switch state {
        case .synSent, .synReceived, .established, .closeWait: !marks.contains(.finQueued)
        default: false
        }
    }

    /// Where in the received stream the urgent data end (SIOCATMARK); `nil` when none are
    /// ahead.
    public var urgentMark: UInt64? {
        guard marks.contains(.urgentReceived) else { return nil }
        let next = peerHasEnded ? receive.final : receive.next
        return UInt64(bitPattern: Int64(bitPattern: receive.deliveredBytes) &+ Int64(next.distance(to: receive.urgent)))
    }

    /// SRTT and RTTVAR (TCP_INFO).
    public var smoothedRoundTrip: Interval? { roundTrip.smoothed }
    public var roundTripVariation: Interval { roundTrip.variation }
    public var retransmissionTimeout: Interval { roundTrip.timeout }
    /// cwnd and ssthresh, in bytes.
    public var congestionWindow: UInt32 { congestion.window }
    public var slowStartThreshold: UInt32 { congestion.threshold }
    /// SND.WND.
    public var sendWindow: UInt32 { send.window }
    /// Bytes on their way.
    public var bytesInFlight: UInt32 { send.flight }

    /// As many bytes as a send buffer should hold, so that the window and not the buffer
    /// limits: twice the congestion window, for what is acknowledged late.
    public var wantedSendCapacity: UInt32 {
        min(max(congestion.window &* 2, 16_384), TCP.Limits.greatestBuffer)
    }

    /// Eff.snd.MSS (RFC 9293, 3.7.1): the text of a segment with the options that each has.
    @inline(__always)
    public var segmentSize: UInt16 {
        var size = min(send.peerSegmentSize, path.segmentSize)
        if options.greatestSegment != 0 { size = min(size, options.greatestSegment) }
        size = max(size, TCP.Limits.leastSegmentSize)
        return marks.contains(.timestamps) ? size &- 12 : size
    }

    @inline(__always)
    var segmentBytes: UInt32 { UInt32(segmentSize) }
}
