import KernelSupport
import KernelWire

extension NetworkInterface {
    /// Takes a frame.
    ///
    /// - Parameters:
    ///   - isVerified: Whether the device has looked at the checksums of TCP and UDP.
    ///   - answer: Gets a whole frame where one is to be sent; empty before, and to be
    ///     sent when something is in it and it is whole.
    @_lifetime(answer: copy answer)
    public mutating func receive(
        _ frame: RawSpan, isVerified: Bool = false, at now: Instant, answer: inout PacketWriter
    ) -> Received {
        var received = Received.nothing
        receive(frame, isVerified: isVerified, at: now, answer: &answer, into: &received)
        return received
    }

    /// The same, where what has come is put into its place: it is large, and not copied on its way.
    ///
    /// - Parameter received: `nothing` before.
    @_lifetime(answer: copy answer)
    public mutating func receive(
        _ frame: RawSpan, isVerified: Bool, at now: Instant, answer: inout PacketWriter, into received: inout Received
    ) {
        var link = LinkArrival(isVerified: isVerified)
        guard case .ethernet(let own) = medium else {
            return receivePacket(frame, link, at: now, answer: &answer, into: &received)
        }
        guard let header = EthernetHeader(parsing: frame), header.source.isUnicast, header.source != own else {
            self.link.unknown &+= 1
            return
        }
        link.station = header.source
        link.start = EthernetHeader.length
        if header.destination != own {
            guard header.destination.isMulticast else {
                // A frame for somebody else, which no link should bring.
                self.link.foreign &+= 1
                return
            }
            self.link.groups &+= header.destination == .broadcast ? 0 : 1
            link.cast = header.destination == .broadcast ? .broadcast : .multicast
        }
        switch header.type {
        case .ipv4: receiveV4(frame, link, at: now, answer: &answer, into: &received)
        case .ipv6: receiveV6(frame, link, at: now, answer: &answer, into: &received)
        case .arp: received = receiveARP(frame, at: now, answer: &answer)
        default:
            self.link.unknown &+= 1
        }
    }

    /// Takes a datagram whose fragments are put together; its slot is free afterwards.
    ///
    /// - Parameter datagram: As many bytes as the placement has said.
    @_lifetime(answer: copy answer)
    public mutating func receive(
        datagram: RawSpan, slot: Int, at now: Instant, answer: inout PacketWriter
    ) -> Received {
        guard let (key, metadata, length) = reassembly.datagram(in: slot), length == datagram.byteCount else {
            return .nothing
        }
        reassembly.release(slot)
        var arrival = IPArrival(
            source: key.source, destination: key.destination, protocol: metadata.protocol,
            hopLimit: metadata.hopLimit, trafficClass: metadata.trafficClass, cast: metadata.cast, interface: index,
            station: metadata.station, packet: 0..<0, payload: 0..<length)
        if key.source.isV6 {
            guard
                case .upper(let upper, let offset) = IPv6Content(
                    walking: datagram, from: 0, first: metadata.protocol), offset <= length
            else {
                ip6.inHeaderErrors &+= 1
                return .nothing
            }
            arrival.protocol = upper
            arrival.payload = offset..<length
        }
        var received = Received.nothing
        deliver(arrival, datagram, isVerified: false, at: now, answer: &answer, into: &received)
        return received
    }

    /// There was no memory for a fragment that was to be put in its place.
    public mutating func dropFragments(of slot: Int) { reassembly.drop(slot) }

    /// What the link says of a packet.
    struct LinkArrival {
        var station = EthernetAddress.zero
        var cast = LinkCast.unicast
        /// Where in the frame the packet begins.
        var start = 0
        var isVerified: Bool
    }

    @_lifetime(answer: copy answer)
    private mutating func receivePacket(
        _ frame: RawSpan, _ link: LinkArrival, at now: Instant, answer: inout PacketWriter,
        into received: inout Received
    ) {
        switch frame.field(at: 0, as: UInt8.self) >> 4 {
        case 4: receiveV4(frame, link, at: now, answer: &answer, into: &received)
        case 6: receiveV6(frame, link, at: now, answer: &answer, into: &received)
        default:
            ip.inHeaderErrors &+= 1
        }
    }

    // MARK: IPv4

