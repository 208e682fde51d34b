import KernelWire

extension TCP {
    /// The numbers a connection begins with, which nobody else can tell (RFC 6528).
    public struct InitialSequence: Sendable, BitwiseCopyable {
        private let key: SipKey

        public init(key: SipKey) { self.key = key }

        /// ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M being a clock of
        /// about 4 us (2^12 ns); and what is added to timestamps (RFC 7323, 7.1), which for the
        /// same endpoints stays, so that a later connection's are greater (RFC 6191).
        public func numbers(local: Endpoint, remote: Endpoint, now: Instant) -> (SequenceNumber, timestampOffset: UInt32) {
            let hash = Self.hash(key, local, remote, 0).finish()
            let clock = UInt32(truncatingIfNeeded: now.nanoseconds >> 12)
            return (SequenceNumber(clock &+ UInt32(truncatingIfNeeded: hash)), UInt32(truncatingIfNeeded: hash >> 32))
        }

        /// The endpoints' hash, to which `word` makes another one.
        static func hash(_ key: SipKey, _ local: Endpoint, _ remote: Endpoint, _ word: UInt64) -> SipHash {
            var hash = SipHash(key: key)
            hash.combine(local.address)
            hash.combine(remote.address)
            hash.combine(UInt64(local.port.number) << 16 | UInt64(remote.port.number))
            hash.combine(word)
            return hash
        }
    }
}
