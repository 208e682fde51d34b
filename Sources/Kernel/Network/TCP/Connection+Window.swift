/// The window that is offered (RFC 9293, 3.8.6), and a buffer that grows.
extension TCP.Connection {
    /// As far as the buffer reaches.
    @inline(__always)
    private var bufferEnd: SequenceNumber {
        receive.next + (receive.capacity &- min(receive.unread, receive.capacity))
    }

    /// What makes the right edge worth moving: RFC 9293, 3.8.6.2.2: half of the buffer, or
    /// a full-sized segment.
    @inline(__always)
    private var worthwhileStep: UInt32 { max(min(receive.capacity / 2, UInt32(receive.segmentSize)), 1) }

    /// RCV.NXT + RCV.WND as the next segment tells it: never to the left of what was told
    /// (3.8.6: "shrinking the window"), and to the right by no silly steps.
    @inline(__always)
    private func nextEdge() -> SequenceNumber {
        let end = bufferEnd
        return receive.edge.count(upTo: end) >= worthwhileStep ? end : receive.edge
    }

    /// The field of a segment that is sent now. SYNs are not scaled (RFC 7323, 2.2).
    mutating func takeWindowField() -> UInt16 {
        let scale = UInt32(receive.scale)
        let offered = min(receive.next.count(upTo: nextEdge()) >> scale, 65_535)
        receive.edge = SequenceNumber.later(receive.edge, receive.next + (offered << scale))
        return UInt16(truncatingIfNeeded: offered)
    }

    /// Whether an ACK is due only to tell the window: the peer has less than half of what
    /// it could have.
    @inline(__always)
    var windowIsWorthTelling: Bool { isWorthTelling(afterReading: 0) }

    /// The same once so many bytes more are read.
    @inline(__always)
    func isWorthTelling(afterReading count: UInt32) -> Bool {
        let end = bufferEnd + count
        let possible = receive.next.count(upTo: end)
        let scale = UInt32(receive.scale)
        return receive.edge.count(upTo: end) >= max(worthwhileStep, 1 << scale)
            && receive.window <= possible / 2
    }

    // MARK: Growing

    /// Twice of what was read in a round trip is what a window has to be for a peer that
    /// doubles its own each round trip.
    mutating func measureReading(_ count: UInt32, _ now: Instant, _ effects: inout TCP.Effects) {
        guard receive.capacity < options.receiveLimit else { return }
        guard rate.start != .never else {
            rate.start = now
            rate.bytes = 0
            return
        }
        rate.bytes = rate.bytes &+ min(count, TCP.Limits.greatestBuffer)
        let roundTrip = receiverRoundTrip
        guard roundTrip > .zero, now.since(rate.start) >= roundTrip else { return }
        // Only what came in a round trip tells the rate.
        let bytes = UInt64(rate.bytes) &* max(roundTrip.nanoseconds / 1000, 1)
            / max(now.since(rate.start).nanoseconds / 1000, 1)
        if bytes >= UInt64(receive.capacity / 2) {
            effects.events.insert(.wantsReceiveBuffer)
        }
        rate.start = now
        rate.bytes = 0
    }

    /// Whether `measureReading` of so many bytes can ask for a larger buffer, if its time is over.
    @inline(__always)
    func mayWantMore(afterReading count: UInt32) -> Bool {
        receive.capacity < options.receiveLimit && rate.bytes &+ count >= receive.capacity / 2
    }

    /// The same as `measureReading`, of which `mayWantMore` has said that nothing follows.
    @inline(__always)
    mutating func measureQuietly(_ count: UInt32, _ now: Instant) {
        let roundTrip = receiverRoundTrip
        let ends = rate.start == .never || roundTrip > .zero && now.since(rate.start) >= roundTrip
        if ends { rate.start = now }
        rate.bytes = ends ? 0 : rate.bytes &+ count
    }

    @inline(__always)
    private var receiverRoundTrip: Interval {
        rate.roundTrip > 0 ? .microseconds(UInt64(rate.roundTrip)) : roundTrip.smoothed ?? .zero
    }

    /// What the receive buffer should hold (`wantsReceiveBuffer`), at most the limit.
    public var wantedReceiveCapacity: UInt32 {
        min(options.receiveLimit, max(receive.capacity, min(receive.capacity, TCP.Limits.greatestBuffer / 2) &* 2))
    }

    /// The owner's buffer holds that many bytes now; it never becomes smaller than what
    /// was offered.
    public mutating func receiveCapacityChanged(to bytes: UInt32) {
        let offered = receive.unread &+ receive.window
        receive.capacity = min(max(bytes, max(offered, TCP.Limits.leastBuffer)), TCP.Limits.greatestBuffer)
        if state.canReceive, windowIsWorthTelling { due.insert(.acknowledgment) }
    }

    /// The receiver's round trip: from a timestamp that was sent to text that echoes it.
    mutating func measureReceiving(_ echo: UInt32, _ now: Instant) {
        guard let age = timestamps.age(of: echo, now), age < .seconds(60) else { return }
        // A tick is a millisecond: less is not known.
        let sample = UInt32(truncatingIfNeeded: max(age.nanoseconds / 1000, 1000))
        let known = rate.roundTrip
        // A peer that had nothing to send makes it look longer.
        rate.roundTrip = known == 0 || sample < known ? sample : known &+ min(sample &- known, known) / 8
    }
}
