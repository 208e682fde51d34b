import KernelWire

/// Losses: found, repaired, and taken back when they were none.
extension TCP.Connection {
    var isNewReno: Bool { options.switches.contains(.newReno) }

    /// What is taken to be on its way (`pipe` of RFC 6675, 4; for a peer without SACK each
    /// duplicate ACK says that a segment has left, RFC 5681, 3.2, RFC 3042). It changes nothing, as
    /// `isAtRest`.
    var pipe: UInt32 {
        @inline(__always) mutating get {
            let sent = send.flight
            if sent == 0 { return 0 }
            var pipe: UInt32
            if recovery.phase == .open {
                pipe = sent &- scoreboard.held(in: SequenceRange(send.unacknowledged, send.next))
            } else {
                let edge = SequenceNumber.earlier(
                    SequenceNumber.later(recovery.lossEdge, send.unacknowledged), send.next)
                pipe =
                    scoreboard.missing(in: SequenceRange(edge, send.next))
                    &+ scoreboard.missing(in: SequenceRange(send.unacknowledged, recovery.retransmitted))
            }
            if !marks.contains(.selective), recovery.phase != .timeout {
                pipe = pipe &- min(pipe, UInt32(recovery.duplicates) &* segmentBytes)
            }
            return pipe
        }
    }

    /// A duplicate ACK: RFC 5681, 3.2; RFC 6582, 3.2; RFC 6675, 5.
    mutating func arriveDuplicate(hasNews: Bool, _ now: Instant) {
        if recovery.duplicates < .max { recovery.duplicates &+= 1 }
        switch recovery.phase {
        case .open:
            if marks.contains(.selective) {
                if recovery.duplicates >= 3 || scoreboard.lossEdge(segmentSize: segmentBytes) != nil {
                    enterRecovery(now)
                }
            } else if recovery.duplicates >= 3, send.unacknowledged.isAfter(recovery.point) {
                // RFC 6582, 3.2, 2: not for what was sent before the last recovery's end.
                enterRecovery(now)
            }
        case .fast, .quiet:
            guard marks.contains(.selective), let edge = scoreboard.lossEdge(segmentSize: segmentBytes) else { return }
            if recovery.phase == .fast { recovery.lossEdge = SequenceNumber.later(recovery.lossEdge, edge) }
            let since = SequenceRange(recovery.retransmittedAt, send.next)
            if recovery.retransmitted.isAfter(send.unacknowledged), scoreboard.held(in: since) > 2 &* segmentBytes {
                // More than two segments that were sent after the first missing one's repetition
                // have arrived: by the same rule that one is lost again.
                recovery.retransmitted = send.unacknowledged
                due.insert(.retransmission)
            }
        case .timeout: break
        }
    }

    /// RFC 6582, 3.2, 2 and 3; RFC 6675, 5, 4.
    private mutating func enterRecovery(_ now: Instant) {
        rememberWindows()
        let edge = marks.contains(.selective) ? scoreboard.lossEdge(segmentSize: segmentBytes) : nil
        begin(.fast, lossEdge: edge ?? send.unacknowledged + min(segmentBytes, send.flight))
        congestion.reduce(flight: send.flight, segmentSize: segmentBytes, newReno: isNewReno)
    }

    /// Segments are missing that no queue has dropped: they are sent again, and the
    /// congestion window stays.
    mutating func repeatQuietly(_ now: Instant) {
        guard recovery.phase != .timeout else {
            due.insert(.retransmission)
            return
        }
        begin(.quiet, lossEdge: send.next)
    }

    private mutating func begin(_ phase: TCP.RecoveryState.Phase, lossEdge: SequenceNumber) {
        recovery.phase = phase
        recovery.point = send.next
        recovery.lossEdge = lossEdge
        recovery.retransmitted = send.unacknowledged
        recovery.retransmittedAt = send.next
        recovery.isRescued = false
        recovery.isProbed = false
        timers.timed = .never
        due.insert(.retransmission)
    }

    /// The retransmission timer has expired (RFC 6298, 5.4 to 5.6; RFC 5681, 3.1; RFC 6675, 5.1).
    mutating func enterTimeout(_ now: Instant) {
        // For the same segment: ssthresh stays.
        let isRepeated = recovery.phase == .timeout && timers.repeats > 0
        if timers.repeats < .max { timers.repeats &+= 1 }
        if !isRepeated { rememberWindows() }
        congestion.timeout(
            flight: send.flight, segmentSize: segmentBytes, repeated: isRepeated, newReno: isNewReno)
        if scoreboard.count > 0, scoreboard[0].lower == send.unacknowledged { scoreboard.clear() }
        begin(.timeout, lossEdge: send.next)
        recovery.duplicates = 0
        roundTrip.doubleTimeout()
    }

