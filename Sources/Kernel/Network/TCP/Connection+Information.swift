extension TCP {
    /// What is told of a connection (Linux, `struct tcp_info` as tcp(7) and the C libraries have
    /// it): 104 bytes. What does not exist here is 0.
    public struct Information: Equatable, Sendable, BitwiseCopyable {
        /// A number of Linux's: `State.number`.
        public var state: UInt8 = 0
        /// TCP_CA_Open 0, TCP_CA_Recovery 3, TCP_CA_Loss 4.
        public var recovery: UInt8 = 0
        public var retransmits: UInt8 = 0
        public var probes: UInt8 = 0
        public var backoff: UInt8 = 0
        /// TCPI_OPT_TIMESTAMPS 1, TCPI_OPT_SACK 2, TCPI_OPT_WSCALE 4.
        public var options: UInt8 = 0
        /// What we send with in the lower four bits, what we receive with in the upper ones.
        public var scales: UInt8 = 0
        private var unused: UInt8 = 0
        /// RTO and ATO, in microseconds.
        public var retransmissionTimeout: UInt32 = 0
        public var acknowledgmentTimeout: UInt32 = 0
        public var sendSegment: UInt32 = 0
        public var receiveSegment: UInt32 = 0
        /// Segments: on their way, told by SACK, taken for lost, sent again and not acknowledged.
        public var unacknowledged: UInt32 = 0
        public var selective: UInt32 = 0
        public var lost: UInt32 = 0
        public var repeated: UInt32 = 0
        public var forward: UInt32 = 0
        /// Milliseconds since then.
        public var lastSent: UInt32 = 0
        public var lastAcknowledgmentSent: UInt32 = 0
        public var lastReceived: UInt32 = 0
        public var lastAcknowledgmentReceived: UInt32 = 0
        public var pathUnit: UInt32 = 0
        public var receiveThreshold: UInt32 = 0
        /// In microseconds.
        public var roundTrip: UInt32 = 0
        public var roundTripVariation: UInt32 = 0
        /// ssthresh and cwnd, in segments.
        public var threshold: UInt32 = 0
        public var window: UInt32 = 0
        public var announcedSegment: UInt32 = 0
        public var reordering: UInt32 = 0
        public var receiveRoundTrip: UInt32 = 0
        public var receiveSpace: UInt32 = 0
        public var totalRepeated: UInt32 = 0

        public init() {}
    }
}

extension TCP.State {
    /// Linux's number of it; LISTEN is 10.
    public var number: UInt8 {
        switch self {
        case .established: 1
        case .synSent: 2
        case .synReceived: 3
        case .finWait1: 4
        case .finWait2: 5
        case .timeWait: 6
        case .closed: 7
        case .closeWait: 8
        case .lastAck: 9
        case .closing: 11
        }
    }
}

extension TCP.Connection {
    /// TCP_INFO.
    public func information(now: Instant) -> TCP.Information {
        var info = TCP.Information()
        info.state = state.number
        info.recovery = recovery.phase == .fast ? 3 : recovery.phase == .timeout ? 4 : 0
        info.retransmits = timers.repeats
        info.probes = max(timers.windowProbes, timers.keepAlives)
        info.backoff = roundTrip.backoff
        if marks.contains(.timestamps) { info.options |= 1 }
        if marks.contains(.selective) { info.options |= 2 }
        if marks.contains(.scaling) {
            info.options |= 4
            info.scales = send.scale | receive.scale << 4
        }
        info.retransmissionTimeout = roundTrip.timeout.microseconds
        info.acknowledgmentTimeout = TCP.Limits.acknowledgmentDelay.microseconds
        let segment = max(segmentBytes, 1)
        info.sendSegment = segmentBytes
        info.receiveSegment = UInt32(max(receive.greatestSegment, TCP.Limits.leastSegmentSize))
        func segments(_ bytes: UInt32) -> UInt32 { bytes / segment &+ (bytes % segment == 0 ? 0 : 1) }
        info.unacknowledged = segments(send.flight)
        let all = SequenceRange(send.unacknowledged, send.next)
        info.selective = segments(scoreboard.held(in: all))
        if recovery.phase != .open {
            let edge = SequenceNumber.earlier(SequenceNumber.later(recovery.lossEdge, send.unacknowledged), send.next)
            info.lost = segments(scoreboard.missing(in: SequenceRange(send.unacknowledged, edge)))
            let end = SequenceNumber.earlier(SequenceNumber.later(recovery.retransmitted, send.unacknowledged), send.next)
            info.repeated = segments(scoreboard.missing(in: SequenceRange(send.unacknowledged, end)))
        }
        info.lastSent = now.since(timers.sent).milliseconds
        info.lastReceived = now.since(timers.received).milliseconds
        info.lastAcknowledgmentReceived = info.lastReceived
        info.pathUnit = UInt32(path.segmentSize) &+ (path.isV6 ? 60 : 40)
        info.receiveThreshold = receive.window
        info.roundTrip = roundTrip.smoothed?.microseconds ?? 0
        info.roundTripVariation = roundTrip.smoothed == nil ? 0 : roundTrip.variation.microseconds
        // What was never lowered is no threshold (Linux, TCP_INFINITE_SSTHRESH).
        info.threshold =
            congestion.threshold >= TCP.Limits.greatestBuffer ? 0x7fff_ffff : max(congestion.threshold / segment, 1)
        info.window = max(congestion.window / segment, 1)
        info.announcedSegment = UInt32(receive.segmentSize)
        // What is missing below is not late but lost (RFC 5681, 3.2).
        info.reordering = 3
        info.receiveRoundTrip = rate.roundTrip
        info.receiveSpace = receive.capacity
        info.totalRepeated = recovery.total
        return info
    }
}

extension Interval {
    fileprivate var microseconds: UInt32 { UInt32(clamping: nanoseconds / 1000) }
    fileprivate var milliseconds: UInt32 { UInt32(clamping: nanoseconds / 1_000_000) }
}