    @_lifetime(answer: copy answer)
    @inline(__always)
    private mutating func receiveV4(
        _ frame: RawSpan, _ link: LinkArrival, at now: Instant, answer: inout PacketWriter,
        into received: inout Received
    ) {
        ip.inReceives &+= 1
        let bytes = frame.rest(after: link.start)
        guard let packet = IPv4Packet(parsing: bytes),
            packet.headerLength == IPv4Header.minimumLength
                || !IPv4Packet.hasSourceRoute(bytes, headerLength: packet.headerLength)
        else {
            ip.inHeaderErrors &+= 1
            return
        }
        let header = packet.header
        guard let cast = cast(of: header, link) else {
            ip.inAddressErrors &+= 1
            return
        }
        let payload = link.start &+ packet.headerLength..<link.start &+ packet.payload.upperBound
        guard header.fragment.isWhole else {
            received = fragment(frame, header, payload, link, cast, at: now)
            return
        }
        let arrival = IPArrival(
            source: .v4(header.source), destination: .v4(header.destination), protocol: header.protocol,
            hopLimit: header.timeToLive, trafficClass: header.trafficClass, cast: cast, interface: index,
            station: link.station, packet: link.start..<payload.upperBound, payload: payload)
        deliver(arrival, frame, isVerified: link.isVerified, at: now, answer: &answer, into: &received)
    }

    /// For whom a packet is; `nil`: not for this interface, or from where none comes
    /// (RFC 1122, 3.2.1.3).
    @inline(__always)
    private func cast(of header: IPv4Header, _ link: LinkArrival) -> LinkCast? {
        let (source, destination) = (header.source, header.destination)
        guard case .ethernet = medium else {
            // All of the host's own addresses may talk to each other here.
            return destination.isMulticast ? .multicast : source.isUnicast && destination.isUnicast ? .unicast : nil
        }
        // Land and its kin: nobody else has this host's addresses.
        if source.isLoopback || destination.isLoopback || addresses.contains(source) { return nil }
        if addresses.contains(destination) {
            // What the link says is for all and IP says is for one, is neither.
            guard link.cast == .unicast, source.isUnicast, !addresses.isBroadcast(source) else { return nil }
            return .unicast
        }
        guard source.isUnicast || source.isUnspecified, !addresses.isBroadcast(source) else { return nil }
        // Without an address yet a host says so itself: DHCP's and IGMP's.
        if source.isUnspecified, header.protocol != .udp, header.protocol != .igmp { return nil }
        if destination.isBroadcast || addresses.isBroadcast(destination) { return .broadcast }
        if destination.isMulticast {
            let isListened = destination == .allSystems || memberships.contains(.v4(destination))
            return isListened && link.cast != .unicast ? .multicast : nil
        }
        // A server's answer to who has no address (RFC 2131, 4.1).
        return link.cast == .unicast && !addresses.hasV4 && header.protocol == .udp ? .unicast : nil
    }

    private mutating func fragment(
        _ frame: RawSpan, _ header: IPv4Header, _ payload: Range<Int>, _ link: LinkArrival, _ cast: LinkCast,
        at now: Instant
    ) -> Received {
        guard !header.fragment.hasMore || payload.count & 7 == 0 else {
            ip.inHeaderErrors &+= 1
            return .nothing
        }
        let offset = header.fragment.offset
        let key = Reassembly.Key(
            source: .v4(header.source), destination: .v4(header.destination),
            identification: UInt32(header.identification), protocol: header.protocol)
        let outcome = reassembly.insert(
            key, bytes: offset..<offset &+ payload.count, isLast: !header.fragment.hasMore,
            metadata: DatagramMetadata(
                hopLimit: header.timeToLive, trafficClass: header.trafficClass, protocol: header.protocol, cast: cast,
                station: link.station),
            first: frame.field(at: payload.lowerBound), at: now)
        guard case .store(let placement) = outcome else { return .nothing }
        return .fragment(placement, data: payload)
    }

    // MARK: IPv6