    /// SND.UNA has come to `number`.
    mutating func recover(
        to number: SequenceNumber, _ acknowledged: UInt32, flight: UInt32, isSteady: Bool, _ now: Instant
    ) {
        if recovery.phase == .open {
            recovery.duplicates = 0
            // So that it is before SND.UNA, and never 2^31 behind.
            if recovery.point.isBefore(number) { recovery.point = number - 1 }
            if !isSteady { begin(.quiet, lossEdge: send.next) }
            grow(acknowledged, flight: flight, now)
            return
        }
        if number.isAtOrAfter(recovery.point) {
            // Full acknowledgment: cwnd is ssthresh since recovery began (RFC 6582, 3.2, 3).
            if recovery.phase == .timeout { grow(acknowledged, flight: flight, now) }
            leaveRecovery()
            return
        }
        // Partial acknowledgment.
        if !isSteady {
            recovery.retransmitted = number
            recovery.lossEdge = recovery.point
            due.insert(.retransmission)
        }
        switch recovery.phase {
        case .timeout: grow(acknowledged, flight: flight, now)
        case .fast where !marks.contains(.selective):
            // RFC 6582, 3.2, 3: the next segment is missing, too; the window shrinks by what
            // was acknowledged less one segment.
            let segments = acknowledged / segmentBytes
            recovery.duplicates = UInt16(
                truncatingIfNeeded: UInt32(recovery.duplicates) &- min(UInt32(recovery.duplicates), max(segments, 1) &- 1))
            recovery.retransmitted = number
            recovery.lossEdge = number + min(segmentBytes, send.flight)
            due.insert(.retransmission)
        case .fast:
            if let edge = scoreboard.lossEdge(segmentSize: segmentBytes) {
                recovery.lossEdge = SequenceNumber.later(recovery.lossEdge, edge)
            }
            // RFC 6675, 5: what is first now is missing although what is behind it is not.
            if recovery.retransmitted.isAtOrBefore(number) {
                recovery.lossEdge = SequenceNumber.later(recovery.lossEdge, number + min(segmentBytes, send.flight))
            }
        case .quiet, .open: break
        }
    }

    private mutating func leaveRecovery() {
        recovery.phase = .open
        recovery.duplicates = 0
        recovery.lossEdge = send.unacknowledged
        recovery.retransmitted = send.unacknowledged
        recovery.canUndo = false
        due.remove(.retransmission)
    }

    /// The congestion window grows when it was in use (RFC 7661, 3; RFC 9438, 4.2).
    private mutating func grow(_ acknowledged: UInt32, flight: UInt32, _ now: Instant) {
        let used = congestion.isInSlowStart ? 2 &* UInt64(flight) : UInt64(flight) &+ UInt64(segmentBytes)
        guard marks.contains(.congestionLimited) || used > UInt64(congestion.window) else { return }
        congestion.acknowledged(
            acknowledged, segmentSize: segmentBytes, afterTimeout: recovery.phase == .timeout, newReno: isNewReno,
            now: now, roundTrip: roundTrip.smoothed ?? .zero)
        marks.remove(.congestionLimited)
    }

    // MARK: Losses that were none (RFC 3522, RFC 4015)

    private mutating func rememberWindows() {
        recovery.canUndo = true
        recovery.undoIsTimed = false
        recovery.undoWindow = congestion.window
        recovery.undoThreshold = congestion.threshold
    }

    /// The first ACK after a retransmission echoes the timestamp of the segment that made
    /// the peer send it: if that is from before the retransmission, nothing was lost.
    mutating func isUndone(_ segment: TCP.Segment, _ now: Instant) -> Bool {
        guard recovery.canUndo, recovery.undoIsTimed, recovery.phase == .fast || recovery.phase == .timeout
        else { return false }
        recovery.canUndo = false
        guard let stamps = segment.options.timestamps,
            Int32(truncatingIfNeeded: stamps.echo &- recovery.undoTimestamp) < 0
        else { return false }
        congestion.restore(window: recovery.undoWindow, threshold: recovery.undoThreshold)
        roundTrip.forgetBackoff()
        leaveRecovery()
        return true
    }

    // MARK: Probes of the tail (RFC 8985, 7)

    /// What an ACK says about the last probe (RFC 8985, 7.4).
    mutating func answerProbe(_ segment: TCP.Segment, hasNews: Bool, _ now: Instant) {
        guard recovery.isProbed else { return }
        let number = segment.acknowledgment
        if recovery.phase == .open, hasNews, scoreboard.count > 0,
            scoreboard[scoreboard.count &- 1].upper.isAtOrAfter(recovery.probeEnd)
        {
            // The probe has arrived, two round trips after what was sent before it: what of
            // that is missing is lost (as RACK finds it, RFC 8985, 6.2).
            let edge = scoreboard[scoreboard.count &- 1].lower
            enterRecovery(now)
            recovery.lossEdge = SequenceNumber.later(recovery.lossEdge, edge)
            return
        }
        guard number.isAtOrAfter(recovery.probeEnd) else { return }
        guard recovery.probeWasOld, !isDuplicateReport(segment) else {
            recovery.isProbed = false
            return
        }
        // Not yet known: the ACK may be the original's.
        guard number.isAfter(recovery.probeEnd) else { return }
        recovery.isProbed = false
        // The probe has repaired a loss, which counts as any other.
        congestion.reduce(flight: send.flight, segmentSize: segmentBytes, newReno: isNewReno)
    }
}
