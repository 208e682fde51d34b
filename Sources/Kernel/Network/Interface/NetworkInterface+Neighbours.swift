import KernelSupport
import KernelWire

extension NetworkInterface {
    // MARK: ARP

    /// RFC 826, and of RFC 5227 the part of who has an address.
    @_lifetime(answer: copy answer)
    mutating func receiveARP(
        _ frame: RawSpan, at now: Instant, answer: inout PacketWriter
    ) -> Received {
        guard case .ethernet(let own) = medium,
            let packet = ARPPacket(parsing: frame.rest(after: EthernetHeader.length)),
            packet.senderHardware.isUnicast, packet.senderHardware != own
        else {
            link.unknown &+= 1
            return .nothing
        }
        if let probed, packet.sender == probed || packet.sender.isUnspecified && packet.target == probed {
            return .conflict(probed, packet.senderHardware)
        }
        let isForThis = addresses.contains(packet.target)
        if !packet.sender.isUnspecified, addresses.contains(packet.sender) {
            // Said once in a while, and never to each other without end (RFC 5227, 2.4 c).
            if !hasDefended || now.since(lastDefence) >= Self.defenceInterval {
                hasDefended = true
                lastDefence = now
                emitARP(.request, packet.sender, target: packet.sender, to: .zero, station: .broadcast, into: &answer)
            }
            return .conflict(packet.sender, packet.senderHardware)
        }
        if packet.operation == .request, isForThis {
            emitARP(
                .reply, packet.target, target: packet.sender, to: packet.senderHardware,
                station: packet.senderHardware, into: &answer)
        }
        guard packet.sender.isUnicast else { return .nothing }
        let sender = IPAddress.v4(packet.sender)
        let slot: Int?
        if packet.operation == .request, isForThis {
            // Only neighbours are learnt of: not who probes, and nobody outside of the subnets.
            guard let subnet = addresses.neighbourhood(of: sender), subnet.prefix?.broadcast != packet.sender
            else { return .nothing }
            slot = neighbours.asked(by: sender, link: packet.senderHardware, at: now)
        } else {
            // This makes no entry: who was asked may be a router outside of the subnets.
            slot = neighbours.advertised(
                sender, link: packet.senderHardware, isSolicited: packet.operation == .reply && isForThis,
                overrides: true, isRouter: false, at: now)
        }
        return slot.map { .resolved(slot: $0) } ?? .nothing
    }

    /// DEFEND_INTERVAL (RFC 5227, 1.1)
    static var defenceInterval: Interval { .seconds(10) }

    /// Writes an ARP packet: a probe for an address that is not this host's yet has
    /// `sender` unspecified (RFC 5227, 2.1.1).
    @_lifetime(writer: copy writer)
    public func emitARP(
        _ operation: ARPPacket.Operation, _ sender: IPv4Address, target: IPv4Address, to hardware: EthernetAddress,
        station: EthernetAddress, into writer: inout PacketWriter
    ) {
        guard case .ethernet(let own) = medium else { return }
        EthernetHeader(destination: station, source: own, type: .arp).emit(into: &writer)
        ARPPacket(
            operation: operation, senderHardware: own, sender: sender, targetHardware: hardware, target: target
        ).emit(into: &writer)
    }

    // MARK: NDP

    /// RFC 4861, 6 and 7, with RFC 4862's part for addresses that are not sure yet.
    @_lifetime(answer: copy answer)
    mutating func heardNeighbour(
        _ type: UInt8, _ arrival: IPArrival, _ source: IPv6Address, _ message: RawSpan, at now: Instant,
        answer: inout PacketWriter
    ) -> Received {
        switch type {
        case ICMPv6Type.neighbourSolicitation:
            if let solicitation = NeighbourSolicitation(parsing: message) {
                return heard(solicitation, arrival, source, at: now, answer: &answer)
            }
        case ICMPv6Type.neighbourAdvertisement:
            if let advertisement = NeighbourAdvertisement(parsing: message) {
                return heard(advertisement, arrival, at: now)
            }
        case ICMPv6Type.routerAdvertisement:
            if let advertisement = RouterAdvertisement(parsing: message) {
                return heard(advertisement, arrival, source, message, at: now)
            }
        // A host leaves solicitations to routers; redirects, which anybody on the link
        // can make, are not followed.
        default: return .nothing
        }
        icmp6.inErrors &+= 1
        return .nothing
    }

