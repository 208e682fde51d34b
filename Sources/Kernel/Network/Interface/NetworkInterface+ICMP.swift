import KernelSupport
import KernelWire

extension NetworkInterface {
    @_lifetime(answer: copy answer)
    mutating func deliverICMP(
        _ arrival: IPArrival, _ bytes: RawSpan, at now: Instant, answer: inout PacketWriter
    ) -> Received {
        icmp.inMessages &+= 1
        let message = bytes.piece(arrival.payload)
        guard message.hasSoundChecksum, let header = ICMPHeader(parsing: message) else {
            icmp.inChecksumErrors &+= 1
            return .nothing
        }
        icmp.countIn(header.type)
        if header.type == ICMPv4Type.echoRequest {
            // Those for all are not answered: smurf (RFC 1122, 3.2.2.6).
            if arrival.cast == .unicast, header.code == 0 {
                echo(ICMPv4Type.echoReply, header, to: arrival, message, at: now, answer: &answer)
            }
            return .icmp(arrival, header)
        }
        guard let error = ICMPError(header, isV6: false) else { return .icmp(arrival, header) }
        guard arrival.cast == .unicast,
            let quote = QuotedPacket(parsingV4: message.rest(after: ICMPHeader.length)), isOwn(quote.source)
        else {
            icmp.inErrors &+= 1
            return .nothing
        }
        return .error(error, quote, from: arrival.source)
    }

    @_lifetime(answer: copy answer)
    mutating func deliverICMPv6(
        _ arrival: IPArrival, _ bytes: RawSpan, at now: Instant, answer: inout PacketWriter
    ) -> Received {
        icmp6.inMessages &+= 1
        let message = bytes.piece(arrival.payload)
        guard
            message.hasSoundChecksum(source: arrival.source, destination: arrival.destination, protocol: .icmpv6),
            let header = ICMPHeader(parsing: message), case .v6(let source) = arrival.source
        else {
            icmp6.inChecksumErrors &+= 1
            return .nothing
        }
        icmp6.countIn(header.type)
        if source.isUnspecified {
            // Who has no address yet asks for one, or joins (RFC 4862, 5.4; RFC 3590); nothing else.
            switch header.type {
            case ICMPv6Type.neighbourSolicitation, ICMPv6Type.listenerQuery...ICMPv6Type.listenerDone,
                ICMPv6Type.listenerReport2:
                break
            default:
                icmp6.inErrors &+= 1
                return .nothing
            }
        }
        switch header.type {
        case ICMPv6Type.echoRequest:
            // A group's is not: nobody needs a flood of answers (RFC 4443, 4.2 leaves it open).
            if arrival.cast == .unicast, header.code == 0 {
                echo(ICMPv6Type.echoReply, header, to: arrival, message, at: now, answer: &answer)
            }
            return .icmp(arrival, header)
        case ICMPv6Type.routerSolicitation...ICMPv6Type.redirect:
            // From this link only, and never in fragments (RFC 4861, 6.1 and 7.1; RFC 6980).
            guard arrival.hopLimit == 255, !arrival.packet.isEmpty, case .ethernet = medium else {
                icmp6.inErrors &+= 1
                return .nothing
            }
            return heardNeighbour(header.type, arrival, source, message, at: now, answer: &answer)
        case ICMPv6Type.listenerQuery, ICMPv6Type.listenerReport, ICMPv6Type.listenerDone,
            ICMPv6Type.listenerReport2:
            heardMLD(arrival, source, message, at: now)
            return .nothing
        default: break
        }
        guard let error = ICMPError(header, isV6: true) else {
            // Errors that are not known are dropped, questions, too (RFC 4443, 2.4 a and b).
            return header.type < 128 ? .nothing : .icmp(arrival, header)
        }
        guard arrival.cast == .unicast,
            let quote = QuotedPacket(parsingV6: message.rest(after: ICMPHeader.length)), isOwn(quote.source)
        else {
            icmp6.inErrors &+= 1
            return .nothing
        }
        return .error(error, quote, from: arrival.source)
    }

    /// Whether this host can have sent from the address.
    private func isOwn(_ address: IPAddress) -> Bool {
        guard case .ethernet = medium else { return true }
        return addresses.contains(address)
    }

    /// Whether an echo, of so many bytes behind the IP header, is answered here: one for which
    /// there is no room in a packet, which came in fragments, its owner answers.
    public func answersEcho(of length: Int, isV6: Bool) -> Bool {
        length <= (isV6 ? unitV6 &- IPv6Header.length : unit &- IPv4Header.minimumLength)
    }

