import KernelWire

/// How packets for a prefix leave.
public struct Route: Equatable, Sendable, BitwiseCopyable {
    /// Who has said so; whoever it is may take back its own.
    public enum Origin: UInt8, Sendable, BitwiseCopyable {
        /// An interface's own subnet.
        case connected
        /// The command line's, or a program's.
        case fixed
        case dhcp
        case routerAdvertisement
    }

    public var prefix: AddressPrefix
    /// The interface's number.
    public var interface: Int
    /// The router; `nil`: the destinations are on the link.
    public var gateway: IPAddress?
    /// Of two routes for a prefix the one with the lower counts.
    public var metric: UInt32
    public var origin: Origin
    /// When it is forgotten.
    public var expires: Instant

    public init(
        _ prefix: AddressPrefix, interface: Int, gateway: IPAddress? = nil, metric: UInt32 = 0,
        origin: Origin = .fixed, expires: Instant = .never
    ) {
        self.prefix = prefix
        self.interface = interface
        self.gateway = gateway
        self.metric = metric
        self.origin = origin
        self.expires = expires
    }

    /// Who is to be resolved on the link for a packet to `destination`.
    public func nextHop(for destination: IPAddress) -> IPAddress { gateway ?? destination }
}

/// Routes, by the longest prefix (RFC 1812, 5.2.4.3; RFC 1122, 3.3.1).
///
/// Kept in the order in which they count, so that the first that fits is it. A host
/// has few, and a socket keeps what it has found for as long as `generation` stays.
public struct RouteTable: Sendable {
    /// More routes than this, most of which routers advertise, are an attack (RFC 6104).
    public static var capacity: Int { 64 }
    /// Of the routes that routers advertise: those that were configured find room.
    public static var maximumAdvertised: Int { 32 }

    private var routes: [Route] = []
    /// Another number whenever a route was added, changed or taken away.
    public private(set) var generation: UInt64 = 0
    /// Routes that found no room.
    public private(set) var overLimit: UInt64 = 0

    public init() {
        routes.reserveCapacity(Self.capacity)
    }

    public var count: Int { routes.count }

    /// - Precondition: `index` is in 0..<`count`.
    public subscript(index: Int) -> Route { routes[index] }

    /// When the first of them expires.
    public var deadline: Instant {
        routes.reduce(.never) { min($0, $1.expires) }
    }

    /// Adds a route, or changes its time and metric, when there is one of the same
    /// prefix, interface, router and origin.
    ///
    /// - Returns: Whether there was room.
    @discardableResult
    public mutating func add(_ route: Route) -> Bool {
        if let index = routes.firstIndex(where: { Self.isSame($0, route) }) {
            if routes[index].metric == route.metric {
                if routes[index] != route { routes[index] = route }
                return true
            }
            routes.remove(at: index)
        }
        var advertised = 0
        for known in routes where known.origin == .routerAdvertisement { advertised &+= 1 }
        guard routes.count < Self.capacity,
            route.origin != .routerAdvertisement || advertised < Self.maximumAdvertised
        else {
            overLimit &+= 1
            return false
        }
        let place = routes.firstIndex { Self.counts(route, before: $0) } ?? routes.count
        routes.insert(route, at: place)
        generation &+= 1
        return true
    }

    /// Takes a route away; `false`: there was none.
    @discardableResult
    public mutating func remove(_ route: Route) -> Bool {
        removeAll { Self.isSame($0, route) } > 0
    }

    /// Takes away all that fit; how many there were.
    @discardableResult
    public mutating func removeAll(where fits: (Route) -> Bool) -> Int {
        let before = routes.count
        routes.removeAll(where: fits)
        if routes.count != before { generation &+= 1 }
        return before &- routes.count
    }

    /// Forgets those whose time is over.
    public mutating func expire(at now: Instant) {
        removeAll { $0.expires <= now }
    }

    /// The route to `destination`.
    ///
    /// - Parameter interface: The one that it has to leave by, if any.
    public func find(_ destination: IPAddress, interface: Int? = nil) -> Route? {
        for route in routes
        where route.prefix.contains(destination) && (interface == nil || interface == route.interface) {
            return route
        }
        return nil
    }

    private static func isSame(_ one: Route, _ other: Route) -> Bool {
        one.prefix == other.prefix && one.interface == other.interface && one.gateway == other.gateway
            && one.origin == other.origin
    }

    private static func counts(_ one: Route, before other: Route) -> Bool {
        one.prefix.length == other.prefix.length
            ? one.metric < other.metric : one.prefix.length > other.prefix.length
    }
}
