import KernelWire

extension TCP {
    /// A connection of which a SYN has come and SYN,ACK was sent (SYN-RECEIVED): a plain value.
    public struct HalfOpen: Sendable, BitwiseCopyable {
        var local: Endpoint
        var remote: Endpoint
        /// IRS and ISS.
        var received: SequenceNumber
        var initial: SequenceNumber
        /// TSval of the SYN, and the offset of ours.
        var timestamp: UInt32 = 0
        var timestampOffset: UInt32 = 0
        /// When SYN,ACK was sent first, and when it is sent again; `never` in an empty slot.
        var sent: Instant
        var deadline: Instant
        /// SendMSS.
        var segmentSize: UInt16
        var windowScale: UInt8 = 0
        var retransmissions: UInt8 = 0
        var marks: Marks = []

        struct Marks: OptionSet, Sendable, BitwiseCopyable {
            let rawValue: UInt8
            static var timestamps: Marks { Marks(rawValue: 1) }
            static var selective: Marks { Marks(rawValue: 2) }
            static var scaling: Marks { Marks(rawValue: 4) }
            /// It came back in a cookie, and nothing is known of its round trip.
            static var cookie: Marks { Marks(rawValue: 8) }
            /// The handshake's ACK has come, and text is waited for (TCP_DEFER_ACCEPT).
            static var deferred: Marks { Marks(rawValue: 16) }
        }

        /// What the slots of a table begin with.
        public static var empty: HalfOpen {
            let none = Endpoint(.v4(IPv4Address(bits: 0)), .any)
            return HalfOpen(
                local: none, remote: none, received: SequenceNumber(0), initial: SequenceNumber(0), sent: .start,
                deadline: .never, segmentSize: 0)
        }

        var isUsed: Bool { deadline != .never }

        /// The options of a SYN.
        mutating func take(_ options: TCPOptions, defaultSegmentSize: UInt16) {
            segmentSize = max(options.maximumSegmentSize ?? defaultSegmentSize, Limits.leastSegmentSize)
            if let scale = options.windowScale {
                marks.insert(.scaling)
                windowScale = min(scale, Limits.greatestWindowScale)
            }
            if options.isSelectiveAcknowledgmentPermitted { marks.insert(.selective) }
            if let stamps = options.timestamps {
                marks.insert(.timestamps)
                timestamp = stamps.value
            }
        }

        /// <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> (RFC 9293, 3.10.7.2, third), with what the peer
        /// has offered.
        func answer(_ opening: Opening, timestampValue: UInt32) -> Segment {
            var options = TCPOptions()
            options.maximumSegmentSize = opening.announcedSegmentSize
            if marks.contains(.scaling) { options.windowScale = opening.windowScale }
            options.isSelectiveAcknowledgmentPermitted = marks.contains(.selective)
            if marks.contains(.timestamps) {
                options.timestamps = TCPTimestamps(value: timestampValue, echo: timestamp)
            }
            return Segment(
                sequence: initial, acknowledgment: received + 1, flags: [.syn, .ack],
                window: UInt16(clamping: opening.receiveCapacity), options: options)
        }
    }
}

extension TCP.Connection {
    /// The connection that a half-open one becomes when its ACK comes: in SYN-RECEIVED, to
    /// receive that segment.
    init(accepting half: TCP.HalfOpen, opening: TCP.Opening, now: Instant) {
        var receive = TCP.ReceiveState(capacity: opening.receiveCapacity, segmentSize: opening.announcedSegmentSize)
        receive.scale = half.marks.contains(.scaling) ? opening.windowScale : 0
        self.init(
            state: .synReceived, send: TCP.SendState(initial: half.initial, peerSegmentSize: half.segmentSize),
            receive: receive, options: opening.options, path: opening.path,
            timestampOffset: half.timestampOffset, now: now)
        marks.insert(.passive)
        take(initialReceived: half.received)
        send.next = send.initial + 1
        if half.marks.contains(.scaling) {
            marks.insert(.scaling)
            send.scale = half.windowScale
        }
        if half.marks.contains(.selective) { marks.insert(.selective) }
        if half.marks.contains(.timestamps) {
            marks.insert(.timestamps)
            timestamps.take(half.timestamp, now)
        }
        timers.timedEnd = send.next
        if half.retransmissions > 0 {
            marks.insert(.synWasLost)
        } else if !half.marks.contains(.cookie) {
            timers.timed = half.sent
        }
    }
}
