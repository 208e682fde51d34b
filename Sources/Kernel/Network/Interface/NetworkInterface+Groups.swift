import KernelSupport
import KernelWire

extension NetworkInterface {
    /// IGMP (RFC 3376, 4.1.12 and 7): queries are for all systems or for the group, and
    /// stay on the link.
    mutating func heardIGMP(_ arrival: IPArrival, _ bytes: RawSpan, at now: Instant) {
        guard case .ethernet = medium, arrival.hopLimit == 1,
            let message = IGMPMessage(parsing: bytes.piece(arrival.payload))
        else { return }
        switch message {
        case .query(let version, let group, let time):
            memberships.heardQuery(
                .v4(group), version: version, maximumResponse: .milliseconds(UInt64(time) &* 100), random: &random,
                at: now)
        case .report(_, let group): memberships.heardReport(.v4(group))
        case .leave, .report3: break
        }
    }

    /// MLD (RFC 3810, 6.2): from the link's own addresses only.
    mutating func heardMLD(_ arrival: IPArrival, _ source: IPv6Address, _ bytes: RawSpan, at now: Instant) {
        guard case .ethernet = medium, arrival.hopLimit == 1, source.isLinkLocal,
            let message = MLDMessage(parsing: bytes)
        else {
            icmp6.inErrors &+= 1
            return
        }
        switch message {
        case .query(let version, let group, let time):
            memberships.heardQuery(
                .v6(group), version: version, maximumResponse: .milliseconds(UInt64(time)), random: &random, at: now)
        case .report(let group): memberships.heardReport(.v6(group))
        case .done, .report2: break
        }
    }

    /// Writes a report.
    @_lifetime(writer: copy writer)
    mutating func emit(_ report: Memberships.Report, into writer: inout PacketWriter) {
        switch report.group {
        case .v4(let group): emit(report, group, into: &writer)
        case .v6(let group): emit(report, group, into: &writer)
        }
    }

    @_lifetime(writer: copy writer)
    private mutating func emit(
        _ report: Memberships.Report, _ group: IPv4Address, into writer: inout PacketWriter
    ) {
        guard case .ethernet(let own) = medium else { return }
        let destination: IPv4Address
        var length = 8
        switch (report.version, report.record) {
        case (3, _): (destination, length) = (IPv4Address(224, 0, 0, 22), MulticastReport.lengthV4)
        case (_, .left): destination = IPv4Address(224, 0, 0, 2)
        default: destination = group
        }
        EthernetHeader(destination: EthernetAddress(group: destination), source: own, type: .ipv4).emit(into: &writer)
        IPv4Header(
            source: addresses.primaryV4 ?? .unspecified, destination: destination, protocol: .igmp,
            payloadLength: length, timeToLive: 1, trafficClass: 0xc0, fragment: .whole, hasRouterAlert: true
        ).emit(into: &writer)
        ip.outRequests &+= 1
        switch (report.version, report.record) {
        case (3, _): MulticastReport.emit(report.record, group, into: &writer)
        case (_, .left): IGMPMessage.leave(group: group).emit(into: &writer)
        default: IGMPMessage.report(version: report.version, group: group).emit(into: &writer)
        }
    }

    @_lifetime(writer: copy writer)
    private mutating func emit(
        _ report: Memberships.Report, _ group: IPv6Address, into writer: inout PacketWriter
    ) {
        guard case .ethernet(let own) = medium else { return }
        let destination: IPv6Address
        var length = 24
        switch (report.version, report.record) {
        case (2, _): (destination, length) = (.allMLDv2Routers, MulticastReport.lengthV6)
        case (_, .left): destination = .allRouters
        default: destination = group
        }
        // From a link-local address, or from none while it is not sure (RFC 3590).
        var source = IPv6Address.unspecified
        if case .v6(let address)? = addresses.source(for: .v6(.allNodes)), address.isLinkLocal { source = address }
        EthernetHeader(destination: EthernetAddress(group: destination), source: own, type: .ipv6).emit(into: &writer)
        IPv6Header(
            source: source, destination: destination, nextHeader: .hopByHopOptions, payloadLength: 8 &+ length,
            hopLimit: 1
        ).emit(into: &writer)
        ip6.outRequests &+= 1
        // Hop-by-hop options: the router's alert for MLD (RFC 2711), and a filler.
        writer.append(UInt64(IPProtocol.icmpv6.number) << 56 | 0x0000_0502_0000_0100)
        let start = writer.count
        switch (report.version, report.record) {
        case (2, _): MulticastReport.emit(report.record, group, into: &writer)
        case (_, .left): MLDMessage.done(group: group).emit(into: &writer)
        default: MLDMessage.report(group: group).emit(into: &writer)
        }
        seal(answer: &writer, from: start, source: .v6(source), destination: .v6(destination))
    }
}
