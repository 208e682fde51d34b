extension TCP {
    /// What the user can set of a connection.
    public struct Options: Equatable, Sendable, BitwiseCopyable {
        public struct Switches: OptionSet, Sendable, BitwiseCopyable {
            public let rawValue: UInt8
            public init(rawValue: UInt8) { self.rawValue = rawValue }

            /// TCP_NODELAY: small segments do not wait (RFC 9293, 3.7.4: MUST-17).
            public static var noDelay: Switches { Switches(rawValue: 1) }
            /// TCP_CORK: only full segments are sent until it is taken away.
            public static var cork: Switches { Switches(rawValue: 2) }
            /// SO_KEEPALIVE (RFC 9293, 3.8.4).
            public static var keepAlive: Switches { Switches(rawValue: 4) }
            /// TCP_QUICKACK: no ACK is delayed.
            public static var quickAcknowledgments: Switches { Switches(rawValue: 8) }
            /// TCP_CONGESTION: NewReno (RFC 5681) in place of CUBIC.
            public static var newReno: Switches { Switches(rawValue: 16) }
        }

        public var switches: Switches = []
        /// TCP_KEEPCNT.
        public var keepAliveProbes: UInt8 = 9
        /// TCP_MAXSEG: no segment's text is longer; 0 for no limit.
        public var greatestSegment: UInt16 = 0
        /// TCP_KEEPIDLE, in seconds. RFC 9293, 3.8.4: not below two hours unless told so.
        public var keepAliveIdle: UInt16 = 7200
        /// TCP_KEEPINTVL, in seconds.
        public var keepAliveInterval: UInt16 = 75
        /// TCP_USER_TIMEOUT, in milliseconds; 0 for the system's (RFC 5482).
        public var userTimeout: UInt32 = 0
        /// SO_RCVBUF: as far as the receive buffer may grow.
        public var receiveLimit: UInt32 = 4 << 20

        public init() {}
    }

    /// What is known of the way to the peer.
    public struct Path: Equatable, Sendable, BitwiseCopyable {
        /// Bytes of text that one `Transmission` may have, where a device cuts it (TSO).
        public var greatestPayload: UInt32
        /// The path's MTU without the IP header and 20 bytes of TCP's.
        public var segmentSize: UInt16
        /// Whether the peer's addresses are IPv6's.
        public var isV6: Bool

        public init(segmentSize: UInt16, greatestPayload: UInt32 = 0, isV6: Bool = false) {
            self.segmentSize = max(segmentSize, Limits.leastSegmentSize)
            self.greatestPayload = greatestPayload
            self.isV6 = isV6
        }

        /// Of a path with this MTU.
        public init(mtu: UInt32, isV6: Bool, greatestPayload: UInt32 = 0) {
            let headers: UInt32 = isV6 ? 60 : 40
            self.init(
                segmentSize: UInt16(clamping: mtu > headers ? mtu &- headers : 0), greatestPayload: greatestPayload,
                isV6: isV6)
        }
    }
}
