import KernelWire

extension TCP.Connection {
    /// A segment of this connection has arrived, its checksum being right (RFC 9293, 3.10.7).
    public mutating func receive(_ segment: TCP.Segment, now: Instant) -> TCP.Effects {
        var effects = TCP.Effects()
        switch state {
        case .closed:
            // 3.10.7.1
            if segment.resetAnswer != nil { effects.events.insert(.answerReset) }
        case .synSent: arriveInSynSent(segment, now, &effects)
        default: arrive(segment, now, &effects)
        }
        return effects
    }

    /// In all other states (3.10.7.4).
    private mutating func arrive(_ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects) {
        var segment = segment
        if state == .timeWait, isNewConnection(segment, now) {
            state = .closed
            disarm()
            effects.events.insert(.replaced)
            return
        }
        if state == .synReceived { segment = withoutSyn(segment) }
        guard isFresh(segment, now), arriveSequence(&segment, now),
            arriveReset(segment, now, &effects), arriveSyn(segment, now)
        else { return }

        timers.received = now
        timers.keepAlives = 0
        updateTimestamp(segment, now)
        guard arriveAcknowledgment(segment, now, &effects) else { return }
        arriveText(segment, now, &effects)
    }

    /// In SYN-RECEIVED: the SYN that was seen before, together with an ACK of ours, is what
    /// the other end of a simultaneous open sends (3.5, figure 8, line 6).
    private func withoutSyn(_ segment: TCP.Segment) -> TCP.Segment {
        guard segment.flags.isSuperset(of: [.syn, .ack]), segment.sequence == receive.initial,
            segment.acknowledgment == send.initial + 1
        else { return segment }
        var rest = segment
        rest.flags.remove(.syn)
        rest.sequence += 1
        return rest
    }

    /// PAWS (RFC 7323, 5.3): `false` for a segment that is older than what has arrived.
    private mutating func isFresh(_ segment: TCP.Segment, _ now: Instant) -> Bool {
        guard marks.contains(.timestamps), !segment.flags.contains(.rst) else { return true }
        guard let stamps = segment.options.timestamps else {
            // RFC 7323, 3.2: without the option it is dropped silently; a SYN is answered below.
            return segment.flags.contains(.syn)
        }
        guard timestamps.isOld(stamps.value, now) else { return true }
        if segment.count > 0 {
            noteDuplicate(segment)
            due.insert(.acknowledgment)
        } else {
            challenge(now)
        }
        return false
    }

    /// R3 of RFC 7323, 5.3, with 4.3: of the segment that begins at or before Last.ACK.sent.
    private mutating func updateTimestamp(_ segment: TCP.Segment, _ now: Instant) {
        guard marks.contains(.timestamps), let stamps = segment.options.timestamps,
            segment.sequence.isAtOrBefore(receive.acknowledged)
        else { return }
        timestamps.take(stamps.value, now)
    }

    // MARK: First: the sequence number

    /// The four cases of 3.10.7.4: `false` when no number of the segment is in the window.
    @inline(__always)
    func isAcceptable(_ segment: TCP.Segment) -> Bool {
        let length = segment.length
        let window = receive.window
        if length == 0 {
            return window == 0
                ? segment.sequence == receive.next : segment.sequence.isWithin(window, from: receive.next)
        }
        return segment.sequence.isWithin(window, from: receive.next)
            || (segment.end - 1).isWithin(window, from: receive.next)
    }

    private mutating func arriveSequence(_ segment: inout TCP.Segment, _ now: Instant) -> Bool {
        if isAcceptable(segment) { return true }
        // "If the RCV.WND is zero, no segments will be acceptable, but special allowance
        // should be made to accept valid ACKs, URGs, and RSTs": without its text.
        if receive.window == 0, segment.sequence == receive.next, !segment.flags.contains(.syn) {
            segment.count = 0
            segment.flags.remove(.fin)
            due.insert(.acknowledgment)
            return true
        }
        if segment.flags.contains(.rst) { return false }
        if state == .timeWait, segment.flags.contains(.fin), segment.end == receive.next {
            // The peer's FIN again (eighth): acknowledged, and 2 MSL from now.
            timers.idle = now + TCP.Limits.timeWait
        }
        if segment.count > 0 || segment.flags.contains(.fin) {
            noteDuplicate(segment)
            due.insert(.acknowledgment)
        } else {
            challenge(now)
        }
        return false
    }

