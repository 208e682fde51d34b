import KernelSupport
import KernelWire

extension NetworkInterface {
    /// What a router may say a packet begins with: less makes a host deaf
    /// (CVE-2015-2922 and its kin).
    static var minimumHopLimit: UInt8 { 32 }
    /// The longest REACHABLE_TIME (RFC 4861, 6.2.1), and the shortest time between two questions.
    private static var longestReachable: UInt32 { 3_600_000 }
    private static var shortestRetransmission: UInt32 { 100 }

    /// RFC 4861, 6.3.4; RFC 4862, 5.5.3; RFC 8106.
    mutating func heard(
        _ advertisement: RouterAdvertisement, _ arrival: IPArrival, _ router: IPv6Address, _ message: RawSpan,
        at now: Instant
    ) -> Received {
        guard options.acceptsRouterAdvertisements, router.isLinkLocal else {
            icmp6.inErrors &+= 1
            return .nothing
        }
        solicitation.hasAnswer()
        if advertisement.hopLimit >= Self.minimumHopLimit { hopLimit = advertisement.hopLimit }
        if advertisement.reachableTime > 0, advertisement.reachableTime <= Self.longestReachable {
            neighbours.reachableTime = .milliseconds(UInt64(advertisement.reachableTime))
        }
        if advertisement.retransmissionTime >= Self.shortestRetransmission,
            advertisement.retransmissionTime <= Self.longestReachable
        {
            neighbours.retransmissionTime = .milliseconds(UInt64(advertisement.retransmissionTime))
        }
        let (routes, overLimit, unit) = (advertisedRoutes.generation, addresses.overLimit, unitV6)
        let count = addresses.count
        var hasChanged = false
        set(
            Route(
                .everyV6, interface: index, gateway: .v6(router), metric: Self.advertisedMetric,
                origin: .routerAdvertisement),
            lifetime: .seconds(UInt64(advertisement.lifetime)), at: now)
        var at = RouterAdvertisement.optionsOffset
        while let (option, next) = NDPOption.read(message, at: at) {
            switch option {
            case .link(let station): _ = neighbours.asked(by: .v6(router), link: station, at: now)
            case .maximumUnit(let size):
                if size >= UInt32(PathMTUCache.minimumV6), size <= UInt32(self.unit) { unitV6 = Int(size) }
            case .prefix(let prefix): heard(prefix, at: now)
            case .dnsServer(let server, let lifetime):
                if servers.heard(server, lifetime: .seconds(UInt64(lifetime)), at: now) { hasChanged = true }
            case .other: break
            }
            at = next
        }
        hasChanged =
            hasChanged || routes != advertisedRoutes.generation || count != addresses.count || unit != unitV6
            || overLimit != addresses.overLimit
        return hasChanged ? .configured : .nothing
    }

    /// Behind what was configured.
    private static var advertisedMetric: UInt32 { 1024 }

    private mutating func heard(_ option: NDPPrefix, at now: Instant) {
        guard let prefix = AddressPrefix(.v6(option.prefix), length: option.length), !option.prefix.isLinkLocal,
            option.prefix.isUnicast, option.preferredLifetime <= option.validLifetime
        else { return }
        let valid = Interval.seconds(UInt64(option.validLifetime))
        if option.isOnLink {
            set(
                Route(prefix, interface: index, metric: Self.advertisedMetric, origin: .routerAdvertisement),
                lifetime: valid, at: now)
        }
        // Identifiers have 64 bits (RFC 2464, 4).
        guard option.isAutonomous, option.length == 64 else { return }
        let preferred = Interval.seconds(UInt64(option.preferredLifetime))
        for i in 0..<addresses.count {
            if addresses[i].origin == .autonomous, case .v6(let own) = addresses[i].address,
                own.high == option.prefix.high
            {
                addresses.renew(.v6(own), valid: valid, preferred: preferred, at: now)
                return
            }
        }
        guard valid > .zero else { return }
        addAutonomous(prefix: option.prefix.high, attempt: 0, valid: valid, preferred: preferred, at: now)
    }

    mutating func addAutonomous(
        prefix: UInt64, attempt: UInt8, valid: Interval, preferred: Interval, at now: Instant
    ) {
        guard case .ethernet(let station) = medium,
            let identifier = options.identifiers.identifier(prefix: prefix, station: station, attempt: attempt)
        else { return }
        let address = IPAddress.v6(IPv6Address(high: prefix, low: identifier))
        guard add(InterfaceAddress(address, prefixLength: 64, origin: .autonomous), at: now) else { return }
        addresses.setAttempt(address, attempt)
        addresses.setLife(address, valid: valid, preferred: preferred, at: now)
    }

    /// Adds, prolongs or, for no time, takes away what routers have said.
    private mutating func set(_ route: Route, lifetime: Interval, at now: Instant) {
        guard lifetime > .zero else {
            advertisedRoutes.remove(route)
            return
        }
        var route = route
        route.expires = lifetime == .seconds(UInt64(UInt32.max)) ? .never : now + lifetime
        advertisedRoutes.add(route)
    }
}