    @_lifetime(answer: copy answer)
    private mutating func heard(
        _ solicitation: NeighbourSolicitation, _ arrival: IPArrival, _ source: IPv6Address, at now: Instant,
        answer: inout PacketWriter
    ) -> Received {
        // RFC 4861, 7.1.1: who has no address asks a group, and tells none.
        let isProbe = source.isUnspecified
        if let link = solicitation.sourceLink, !link.isUnicast {
            // An answer to a group of stations would be an amplifier.
            icmp6.inErrors &+= 1
            return .nothing
        }
        if isProbe, solicitation.sourceLink != nil || arrival.destination != .v6(solicitation.target.solicitedNode) {
            icmp6.inErrors &+= 1
            return .nothing
        }
        if let claimed = addresses.find(.v6(solicitation.target)), claimed.state == .tentative {
            // Two want it (RFC 4862, 5.4.3). A neighbour that looks for its owner has no answer.
            return isProbe ? lost(.v6(solicitation.target), at: now) : .nothing
        }
        guard addresses.contains(solicitation.target), case .ethernet(let own) = medium else { return .nothing }
        var slot: Int?
        let to: IPv6Address
        let station: EthernetAddress
        if isProbe {
            (to, station) = (.allNodes, EthernetAddress(group: IPv6Address.allNodes))
        } else {
            (to, station) = (source, solicitation.sourceLink ?? arrival.station)
            if let link = solicitation.sourceLink, isNeighbour(source) {
                slot = neighbours.asked(by: .v6(source), link: link, at: now)
            }
        }
        emitControl(from: solicitation.target, to: to, length: 32, station: station, into: &answer) {
            NeighbourAdvertisement(
                target: solicitation.target, targetLink: own, isSolicited: !isProbe, overrides: true
            ).emit(into: &$0)
        }
        return slot.map { .resolved(slot: $0) } ?? .nothing
    }

    private mutating func heard(
        _ advertisement: NeighbourAdvertisement, _ arrival: IPArrival, at now: Instant
    ) -> Received {
        // RFC 4861, 7.1.2: what a group is told nobody has asked for.
        guard arrival.cast == .unicast || !advertisement.isSolicited else {
            icmp6.inErrors &+= 1
            return .nothing
        }
        let target = IPAddress.v6(advertisement.target)
        if let own = addresses.find(target) {
            return own.state == .tentative ? lost(target, at: now) : .nothing
        }
        let slot = neighbours.advertised(
            target, link: advertisement.targetLink, isSolicited: advertisement.isSolicited,
            overrides: advertisement.overrides, isRouter: advertisement.isRouter, at: now)
        return slot.map { .resolved(slot: $0) } ?? .nothing
    }

    /// Whether an address is one of this link's.
    func isNeighbour(_ address: IPv6Address) -> Bool {
        address.isLinkLocal || addresses.neighbourhood(of: .v6(address)) != nil
            || advertisedRoutes.find(.v6(address)).map { $0.gateway == nil } ?? false
    }

    /// Somebody else has an address that this host was about to have: another
    /// identifier is tried, if there is one (RFC 7217, 6).
    private mutating func lost(_ address: IPAddress, at now: Instant) -> Received {
        guard let claimed = addresses.claim(address), case .ethernet(let station) = medium,
            case .v6(let six) = address
        else { return .nothing }
        switch claimed.origin {
        case .linkLocal:
            remove(address, at: now)
            addLinkLocal(station, attempt: claimed.attempt &+ 1, at: now)
        case .autonomous:
            remove(address, at: now)
            addAutonomous(
                prefix: six.high, attempt: claimed.attempt &+ 1, valid: claimed.validUntil.since(now),
                preferred: claimed.preferredUntil.since(now), at: now)
        case .fixed, .dhcp: break
        }
        return .configured
    }

    /// Writes a question for a neighbour: to the station, or to all that may have it.
    @_lifetime(writer: copy writer)
    mutating func solicit(_ address: IPAddress, station: EthernetAddress?, into writer: inout PacketWriter) {
        guard case .ethernet(let own) = medium else { return }
        switch address {
        case .v4(let target):
            guard let source = addresses.neighbourhood(of: address)?.address ?? addresses.source(for: address),
                case .v4(let sender) = source
            else { return }
            emitARP(.request, sender, target: target, to: .zero, station: station ?? .broadcast, into: &writer)
        case .v6(let target):
            guard case .v6(let source)? = addresses.source(for: address) else { return }
            let group = target.solicitedNode
            emitControl(
                from: source, to: station == nil ? group : target, length: 32,
                station: station ?? EthernetAddress(group: group), into: &writer
            ) { NeighbourSolicitation(target: target, sourceLink: own).emit(into: &$0) }
        }
    }

    /// Writes a message that stays on the link.
    @_lifetime(writer: copy writer)
    mutating func emitControl(
        from source: IPv6Address, to destination: IPv6Address, length: Int, station: EthernetAddress,
        into writer: inout PacketWriter, _ body: (inout PacketWriter) -> Void
    ) {
        emitHeaders(
            from: .v6(source), to: .v6(destination), .icmpv6, length: length, hopLimit: 255, station: station,
            into: &writer)
        let start = writer.count
        body(&writer)
        seal(answer: &writer, from: start, source: .v6(source), destination: .v6(destination))
    }
}
