extension TCP {
    /// What ICMP or ICMPv6 says of a segment that was sent (RFC 5927, 4).
    public enum PathError: UInt8, Sendable, BitwiseCopyable {
        case networkUnreachable, hostUnreachable, timeExceeded
        case protocolUnreachable, portUnreachable, prohibited
        /// No station on the link has the address of the next hop: this host has asked itself, and
        /// nobody can have forged that.
        case noNeighbour

        /// RFC 9293, 3.9.2.2: what may pass, and what does not.
        var isHard: Bool { rawValue >= PathError.protocolUnreachable.rawValue }

        var failure: Failure {
            switch self {
            case .networkUnreachable: .networkUnreachable
            case .hostUnreachable, .timeExceeded, .noNeighbour: .hostUnreachable
            case .protocolUnreachable, .prohibited: .prohibited
            case .portUnreachable: .refused
            }
        }
    }
}

extension TCP.Connection {
    /// Whether an ICMP message can be about this connection: the number in the segment
    /// that it quotes is on its way (RFC 5927, 4.1).
    public func isOnItsWay(_ quoted: SequenceNumber) -> Bool {
        quoted.isWithin(send.flight, from: send.unacknowledged)
    }

    /// An ICMP error that quotes a segment with this number.
    ///
    /// In a synchronized state it ends nothing (RFC 9293, 3.9.2.2: MUST-56; RFC 5927, 5.2):
    /// it is told when the connection times out.
    public mutating func receive(_ error: TCP.PathError, quoted: SequenceNumber, now: Instant) -> TCP.Effects {
        var effects = TCP.Effects()
        guard isOnItsWay(quoted) else { return effects }
        if state == .synSent || state == .synReceived, error.isHard {
            end(error.failure, &effects)
        } else {
            softError = error.failure
            effects.events.insert(.softError)
        }
        return effects
    }

    /// The path's MTU has become another one (RFC 1191, RFC 8201), or the device's limit.
    /// What was sent in segments that are too large now is sent again (RFC 1191, 6.5), which
    /// says nothing about how much traffic there is.
    public mutating func pathChanged(_ new: TCP.Path, now: Instant) {
        let old = segmentBytes
        path = TCP.Path(
            segmentSize: new.segmentSize, greatestPayload: new.greatestPayload, isV6: path.isV6)
        guard state.isSynchronized, state != .timeWait, segmentBytes < old, send.flight > 0 else { return }
        repeatQuietly(now)
    }
}
