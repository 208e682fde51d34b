import KernelWire

extension TCP.Connection {
    /// Fifth of RFC 9293, 3.10.7.4: the ACK field. `false`: the segment ends here.
    mutating func arriveAcknowledgment(
        _ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects
    ) -> Bool {
        guard segment.flags.contains(.ack) else { return false }
        let number = segment.acknowledgment
        if state == .synReceived {
            guard number.isAfter(send.unacknowledged), number.isAtOrBefore(send.next) else {
                effects.events.insert(.answerReset)
                return false
            }
            takeWindow(UInt32(segment.window) << UInt32(send.scale), of: segment)
            acknowledgeSyn(segment, now, &effects)
        }
        // RFC 5961, 5.2: neither of what was never sent nor older than a window.
        guard number.isAtOrBefore(send.next), number.isAtOrAfter(send.unacknowledged - send.greatestWindow)
        else {
            challenge(now)
            return false
        }
        if number.isAtOrAfter(send.unacknowledged) {
            let flight = send.flight
            let news = takeSelective(segment)
            if number.isAfter(send.unacknowledged) {
                advance(to: number, segment, flight: flight, now, &effects)
            } else if flight > 0 {
                if news || isDuplicate(segment) { arriveDuplicate(hasNews: news, now) }
            }
            updateWindow(segment, now)
            answerProbe(segment, hasNews: news, now)
        }
        return leave(now, &effects)
    }

    /// What our FIN's acknowledgment changes (3.10.7.4, fifth, FIN-WAIT-1 to TIME-WAIT).
    private mutating func leave(_ now: Instant, _ effects: inout TCP.Effects) -> Bool {
        guard marks.contains(.finQueued), send.unacknowledged.isAfter(send.end) else { return true }
        switch state {
        case .finWait1:
            state = .finWait2
            armOrphan(now)
        case .closing: enterTimeWait(now)
        case .lastAck:
            finish(&effects)
            return false
        default: break
        }
        return true
    }

    /// SND.UNA comes to `number`.
    private mutating func advance(
        to number: SequenceNumber, _ segment: TCP.Segment, flight: UInt32, _ now: Instant,
        _ effects: inout TCP.Effects
    ) {
        let acknowledged = send.unacknowledged.count(upTo: number)
        let bytes = send.unacknowledged.count(upTo: SequenceNumber.earlier(number, send.end))
        send.unacknowledged = number
        send.acknowledgedBytes &+= UInt64(bytes)
        effects.acknowledged &+= bytes
        effects.events.insert(.progress)

        // Numbers that would be too far behind one day.
        send.smallEnd = SequenceNumber.later(send.smallEnd, number)
        if send.urgent.isAtOrBefore(number) {
            send.urgent = number
            marks.remove(.urgentSent)
        }
        let isSteady = scoreboard.advance(to: number)
        measure(segment, number, now)
        if !isUndone(segment, now) { recover(to: number, acknowledged, flight: flight, isSteady: isSteady, now) }
        recovery.lossEdge = SequenceNumber.later(recovery.lossEdge, number)
        recovery.retransmitted = SequenceNumber.later(recovery.retransmitted, number)
        recovery.retransmittedAt = send.next

        // RFC 6298, 5.2, 5.3.
        timers.windowProbes = 0
        timers.repeats = 0
        timers.stuck = send.flight > 0 ? now : .never
        armRetransmission(now)
    }

    /// A segment's round trip: of the one that is timed, which was sent once (Karn,
    /// RFC 6298, 3), else by the echo of a timestamp (RFC 7323, 4.1).
    private mutating func measure(_ segment: TCP.Segment, _ number: SequenceNumber, _ now: Instant) {
        if timers.timed != .never {
            guard number.isAtOrAfter(timers.timedEnd) else { return }
            roundTrip.measure(now.since(timers.timed))
            timers.timed = .never
        } else if marks.contains(.timestamps), let stamps = segment.options.timestamps,
            let age = timestamps.age(of: stamps.echo, now), age < TCP.Limits.patience
        {
            roundTrip.measure(age)
        }
    }

    /// RFC 5681, 2: nothing but an ACK that says the same once more, in answer to
    /// something that arrived behind a gap.
    private func isDuplicate(_ segment: TCP.Segment) -> Bool {
        segment.count == 0 && !segment.flags.contains(.fin) && send.window > 0
            && UInt32(segment.window) << UInt32(send.scale) == send.window
            && (!marks.contains(.selective) || segment.options.selectiveAcknowledgments.count == 0)
    }

    /// SND.WND, of a segment that is not older than the one it was last taken from.
    private mutating func updateWindow(_ segment: TCP.Segment, _ now: Instant) {
        guard
            send.windowSequence.isBefore(segment.sequence)
                || (send.windowSequence == segment.sequence
                    && send.windowAcknowledgment.isAtOrBefore(segment.acknowledgment))
        else { return }
        let wasClosed = send.window == 0
        takeWindow(UInt32(segment.window) << UInt32(send.scale), of: segment)
        guard send.window > 0 else { return }
        timers.windowProbes = 0
        if wasClosed {
            // What had gone beyond the window was not taken (3.8.6.1).
            roundTrip.forgetBackoff()
            if send.flight > 0 { repeatQuietly(now) }
        }
        if timers.purpose == .windowProbe || timers.purpose == .override {
            timers.retransmission = .never
            armRetransmission(now)
        }
    }

    /// SACK blocks (RFC 2018, 4; RFC 6675, 5): `true` when one said something new.
    private mutating func takeSelective(_ segment: TCP.Segment) -> Bool {
        let blocks = segment.options.selectiveAcknowledgments
        guard blocks.count > 0, marks.contains(.selective) else { return false }
        let sent = SequenceRange(
            SequenceNumber.later(segment.acknowledgment, send.unacknowledged), SequenceNumber.earlier(send.next, send.end))
        var news = false
        var i = isDuplicateReport(segment) ? 1 : 0
        while i < blocks.count {
            let left = SequenceNumber(blocks[i].left)
            let right = SequenceNumber(blocks[i].right)
            i &+= 1
            // A block of what was never sent, or the wrong way round, says nothing.
            guard left.isBefore(right), left.isAfter(sent.lower), right.isAtOrBefore(sent.upper) else { continue }
            if scoreboard.add(SequenceRange(left, right)) { news = true }
        }
        return news
    }

    /// Whether the first block is of what arrived twice (RFC 2883, 4.1): it is below the
    /// acknowledgment, or inside the second.
    func isDuplicateReport(_ segment: TCP.Segment) -> Bool {
        let blocks = segment.options.selectiveAcknowledgments
        guard blocks.count > 0, marks.contains(.selective) else { return false }
        let first = SequenceRange(SequenceNumber(blocks[0].left), SequenceNumber(blocks[0].right))
        if first.lower.isBefore(segment.acknowledgment) { return true }
        guard blocks.count > 1 else { return false }
        return SequenceRange(SequenceNumber(blocks[1].left), SequenceNumber(blocks[1].right)).contains(first)
    }
}
