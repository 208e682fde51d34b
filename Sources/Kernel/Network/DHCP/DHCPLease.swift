import KernelWire

/// An address that a server has let a host have, and what it has told with it.
public struct DHCPLease: Sendable {
    public let address: IPv4Address
    /// The server's, by its identifier.
    public let server: IPv4Address
    /// When to ask the server, when to ask all servers, and when the address may not be
    /// used any more; `never` for a lease without an end.
    public let renewal: Instant
    public let rebinding: Instant
    public let expiry: Instant
    public let configuration: DHCPConfiguration

    /// The bits of the address that are its network's; where the server does not say it,
    /// those of its class (RFC 950, I).
    public var prefixLength: UInt8 {
        if let length = configuration.prefixLength { return length }
        switch address.bits >> 30 {
        case 0, 1: return 8
        case 2: return 16
        default: return 24
        }
    }

    /// A lease is shortened by the part of its times that this divides at most: hosts
    /// that start together do not ask together for ever (RFC 2131, 4.4.5).
    private static let fuzz: UInt64 = 32

    /// The lease that a server acknowledges; `nil`: it does not say for how long, or by whom.
    ///
    /// - Parameters:
    ///   - sent: When the request was sent, from which on it counts (RFC 2131, 4.4.1).
    init?(_ reply: borrowing DHCPReply, sent: Instant, random: inout some RandomNumberGenerator) {
        guard let address = reply.address, let server = reply.server, let time = reply.leaseTime, time > 0 else {
            return nil
        }
        self.address = address
        self.server = server
        configuration = reply.configuration
        guard time != DHCPReply.forever else {
            renewal = .never
            rebinding = .never
            expiry = .never
            return
        }
        let length = Interval.seconds(UInt64(time))
        var first = reply.renewalTime.map { Interval.seconds(UInt64($0)) } ?? length / 2
        var second = reply.rebindingTime.map { Interval.seconds(UInt64($0)) } ?? length / 8 * 7
        if first == .zero || first >= second || second >= length {
            first = length / 2
            second = length / 8 * 7
        }
        let between = second - first
        first = first - Self.part(of: first, &random)
        second = second - Self.part(of: between, &random)
        renewal = sent + first
        rebinding = sent + second
        expiry = sent + length
    }

    private static func part(of interval: Interval, _ random: inout some RandomNumberGenerator) -> Interval {
        Interval(nanoseconds: random.next(upperBound: (interval / fuzz).nanoseconds &+ 1))
    }
}
