import KernelSupport
import KernelWire

/// The interfaces of a host with their routes: where a packet leaves, and from which
/// address.
///
/// Interface 0 is the loopback, by which a host's packets for itself go. A kernel with
/// a lock for each of the parts joins them in its own way, with the same rules.
public struct Network: Sendable {
    public var interfaces: [NetworkInterface] = []
    public var routes = RouteTable()
    public var paths: PathMTUCache
    private let key: SipKey

    /// The number of the loopback.
    public static var loopback: Int { 0 }

    /// - Parameter key: A secret of this boot's.
    public init(key: SipKey, hasIPv6: Bool = true, at now: Instant) {
        self.key = key
        paths = PathMTUCache(key: key)
        var options = NetworkInterface.Options()
        options.unit = 65_536
        options.hasIPv6 = hasIPv6
        interfaces.append(
            NetworkInterface(index: Self.loopback, medium: .loopback, options: options, key: key, at: now))
    }

    // MARK: - Configuration

    /// Adds an interface; its number.
    public mutating func add(
        _ station: EthernetAddress, options: NetworkInterface.Options = .init(), at now: Instant
    ) -> Int {
        let index = interfaces.count
        interfaces.append(
            NetworkInterface(index: index, medium: .ethernet(station), options: options, key: key, at: now))
        if options.hasIPv6 { routes.add(Route(.linkLocalV6, interface: index, origin: .connected)) }
        return index
    }

    /// Gives an interface an address, with the route to its subnet.
    ///
    /// - Returns: Whether it is new and there was room.
    public mutating func add(_ address: InterfaceAddress, to interface: Int, at now: Instant) -> Bool {
        guard interfaces[interface].add(address, at: now) else { return false }
        if let prefix = address.prefix {
            routes.add(Route(prefix, interface: interface, origin: .connected))
        }
        return true
    }

    /// Takes the routes over that an interface has learned from routers; to be called
    /// when it says that something has changed.
    public mutating func configure(_ interface: Int) {
        routes.removeAll { $0.origin == .routerAdvertisement && $0.interface == interface }
        let advertised = interfaces.span[interface].advertisedRoutes
        for index in 0..<advertised.count { routes.add(advertised[index]) }
    }

    /// The interface whose address it is; `nil`: it is not this host's.
    public func owner(of address: IPAddress) -> Int? {
        if address.isLoopback { return Self.loopback }
        // By a span: else each is copied, which is large.
        for index in interfaces.indices where interfaces.span[index].addresses.contains(address) { return index }
        return nil
    }

    // MARK: - Sending

    /// How a packet leaves.
    public struct Way: Equatable, Sendable, BitwiseCopyable {
        public var interface: Int
        public var source: IPAddress
        /// Who is to be resolved on the link.
        public var nextHop: IPAddress
        /// The largest packet.
        public var unit: Int
    }

    /// The way to `destination`.
    ///
    /// - Parameters:
    ///   - source: The address that the sender is bound to; `nil`: the network chooses.
    ///   - interface: The one it is bound to (SO_BINDTODEVICE, a scope, IP_MULTICAST_IF).
    /// - Throws: `EADDRNOTAVAIL`: `source` is not this host's, or there is none to choose;
    ///   `EINVAL`: an address of a link without the interface that it is on, or a source
    ///   that only means something on the host itself;
    ///   `ENETUNREACH`: there is no route.
    public func way(
        to destination: IPAddress, from source: IPAddress? = nil, by interface: Int? = nil, at now: Instant
    ) throws(Errno) -> Way {
        if let source, owner(of: source) == nil { throw .addressNotAvailable }
        if !destination.isMulticast, let owner = owner(of: destination) {
            // RFC 1122, 3.3.1.1: it never leaves the host.
            guard interface == nil || interface == owner || interface == Self.loopback else {
                throw .networkUnreachable
            }
            return Way(
                interface: Self.loopback, source: source ?? destination, nextHop: destination,
                unit: interfaces.span[Self.loopback].unit)
        }
        // What only has a meaning on the host itself does not leave it (RFC 1122, 3.2.1.3 g).
        if let source, source.isLoopback { throw .invalidArgument }
        let (number, nextHop) = try hop(to: destination, source, interface)
        guard let source = source ?? interfaces.span[number].addresses.source(for: destination) else {
            throw .addressNotAvailable
        }
        let link = destination.isV6 ? interfaces.span[number].unitV6 : interfaces.span[number].unit
        return Way(
            interface: number, source: source, nextHop: nextHop,
            unit: destination.isMulticast ? link : paths.find(destination, link: link, at: now))
    }

    /// The interface and the next hop.
    private func hop(
        to destination: IPAddress, _ source: IPAddress?, _ interface: Int?
    ) throws(Errno) -> (Int, IPAddress) {
        if destination.isV6, destination.isLinkLocal {
            // RFC 4007, 6: the zone is the link's, and no route can tell it.
            let link = interface ?? source.flatMap { $0.isLinkLocal ? owner(of: $0) : nil }
            guard let link else { throw .invalidArgument }
            return (link, destination)
        }
        let isForMany = destination.isMulticast || destination == .v4(.broadcast)
        if let route = routes.find(destination, interface: interface) {
            return (route.interface, isForMany ? destination : route.nextHop(for: destination))
        }
        // What is for many needs no route where the link is known.
        guard isForMany else { throw .networkUnreachable }
        guard let link = interface ?? source.flatMap({ owner(of: $0) }), link != Self.loopback else {
            throw .networkUnreachable
        }
        return (link, destination)
    }
}
