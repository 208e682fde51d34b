import KernelSupport

/// A route that a server tells of (RFC 3442).
public struct DHCPRoute: Equatable, Sendable, BitwiseCopyable {
    /// The network, with zeros behind `prefixLength` bits.
    public let destination: IPv4Address
    /// 0 to 32; 0 is the default route.
    public let prefixLength: UInt8
    /// `nil`: the network is on the link.
    public let router: IPv4Address?
}

/// What a server tells a host about the network. Values that cannot be are not in it.
public struct DHCPConfiguration: Sendable {
    /// What is used of long lists, of which the first ones are preferred.
    public static let mostRouters = 4
    public static let mostNameServers = 4
    public static let mostRoutes = 32
    /// Every host takes packets of so many bytes (RFC 791, 3.1). A server that says less
    /// would make the host useless.
    public static let smallestMTU: UInt16 = 576

    /// 1 to 32.
    public var prefixLength: UInt8?
    public var broadcastAddress: IPv4Address?
    /// Default routers, the preferred one first. Where there are `routes`, they count
    /// instead (RFC 3442, page 5), and there are none here.
    public var routers = FixedList<4, IPv4Address>(filler: .unspecified)
    public var routes = FixedList<32, DHCPRoute>(
        filler: DHCPRoute(destination: .unspecified, prefixLength: 0, router: nil))
    public var nameServers = FixedList<4, IPv4Address>(filler: .unspecified)
    public var domain: DomainName?
    public var mtu: UInt16?
    /// Whether a list was longer than what is used of it.
    public var isCut = false

    public init() {}

    /// Reads the options; `nil`: a length is none that the option may have, or a mask is none.
    init?(_ options: borrowing DHCPOptions) {
        var mask = options.value(of: DHCPOption.subnetMask)
        if mask.isThere {
            guard mask.count == 4 else { return nil }
            let bits = mask.number(UInt32.self)
            // Ones, and zeros behind them.
            guard bits != 0, ~bits & (~bits &+ 1) == 0 else { return nil }
            prefixLength = UInt8(bits.nonzeroBitCount)
        }
        var broadcast = options.value(of: DHCPOption.broadcastAddress)
        if broadcast.isThere {
            guard broadcast.count == 4 else { return nil }
            broadcastAddress = broadcast.address()
        }
        var mtu = options.value(of: DHCPOption.interfaceMTU)
        if mtu.isThere {
            guard mtu.count == 2 else { return nil }
            let value = mtu.number(UInt16.self)
            if value >= Self.smallestMTU { self.mtu = value }
        }
        guard readAddresses(options), readRoutes(options), readDomain(options) else { return nil }
    }

    private mutating func readAddresses(_ options: borrowing DHCPOptions) -> Bool {
        var value = options.value(of: DHCPOption.routers)
        guard value.count % 4 == 0, !value.isThere || value.count > 0 else { return false }
        while value.count > 0 {
            let address = value.address()
            if address.isUnicast, !address.isLoopback, !routers.append(address) { isCut = true }
        }
        value = options.value(of: DHCPOption.nameServers)
        guard value.count % 4 == 0, !value.isThere || value.count > 0 else { return false }
        while value.count > 0 {
            let address = value.address()
            if address.isUnicast, !address.isLoopback, !nameServers.append(address) { isCut = true }
        }
        return true
    }

    private mutating func readRoutes(_ options: borrowing DHCPOptions) -> Bool {
        var value = options.value(of: DHCPOption.classlessRoutes)
        guard value.isThere else { return true }
        // RFC 3442: at least a width and a router.
        guard value.count >= 5 else { return false }
        while value.count > 0 {
            let width = value.byte()
            let significant = (Int(width) &+ 7) / 8
            guard width <= 32, value.count >= significant &+ 4 else { return false }
            var bits: UInt32 = 0
            for i in 0..<significant { bits |= UInt32(value.byte()) << UInt32(24 &- 8 &* i) }
            bits &= width == 0 ? 0 : ~0 << UInt32(32 &- width)
            let router = value.address()
            guard router.isUnspecified || router.isUnicast && !router.isLoopback else { continue }
            let route = DHCPRoute(
                destination: IPv4Address(bits: bits), prefixLength: width, router: router.isUnspecified ? nil : router)
            if !routes.append(route) { isCut = true }
        }
        routers = FixedList(filler: .unspecified)
        return true
    }

    private mutating func readDomain(_ options: borrowing DHCPOptions) -> Bool {
        var value = options.value(of: DHCPOption.domainName)
        guard value.isThere else { return true }
        guard value.count > 0 else { return false }
        // A text that is no name is not used; some servers end it with a zero.
        guard value.count <= DomainName.longest else { return true }
        var text = InlineArray<255, UInt8>(repeating: 0)
        var count = 0
        while value.count > 0 {
            text[count] = value.byte()
            count &+= 1
        }
        if count > 1, text[count &- 1] == 0 { count &-= 1 }
        domain = text.withBytes(0..<count) { DomainName(text: $0) }
        return true
    }
}
