import KernelSupport
import KernelWire

extension TCP {
    /// LISTEN, and SYN-RECEIVED of what a listener was asked for (RFC 9293, 3.10.7.2, 3.10.7.4).
    ///
    /// Its memory is bounded whatever comes: half-open connections have a fixed number of
    /// slots, and when those are taken SYNs are answered with cookies. A connection is made
    /// when its handshake is done.
    public struct Listener: ~Copyable {
        /// SYN,ACK is sent that often again: for a minute in all.
        static var greatestRetransmissions: UInt8 { 5 }

        /// What is to be done with a segment.
        public enum Outcome {
            /// Nothing.
            case none
            /// This is sent to where the segment came from.
            case answer(Segment)
            /// The handshake is done: the connection, with what the segment brought. It waits
            /// until the user accepts it, and the owner says so with `accepted`.
            case established(Connection, Effects)
        }

        /// How often limits were hit, and what came of it.
        public struct Counters: Sendable, BitwiseCopyable {
            /// SYNs answered with a cookie, cookies that came back and such as were none.
            public var cookiesSent: UInt64 = 0
            public var cookiesReceived: UInt64 = 0
            public var cookiesFailed: UInt64 = 0
            /// SYNs and ACKs that found no room in the queue to be accepted from.
            public var overflows: UInt64 = 0
            /// Half-open connections that nobody completed.
            public var abandoned: UInt64 = 0
            /// Such as their other ends have reset.
            public var refused: UInt64 = 0
        }

        /// `listen`'s backlog: connections that may wait to be accepted.
        public var backlog: Int
        /// TCP_DEFER_ACCEPT: until SYN,ACK was sent so often again an ACK without text makes no
        /// connection.
        public var deferral: UInt8 = 0
        /// Those that wait.
        public private(set) var waiting = 0
        public private(set) var counters = Counters()
        private var table: HalfOpenTable
        private let cookie: Cookie
        private let initialSequence: InitialSequence
        /// When a cookie was sent last.
        private var cookieSent = Instant.never

        /// - Parameters:
        ///   - slots: Memory for half-open connections, each `HalfOpen.empty`.
        ///   - key: A secret.
        public init(slots: SlotStorage<HalfOpen>, backlog: Int, key: SipKey, initialSequence: InitialSequence) {
            self.backlog = backlog
            self.initialSequence = initialSequence
            table = HalfOpenTable(slots, key: key)
            cookie = Cookie(key: key)
        }

        /// The first half-open connection at a slot or behind it; the slot becomes the one behind.
        func nextHalfOpen(from slot: inout Int) -> HalfOpen? { table.next(from: &slot) }

        /// Half-open connections in the table.
        public var halfOpenCount: Int { table.count }

        /// When `nextRetransmission` is to be called.
        public var deadline: Instant { table.deadline }

        /// The user has accepted a connection, or it ended while it waited.
        public mutating func accepted() {
            if waiting > 0 { waiting &-= 1 }
        }

        /// One that was accepted waits again, as the user has no place for it.
        public mutating func returned() { waiting &+= 1 }

        /// A segment for which there is no connection has come to the listener.
        ///
        /// - Parameters:
        ///   - parameters: Options, path and buffer that a connection from there gets; its
        ///     initial numbers are of no account.
        public mutating func receive(
            _ segment: Segment, local: Endpoint, remote: Endpoint, parameters: Opening, now: Instant
        ) -> Outcome {
            if let index = table.find(local: local, remote: remote) {
                return receive(segment, half: index, parameters, now)
            }
            // First.
            if segment.flags.contains(.rst) { return .none }
            // Second: an ACK of nothing that was sent, unless it is a cookie's.
            if segment.flags.contains(.ack) {
                return receiveCookie(segment, local, remote, parameters, now)
            }
            // Third; fourth: dropped. Nobody has himself as a peer (a "land" attack).
            guard segment.flags.contains(.syn), local != remote else { return .none }
            return receiveSyn(segment, local, remote, parameters, now)
        }

        // MARK: LISTEN

        private mutating func receiveSyn(
            _ segment: Segment, _ local: Endpoint, _ remote: Endpoint, _ parameters: Opening, _ now: Instant
        ) -> Outcome {
            guard waiting < backlog else {
                counters.overflows &+= 1
                return .none
            }
            let (initial, offset) = initialSequence.numbers(local: local, remote: remote, now: now)
            var half = HalfOpen(
                local: local, remote: remote, received: segment.sequence, initial: initial, sent: now,
                deadline: now + .seconds(1), segmentSize: 0)
            half.timestampOffset = offset
            half.take(segment.options, defaultSegmentSize: parameters.defaultSegmentSize)
            var value = TimestampState(offset: offset).value(now)
            if !table.insert(half) {
                counters.cookiesSent &+= 1
                cookieSent = now
                half.initial = cookie.make(
                    local: local, remote: remote, received: half.received, segmentSize: half.segmentSize, now: now)
                if half.marks.contains(.timestamps) {
                    value = Cookie.timestamp(
                        value, windowScale: half.marks.contains(.scaling) ? half.windowScale : nil,
                        isSelective: half.marks.contains(.selective))
                } else {
                    // There is nowhere to keep them.
                    half.marks = []
                }
            }
            return .answer(half.answer(parameters, timestampValue: value))
        }

