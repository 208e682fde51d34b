import KernelSupport
import KernelWire

extension NetworkInterface {
    /// Hands what is behind the IP headers to who it is for.
    ///
    /// - Parameter bytes: The frame, or the datagram that came in fragments.
    @_lifetime(answer: copy answer)
    mutating func deliver(
        _ arrival: IPArrival, _ bytes: RawSpan, isVerified: Bool, at now: Instant, answer: inout PacketWriter,
        into received: inout Received
    ) {
        if arrival.source.isV6 { ip6.inDelivers &+= 1 } else { ip.inDelivers &+= 1 }
        switch arrival.protocol {
        case .tcp: deliverTCP(arrival, bytes, isVerified, into: &received)
        case .udp: deliverUDP(arrival, bytes, isVerified, into: &received)
        case .icmp where !arrival.source.isV6:
            received = deliverICMP(arrival, bytes, at: now, answer: &answer)
        case .icmpv6 where arrival.source.isV6:
            received = deliverICMPv6(arrival, bytes, at: now, answer: &answer)
        case .igmp where !arrival.source.isV6:
            heardIGMP(arrival, bytes, at: now)
            // Daemons that route groups have raw sockets for it.
            received = .other(arrival)
        default:
            // Nobody wants it, it turns out.
            if arrival.source.isV6 { ip6.inDelivers &-= 1 } else { ip.inDelivers &-= 1 }
            received = .other(arrival)
        }
    }

    @inline(__always)
    private mutating func deliverTCP(
        _ arrival: IPArrival, _ bytes: RawSpan, _ isVerified: Bool, into received: inout Received
    ) {
        tcp.inSegments &+= 1
        let segment = bytes.piece(arrival.payload)
        // A connection is between two (RFC 9293, 3.9.2.3; MUST-63).
        guard arrival.cast == .unicast, let read = TCPSegmentHeader(parsing: segment) else {
            tcp.inErrors &+= 1
            return
        }
        guard isVerified
            || segment.hasSoundChecksum(
                source: arrival.source, destination: arrival.destination, protocol: .tcp)
        else {
            tcp.inErrors &+= 1
            tcp.inChecksumErrors &+= 1
            return
        }
        received = .tcp(
            TCPArrival(
                ip: arrival, header: read.header,
                payload: arrival.payload.lowerBound &+ read.payloadOffset..<arrival.payload.upperBound))
    }

    @inline(__always)
    private mutating func deliverUDP(
        _ arrival: IPArrival, _ bytes: RawSpan, _ isVerified: Bool, into received: inout Received
    ) {
        let datagram = bytes.piece(arrival.payload)
        guard let header = UDPHeader(parsing: datagram),
            isVerified || header.isSound(datagram, source: arrival.source, destination: arrival.destination)
        else {
            var lost = TransportCounters()
            lost.inErrors = 1
            // Short of its length, or changed on its way.
            lost.inChecksumErrors = UDPHeader(parsing: datagram) == nil ? 0 : 1
            if arrival.source.isV6 { udp6 += lost } else { udp += lost }
            return
        }
        let start = arrival.payload.lowerBound &+ UDPHeader.length
        received = .udp(UDPArrival(ip: arrival, header: header, payload: start..<start &+ header.payloadLength))
    }

    // MARK: Refusals

    /// Why nobody wants a packet.
    public enum Refusal: Sendable {
        /// No socket has the port.
        case port
        /// No socket has the protocol.
        case `protocol`
    }

    /// Tells the sender of a packet that was handed out that nobody wants it, if it is
    /// to be told and has not been told too often (RFC 1122, 3.2.2; RFC 4443, 2.4).
    ///
    /// - Parameter bytes: The frame, or the datagram that came in fragments.
    @_lifetime(answer: copy answer)
    public mutating func refuse(
        _ arrival: IPArrival, _ bytes: RawSpan, _ refusal: Refusal, at now: Instant, answer: inout PacketWriter
    ) {
        let header: ICMPHeader
        switch refusal {
        case .port:
            if arrival.source.isV6 { udp6.noPorts &+= 1 } else { udp.noPorts &+= 1 }
            header =
                arrival.source.isV6
                ? ICMPHeader(type: ICMPv6Type.unreachable, code: 4)
                : ICMPHeader(type: ICMPv4Type.unreachable, code: 3)
        case .protocol:
            if arrival.source.isV6 { ip6.inUnknownProtocols &+= 1 } else { ip.inUnknownProtocols &+= 1 }
            // IGMP is known, and nobody needs to listen to it.
            guard arrival.protocol != .igmp else { return }
            header =
                arrival.source.isV6
                ? ICMPHeader(type: ICMPv6Type.parameterProblem, code: 1, word: pointer(arrival, bytes))
                : ICMPHeader(type: ICMPv4Type.unreachable, code: 2)
        }
        tell(header, to: arrival, bytes, at: now, answer: &answer)
    }

    /// Where in a packet of IPv6 the number of its upper layer is.
    private func pointer(_ arrival: IPArrival, _ bytes: RawSpan) -> UInt32 {
        let packet = bytes.piece(arrival.packet)
        // Through the headers, which were walked through before.
        var at = IPv6Header.length
        var pointer = 6
        let end = arrival.payload.lowerBound &- arrival.packet.lowerBound
        while at < end {
            let isFragment = packet.field(at: pointer, as: UInt8.self) == IPProtocol.fragmentHeader.number
            pointer = at
            at &+= isFragment ? IPv6Fragment.length : (Int(packet.field(at: at &+ 1, as: UInt8.self)) &+ 1) &* 8
        }
        return UInt32(truncatingIfNeeded: pointer)
    }
}
