import KernelWire

extension TCP.Connection {
    /// Sixth, seventh and eighth of RFC 9293, 3.10.7.4: URG, text, FIN.
    mutating func arriveText(_ segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects) {
        guard state.canReceive else { return }
        if segment.flags.contains(.urg), segment.urgentPointer > 0 { arriveUrgent(segment, &effects) }
        guard segment.count > 0 || segment.flags.contains(.fin) else { return }

        // Cut to what is new and in the window.
        var lower = segment.sequence
        var upper = segment.sequence + segment.count
        var fin = segment.flags.contains(.fin)
        if lower.isBefore(receive.next) {
            if segment.count > 0, marks.contains(.selective) {
                // RFC 2883, 4.1: the part that was there already.
                duplicate = SequenceRange(lower, SequenceNumber.earlier(receive.next, upper))
                marks.insert(.duplicateSeen)
            }
            lower = receive.next
            due.insert(.acknowledgment)
        }
        if upper.isAfter(receive.edge) {
            upper = receive.edge
            fin = false
            due.insert(.acknowledgment)
            effects.events.insert(.dropped)
        }
        if marks.contains(.finSeen), upper.isAfter(receive.final) {
            // Behind the end that the peer has named there is nothing.
            upper = receive.final
            fin = false
        }
        if fin { noteFin(at: upper) }
        if lower.isBefore(upper) {
            if marks.contains(.orphan) {
                // Nobody reads it any more: the peer is told (RFC 9293, 3.6.1).
                abandon(.reset, &effects)
                return
            }
            receive.greatestSegment = max(
                receive.greatestSegment, min(UInt16(clamping: segment.count), receive.segmentSize))
            if marks.contains(.timestamps), receive.capacity < options.receiveLimit,
                let stamps = segment.options.timestamps
            {
                measureReceiving(stamps.echo, now)
            }
            arrive(SequenceRange(lower, upper), of: segment, now, &effects)
        } else if !fin {
            due.insert(.acknowledgment)
        }
        arriveFin(now, &effects)
    }

    // MARK: Sixth: URG

    /// RCV.UP = max(RCV.UP, SEG.UP), which is the number behind the last urgent byte
    /// (RFC 9293, 3.8.5; RFC 6093). The bytes stay in the stream.
    private mutating func arriveUrgent(_ segment: TCP.Segment, _ effects: inout TCP.Effects) {
        let pointer = segment.sequence + UInt32(segment.urgentPointer)
        let known = marks.contains(.urgentReceived) ? receive.urgent : receive.next - receive.unread
        guard pointer.isAfter(known) else { return }
        receive.urgent = pointer
        marks.insert(.urgentReceived)
        effects.events.insert(.urgent)
    }

    // MARK: Seventh: the text

    /// Numbers in the window, none before RCV.NXT.
    private mutating func arrive(
        _ range: SequenceRange, of segment: TCP.Segment, _ now: Instant, _ effects: inout TCP.Effects
    ) {
        if reassembly.isEmpty, range.lower == receive.next {
            // What nearly always is.
            keep(range, of: segment, &effects)
            advance(to: range.upper, &effects)
            acknowledgeLater(now)
            return
        }
        // At once when out of order or when it fills a gap (RFC 5681, 4.2).
        due.insert(.acknowledgment)
        let isInOrder = range.lower == receive.next
        guard isInOrder || reassembly.canInsert(range) else {
            effects.events.insert(.dropped)
            return
        }
        var end = range.lower
        while end.isBefore(range.upper), let gap = reassembly.firstGap(in: SequenceRange(end, range.upper)) {
            if effects.pieces.isFull {
                // The peer sends the rest again.
                end = gap.lower
                effects.events.insert(.dropped)
                break
            }
            keep(gap, of: segment, &effects)
            end = gap.upper
        }
        if effects.pieces.count == 0, marks.contains(.selective) {
            duplicate = range
            marks.insert(.duplicateSeen)
        }
        if !effects.events.contains(.dropped) { end = range.upper }
        if isInOrder {
            advance(to: reassembly.absorb(from: end), &effects)
        } else if reassembly.canInsert(SequenceRange(range.lower, end)) {
            reassembly.insert(SequenceRange(range.lower, end))
        }
    }

    /// The bytes with these numbers are the owner's now.
    @inline(__always)
    private func keep(_ range: SequenceRange, of segment: TCP.Segment, _ effects: inout TCP.Effects) {
        effects.pieces.append(
            TCP.Piece(
                offset: segment.sequence.count(upTo: range.lower), count: range.count,
                position: receive.deliveredBytes &+ UInt64(receive.next.count(upTo: range.lower))))
    }

    /// RCV.NXT comes to `next`.
    private mutating func advance(to next: SequenceNumber, _ effects: inout TCP.Effects) {
        let count = receive.next.count(upTo: next)
        receive.next = next
        receive.unread &+= count
        receive.deliveredBytes &+= UInt64(count)
        effects.delivered &+= count
    }

    /// RFC 9293, 3.8.6.3; RFC 5681, 4.2: at least every second full-sized segment, and
    /// within the delay.
    private mutating func acknowledgeLater(_ now: Instant) {
        let waiting = receive.acknowledged.count(upTo: receive.next)
        if waiting >= 2 &* UInt32(receive.greatestSegment) || options.switches.contains(.quickAcknowledgments) {
            due.insert(.acknowledgment)
        } else if timers.acknowledgment == .never {
            timers.acknowledgment = now + TCP.Limits.acknowledgmentDelay
        }
    }

    // MARK: Eighth: FIN

    /// The peer's last number is known, though what is before it may be missing.
    private mutating func noteFin(at number: SequenceNumber) {
        guard !marks.contains(.finSeen) else { return }
        if let end = reassembly.end, end.isAfter(number) { return }
        receive.final = number
        marks.insert(.finSeen)
        if number != receive.next { due.insert(.acknowledgment) }
    }

    /// Whether all before the FIN is there.
    private mutating func arriveFin(_ now: Instant, _ effects: inout TCP.Effects) {
        guard marks.contains(.finSeen), receive.next == receive.final else { return }
        receive.next += 1
        receive.edge = SequenceNumber.later(receive.edge, receive.next)
        due.insert(.acknowledgment)
        effects.events.insert(.ended)
        switch state {
        case .established: state = .closeWait
        case .finWait1:
            // Had our FIN been acknowledged, it were FIN-WAIT-2.
            state = .closing
        case .finWait2: enterTimeWait(now)
        default: break
        }
    }

    mutating func enterTimeWait(_ now: Instant) {
        state = .timeWait
        timers.retransmission = .never
        timers.stuck = .never
        timers.acknowledgment = .never
        timers.idle = now + TCP.Limits.timeWait
    }
}
