import KernelSupport
import KernelWire

/// A packet that is to be sent, without its bytes: what its IP header says.
public struct OutgoingPacket: Equatable, Sendable {
    public var source: IPAddress
    /// Of the same version.
    public var destination: IPAddress
    public var `protocol`: IPProtocol
    /// Of what is behind the IP headers: in this packet, of a fragment.
    public var payloadLength: Int
    public var hopLimit: UInt8
    public var trafficClass: UInt8
    /// The part of a datagram that it is.
    public var piece: Fragmentation.Piece?
    /// The datagram's number, for fragments.
    public var identification: UInt32
    /// Whether routers of IPv4 may cut it.
    public var mayBeCut: Bool

    public init(
        source: IPAddress, destination: IPAddress, protocol: IPProtocol, payloadLength: Int, hopLimit: UInt8 = 64,
        trafficClass: UInt8 = 0, piece: Fragmentation.Piece? = nil, identification: UInt32 = 0,
        mayBeCut: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.protocol = `protocol`
        self.payloadLength = payloadLength
        self.hopLimit = hopLimit
        self.trafficClass = trafficClass
        self.piece = piece
        self.identification = identification
        self.mayBeCut = mayBeCut
    }

    /// The bytes of the headers that `emitHeader` writes.
    @inlinable
    public var headerLength: Int {
        destination.isV6 ? IPv6Header.length &+ (piece == nil ? 0 : IPv6Fragment.length) : IPv4Header.minimumLength
    }

    /// Writes the IP header, and for a fragment of IPv6 the fragment header. Nothing,
    /// when source and destination are of different versions.
    @_lifetime(writer: copy writer)
    public func emitHeader(into writer: inout PacketWriter) {
        switch (source, destination) {
        case (.v4(let source), .v4(let destination)):
            IPv4Header(
                source: source, destination: destination, protocol: `protocol`, payloadLength: payloadLength,
                timeToLive: hopLimit, trafficClass: trafficClass,
                identification: UInt16(truncatingIfNeeded: identification),
                fragment: piece.map { IPv4Fragment(offset: $0.offset, hasMore: $0.hasMore, mayBeCut: mayBeCut) }
                    ?? (mayBeCut ? .whole : .notToBeCut)
            ).emit(into: &writer)
        case (.v6(let source), .v6(let destination)):
            IPv6Header(
                source: source, destination: destination, nextHeader: piece == nil ? `protocol` : .fragmentHeader,
                payloadLength: payloadLength &+ (piece == nil ? 0 : IPv6Fragment.length), hopLimit: hopLimit,
                trafficClass: trafficClass
            ).emit(into: &writer)
            if let piece {
                IPv6Fragment(
                    nextHeader: `protocol`, offset: piece.offset, hasMore: piece.hasMore, identification: identification
                ).emit(into: &writer)
            }
        default: break
        }
    }
}

extension NetworkInterface {
    /// Where a frame goes.
    public enum LinkResolution: Equatable, Sendable {
        /// The handle finds the neighbour again; groups have none.
        case known(EthernetAddress, NeighbourHandle?)
        /// The packet is to wait for the slot's neighbour; a question may be in the writer.
        case waiting(slot: Int)
        /// It is lost: too many neighbours do not answer.
        case full
    }

    /// The station to which a packet for `nextHop` goes.
    ///
    /// - Parameter question: Gets a frame that is to be sent, or nothing.
    @_lifetime(question: copy question)
    public mutating func station(
        for nextHop: IPAddress, at now: Instant, question: inout PacketWriter
    ) -> LinkResolution {
        guard case .ethernet = medium else { return .known(.zero, nil) }
        switch nextHop {
        case .v4(let address) where address.isMulticast: return .known(EthernetAddress(group: address), nil)
        case .v4(let address) where address.isBroadcast || addresses.isBroadcast(address):
            return .known(.broadcast, nil)
        case .v6(let address) where address.isMulticast: return .known(EthernetAddress(group: address), nil)
        default: break
        }
        switch neighbours.resolve(nextHop, at: now) {
        case .known(let station, let handle): return .known(station, handle)
        case .waiting(let handle, let solicits):
            if solicits { solicit(nextHop, station: nil, into: &question) }
            return .waiting(slot: handle.slot)
        case .full: return .full
        }
    }

    /// Writes what is in front of a packet's payload.
    @_lifetime(writer: copy writer)
    public func emit(_ packet: OutgoingPacket, to station: EthernetAddress, into writer: inout PacketWriter) {
        if case .ethernet(let own) = medium {
            EthernetHeader(
                destination: station, source: own, type: packet.destination.isV6 ? .ipv6 : .ipv4
            ).emit(into: &writer)
        }
        packet.emitHeader(into: &writer)
    }

    /// Writes what is in front of an answer of TCP, which goes to where the segment has
    /// come from and needs no neighbour: resets, and what a flood of connections gets.
    @_lifetime(writer: copy writer)
    public mutating func emitAnswer(to arrival: IPArrival, length: Int, into writer: inout PacketWriter) {
        emitHeaders(
            from: arrival.destination, to: arrival.source, arrival.protocol, length: length, station: arrival.station,
            into: &writer)
    }

    @_lifetime(writer: copy writer)
    mutating func emitHeaders(
        from source: IPAddress, to destination: IPAddress, _ protocol: IPProtocol, length: Int,
        hopLimit: UInt8? = nil, trafficClass: UInt8 = 0, station: EthernetAddress, into writer: inout PacketWriter
    ) {
        countRequest(isV6: destination.isV6)
        emit(
            OutgoingPacket(
                source: source, destination: destination, protocol: `protocol`, payloadLength: length,
                hopLimit: hopLimit ?? (destination.isV6 ? self.hopLimit : 64), trafficClass: trafficClass),
            to: station, into: &writer)
    }

    /// A datagram leaves that its owner writes.
    ///
    /// - Parameter pieces: The packets that it is cut into; 1: it is whole.
    public mutating func countSent(isV6: Bool, pieces: Int = 1) {
        countRequest(isV6: isV6)
        guard pieces > 1 else { return }
        if isV6 { ip6.countCut(pieces) } else { ip.countCut(pieces) }
    }

    /// A message of ICMP's leaves that its owner writes.
    public mutating func countMessage(_ type: UInt8, isV6: Bool) {
        if isV6 { icmp6.countOut(type) } else { icmp.countOut(type) }
    }

    /// A datagram is lost before it leaves.
    public mutating func countDiscarded(isV6: Bool) {
        if isV6 { ip6.outDiscards &+= 1 } else { ip.outDiscards &+= 1 }
    }

    @inline(__always)
    private mutating func countRequest(isV6: Bool) {
        if isV6 { ip6.outRequests &+= 1 } else { ip.outRequests &+= 1 }
    }

    /// A number for a datagram that is or may be cut, which strangers do not guess and
    /// which comes again late (RFC 7739, 5.3).
    public mutating func nextIdentification(from source: IPAddress, to destination: IPAddress) -> UInt32 {
        identification &+= 1
        let (a, b) = (source.words, destination.words)
        let base = SipHash.tableHash(a.high, a.low, b.high, b.low, 2, key: key)
        return UInt32(truncatingIfNeeded: base) &+ identification
    }
}
