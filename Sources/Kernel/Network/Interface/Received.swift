import KernelWire

/// What has come of a frame, for the interface's owner to go on with.
public enum Received: Sendable {
    /// It was dealt with, or dropped and counted.
    case nothing
    case tcp(TCPArrival)
    case udp(UDPArrival)
    /// A message that an ICMP socket may wait for: sound, and not answered here.
    case icmp(IPArrival, ICMPHeader)
    /// Of another protocol: for raw sockets, else to be refused.
    case other(IPArrival)
    /// Somebody says that a packet of this host's had no luck. To be believed only by
    /// the socket that has sent it.
    case error(ICMPError, QuotedPacket, from: IPAddress)
    /// `data` of the frame are to be put in their place; when that makes a datagram
    /// whole, `receive(datagram:)` is to be called with it.
    case fragment(Reassembly.Placement, data: Range<Int>)
    /// Packets that wait for a neighbour may go.
    case resolved(slot: Int)
    /// Another station has this host's address (RFC 5227).
    case conflict(IPv4Address, EthernetAddress)
    /// Addresses, routes, servers or the unit have changed.
    case configured
}

/// A packet that was for this host.
public struct IPArrival: Equatable, Sendable {
    public var source: IPAddress
    public var destination: IPAddress
    public var `protocol`: IPProtocol
    public var hopLimit: UInt8
    public var trafficClass: UInt8
    public var cast: LinkCast
    /// The number of the interface that it has come by.
    public var interface: Int
    /// The station that has sent it on the link: where answers go that need no route.
    public var station: EthernetAddress
    /// Where in the frame the IP packet is; empty for a datagram that came in fragments.
    public var packet: Range<Int>
    /// Where in the frame, or in the datagram, what is behind the IP headers is.
    public var payload: Range<Int>

    public init(
        source: IPAddress, destination: IPAddress, protocol: IPProtocol, hopLimit: UInt8, trafficClass: UInt8,
        cast: LinkCast, interface: Int, station: EthernetAddress, packet: Range<Int>, payload: Range<Int>
    ) {
        self.source = source
        self.destination = destination
        self.protocol = `protocol`
        self.hopLimit = hopLimit
        self.trafficClass = trafficClass
        self.cast = cast
        self.interface = interface
        self.station = station
        self.packet = packet
        self.payload = payload
    }
}

/// A segment whose checksum is right.
public struct TCPArrival: Equatable, Sendable {
    public var ip: IPArrival
    public var header: TCPHeader
    /// Where in the frame its payload is.
    public var payload: Range<Int>

    /// This host's end.
    @inlinable
    public var local: Endpoint { Endpoint(ip.destination, header.destination) }

    @inlinable
    public var remote: Endpoint { Endpoint(ip.source, header.source) }
}

/// A datagram whose checksum is right.
public struct UDPArrival: Equatable, Sendable {
    public var ip: IPArrival
    public var header: UDPHeader
    /// Where in the frame its payload is.
    public var payload: Range<Int>

    /// This host's end.
    @inlinable
    public var local: Endpoint { Endpoint(ip.destination, header.destination) }

    @inlinable
    public var remote: Endpoint { Endpoint(ip.source, header.source) }
}
