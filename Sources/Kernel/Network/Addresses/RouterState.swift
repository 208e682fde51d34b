import KernelWire

/// When routers are asked for (RFC 4861, 6.3.7): three times, and then, for the
/// answers may be lost, ever more seldom (RFC 7559).
struct RouterSolicitationState: Sendable {
    var deadline = Instant.never
    private var sent: UInt8 = 0
    private var interval = Interval.seconds(4)

    /// RTR_SOLICITATION_INTERVAL is 4 s; RFC 7559, 2 has an hour for the longest.
    private static var longest: Interval { .seconds(3600) }

    mutating func hasAsked(at now: Instant) {
        if sent >= 2 { interval = min(interval * 2, Self.longest) }
        if sent < .max { sent &+= 1 }
        deadline = now + interval
    }

    mutating func hasAnswer() { deadline = .never }
}

/// The DNS servers that routers advertise (RFC 8106).
public struct AdvertisedServers: Sendable {
    /// As many as a resolver asks.
    public static var capacity: Int { 3 }

    private struct Server: BitwiseCopyable {
        var address: IPv6Address
        var until: Instant
    }

    private var servers = InlineArray<3, Server>(repeating: Server(address: .unspecified, until: .start))
    private var count = 0

    public init() {}

    /// Those that count now.
    public func list(at now: Instant) -> [IPAddress] {
        (0..<count).filter { servers[$0].until > now }.map { .v6(servers[$0].address) }
    }

    /// - Returns: Whether it is one more or one less.
    mutating func heard(_ address: IPv6Address, lifetime: Interval, at now: Instant) -> Bool {
        guard address.isUnicast else { return false }
        var i = 0
        while i < count, servers[i].address != address { i &+= 1 }
        if i < count {
            let was = servers[i].until > now
            servers[i].until = lifetime == .seconds(UInt64(UInt32.max)) ? .never : now + lifetime
            return was != (servers[i].until > now)
        }
        guard lifetime > .zero else { return false }
        if i == Self.capacity {
            // One whose time is over makes room.
            i = 0
            while i < count, servers[i].until > now { i &+= 1 }
            guard i < count else { return false }
        } else {
            count &+= 1
        }
        servers[i] = Server(address: address, until: now + lifetime)
        return true
    }
}
