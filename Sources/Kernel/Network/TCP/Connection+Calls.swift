/// What the user calls (RFC 9293, 3.10.2 to 3.10.6).
extension TCP.Connection {
    /// SEND: `count` bytes more are in the send buffer.
    ///
    /// - Parameters:
    ///   - isUrgent: The last of them is the last of urgent data (RFC 9293, 3.8.5).
    /// - Returns: How many bytes were taken: all, unless the connection sends no more or
    ///   there were more than 2^30 in the buffer.
    public mutating func append(_ count: Int, isUrgent: Bool = false) -> Int {
        guard canAppend, count > 0 else { return 0 }
        let room = TCP.Limits.greatestBuffer &- min(unacknowledgedBytes, TCP.Limits.greatestBuffer)
        let taken = UInt32(truncatingIfNeeded: min(count, Int(room)))
        send.end += taken
        if isUrgent, taken > 0 {
            send.urgent = send.end
            marks.insert(.urgentSent)
        }
        return Int(taken)
    }

    /// RECEIVE: the user has taken `count` bytes out of the receive buffer.
    ///
    /// - Precondition: No more than `readableBytes`.
    public mutating func read(_ count: Int, now: Instant) -> TCP.Effects {
        precondition(count >= 0 && count <= Int(receive.unread))
        var effects = TCP.Effects()
        let count = UInt32(truncatingIfNeeded: count)
        receive.unread &-= count
        if marks.contains(.urgentReceived), receive.urgent.isAtOrBefore(receive.next - receive.unread) {
            marks.remove(.urgentReceived)
        }
        if state.canReceive {
            measureReading(count, now, &effects)
            if windowIsWorthTelling { due.insert(.acknowledgment) }
        }
        return effects
    }

    /// CLOSE, of the sending half only (`shutdown`): FIN follows the last byte.
    public mutating func shutdownSending(now: Instant) -> TCP.Effects {
        var effects = TCP.Effects()
        switch state {
        case .synSent:
            // Without a connection there is nothing to close by half.
            finish(&effects)
        case .synReceived: marks.insert(.finQueued)
        case .established:
            marks.insert(.finQueued)
            state = .finWait1
        case .closeWait:
            marks.insert(.finQueued)
            state = .lastAck
        default: break
        }
        return effects
    }

    /// CLOSE, after which nobody reads or writes: FIN follows the last byte; RST instead,
    /// when bytes are lost because they were not read (RFC 9293, 3.6.1; RFC 2525, 2.17).
    public mutating func close(now: Instant) -> TCP.Effects {
        if receive.unread > 0, state.canReceive || state == .closeWait { return abort() }
        marks.insert(.orphan)
        let effects = shutdownSending(now: now)
        if state == .finWait2 { armOrphan(now) }
        return effects
    }

    /// ABORT: RST (3.10.5). SO_LINGER of 0, and one that has run out, come here.
    public mutating func abort() -> TCP.Effects {
        var effects = TCP.Effects()
        switch state {
        case .closed: break
        case .synReceived, .established, .finWait1, .finWait2, .closeWait: abandon(.aborted, &effects)
        case .synSent, .closing, .lastAck, .timeWait: end(.aborted, &effects)
        }
        return effects
    }

    /// The user has set other options.
    public mutating func optionsChanged(_ new: TCP.Options, now: Instant) {
        let old = options
        options = new
        if state.isSynchronized, state != .timeWait {
            if new.keepAliveIdle != old.keepAliveIdle || new.switches != old.switches
                || new.keepAliveInterval != old.keepAliveInterval
            {
                timers.keepAlives = 0
                armKeepAlive(now)
            }
            if new.userTimeout != old.userTimeout, send.flight > 0 { armRetransmission(now) }
        }
        if timers.purpose == .override, timers.retransmission != .never {
            // No longer corked, it may be sent; `nextSegment` arms it again if not.
            timers.retransmission = .never
        }
        if new.switches.contains(.quickAcknowledgments), timers.acknowledgment != .never {
            due.insert(.acknowledgment)
        }
    }
}