        /// An ACK that may bring a cookie back.
        private mutating func receiveCookie(
            _ segment: Segment, _ local: Endpoint, _ remote: Endpoint, _ parameters: Opening, _ now: Instant
        ) -> Outcome {
            guard !segment.flags.contains(.syn), cookieSent != .never, now.since(cookieSent) < .seconds(128) else {
                return answer(segment.resetAnswer)
            }
            let received = segment.sequence - 1
            let initial = segment.acknowledgment - 1
            let size: UInt16
            switch cookie.check(initial, local: local, remote: remote, received: received, now: now) {
            case .foreign:
                counters.cookiesFailed &+= 1
                return answer(segment.resetAnswer)
            case .early:
                // What was before it is sent again, and then this.
                return .none
            case .good(let told): size = told
            }
            guard waiting < backlog else {
                counters.overflows &+= 1
                return .none
            }
            counters.cookiesReceived &+= 1
            let offset = initialSequence.numbers(local: local, remote: remote, now: now).timestampOffset
            var half = HalfOpen(
                local: local, remote: remote, received: received, initial: initial, sent: now, deadline: now,
                segmentSize: size)
            half.timestampOffset = offset
            half.marks = .cookie
            if let stamps = segment.options.timestamps {
                half.marks.insert(.timestamps)
                half.timestamp = stamps.value
                let options = Cookie.options(stamps.echo)
                if let scale = options.windowScale {
                    half.marks.insert(.scaling)
                    half.windowScale = min(scale, Limits.greatestWindowScale)
                }
                if options.isSelective { half.marks.insert(.selective) }
            }
            return complete(half, segment, parameters, now).outcome
        }

        // MARK: SYN-RECEIVED

        private mutating func receive(
            _ segment: Segment, half index: Int, _ parameters: Opening, _ now: Instant
        ) -> Outcome {
            let half = table[index]
            if segment.flags.contains(.syn), !segment.flags.contains(.rst), segment.sequence == half.received {
                // The SYN again: so SYN,ACK was lost, or the ACK.
                if segment.flags.contains(.ack) { return .none }
                return .answer(answer(half, parameters, now))
            }
            let isInWindow = segment.sequence.isWithin(min(parameters.receiveCapacity, 65_535), from: half.received + 1)
            if segment.flags.contains(.rst) || segment.flags.contains(.syn) {
                guard isInWindow else {
                    return segment.flags.contains(.rst) ? .none : .answer(challenge(half))
                }
                // RFC 5961, 3.2.
                if segment.flags.contains(.rst), segment.sequence != half.received + 1 {
                    return .answer(challenge(half))
                }
                // It was a passive OPEN: back to LISTEN.
                table.remove(index)
                counters.refused &+= 1
                return .none
            }
            guard segment.flags.contains(.ack) else { return .none }
            guard segment.acknowledgment == half.initial + 1 else { return answer(segment.resetAnswer) }
            if segment.count == 0, !segment.flags.contains(.fin), half.retransmissions < deferral {
                table.deferAccept(index)
                return .none
            }
            guard waiting < backlog else {
                counters.overflows &+= 1
                return .none
            }
            let (outcome, isDone) = complete(half, segment, parameters, now)
            if isDone { table.remove(index) }
            return outcome
        }

        /// The rest of SYN-RECEIVED is the connection's own.
        private mutating func complete(
            _ half: HalfOpen, _ segment: Segment, _ parameters: Opening, _ now: Instant
        ) -> (outcome: Outcome, isDone: Bool) {
            var connection = Connection(accepting: half, opening: parameters, now: now)
            let effects = connection.receive(segment, now: now)
            guard effects.events.contains(.established) else {
                return (answer(connection.nextSegment(now: now)?.segment), false)
            }
            waiting &+= 1
            return (.established(connection, effects), true)
        }

        private func answer(_ segment: Segment?) -> Outcome {
            if let segment { return .answer(segment) }
            return .none
        }

        private func answer(_ half: HalfOpen, _ parameters: Opening, _ now: Instant) -> Segment {
            half.answer(parameters, timestampValue: TimestampState(offset: half.timestampOffset).value(now))
        }

        /// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
        private func challenge(_ half: HalfOpen) -> Segment {
            Segment(sequence: half.initial + 1, acknowledgment: half.received + 1, flags: .ack)
        }

        /// A SYN,ACK that is to be sent again, after `deadline`; `nil` when there is no more.
        ///
        /// - Parameter parameters: As of `receive`, of a connection from there.
        public mutating func nextRetransmission(
            now: Instant, parameters: (Endpoint) -> Opening
        ) -> (segment: Segment, local: Endpoint, remote: Endpoint)? {
            let before = table.count
            var half = table.nextExpired(now, deferral: deferral)
            // Who is to send text first has answered: only the last time it is asked again, for the
            // ACK that makes the connection.
            while let known = half, known.marks.contains(.deferred), known.retransmissions < deferral {
                half = table.nextExpired(now, deferral: deferral)
            }
            counters.abandoned &+= UInt64(truncatingIfNeeded: before &- table.count)
            guard let half else { return nil }
            return (answer(half, parameters(half.remote), now), half.local, half.remote)
        }
    }
}
