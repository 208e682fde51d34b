/// An address of IPv6 (RFC 4291).
public struct IPv6Address: Hashable, Sendable, BitwiseCopyable {
    /// The first eight octets on the wire, the first being the highest.
    public let high: UInt64
    /// The last eight: of a unicast address, the interface's identifier.
    public let low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `::`: no address, or any.
    @inlinable
    public static var unspecified: IPv6Address { IPv6Address(high: 0, low: 0) }

    /// `::1`
    @inlinable
    public static var loopback: IPv6Address { IPv6Address(high: 0, low: 1) }

    /// `ff02::1`: all nodes on this link.
    @inlinable
    public static var allNodes: IPv6Address { IPv6Address(high: 0xff02 << 48, low: 1) }

    /// `ff02::2`: all routers on this link.
    @inlinable
    public static var allRouters: IPv6Address { IPv6Address(high: 0xff02 << 48, low: 2) }

    /// `ff02::16`: all routers that know MLDv2 (RFC 3810, 5.2.14).
    @inlinable
    public static var allMLDv2Routers: IPv6Address { IPv6Address(high: 0xff02 << 48, low: 0x16) }

    @inlinable
    public var isUnspecified: Bool { high | low == 0 }

    @inlinable
    public var isLoopback: Bool { high == 0 && low == 1 }

    /// In ff00::/8.
    @inlinable
    public var isMulticast: Bool { high >> 56 == 0xff }

    /// In fe80::/10.
    @inlinable
    public var isLinkLocal: Bool { high >> 54 == 0x3fa }

    /// The scope of a group (RFC 4291, 2.7): 1 an interface, 2 a link, 5 a site, 14 everywhere.
    @inlinable
    public var multicastScope: UInt8 { UInt8(truncatingIfNeeded: high >> 48) & 0xf }

    /// Whether it can be the source of a packet, and one interface's.
    @inlinable
    public var isUnicast: Bool { !isMulticast && !isUnspecified }

    /// `ff02::1:ffXX:XXXX`, the group that whoever has this address listens to (RFC 4291, 2.7.1).
    @inlinable
    public var solicitedNode: IPv6Address {
        IPv6Address(high: 0xff02 << 48, low: 0x1_ff00_0000 | low & 0xff_ffff)
    }

    /// The address of IPv4 in `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2).
    @inlinable
    public var mapped: IPv4Address? {
        high == 0 && low >> 32 == 0xffff ? IPv4Address(bits: UInt32(truncatingIfNeeded: low)) : nil
    }

    /// `::ffff:a.b.c.d`
    @inlinable
    public init(mapping address: IPv4Address) {
        self.init(high: 0, low: 0xffff << 32 | UInt64(address.bits))
    }
}
