/// What an IP packet carries: a number of IANA's list, for IPv6 an extension header's too.
public struct IPProtocol: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt8

    @inlinable
    public init(_ number: UInt8) {
        self.number = number
    }

    @inlinable public static var hopByHopOptions: IPProtocol { IPProtocol(0) }
    @inlinable public static var icmp: IPProtocol { IPProtocol(1) }
    @inlinable public static var igmp: IPProtocol { IPProtocol(2) }
    @inlinable public static var tcp: IPProtocol { IPProtocol(6) }
    @inlinable public static var udp: IPProtocol { IPProtocol(17) }
    @inlinable public static var routingHeader: IPProtocol { IPProtocol(43) }
    @inlinable public static var fragmentHeader: IPProtocol { IPProtocol(44) }
    @inlinable public static var authenticationHeader: IPProtocol { IPProtocol(51) }
    @inlinable public static var icmpv6: IPProtocol { IPProtocol(58) }
    /// Nothing follows (RFC 8200, 4.7).
    @inlinable public static var nothing: IPProtocol { IPProtocol(59) }
    @inlinable public static var destinationOptions: IPProtocol { IPProtocol(60) }
}
