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

    /// SEND of so few bytes that they wait with the others for more text (`coalescing`), whose timer
    /// runs: there is no segment to take, and `deadline` is the same.
    ///
    /// - Precondition: `waits(with: count)`.
    @inline(__always)
    public mutating func appendWaiting(_ count: Int) {
        send.end += UInt32(truncatingIfNeeded: count)
    }

    /// Whether so many bytes are as few as `appendWaiting` takes.
    @inline(__always)
    public func waits(with count: Int) -> Bool {
        // All that ends the waiting sets the end back, or is followed by `nextSegment`, which does.
        Int(send.end.distance(to: send.next + UInt32(waitingBytes))) >= count
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

    /// Whether `read` of so many bytes changes nothing but which those are that can be read: there is
    /// nothing to send, and no measurement of how fast is read ends.
    ///
    /// Changes nothing: that it may is said so that the connection is not copied for it.
    ///
    /// - Precondition: No more than `readableBytes`.
    @inline(__always)
    public mutating func readsQuietly(_ count: Int) -> Bool {
        let count = UInt32(truncatingIfNeeded: count)
        return count <= receive.unread && state == .established && !marks.contains(.urgentReceived)
            && !isWorthTelling(afterReading: count) && !mayWantMore(afterReading: count)
    }

    /// The same as `read`, of which `readsQuietly` has said that nothing follows.
    @inline(__always)
    public mutating func readQuietly(_ count: Int, now: Instant) {
        let count = UInt32(truncatingIfNeeded: count)
        receive.unread &-= count
        measureQuietly(count, now)
    }

    /// CLOSE, of the sending half only (`shutdown`): FIN follows the last byte.
    public mutating func shutdownSending(now: Instant) -> TCP.Effects {
        var effects = TCP.Effects()
        waitingBytes = 0
        switch state {
        case .synSent:
            // Without a connection there is nothing to close by half.
            effects.events.insert(.failedAttempt)
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
        waitingBytes = 0
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
        waitingBytes = 0
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
