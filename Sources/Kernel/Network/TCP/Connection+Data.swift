import KernelWire

/// Which text is sent next.
extension TCP.Connection {
    /// Retransmissions, probes, then new text, as far as windows allow.
    mutating func nextText(_ now: Instant) -> TCP.Transmission? {
        if send.flight == 0 {
            due.remove(.retransmission)
            due.remove(.tailProbe)
        } else {
            if due.contains(.retransmission) {
                due.remove(.retransmission)
                if let transmission = retransmission(from: send.unacknowledged, to: send.next, now) {
                    armRetransmission(now, probing: false)
                    return transmission
                }
            }
            if recovery.phase != .open, let transmission = repair(now) { return transmission }
        }
        if due.contains(.windowProbe) { return windowProbe(now) }
        if due.contains(.tailProbe) { return tailProbe(now) }
        if due.contains(.keepAlive) {
            due.remove(.keepAlive)
            // RFC 9293, 3.8.4: a number that was acknowledged, so that an ACK comes.
            return transmission(SequenceRange(send.unacknowledged - 1, count: 0), now)
        }
        return newText(now)
    }

    // MARK: Again

    /// NextSeg of RFC 6675, 4: rules 1, 3 and 4; rule 2, new text, comes between.
    private mutating func repair(_ now: Instant) -> TCP.Transmission? {
        guard pipe &+ segmentBytes <= congestion.window else { return nil }
        let start = SequenceNumber.later(recovery.retransmitted, send.unacknowledged)
        // Rule 1: what is lost.
        let edge = SequenceNumber.earlier(recovery.lossEdge, send.next)
        if let transmission = retransmission(from: start, to: edge, now) { return transmission }
        guard recovery.phase == .fast, marks.contains(.selective), scoreboard.count > 0 else { return nil }
        if canSendNew { return nil }
        // Rule 3: what lies below the last that has arrived.
        let top = scoreboard[scoreboard.count &- 1].upper
        if let transmission = retransmission(from: start, to: top, now) { return transmission }
        // Rule 4: once, the last segment of all.
        guard !recovery.isRescued, top.isBefore(recovery.point), recovery.point.isAtOrBefore(send.next) else { return nil }
        recovery.isRescued = true
        let last = SequenceNumber.later(top, recovery.point - segmentBytes)
        let retransmitted = recovery.retransmitted
        defer { recovery.retransmitted = retransmitted }
        return retransmission(from: last, to: recovery.point, now)
    }

    /// The first segment from `start` up to `end` that the peer has not.
    private mutating func retransmission(
        from start: SequenceNumber, to end: SequenceNumber, _ now: Instant
    ) -> TCP.Transmission? {
        guard let hole = scoreboard.firstHole(from: start, to: end) else { return nil }
        // FIN has a number, but no byte.
        let first = hole.lower
        var upper = SequenceNumber.earlier(hole.upper, first + payloadSize)
        if first.isBefore(send.windowEnd) {
            upper = SequenceNumber.earlier(upper, send.windowEnd)
        } else if first == send.unacknowledged {
            // The window is closed: one byte asks whether it is open again.
            upper = first + 1
        } else {
            // A window that has shrunk (RFC 9293, 3.8.6): what is beyond it waits.
            return nil
        }
        let fin = upper.isAfter(send.end)
        let textEnd = SequenceNumber.earlier(upper, send.end)
        recovery.retransmitted = SequenceNumber.later(recovery.retransmitted, upper)
        if first == send.unacknowledged { recovery.retransmittedAt = send.next }
        timers.timed = .never
        timers.sent = now
        recovery.total &+= 1
        if recovery.canUndo, !recovery.undoIsTimed, marks.contains(.timestamps) {
            recovery.undoIsTimed = true
            recovery.undoTimestamp = timestamps.value(now)
        }
        return transmission(
            SequenceRange(first, textEnd), fin: fin, push: textEnd == send.end && first.isBefore(textEnd), now)
    }

    /// RFC 9293, 3.8.6.1: one byte more than the window allows, or that byte again.
    private mutating func windowProbe(_ now: Instant) -> TCP.Transmission? {
        due.remove(.windowProbe)
        if send.flight > 0 {
            return retransmission(from: send.unacknowledged, to: send.next, now)
        }
        guard send.unsent > 0 || hasFinToSend else { return nil }
        // Not one that others wait for.
        let smallEnd = send.smallEnd
        defer { send.smallEnd = smallEnd }
        return sendNew(count: min(send.unsent, 1), fin: send.unsent == 0, now)
    }

    /// RFC 8985, 7.3: new text if there is some, else the last segment again.
    private mutating func tailProbe(_ now: Instant) -> TCP.Transmission? {
        due.remove(.tailProbe)
        defer { armRetransmission(now, probing: false) }
        recovery.isProbed = true
        let count = min(send.unsent, min(send.usableWindow, payloadSize))
        if count > 0 {
            recovery.probeWasOld = false
            let transmission = sendNew(count: count, fin: false, now)
            recovery.probeEnd = send.next
            return transmission
        }
        recovery.probeWasOld = true
        recovery.probeEnd = send.next
        let start = SequenceNumber.later(send.unacknowledged, send.next - payloadSize)
        let retransmitted = recovery.retransmitted
        defer { recovery.retransmitted = retransmitted }
        return retransmission(from: start, to: send.next, now)
    }

