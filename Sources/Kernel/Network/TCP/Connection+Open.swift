import KernelWire

extension TCP {
    /// What an OPEN call names (RFC 9293, 3.10.1), beside the endpoints, which are the
    /// owner's.
    public struct Opening: Sendable, BitwiseCopyable {
        /// ISS, by RFC 6528: `InitialSequence`.
        public var initialSequence: SequenceNumber
        /// Of `InitialSequence`, too.
        public var timestampOffset: UInt32
        public var options: Options
        public var path: Path
        /// Bytes of the receive buffer to begin with.
        public var receiveCapacity: UInt32

        public init(
            initialSequence: SequenceNumber, timestampOffset: UInt32, options: Options = Options(), path: Path,
            receiveCapacity: UInt32 = 65_536
        ) {
            self.initialSequence = initialSequence
            self.timestampOffset = timestampOffset
            self.options = options
            self.path = path
            self.receiveCapacity = min(max(receiveCapacity, Limits.leastBuffer), Limits.greatestBuffer)
        }

        /// Rcv.Wind.Shift: the least with which the whole buffer can be offered, as far as
        /// it may grow (RFC 7323, 2.3).
        var windowScale: UInt8 { Self.windowScale(for: max(receiveCapacity, options.receiveLimit)) }

        static func windowScale(for bytes: UInt32) -> UInt8 {
            var shift: UInt8 = 0
            while shift < Limits.greatestWindowScale, bytes >> UInt32(shift) > 65_535 { shift &+= 1 }
            return shift
        }

        /// What our SYN says (RFC 9293, 3.7.1): the most that the path takes.
        var announcedSegmentSize: UInt16 {
            options.greatestSegment == 0
                ? path.segmentSize : min(path.segmentSize, max(options.greatestSegment, Limits.leastSegmentSize))
        }

        /// What a peer takes that does not say.
        var defaultSegmentSize: UInt16 {
            path.isV6 ? Limits.defaultSegmentSizeV6 : Limits.defaultSegmentSizeV4
        }
    }
}

extension TCP.Connection {
    /// An active OPEN: SYN-SENT (RFC 9293, 3.10.1).
    public init(opening: TCP.Opening, now: Instant) {
        var receive = TCP.ReceiveState(capacity: opening.receiveCapacity, segmentSize: opening.announcedSegmentSize)
        receive.scale = opening.windowScale
        self.init(
            state: .synSent,
            send: TCP.SendState(initial: opening.initialSequence, peerSegmentSize: opening.defaultSegmentSize),
            receive: receive, options: opening.options, path: opening.path,
            timestampOffset: opening.timestampOffset, now: now)
        due = .syn
    }

    /// The SYN's options are known (RFC 9293, 3.7.1; RFC 7323, 2.2, 3.2; RFC 2018, 2).
    mutating func take(synOptions: TCPOptions, now: Instant) {
        // Without the option the peer takes what every host has to.
        if let size = synOptions.maximumSegmentSize {
            send.peerSegmentSize = max(size, TCP.Limits.leastSegmentSize)
        }
        if let scale = synOptions.windowScale {
            marks.insert(.scaling)
            send.scale = min(scale, TCP.Limits.greatestWindowScale)
        } else {
            receive.scale = 0
        }
        if let stamps = synOptions.timestamps {
            marks.insert(.timestamps)
            timestamps.take(stamps.value, now)
        }
        if synOptions.isSelectiveAcknowledgmentPermitted { marks.insert(.selective) }
    }

    /// IRS is known: the receive sequence space begins, with the window that our SYN
    /// offers, which is not scaled.
    mutating func take(initialReceived number: SequenceNumber) {
        receive.initial = number
        receive.next = number + 1
        receive.acknowledged = number + 1
        receive.urgent = number + 1
        receive.edge = receive.next + min(receive.capacity, 65_535)
    }

    /// The handshake is done.
    mutating func establish(_ now: Instant, _ effects: inout TCP.Effects) {
        state = .established
        due.remove(.syn)
        congestion = Congestion(segmentSize: segmentBytes, synWasLost: marks.contains(.synWasLost))
        if marks.contains(.synWasLost) { roundTrip.synWasLost() }
        roundTrip.forgetBackoff()
        recovery = TCP.RecoveryState(initial: send.initial)
        timers.sent = now
        armKeepAlive(now)
        effects.events.insert(.established)
        // CLOSE was called before.
        if marks.contains(.finQueued) { state = .finWait1 }
    }
}
