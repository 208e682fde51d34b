import KernelWire

extension TCP.Connection {
    /// Puts what is known of the connection into its line.
    public func describe(in line: inout SocketLine, now: Instant) {
        line.state = state.number
        // SND.UNA up to what was appended; SYN and FIN have numbers, too.
        line.sendQueue = send.unacknowledged.count(upTo: marks.contains(.finQueued) ? send.end + 1 : send.end)
        line.receiveQueue = receive.unread
        if timers.retransmission != .never {
            let isProbe = timers.purpose == .windowProbe || timers.purpose == .override
            line.timer = isProbe ? .windowProbe : .retransmission
            line.wait = timers.retransmission.since(now)
        } else if timers.idle != .never {
            line.timer = isRemains ? .timeWait : .idle
            line.wait = timers.idle.since(now)
        }
        line.retransmissions = UInt32(isOpening ? roundTrip.backoff : timers.repeats)
        line.probes = UInt32(max(timers.windowProbes, timers.keepAlives))
        if isRemains { return }
        let segment = max(segmentBytes, 1)
        line.rest = .connection(
            timeout: roundTrip.timeout.ticks, acknowledgment: TCP.Limits.acknowledgmentDelay.ticks,
            window: max(congestion.window / segment, 1),
            threshold: congestion.threshold >= TCP.Limits.greatestBuffer ? -1 : Int64(max(congestion.threshold / segment, 1)))
    }

    private var isOpening: Bool { state == .synSent || state == .synReceived }

    /// Only what the other end still sends is waited for: Linux keeps no whole socket for that.
    private var isRemains: Bool { state == .timeWait || (state == .finWait2 && marks.contains(.orphan)) }

    /// Whether it counts as established (RFC 4022, tcpCurrEstab).
    public var countsAsEstablished: Bool { state == .established || state == .closeWait }

    /// Segments that were sent again since the connection was made.
    @inline(__always)
    public var retransmittedSegments: UInt32 { recovery.total }
}

extension TCP.Listener {
    /// The line of the first half-open connection at a slot or behind it.
    ///
    /// - Parameter slot: From 0 on; becomes the one behind it.
    /// - Returns: `nil`: there is none.
    public func halfOpenLine(from slot: inout Int, number: UInt64, now: Instant) -> SocketLine? {
        guard let half = nextHalfOpen(from: &slot) else { return nil }
        var line = SocketLine(
            number: number, local: half.local, remote: half.remote, state: TCP.State.synReceived.number)
        line.timer = .retransmission
        line.wait = half.deadline.since(now)
        line.retransmissions = UInt32(half.retransmissions)
        return line
    }
}
