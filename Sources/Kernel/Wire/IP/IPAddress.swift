/// An address of either version.
public enum IPAddress: Hashable, Sendable, BitwiseCopyable {
    case v4(IPv4Address)
    case v6(IPv6Address)

    @inlinable
    public var isV6: Bool {
        switch self {
        case .v4: false
        case .v6: true
        }
    }

    @inlinable
    public var isUnspecified: Bool {
        switch self {
        case .v4(let address): address.isUnspecified
        case .v6(let address): address.isUnspecified
        }
    }

    @inlinable
    public var isMulticast: Bool {
        switch self {
        case .v4(let address): address.isMulticast
        case .v6(let address): address.isMulticast
        }
    }

    @inlinable
    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.isLoopback
        case .v6(let address): address.isLoopback
        }
    }

    @inlinable
    public var isLinkLocal: Bool {
        switch self {
        case .v4(let address): address.isLinkLocal
        case .v6(let address): address.isLinkLocal
        }
    }

    /// Whether it can be one interface's and a packet's source.
    @inlinable
    public var isUnicast: Bool {
        switch self {
        case .v4(let address): address.isUnicast
        case .v6(let address): address.isUnicast
        }
    }

    /// 128 bits as two words, an address of IPv4 as it is mapped into IPv6: equal
    /// words mean equal addresses for whoever does not tell the two apart.
    @inlinable
    public var words: (high: UInt64, low: UInt64) {
        switch self {
        case .v4(let address): (0, 0xffff << 32 | UInt64(address.bits))
        case .v6(let address): (address.high, address.low)
        }
    }
}
