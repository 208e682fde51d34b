import KernelWire

extension TCP {
    /// SYN cookies (RFC 4987, 3.6): the initial number of a SYN,ACK holds what else a
    /// half-open connection would be kept for, so that a flood of SYNs takes no memory.
    ///
    /// Of the number's 32 bits two count periods of 64 s, three tell the peer's segment
    /// size, 12 are a keyed hash of both and the endpoints and 15 one of the peer's number,
    /// too. A segment that was sent behind the handshake's ACK and arrives before it has
    /// the former right but not the latter. What the peer can besides is in the lower five bits of the SYN,ACK's timestamp, which
    /// the ACK echoes; who sends no timestamps gets neither a scaled window nor SACK.
    struct Cookie: Sendable, BitwiseCopyable {
        let key: SipKey

        /// What an acknowledged number is.
        enum Verdict: Equatable {
            /// None of ours, or too old.
            case foreign
            /// A cookie, but the segment is not the first that follows the handshake.
            case early
            /// A cookie, of a peer with this segment size.
            case good(segmentSize: UInt16)
        }

        /// The segment sizes that it can tell; the greatest that is not above the peer's.
        private static func size(_ index: UInt32) -> UInt16 {
            switch index {
            case 0: Limits.leastSegmentSize
            case 1: 536
            case 2: 1220
            case 3: 1360
            case 4: 1400
            case 5: 1440
            case 6: 1460
            default: 8940
            }
        }

        /// A cookie is good in its own period and the next: one to two minutes.
        private static func period(_ now: Instant) -> UInt64 { now.wholeSeconds >> 6 }

        private func hash(_ local: Endpoint, _ remote: Endpoint, _ received: SequenceNumber, _ index: UInt32, _ period: UInt64) -> UInt32 {
            let base = InitialSequence.hash(key, local, remote, UInt64(index) | period << 8 | 8)
            var whole = base
            whole.combine(UInt64(received.rawValue))
            return UInt32(truncatingIfNeeded: base.finish()) & 0x0fff << 15
                | UInt32(truncatingIfNeeded: whole.finish()) & 0x7fff
        }

        /// The initial number that answers a SYN.
        func make(local: Endpoint, remote: Endpoint, received: SequenceNumber, segmentSize: UInt16, now: Instant) -> SequenceNumber {
            var index: UInt32 = 7
            while index > 0, Self.size(index) > segmentSize { index &-= 1 }
            let period = Self.period(now)
            return SequenceNumber(
                UInt32(truncatingIfNeeded: period & 3) << 30 | index << 27 | hash(local, remote, received, index, period))
        }

        func check(_ cookie: SequenceNumber, local: Endpoint, remote: Endpoint, received: SequenceNumber, now: Instant) -> Verdict {
            let current = Self.period(now)
            let age = (current &- UInt64(cookie.rawValue >> 30)) & 3
            guard age <= 1, age <= current else { return .foreign }
            let index = cookie.rawValue >> 27 & 7
            let difference = hash(local, remote, received, index, current &- age) ^ cookie.rawValue
            if difference & 0x0fff << 15 != 0 { return .foreign }
            return difference & 0x7fff != 0 ? .early : .good(segmentSize: Self.size(index))
        }

        /// A timestamp, not later than `value`, that tells the peer's options.
        static func timestamp(_ value: UInt32, windowScale: UInt8?, isSelective: Bool) -> UInt32 {
            let bits = UInt32(min(windowScale ?? 15, 15)) | (isSelective ? 16 : 0)
            let made = value & ~31 | bits
            return made > value ? made &- 32 : made
        }

        /// The options that an echo tells.
        static func options(_ echo: UInt32) -> (windowScale: UInt8?, isSelective: Bool) {
            let scale = UInt8(truncatingIfNeeded: echo & 15)
            return (scale == 15 ? nil : scale, echo & 16 != 0)
        }
    }
}