    @_lifetime(answer: copy answer)
    private mutating func receiveV6(
        _ frame: RawSpan, _ link: LinkArrival, at now: Instant, answer: inout PacketWriter,
        into received: inout Received
    ) {
        ip6.inReceives &+= 1
        guard options.hasIPv6, let header = IPv6Header(parsing: frame.rest(after: link.start)) else {
            ip6.inHeaderErrors &+= 1
            return
        }
        guard let cast = cast(of: header, link) else {
            ip6.inAddressErrors &+= 1
            return
        }
        let end = link.start &+ IPv6Header.length &+ header.payloadLength
        let packet = frame.piece(link.start..<end)
        var arrival = IPArrival(
            source: .v6(header.source), destination: .v6(header.destination), protocol: header.nextHeader,
            hopLimit: header.hopLimit, trafficClass: header.trafficClass, cast: cast, interface: index,
            station: link.station, packet: link.start..<end, payload: end..<end)
        switch IPv6Content(walking: packet, from: IPv6Header.length, first: header.nextHeader) {
        case .upper(let upper, let offset):
            guard !header.source.isUnspecified || upper == .icmpv6 else {
                ip6.inAddressErrors &+= 1
                return
            }
            arrival.protocol = upper
            arrival.payload = link.start &+ offset..<end
            deliver(arrival, frame, isVerified: link.isVerified, at: now, answer: &answer, into: &received)
        case .fragment(let fragment, let offset):
            guard !header.source.isUnspecified else {
                ip6.inAddressErrors &+= 1
                return
            }
            received = self.fragment(frame, arrival, fragment, link.start &+ offset..<end, at: now, answer: &answer)
        case .problem(let problem):
            ip6.inHeaderErrors &+= 1
            if cast == .unicast || problem.answersGroups {
                tell(
                    ICMPHeader(
                        type: ICMPv6Type.parameterProblem, code: problem.code,
                        word: UInt32(truncatingIfNeeded: problem.pointer)),
                    to: arrival, frame, answersGroups: problem.answersGroups, at: now, answer: &answer)
            }
        case .nothing, .discarded: ip6.inDiscards &+= 1
        }
    }

    @inline(__always)
    private func cast(of header: IPv6Header, _ link: LinkArrival) -> LinkCast? {
        let (source, destination) = (header.source, header.destination)
        if source.isMulticast { return nil }
        guard case .ethernet = medium else {
            return destination.isMulticast ? .multicast : destination.isUnspecified ? nil : .unicast
        }
        // RFC 4291, 2.5.3; addresses of IPv4 are never on a wire (RFC 4942, 2.2).
        if source.isLoopback || destination.isLoopback || source.mapped != nil || destination.mapped != nil {
            return nil
        }
        if addresses.contains(source) { return nil }
        // Who has no address yet asks for one.
        if source.isUnspecified, header.nextHeader != .icmpv6, header.nextHeader != .hopByHopOptions { return nil }
        if destination.isMulticast {
            guard link.cast == .multicast else { return nil }
            return destination == .allNodes || addresses.isSolicited(destination)
                || memberships.contains(.v6(destination)) ? .multicast : nil
        }
        return link.cast == .unicast && addresses.contains(destination) ? .unicast : nil
    }

    @_lifetime(answer: copy answer)
    private mutating func fragment(
        _ frame: RawSpan, _ arrival: IPArrival, _ fragment: IPv6Fragment, _ data: Range<Int>, at now: Instant,
        answer: inout PacketWriter
    ) -> Received {
        let bytes = fragment.offset..<fragment.offset &+ data.count
        // RFC 8200, 4.5: a length that eight does not divide, and an end that no datagram has.
        let isOdd = fragment.hasMore && data.count & 7 != 0
        if isOdd || bytes.upperBound > 65_535 {
            ip6.inHeaderErrors &+= 1
            let pointer = isOdd ? 4 : data.lowerBound &- arrival.packet.lowerBound &- 6
            tell(
                ICMPHeader(
                    type: ICMPv6Type.parameterProblem, word: UInt32(truncatingIfNeeded: pointer)),
                to: arrival, frame, at: now, answer: &answer)
            return .nothing
        }
        if fragment.offset == 0 {
            // The first has all headers (RFC 7112, 5).
            guard
                case .upper(_, let offset) = IPv6Content(
                    walking: frame.piece(data), from: 0, first: fragment.nextHeader), offset &+ 8 <= data.count
            else {
                ip6.inDiscards &+= 1
                return .nothing
            }
        }
        let key = Reassembly.Key(
            source: arrival.source, destination: arrival.destination, identification: fragment.identification)
        let outcome = reassembly.insert(
            key, bytes: bytes, isLast: !fragment.hasMore,
            metadata: DatagramMetadata(
                hopLimit: arrival.hopLimit, trafficClass: arrival.trafficClass, protocol: fragment.nextHeader,
                cast: arrival.cast, station: arrival.station),
            first: frame.field(at: data.lowerBound), at: now)
        guard case .store(let placement) = outcome else { return .nothing }
        return .fragment(placement, data: data)
    }
}
