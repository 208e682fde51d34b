extension TCP.Connection {
    /// R2: how long nothing may be acknowledged (RFC 9293, 3.8.3; RFC 5482).
    @inline(__always)
    private var patience: Interval {
        if state == .synSent || state == .synReceived { return userPatience ?? TCP.Limits.synPatience }
        let patience = userPatience ?? TCP.Limits.patience
        return marks.contains(.orphan) ? min(patience, TCP.Limits.orphanPatience) : patience
    }

    @inline(__always)
    private var userPatience: Interval? {
        options.userTimeout == 0 ? nil : .milliseconds(UInt64(options.userTimeout))
    }

    /// RFC 6298, 5.1 to 5.3; with text under way and nothing lost, first the probe of its
    /// tail (RFC 8985, 7.2).
    mutating func armRetransmission(_ now: Instant, probing: Bool = true) {
        guard send.flight > 0 else {
            timers.retransmission = .never
            return
        }
        let timeout = roundTrip.timeout
        timers.purpose = .retransmit
        var wait = timeout
        if send.window == 0, state.isSynchronized {
            timers.purpose = .windowProbe
            wait = probeInterval
        } else if probing, let probe = tailProbeInterval {
            timers.purpose = .tailProbe
            wait = min(probe, timeout)
        }
        timers.retransmission = now + wait
        if timers.purpose != .windowProbe, timers.stuck != .never {
            timers.retransmission = min(timers.retransmission, max(timers.stuck + patience, now))
        }
    }

    /// PTO; `nil` when there is no probe to send.
    @inline(__always)
    private var tailProbeInterval: Interval? {
        guard marks.contains(.selective), state.isSynchronized, recovery.phase == .open, !recovery.isProbed,
            scoreboard.isEmpty, recovery.duplicates == 0, roundTrip.backoff == 0
        else { return nil }
        guard let smoothed = roundTrip.smoothed else { return .seconds(1) }
        let delay = send.flight <= segmentBytes ? TCP.Limits.greatestAcknowledgmentDelay : .zero
        return smoothed * 2 + delay
    }

    @inline(__always)
    private var probeInterval: Interval {
        min(
            roundTrip.timeoutWithoutBackoff * (1 << UInt64(min(timers.windowProbes, 16))),
            .microseconds(UInt64(TCP.Limits.greatestProbeInterval)))
    }

    /// Nothing more can be sent: whatever waits for a window waits with a timer.
    mutating func settle(_ now: Instant) {
        guard send.flight == 0, timers.retransmission == .never, send.unsent > 0 || hasFinToSend else { return }
        if send.usableWindow == 0 {
            // 3.8.6.1: the first probe after a timeout.
            timers.purpose = .windowProbe
            timers.retransmission = now + probeInterval
            if timers.stuck == .never { timers.stuck = now }
        } else {
            // 3.8.6.2.1 (4), and TCP_CORK's patience.
            timers.purpose = .override
            timers.retransmission = now + TCP.Limits.windowOverride
        }
    }

    /// `deadline` has come.
    public mutating func expire(now: Instant) -> TCP.Effects {
        var effects = TCP.Effects()
        if timers.acknowledgment <= now {
            timers.acknowledgment = .never
            due.insert(.acknowledgment)
        }
        if timers.coalescing <= now {
            timers.coalescing = .never
            if send.unsent > 0 { due.insert(.override) }
        }
        if timers.retransmission <= now {
            timers.retransmission = .never
            expireRetransmission(now, &effects)
        }
        if timers.idle <= now, state != .closed {
            timers.idle = .never
            expireIdle(now, &effects)
        }
        return effects
    }

    private mutating func expireRetransmission(_ now: Instant, _ effects: inout TCP.Effects) {
        if isOutOfPatience(now) {
            // 3.10.8: user timeout.
            end(softError ?? .timedOut, &effects)
            return
        }
        if state == .synSent || state == .synReceived {
            roundTrip.doubleTimeout()
            marks.insert(.synWasLost)
            due.insert(.syn)
            if roundTrip.backoff == TCP.Limits.suspiciousRetransmissions { effects.events.insert(.pathSuspect) }
            return
        }
        switch timers.purpose {
        case .retransmit where send.window > 0:
            enterTimeout(now)
            if timers.repeats == TCP.Limits.suspiciousRetransmissions { effects.events.insert(.pathSuspect) }
        case .retransmit, .windowProbe:
            // A window that was closed with text under way says nothing about the way.
            if timers.windowProbes < .max { timers.windowProbes &+= 1 }
            due.insert(.windowProbe)
            // With nothing under way `sendNew` arms it, with the next interval.
            armRetransmission(now)
        case .tailProbe: due.insert(.tailProbe)
        case .override: due.insert(.override)
        }
    }

    /// A peer that answers probes of its closed window is patient with us, too: as long as
    /// it answers, only the user's own timeout counts (RFC 9293, 3.8.6.1: MUST-37).
    private func isOutOfPatience(_ now: Instant) -> Bool {
        guard timers.stuck != .never else { return false }
        if timers.purpose == .windowProbe, state.isSynchronized {
            if marks.contains(.orphan) { return now.since(timers.stuck) >= TCP.Limits.orphanPatience }
            let silence = now.since(max(timers.received, timers.stuck))
            return silence >= patience
        }
        return now.since(timers.stuck) >= patience
    }

    // MARK: Connections without traffic

    /// Keep-alive (3.8.4): off unless the user wants it.
    mutating func armKeepAlive(_ now: Instant) {
        guard state.isSynchronized, state != .timeWait else { return }
        if state == .finWait2, marks.contains(.orphan) { return }
        guard options.switches.contains(.keepAlive) else {
            timers.idle = .never
            return
        }
        timers.idle = max(timers.received + .seconds(UInt64(max(options.keepAliveIdle, 1))), now)
    }

    /// Nobody has it open, and only the peer's FIN is missing.
    mutating func armOrphan(_ now: Instant) {
        if marks.contains(.orphan) { timers.idle = now + TCP.Limits.orphanFinWait2 }
    }

    private mutating func expireIdle(_ now: Instant, _ effects: inout TCP.Effects) {
        if state == .timeWait || (state == .finWait2 && marks.contains(.orphan)) {
            // 3.10.8: TIME-WAIT timeout.
            finish(&effects)
            return
        }
        guard options.switches.contains(.keepAlive) else { return }
        let interval = Interval.seconds(UInt64(max(options.keepAliveInterval, 1)))
        let silence = now.since(timers.received)
        if send.flight > 0 || send.unsent > 0 {
            // The retransmission timer finds out.
            timers.idle = now + interval
        } else if silence < .seconds(UInt64(max(options.keepAliveIdle, 1))) {
            armKeepAlive(now)
        } else if timers.keepAlives > 0,
            userPatience.map({ silence >= $0 }) ?? (timers.keepAlives >= max(options.keepAliveProbes, 1))
        {
            abandon(softError ?? .timedOut, &effects)
        } else {
            if timers.keepAlives < .max { timers.keepAlives &+= 1 }
            due.insert(.keepAlive)
            timers.idle = now + interval
        }
    }
}
