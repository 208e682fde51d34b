/// The Transmission Control Protocol (RFC 9293).
///
/// A reader walks the folder as a connection does: `Connection+Open`,
/// `Connection+SynSent`, `Listener`; then every segment's way, in the order of
/// RFC 9293, 3.10.7.4: `Connection+Receive` (sequence number, RST, SYN),
/// `Connection+Acknowledge` (ACK), `Connection+Text` (URG, text, FIN); then what is
/// sent: `Connection+Send`, `Connection+Data`, `Connection+Recovery`; then
/// `Connection+Timers`.
public enum TCP {
    /// RFC 9293, 3.3.2. LISTEN is a `Listener`.
    public enum State: UInt8, Sendable, BitwiseCopyable {
        case closed, synSent, synReceived, established, finWait1, finWait2, closeWait, closing, lastAck, timeWait

        /// Whether both sides know each other's numbers.
        @inlinable
        public var isSynchronized: Bool { rawValue >= State.established.rawValue }

        /// Whether the user may still send (RFC 9293, 3.10.2).
        @inlinable
        public var canSend: Bool { self == .established || self == .closeWait }

        /// Whether text of the peer may still come (RFC 9293, 3.10.7.4, seventh).
        @inlinable
        public var canReceive: Bool {
            self == .established || self == .finWait1 || self == .finWait2
        }
    }

    /// Why a connection ended before both sides had closed it.
    public enum Failure: UInt8, Sendable, BitwiseCopyable {
        /// The peer answered a SYN with RST: ECONNREFUSED.
        case refused
        /// The peer sent RST: ECONNRESET.
        case reset
        /// Nothing was acknowledged for as long as the user waits: ETIMEDOUT.
        case timedOut
        /// The user aborted it: ECONNABORTED.
        case aborted
        /// ICMP said that the host cannot be reached: EHOSTUNREACH.
        case hostUnreachable
        /// ICMP said that the network cannot be reached: ENETUNREACH.
        case networkUnreachable
        /// ICMP said that there is no such protocol or that it is forbidden: ENOPROTOOPT, EACCES.
        case prohibited
    }
}
