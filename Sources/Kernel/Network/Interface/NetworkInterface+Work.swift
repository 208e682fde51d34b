import KernelSupport
import KernelWire

extension NetworkInterface {
    /// What has come of an interface's own work.
    public enum Work: Equatable, Sendable {
        /// A frame is in the writer, to be sent.
        case frame
        /// Nobody has the address: packets that wait in `slot` are lost, and their
        /// senders told (`EHOSTUNREACH`).
        case failed(IPAddress, slot: Int)
        /// Addresses, routes or servers have changed.
        case configured
    }

    /// Does the next thing that is due; `nil` until `deadline`.
    ///
    /// - Parameter writer: Empty before.
    @_lifetime(writer: copy writer)
    public mutating func work(at now: Instant, into writer: inout PacketWriter) -> Work? {
        while let work = neighbours.next(at: now) {
            switch work {
            case .solicit(let address, let station): solicit(address, station: station, into: &writer)
            case .failed(let address, let slot): return .failed(address, slot: slot)
            }
            if writer.count > 0 { return .frame }
        }
        while let change = addresses.next(at: now, questionInterval: neighbours.retransmissionTime) {
            switch change {
            case .changed: return .configured
            case .removed(let address):
                forget(address, at: now)
                return .configured
            case .ask(let address):
                ask(address, into: &writer)
                return .frame
            }
        }
        while let report = memberships.next(random: &random, at: now) {
            emit(report, into: &writer)
            if writer.count > 0 { return .frame }
        }
        if solicitation.deadline <= now {
            solicitation.hasAsked(at: now)
            askForRouters(into: &writer)
            if writer.count > 0 { return .frame }
        }
        while let expired = reassembly.expire(at: now) {
            tellOfTimeout(expired, at: now, into: &writer)
            if writer.count > 0 { return .frame }
        }
        if advertisedRoutes.deadline <= now {
            advertisedRoutes.expire(at: now)
            return .configured
        }
        return nil
    }

    /// Whether anybody has the address (RFC 4862, 5.4.2).
    @_lifetime(writer: copy writer)
    private mutating func ask(_ address: IPv6Address, into writer: inout PacketWriter) {
        let group = address.solicitedNode
        emitControl(
            from: .unspecified, to: group, length: 24, station: EthernetAddress(group: group), into: &writer
        ) { NeighbourSolicitation(target: address, sourceLink: nil).emit(into: &$0) }
    }

    /// RFC 4861, 6.3.7: from a link-local address with the station's, or from none.
    @_lifetime(writer: copy writer)
    private mutating func askForRouters(into writer: inout PacketWriter) {
        guard case .ethernet(let own) = medium else { return }
        var source = IPv6Address.unspecified
        if case .v6(let address)? = addresses.source(for: .v6(.allRouters)) { source = address }
        let link = source.isUnspecified ? nil : own
        emitControl(
            from: source, to: .allRouters, length: link == nil ? 8 : 16,
            station: EthernetAddress(group: IPv6Address.allRouters), into: &writer
        ) { RouterSolicitation(sourceLink: link).emit(into: &$0) }
    }

    /// Tells a sender that the rest of its datagram has not come (RFC 792; RFC 4443, 3.3):
    /// when its beginning had.
    @_lifetime(writer: copy writer)
    private mutating func tellOfTimeout(
        _ expired: Reassembly.Expired, at now: Instant, into writer: inout PacketWriter
    ) {
        guard let first = expired.firstBytes, expired.metadata.cast == .unicast, expired.key.source.isUnicast,
            expired.metadata.protocol != .icmp, expired.metadata.protocol != .icmpv6
        else { return }
        guard limiter.permits(expired.key.source, at: now) else {
            countRateLimited(isV6: expired.key.source.isV6)
            return
        }
        let isV6 = expired.key.source.isV6
        // The first fragment's header, and the eight bytes of it that were kept.
        let quoted = OutgoingPacket(
            source: expired.key.source, destination: expired.key.destination, protocol: expired.metadata.protocol,
            payloadLength: 8, hopLimit: expired.metadata.hopLimit, trafficClass: expired.metadata.trafficClass,
            piece: Fragmentation.Piece(offset: 0, count: 8, hasMore: true), identification: expired.key.identification,
            mayBeCut: true)
        emitHeaders(
            from: expired.key.destination, to: expired.key.source, isV6 ? .icmpv6 : .icmp,
            length: ICMPHeader.length &+ quoted.headerLength &+ 8, station: expired.metadata.station, into: &writer)
        let start = writer.count
        ICMPHeader(type: isV6 ? ICMPv6Type.timeExceeded : ICMPv4Type.timeExceeded, code: 1).emit(into: &writer)
        quoted.emitHeader(into: &writer)
        writer.append(first)
        seal(answer: &writer, from: start, source: expired.key.destination, destination: expired.key.source)
    }
}
