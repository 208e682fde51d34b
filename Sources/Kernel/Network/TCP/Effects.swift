extension TCP {
    /// What the owner of a connection is to do after an event.
    ///
    /// After every event the owner takes segments from `nextSegment` until there are none
    /// and sets its timer to `deadline`.
    public struct Effects: Sendable, BitwiseCopyable {
        public var events: Events = []
        /// Why, with `failed`.
        public var failure: Failure?
        /// Bytes that the peer has acknowledged: the first of the send buffer, which are
        /// not needed any more.
        public var acknowledged: UInt32 = 0
        /// Bytes that can be read more than before.
        public var delivered: UInt32 = 0
        /// Which bytes of the segment's text are to be kept, and where.
        public var pieces = Pieces()

        public init() {}

        mutating func fail(_ failure: Failure) {
            events.insert(.failed)
            events.insert(.closed)
            self.failure = failure
        }
    }

    public struct Events: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// The handshake is done.
        public static var established: Events { Events(rawValue: 1) }
        /// The peer sends no more, and all that it sent is there.
        public static var ended: Events { Events(rawValue: 2) }
        /// The peer has said that there is urgent data (RFC 9293, 3.8.5): up to `urgentMark`.
        public static var urgent: Events { Events(rawValue: 4) }
        /// It ended too early: `failure` says why.
        public static var failed: Events { Events(rawValue: 8) }
        /// Nothing is left to do: the last segments taken, the owner may forget it.
        public static var closed: Events { Events(rawValue: 16) }
        /// The segment is to be answered with its `resetAnswer`.
        public static var answerReset: Events { Events(rawValue: 32) }
        /// The segment is a SYN that begins a new connection in this one's place (RFC 6191):
        /// the owner forgets this one and hands the segment to the listener.
        public static var replaced: Events { Events(rawValue: 64) }
        /// The peer has acknowledged something new: the way to it works (RFC 4861, 7.3.1).
        public static var progress: Events { Events(rawValue: 128) }
        /// Several retransmissions went unanswered: the way may not work (RFC 9293, 3.8.3: R1).
        public static var pathSuspect: Events { Events(rawValue: 256) }
        /// A larger receive buffer would make it faster: `wantedReceiveCapacity`.
        public static var wantsReceiveBuffer: Events { Events(rawValue: 512) }
        /// Text was refused that the peer has to send again.
        public static var dropped: Events { Events(rawValue: 1024) }
        /// ICMP said something that ends nothing for now (SO_ERROR of a socket that asks for it).
        public static var softError: Events { Events(rawValue: 2048) }
        /// It ended in ESTABLISHED or CLOSE-WAIT (RFC 4022, tcpEstabResets).
        public static var lostEstablished: Events { Events(rawValue: 4096) }
        /// It ended in SYN-SENT or SYN-RECEIVED (RFC 4022, tcpAttemptFails).
        public static var failedAttempt: Events { Events(rawValue: 8192) }
    }

    /// Some bytes of a segment's text.
    public struct Piece: Equatable, Sendable, BitwiseCopyable {
        /// Where in the text it begins.
        public var offset: UInt32
        public var count: UInt32
        /// Where in the stream that is received it belongs; 0 is the stream's first byte.
        public var position: UInt64
    }

    /// Up to four pieces: between what is there already.
    public struct Pieces: Sendable, BitwiseCopyable {
        static var capacity: Int { 4 }
        private var storage = InlineArray<4, Piece>(repeating: Piece(offset: 0, count: 0, position: 0))
        private var number: UInt8 = 0

        public init() {}

        public var count: Int { Int(number) }
        var isFull: Bool { count == Self.capacity }

        /// - Precondition: `index` is in 0..<`count`.
        public subscript(index: Int) -> Piece {
            precondition(index >= 0 && index < count)
            return storage[index]
        }

        mutating func append(_ piece: Piece) {
            guard !isFull else { return }
            storage[count] = piece
            number &+= 1
        }
    }
}