    // MARK: For the first time

    @inline(__always)
    var hasFinToSend: Bool { marks.contains(.finQueued) && !send.finWasSent }

    @inline(__always)
    private var canSendNew: Bool {
        (send.unsent > 0 || hasFinToSend) && send.usableWindow > 0
    }

    private mutating func newText(_ now: Instant) -> TCP.Transmission? {
        let unsent = send.unsent
        waitingBytes = 0
        guard unsent > 0 || hasFinToSend else { return nil }
        if send.flight == 0 { resumeAfterIdle(now) }
        let usable = send.usableWindow
        let pipe = pipe
        let room = congestion.window &- min(congestion.window, pipe)
        let isForced = due.contains(.override)
        due.remove(.override)
        if unsent == 0 {
            // A bare FIN.
            return usable > 0 ? sendNew(count: 0, fin: true, now) : nil
        }
        let possible = min(unsent, usable)
        if possible > room { marks.insert(.congestionLimited) }
        let sendable = min(possible, room)
        let count = chunk(of: sendable, possible: possible, isForced: isForced)
        guard count > 0 else { return nil }
        if sendable == unsent, !isForced, waitsForMore(sendable, now) {
            // Fewer than what ends the waiting (`waitsForMore`), and than what may be sent.
            let limit = min(path.greatestPayload / payloadSize &* payloadSize, congestion.window / 2) &- 1
            waitingBytes = UInt16(clamping: min(limit, min(usable, room)))
            return nil
        }
        timers.coalescing = .never
        // FIN needs a number in the window, too.
        return sendNew(count: count, fin: hasFinToSend && count == unsent && usable > count, now)
    }

    /// How much goes into the next segment: full segments, or the last bytes if they need
    /// not wait (RFC 9293, 3.8.6.2.1 and 3.7.4). It changes nothing, as `isAtRest`.
    @inline(__always)
    private mutating func chunk(of sendable: UInt32, possible: UInt32, isForced: Bool) -> UInt32 {
        let size = payloadSize
        let unsent = send.unsent
        let greatest = max(size, path.greatestPayload / size &* size)
        if sendable >= size {
            if sendable > greatest { return greatest }
            // The rest that is not a full segment goes with the others if it may go at all.
            return sendable == unsent && (sendable % size == 0 || mayBeSmall)
                ? sendable : sendable &- sendable % size
        }
        guard sendable > 0 else { return 0 }
        if isForced { return sendable }
        // (2) and Nagle: all there is.
        if sendable == unsent { return mayBeSmall ? sendable : 0 }
        // The congestion window never makes silly segments.
        if sendable < possible { return 0 }
        // (3) half of the greatest window that the peer has had.
        return sendable >= max(send.greatestWindow / 2, 1) && !options.switches.contains(.cork) ? sendable : 0
    }

    /// Nagle's algorithm as RFC 9293, A.3, has it: a small segment waits only for the
    /// acknowledgment of another small one.
    private var mayBeSmall: Bool {
        @inline(__always) mutating get {
            if marks.contains(.finQueued) || marks.contains(.urgentSent) { return true }
            if options.switches.contains(.cork) { return false }
            return options.switches.contains(.noDelay) || send.smallEnd.isAtOrBefore(send.unacknowledged)
        }
    }

    /// A device that cuts text takes as long for a segment as for many. So text of who writes
    /// on waits, as long as an acknowledgment is to come, for half a window of it; not of who
    /// wants none to wait, nor longer than a moment.
    @inline(__always)
    private mutating func waitsForMore(_ count: UInt32, _ now: Instant) -> Bool {
        let size = payloadSize
        guard path.greatestPayload > size, send.flight > 0, recovery.phase == .open,
            !options.switches.contains(.noDelay), !marks.contains(.finQueued), !marks.contains(.urgentSent)
        else { return false }
        let greatest = path.greatestPayload / size &* size
        guard count < min(greatest, congestion.window / 2) else { return false }
        if timers.coalescing == .never { timers.coalescing = now + TCP.Limits.coalescing }
        return timers.coalescing > now
    }

    private mutating func sendNew(count: UInt32, fin: Bool, _ now: Instant) -> TCP.Transmission {
        let range = SequenceRange(send.next, count: count)
        let isLast = range.upper == send.end
        if count % payloadSize != 0 { send.smallEnd = range.upper }
        if recovery.phase == .open, timers.timed == .never, count > 0 || fin {
            timers.timed = now
            timers.timedEnd = fin ? range.upper + 1 : range.upper
        }
        let wasIdle = send.flight == 0
        send.next = fin ? range.upper + 1 : range.upper
        timers.sent = now
        if wasIdle { timers.stuck = now }
        if wasIdle || timers.purpose != .retransmit || timers.retransmission == .never {
            armRetransmission(now)
        }
        return transmission(range, fin: fin, push: isLast && count > 0, now)
    }

    /// RFC 5681, 4.1: a window that nothing was sent with for a timeout is old.
    private mutating func resumeAfterIdle(_ now: Instant) {
        let idle = now.since(timers.sent)
        let timeout = roundTrip.timeoutWithoutBackoff
        guard idle > timeout, recovery.phase == .open else { return }
        congestion.idle(for: idle.nanoseconds / timeout.nanoseconds, segmentSize: segmentBytes)
        timers.sent = now
    }
}
