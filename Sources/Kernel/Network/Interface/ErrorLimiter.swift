import KernelWire

/// Bounds how many ICMP errors are sent (RFC 1812, 4.3.2.8; RFC 4443, 2.4 f): in all,
/// and to one peer, by token buckets.
///
/// How many there are in all is blurred by chance: else a stranger who counts errors
/// learns what was sent to others (CVE-2020-25705).
public struct ErrorLimiter: Sendable {
    /// In all, each second and at once; Linux's.
    public static var perSecond: UInt64 { 1000 }
    public static var burst: UInt64 { 50 }
    /// To one peer.
    public static var perSecondOfPeer: UInt64 { 10 }
    public static var burstOfPeer: UInt64 { 6 }
    private static var peerBuckets: Int { 64 }

    /// Tokens are counted in nanoseconds of their making.
    private struct Bucket {
        var saved: UInt64
        var last = Instant.start

        mutating func take(cost: UInt64, most: UInt64, extra: UInt64, at now: Instant) -> Bool {
            saved = min(most, saved &+ min(now.since(last).nanoseconds, most))
            last = now
            guard saved >= cost else { return false }
            saved &-= min(saved, cost &+ extra)
            return true
        }
    }

    private var all: Bucket
    private var peers: [Bucket]
    private let key: SipKey
    private var random: UInt64

    public init(key: SipKey) {
        self.key = key
        random = key.low ^ key.high | 1
        all = Bucket(saved: .max >> 1)
        peers = [Bucket](repeating: Bucket(saved: .max >> 1), count: Self.peerBuckets)
    }

    /// Whether an error may be sent to `peer` now; then it counts as sent.
    public mutating func permits(_ peer: IPAddress, at now: Instant) -> Bool {
        let second = Interval.seconds(1).nanoseconds
        let (high, low) = peer.words
        let bucket = Int(truncatingIfNeeded: SipHash.tableHash(high, low, key: key)) & (Self.peerBuckets &- 1)
        let ofPeer = second / Self.perSecondOfPeer
        guard peers[bucket].take(cost: ofPeer, most: ofPeer &* Self.burstOfPeer, extra: 0, at: now) else {
            return false
        }
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        let ofAll = second / Self.perSecond
        return all.take(cost: ofAll, most: ofAll &* Self.burst, extra: ofAll &* (random % 3), at: now)
    }
}
