import KernelWire

extension TCP.Connection {
    /// A segment arrives in SYN-SENT (RFC 9293, 3.10.7.3).
    mutating func arriveInSynSent(_ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects) {
        let flags = segment.flags
        // First: an ACK of anything but the SYN is a ghost's.
        if flags.contains(.ack) {
            let number = segment.acknowledgment
            guard number.isAfter(send.initial), number.isAtOrBefore(send.next) else {
                if !flags.contains(.rst) { effects.events.insert(.answerReset) }
                return
            }
        }
        // Second. Without an ACK the RST may be anybody's.
        if flags.contains(.rst) {
            if flags.contains(.ack) { end(.refused, &effects) }
            return
        }
        // Fourth; fifth: neither SYN nor RST, dropped.
        guard flags.contains(.syn) else { return }
        take(initialReceived: segment.sequence)
        take(synOptions: segment.options, now: now)
        takeWindow(UInt32(segment.window), of: segment)
        timers.received = now
        due.insert(.acknowledgment)
        guard flags.contains(.ack) else {
            // The peer opens, too (3.5, figure 8): SYN,ACK. Its text comes again.
            state = .synReceived
            due.insert(.syn)
            timers.retransmission = .never
            return
        }
        acknowledgeSyn(segment, now, &effects)
        // Text and other controls: on with the sixth step.
        if segment.count > 0 || flags.contains(.fin) || flags.contains(.urg) {
            var rest = segment
            rest.sequence += 1
            rest.flags.remove(.syn)
            arriveText(rest, now, &effects)
        }
    }

    /// SND.UNA = SEG.ACK, for the first time.
    mutating func acknowledgeSyn(_ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects) {
        measureSyn(segment, now)
        send.unacknowledged = send.initial + 1
        timers.retransmission = .never
        timers.stuck = .never
        effects.events.insert(.progress)
        establish(now, &effects)
    }

    /// The SYN's round trip; what was sent twice tells nothing without timestamps (Karn).
    private mutating func measureSyn(_ segment: TCP.Segment, _ now: Instant) {
        if timers.timed != .never {
            roundTrip.measure(now.since(timers.timed))
            timers.timed = .never
        } else if marks.isSuperset(of: [.timestamps, .synWasLost]), let stamps = segment.options.timestamps,
            let age = timestamps.age(of: stamps.echo, now), age < TCP.Limits.synPatience
        {
            roundTrip.measure(age)
        }
    }

    /// SND.WND, SND.WL1 and SND.WL2 (RFC 9293, 3.10.7.4, fifth).
    mutating func takeWindow(_ bytes: UInt32, of segment: TCP.Segment) {
        send.window = bytes
        send.greatestWindow = max(send.greatestWindow, bytes)
        send.windowSequence = segment.sequence
        send.windowAcknowledgment = segment.acknowledgment
    }
}
