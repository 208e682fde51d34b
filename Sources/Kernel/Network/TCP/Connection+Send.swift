import KernelWire

extension TCP.Connection {
    /// The next segment to send; `nil` when there is none for now, and `deadline` holds.
    ///
    /// The owner takes segments after every event until `nil`, or as many as it can send
    /// and the rest later.
    public mutating func nextSegment(now: Instant) -> TCP.Transmission? {
        switch state {
        case .closed: return due.contains(.reset) ? reset() : nil
        case .synSent, .synReceived:
            if due.contains(.syn) { return syn(now) }
        case .timeWait: break
        default:
            if let transmission = nextText(now) { return transmission }
            settle(now)
        }
        return due.contains(.acknowledgment) ? acknowledgment(now) : nil
    }

    /// Whether `nextSegment` has nothing and changes nothing: nothing is due, all text was sent, and
    /// none is thought to be lost. That it may change the connection is said so that it is not copied.
    @inline(__always)
    public mutating func isAtRest() -> Bool {
        state == .established && due.isEmpty && send.next == send.end && recovery.phase == .open && waitingBytes == 0
    }

    /// <SEQ=SND.NXT><CTL=RST> (RFC 9293, 3.10.5).
    private mutating func reset() -> TCP.Transmission {
        due = []
        return TCP.Transmission(TCP.Segment(sequence: send.next, flags: .rst), position: 0, segmentSize: 0)
    }

    /// <SEQ=ISS><CTL=SYN>, in SYN-RECEIVED <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>.
    private mutating func syn(_ now: Instant) -> TCP.Transmission {
        due.remove(.syn)
        let isAnswer = state == .synReceived
        var options = TCPOptions()
        options.maximumSegmentSize = receive.segmentSize
        // What the peer has not offered is not answered (RFC 7323, 2.2, 3.2; RFC 2018, 2).
        if !isAnswer || marks.contains(.scaling) { options.windowScale = receive.scale }
        if !isAnswer || marks.contains(.selective) { options.isSelectiveAcknowledgmentPermitted = true }
        if !isAnswer || marks.contains(.timestamps) { options.timestamps = timestamps.option(now) }
        var segment = TCP.Segment(
            sequence: send.initial, flags: .syn, window: UInt16(clamping: receive.capacity), options: options)
        if isAnswer {
            segment.flags.insert(.ack)
            segment.acknowledgment = receive.next
            due.remove(.acknowledgment)
        }
        if send.next == send.initial {
            send.next = send.initial + 1
            timers.timed = now
            timers.timedEnd = send.next
            timers.stuck = now
        } else {
            timers.timed = .never
            recovery.total &+= 1
        }
        armRetransmission(now)
        return TCP.Transmission(segment, position: 0, segmentSize: 0)
    }

    /// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
    private mutating func acknowledgment(_ now: Instant) -> TCP.Transmission {
        transmission(SequenceRange(send.next, count: 0), now)
    }

    /// A segment in a synchronized state, with all that each says.
    mutating func transmission(
        _ range: SequenceRange, fin: Bool = false, push: Bool = false, _ now: Instant
    ) -> TCP.Transmission {
        var segment = TCP.Segment(
            sequence: range.lower, acknowledgment: receive.next, flags: .ack, window: takeWindowField(),
            count: range.count)
        if push { segment.flags.insert(.psh) }
        if fin { segment.flags.insert(.fin) }
        if marks.contains(.timestamps) { segment.options.timestamps = timestamps.option(now) }
        // What is cut into several has these options in each.
        let size = payloadSize
        if marks.contains(.selective) { appendBlocks(to: &segment.options) }
        if marks.contains(.urgentSent), send.urgent.isAfter(range.lower) {
            // Further than the field reaches it says at least that there is some.
            segment.flags.insert(.urg)
            segment.urgentPointer = UInt16(clamping: range.lower.count(upTo: send.urgent))
        }
        receive.acknowledged = receive.next
        due.remove(.acknowledgment)
        timers.acknowledgment = .never
        return TCP.Transmission(
            segment, position: send.position(of: range.lower),
            segmentSize: UInt16(truncatingIfNeeded: size))
    }

    /// RFC 2018, 4, with RFC 2883: first what arrived twice, then what has changed last.
    private mutating func appendBlocks(to options: inout TCPOptions) {
        guard marks.contains(.duplicateSeen) || !reassembly.isEmpty else { return }
        let limit = blockLimit
        if marks.contains(.duplicateSeen) {
            marks.remove(.duplicateSeen)
            append(duplicate, to: &options)
            // 4.2: of a duplicate within a block that block follows.
            if let around = reassembly.range(with: duplicate.lower) { append(around, to: &options) }
        }
        var i = 0
        while i < reassembly.count, options.selectiveAcknowledgments.count < limit {
            let range = reassembly[i]
            if options.selectiveAcknowledgments.count != 2 || range.lower.rawValue != options.selectiveAcknowledgments[1].left {
                append(range, to: &options)
            }
            i &+= 1
        }
    }

    private func append(_ range: SequenceRange, to options: inout TCPOptions) {
        options.selectiveAcknowledgments.append(.init(left: range.lower.rawValue, right: range.upper.rawValue))
    }

    /// Blocks that find room in 40 bytes.
    @inline(__always)
    private var blockLimit: Int { marks.contains(.timestamps) ? 3 : 4 }

    /// Text of a segment with all options that the next one has.
    @inline(__always)
    var payloadSize: UInt32 {
        var blocks = marks.contains(.selective) ? reassembly.count : 0
        if marks.contains(.duplicateSeen) { blocks &+= 1 }
        blocks = min(blocks, blockLimit)
        return blocks == 0 ? segmentBytes : segmentBytes &- min(segmentBytes &- 1, UInt32(truncatingIfNeeded: 4 &+ 8 &* blocks))
    }
}