    /// Sends an echo back (RFC 792, RFC 4443, 4.2).
    @_lifetime(answer: copy answer)
    private mutating func echo(
        _ type: UInt8, _ header: ICMPHeader, to arrival: IPArrival, _ message: RawSpan, at now: Instant,
        answer: inout PacketWriter
    ) {
        guard answersEcho(of: message.byteCount, isV6: arrival.source.isV6), !arrival.source.isUnspecified
        else { return }
        emitHeaders(
            from: arrival.destination, to: arrival.source, arrival.protocol, length: message.byteCount,
            trafficClass: arrival.trafficClass, station: arrival.station, into: &answer)
        let start = answer.count
        ICMPHeader(type: type, word: header.word).emit(into: &answer)
        answer.append(contentsOf: message.rest(after: ICMPHeader.length))
        seal(answer: &answer, from: start, source: arrival.destination, destination: arrival.source)
    }

    /// Sends an error that quotes a packet, unless it is one that gets none.
    @_lifetime(answer: copy answer)
    mutating func tell(
        _ header: ICMPHeader, to arrival: IPArrival, _ bytes: RawSpan, answersGroups: Bool = false, at now: Instant,
        answer: inout PacketWriter
    ) {
        guard arrival.cast == .unicast || answersGroups && arrival.cast == .multicast, arrival.source.isUnicast,
            !isError(arrival, bytes)
        else { return }
        // The quote: all that finds room in 576 bytes, or in IPv6's least unit.
        let isV6 = arrival.source.isV6
        let most =
            isV6
            ? PathMTUCache.minimumV6 &- IPv6Header.length &- ICMPHeader.length
            : 576 &- IPv4Header.minimumLength &- ICMPHeader.length
        let isWhole = !arrival.packet.isEmpty
        let quoted = bytes.piece(isWhole ? arrival.packet : arrival.payload)
        // Of a datagram that came in fragments the header is written again.
        let headerLength = isWhole ? 0 : isV6 ? IPv6Header.length : IPv4Header.minimumLength
        let count = min(quoted.byteCount, most &- headerLength)
        guard let source = errorSource(arrival), limiter.permits(arrival.source, at: now) else {
            countRateLimited(isV6: isV6)
            return
        }
        emitHeaders(
            from: source, to: arrival.source, isV6 ? .icmpv6 : .icmp,
            length: ICMPHeader.length &+ headerLength &+ count, station: arrival.station, into: &answer)
        let start = answer.count
        header.emit(into: &answer)
        if !isWhole {
            OutgoingPacket(
                source: arrival.source, destination: arrival.destination, protocol: arrival.protocol,
                payloadLength: quoted.byteCount, hopLimit: arrival.hopLimit, trafficClass: arrival.trafficClass
            ).emitHeader(into: &answer)
        }
        answer.append(contentsOf: quoted.piece(0..<count))
        seal(answer: &answer, from: start, source: source, destination: arrival.source)
    }

    /// An error's own source: the address that was meant, if it is one's.
    private func errorSource(_ arrival: IPArrival) -> IPAddress? {
        guard case .ethernet = medium, !addresses.contains(arrival.destination) else { return arrival.destination }
        return addresses.source(for: arrival.source)
    }

    /// Whether a packet is an error itself, or may be: those get no errors (RFC 1122, 3.2.2).
    private func isError(_ arrival: IPArrival, _ bytes: RawSpan) -> Bool {
        let type: UInt8 = bytes.piece(arrival.payload).field(at: 0)
        switch (arrival.protocol, arrival.source.isV6) {
        case (.icmp, false):
            switch type {
            case ICMPv4Type.echoReply, ICMPv4Type.echoRequest, 13...18: return false
            default: return true
            }
        case (.icmpv6, true): return type < 128 || type == ICMPv6Type.redirect
        // A walk that has stopped at a problem has not come to what the packet carries.
        default: return false
        }
    }

    /// An error was not sent for its rate.
    mutating func countRateLimited(isV6: Bool) {
        if isV6 { icmp6.outRateLimited &+= 1 } else { icmp.outRateLimited &+= 1 }
    }

    /// Puts the checksum into an ICMP message that goes from `start` to the end, and counts it.
    @_lifetime(answer: copy answer)
    mutating func seal(answer: inout PacketWriter, from start: Int, source: IPAddress, destination: IPAddress) {
        var sum = InternetChecksum()
        if source.isV6 {
            sum.accumulatePseudoHeader(
                source: source, destination: destination, protocol: .icmpv6, length: answer.count &- start)
        }
        answer.seal(from: start, at: start &+ ICMPHeader.checksumOffset, sum: sum)
        let type: UInt8 = answer.written.field(at: start)
        if source.isV6 { icmp6.countOut(type) } else { icmp.countOut(type) }
    }
}
