import KernelSupport
import KernelWire

/// A message to send from port 68 to port 67.
public struct DHCPTransmission: Sendable {
    public let request: DHCPRequest
    /// 0.0.0.0: the host has no address yet, and the frame goes to all stations.
    public let source: IPv4Address
    public let destination: IPv4Address
}

/// What the client's owner has to do.
public enum DHCPEffect: Sendable {
    case send(DHCPTransmission)
    /// Ask by ARP who has this address (RFC 5227, 2.1.1), and tell the client of a conflict
    /// if somebody answers, or asks the same.
    case probe(IPv4Address)
    /// Say by ARP that this address is the host's (RFC 5227, 2.4).
    case defend(IPv4Address)
    /// Use `lease`, which is new or has changed, and say by ARP whose the address is.
    case configure
    /// Do not use the address any more.
    case withdraw(IPv4Address)
    /// Use `information`; `nil` in there: no server has answered.
    case inform
}

/// At most what one event brings about.
public typealias DHCPEffects = FixedList<3, DHCPEffect>

extension DHCPEffects {
    static var none: DHCPEffects { DHCPEffects(filler: .configure) }

    mutating func add(_ effect: DHCPEffect) {
        let hasRoom = append(effect)
        precondition(hasRoom)
    }
}

/// What has happened, from the client's beginning on.
public struct DHCPCounters: Equatable, Sendable {
    public var sent: UInt64 = 0
    /// Messages whose lengths or values lie.
    public var malformed: UInt64 = 0
    /// Messages for others, or of another exchange.
    public var foreign: UInt64 = 0
    /// Messages that the client's state expects none of, or that say other than was asked for.
    public var unexpected: UInt64 = 0
    public var refusals: UInt64 = 0
    public var conflicts: UInt64 = 0
    /// Leases whose end has come.
    public var expiries: UInt64 = 0
    /// Leases of which a list was longer than what is used of it.
    public var cut: UInt64 = 0

    public init() {}
}

extension DHCPTransmission {
    public static var clientPort: Port { Port(68) }
    public static var serverPort: Port { Port(67) }

    /// Appends the message's packet, from the header of IPv4 on.
    @_lifetime(writer: copy writer)
    public func emitPacket(into writer: inout PacketWriter, hostName: DomainName? = nil) {
        let start = writer.count
        let length = request.encodedLength(hostName: hostName)
        let header = UDPHeader(source: Self.clientPort, destination: Self.serverPort, payloadLength: length)
        IPv4Header(
            source: source, destination: destination, protocol: .udp, payloadLength: UDPHeader.length &+ length,
            fragment: .whole
        ).emit(into: &writer)
        header.emit(into: &writer)
        let payload = writer.count
        request.emit(into: &writer, hostName: hostName)
        var sum = InternetChecksum()
        sum.accumulate(writer.written.rest(after: payload))
        writer.replace(
            at: start &+ IPv4Header.minimumLength &+ UDPHeader.checksumOffset,
            with: header.checksum(source: .v4(source), destination: .v4(destination), payload: sum))
    }
}
