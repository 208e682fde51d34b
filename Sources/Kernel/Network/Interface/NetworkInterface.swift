import KernelSupport
import KernelWire

/// One interface: frames go in, and what has come of them comes out; now and then
/// it has work of its own to do. It joins the parts of the module that do one thing
/// each; a kernel may join them in another way, with its locks in between.
///
/// Answers that need no route (echoes, errors, resets, ARP and NDP) go to the
/// station that has sent the question: strangers fill no table.
///
/// An interface takes packets for its own addresses alone (RFC 1122, 3.3.4.2, the
/// strong model).
public struct NetworkInterface: Sendable {
    public enum Medium: Sendable, BitwiseCopyable {
        /// Frames have Ethernet headers.
        case ethernet(EthernetAddress)
        /// Frames are IP packets, which come back to this host.
        case loopback
    }

    public struct Options: Sendable, BitwiseCopyable {
        public var unit = 1500
        /// Whether there is IPv6: link-local addresses, routers, autonomous addresses.
        public var hasIPv6 = true
        public var identifiers = IdentifierPolicy.hardware
        public var acceptsRouterAdvertisements = true

        public init() {}
    }

    /// Its number among the host's.
    public let index: Int
    public let medium: Medium
    public let options: Options
    /// What fits into a packet, of IPv6 at most what routers say.
    public internal(set) var unit: Int
    public internal(set) var unitV6: Int
    public internal(set) var addresses = AddressTable()
    public var neighbours: NeighbourTable
    public internal(set) var reassembly = Reassembly()
    public internal(set) var memberships = Memberships()
    /// What routers have said. Its owner puts these among its own when it is told
    /// that something has changed.
    public internal(set) var advertisedRoutes = RouteTable()
    public internal(set) var servers = AdvertisedServers()
    /// What packets of IPv6 begin with.
    public internal(set) var hopLimit: UInt8 = 64
    public internal(set) var link = LinkCounters()
    /// Of IPv4, and of IPv6; TCP's are those of both.
    public internal(set) var ip = IPCounters()
    public internal(set) var ip6 = IPCounters()
    public internal(set) var icmp = ICMPCounters()
    public internal(set) var icmp6 = ICMPCounters()
    public internal(set) var tcp = TransportCounters()
    public internal(set) var udp = TransportCounters()
    public internal(set) var udp6 = TransportCounters()
    /// An address of IPv4 that this host is about to have: when somebody else has or
    /// wants it, that is told as a conflict (RFC 5227, 2.1.1).
    public var probed: IPv4Address?
    var limiter: ErrorLimiter
    let key: SipKey
    /// For times only, which nobody gains from guessing.
    var random: UInt64
    var identification: UInt32 = 0
    var solicitation = RouterSolicitationState()
    /// When this host has last said that an address is its own (RFC 5227, 2.4 c).
    var lastDefence = Instant.start
    var hasDefended = false

    /// - Parameter key: A secret of this boot's.
    public init(index: Int, medium: Medium, options: Options = Options(), key: SipKey, at now: Instant) {
        self.index = index
        self.medium = medium
        self.options = options
        self.key = key
        unit = options.unit
        unitV6 = options.unit
        neighbours = NeighbourTable(key: key)
        limiter = ErrorLimiter(key: key)
        random = SipHash.tableHash(UInt64(index), 1, key: key) | 1
        switch medium {
        case .loopback:
            _ = addresses.add(InterfaceAddress(.v4(.loopback), prefixLength: 8), firstQuestion: nil)
            if options.hasIPv6 {
                _ = addresses.add(InterfaceAddress(.v6(.loopback), prefixLength: 128), firstQuestion: nil)
            }
        case .ethernet(let station):
            // Below that IPv6 is not spoken (RFC 8200, 5).
            guard options.hasIPv6, options.unit >= PathMTUCache.minimumV6 else { return }
            addLinkLocal(station, attempt: 0, at: now)
            if options.acceptsRouterAdvertisements {
                // MAX_RTR_SOLICITATION_DELAY (RFC 4861, 6.3.7)
                solicitation.deadline = now + jitter(.seconds(1)) + .seconds(1)
            }
        }
    }

    /// When `work` has something to do.
    @inline(__always)
    public var deadline: Instant {
        min(
            min(neighbours.deadline, addresses.deadline, memberships.deadline),
            min(reassembly.deadline, solicitation.deadline, advertisedRoutes.deadline))
    }

    /// The same, of an interface among others, which is not copied for it.
    @inline(never)
    public mutating func nextDeadline() -> Instant { deadline }

    /// The bytes in front of an IP packet.
    @inlinable
    public var linkHeaderLength: Int {
        switch medium {
        case .ethernet: EthernetHeader.length
        case .loopback: 0
        }
    }

    /// The most payload of a TCP segment without options that fits.
    public func maximumSegment(isV6: Bool) -> Int {
        isV6
            ? unitV6 &- IPv6Header.length &- TCPHeader.minimumLength
            : unit &- IPv4Header.minimumLength &- TCPHeader.minimumLength
    }

    // MARK: Configuration

    /// Packets on the link are to be no longer than so, as a server of DHCP says (RFC 2132, 5.1).
    public mutating func limitUnit(to mtu: Int) {
        unit = min(options.unit, max(mtu, PathMTUCache.minimumV4))
        unitV6 = min(unitV6, max(mtu, PathMTUCache.minimumV6))
    }

    /// Gives the interface an address. One of IPv6 is tentative first.
    ///
    /// - Returns: Whether it is new and there was room.
    public mutating func add(_ address: InterfaceAddress, at now: Instant) -> Bool {
        var isTentative = false
        if case .v6(let six) = address.address, case .ethernet = medium {
            guard options.hasIPv6, unitV6 >= PathMTUCache.minimumV6 else { return false }
            isTentative = true
            // Its neighbours ask for it by this group.
            try? memberships.join(.v6(six.solicitedNode), at: now)
        }
        if addresses.add(address, firstQuestion: isTentative ? now : nil) { return true }
        forget(address.address, at: now)
        return false
    }

    public mutating func remove(_ address: IPAddress, at now: Instant) {
        if addresses.remove(address) { forget(address, at: now) }
    }

    /// Listens to a group.
    public mutating func join(_ group: IPAddress, at now: Instant) throws(Errno) {
        try memberships.join(group, at: now)
    }

    public mutating func leave(_ group: IPAddress, at now: Instant) throws(Errno) {
        try memberships.leave(group, at: now)
    }

    /// An address has gone, or was never there.
    mutating func forget(_ address: IPAddress, at now: Instant) {
        if case .v6(let six) = address, case .ethernet = medium {
            try? memberships.leave(.v6(six.solicitedNode), at: now)
        }
    }

    mutating func addLinkLocal(_ station: EthernetAddress, attempt: UInt8, at now: Instant) {
        let prefix: UInt64 = 0xfe80 << 48
        guard let identifier = options.identifiers.identifier(prefix: prefix, station: station, attempt: attempt) else {
            return
        }
        let address = IPAddress.v6(IPv6Address(high: prefix, low: identifier))
        if add(InterfaceAddress(address, prefixLength: 64, origin: .linkLocal), at: now) {
            addresses.setAttempt(address, attempt)
        }
    }

    /// A time by chance, at most `most`.
    mutating func jitter(_ most: Interval) -> Interval {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Interval(nanoseconds: random % max(most.nanoseconds, 1))
    }
}