    /// Text that was there already is told in the next ACK (RFC 2883, 4.1).
    private mutating func noteDuplicate(_ segment: TCP.Segment) {
        let range = SequenceRange(segment.sequence, count: segment.count)
        guard marks.contains(.selective), !range.isEmpty, range.upper.isAtOrBefore(receive.next),
            !segment.flags.contains(.syn)
        else { return }
        duplicate = range
        marks.insert(.duplicateSeen)
    }

    // MARK: Second: RST

    /// RFC 5961, 3.2: only the very next number ends a connection.
    private mutating func arriveReset(
        _ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects
    ) -> Bool {
        guard segment.flags.contains(.rst) else { return true }
        guard segment.sequence == receive.next else {
            challenge(now)
            return false
        }
        switch state {
        case .synReceived: end(.refused, &effects)
        case .closing, .lastAck, .timeWait: finish(&effects)
        default: end(.reset, &effects)
        }
        return false
    }

    // MARK: Fourth: SYN

    /// RFC 5961, 4.2: whatever its number, the peer is asked whether it meant it.
    private mutating func arriveSyn(_ segment: TCP.Segment, _ now: Instant) -> Bool {
        guard segment.flags.contains(.syn) else { return true }
        challenge(now)
        return false
    }

    /// Whether a SYN begins a new connection where the old one waits in TIME-WAIT
    /// (RFC 6191, 2; RFC 9293, 3.10.7.4, fourth).
    private func isNewConnection(_ segment: TCP.Segment, _ now: Instant) -> Bool {
        guard segment.flags.contains(.syn), segment.flags.isDisjoint(with: [.ack, .rst]) else { return false }
        let isAhead = segment.sequence.isAtOrAfter(receive.next)
        guard let stamps = segment.options.timestamps else { return isAhead }
        guard marks.contains(.timestamps) else { return true }
        let difference = Int32(truncatingIfNeeded: stamps.value &- timestamps.recent)
        return difference > 0 || (difference == 0 && isAhead)
    }

    /// A challenge ACK (RFC 5961), as far as the limit allows.
    mutating func challenge(_ now: Instant) {
        let second = UInt32(truncatingIfNeeded: now.wholeSeconds)
        if second &- timers.challengeSeconds >= UInt32(truncatingIfNeeded: TCP.Limits.challengePeriod.wholeSeconds) {
            timers.challengeSeconds = second
            timers.challenges = 0
        }
        guard timers.challenges < TCP.Limits.challenges else { return }
        timers.challenges &+= 1
        due.insert(.acknowledgment)
    }

    // MARK: Ends

    /// It is over before both sides have closed it.
    mutating func end(_ failure: TCP.Failure, _ effects: inout TCP.Effects) {
        switch state {
        case .established, .closeWait: effects.events.insert(.lostEstablished)
        case .synSent, .synReceived: effects.events.insert(.failedAttempt)
        default: break
        }
        state = .closed
        self.failure = failure
        disarm()
        effects.fail(failure)
    }

    /// It is over, and the peer is told so with RST.
    mutating func abandon(_ failure: TCP.Failure, _ effects: inout TCP.Effects) {
        end(failure, &effects)
        due = .reset
    }

    /// It is over.
    mutating func finish(_ effects: inout TCP.Effects) {
        state = .closed
        disarm()
        effects.events.insert(.closed)
    }

    mutating func disarm() {
        due = []
        timers.retransmission = .never
        timers.acknowledgment = .never
        timers.coalescing = .never
        waitingBytes = 0
        timers.idle = .never
        timers.stuck = .never
    }
}
