/// An address of IPv4 (RFC 791).
public struct IPv4Address: Hashable, Sendable, BitwiseCopyable {
    /// The 32 bits, the first octet on the wire being the highest.
    public let bits: UInt32

    @inlinable
    public init(bits: UInt32) {
        self.bits = bits
    }

    /// The address that is written a.b.c.d.
    @inlinable
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        bits = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// 0.0.0.0: no address, or any.
    @inlinable
    public static var unspecified: IPv4Address { IPv4Address(bits: 0) }

    /// 255.255.255.255: everybody on this link (RFC 919).
    @inlinable
    public static var broadcast: IPv4Address { IPv4Address(bits: .max) }

    /// 127.0.0.1
    @inlinable
    public static var loopback: IPv4Address { IPv4Address(127, 0, 0, 1) }

    /// 224.0.0.1: all systems on this link (RFC 1112).
    @inlinable
    public static var allSystems: IPv4Address { IPv4Address(224, 0, 0, 1) }

    @inlinable
    public var isUnspecified: Bool { bits == 0 }

    @inlinable
    public var isBroadcast: Bool { bits == .max }

    /// In 224.0.0.0/4 (RFC 5771).
    @inlinable
    public var isMulticast: Bool { bits >> 28 == 0xe }

    /// In 127.0.0.0/8 (RFC 1122, 3.2.1.3).
    @inlinable
    public var isLoopback: Bool { bits >> 24 == 127 }

    /// In 169.254.0.0/16 (RFC 3927).
    @inlinable
    public var isLinkLocal: Bool { bits >> 16 == 0xa9fe }

    /// Whether it can be the source of a packet: neither in 0.0.0.0/8, nor of a
    /// group, nor in the reserved 240.0.0.0/4 (RFC 1122, 3.2.1.3).
    @inlinable
    public var isUnicast: Bool { bits >> 24 != 0 && bits >> 28 < 0xe }
}
