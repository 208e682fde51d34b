import KernelNetwork
import KernelSupport
import KernelWire

/// A host with one interface: what a kernel does around the network's parts. It has
/// the buffers, the packets that wait for neighbours, and the routes.
public final class InterfaceHost: SimulatedHost {
    public var interface: NetworkInterface
    public var routes = RouteTable()
    public var paths: PathMTUCache
    public var sockets: SocketTable
    /// What a test wants to see of what has come, with the frame or the whole
    /// datagram: `true`, when it has dealt with it.
    public var onReceived: (InterfaceHost, Received, [UInt8], Instant) -> Bool = { _, _, _, _ in false }
    /// What has come for sockets: payloads with the socket's number.
    public private(set) var datagrams: [(socket: UInt32, from: Endpoint, payload: [UInt8])] = []
    public private(set) var echoes: [(from: IPAddress, sequence: UInt16, payload: [UInt8])] = []
    public private(set) var errors: [(ICMPError, QuotedPacket)] = []
    public private(set) var failures: [IPAddress] = []
    public private(set) var conflicts: [IPv4Address] = []
    public private(set) var configurations = 0
    private var outgoing: [[UInt8]] = []
    private var waiting: [Int: [(packet: OutgoingPacket, payload: [UInt8])]] = [:]
    private var memory = [UInt8](repeating: 0, count: 66_000)
    private var buffers: [Int: [UInt8]] = [:]

    public init(
        station: EthernetAddress, options: NetworkInterface.Options = .init(), key: SipKey, at now: Instant = .start
    ) {
        interface = NetworkInterface(index: 0, medium: .ethernet(station), options: options, key: key, at: now)
        paths = PathMTUCache(key: key)
        sockets = SocketTable(key: key)
        routes.add(Route(.linkLocalV6, interface: 0, origin: .connected))
    }

    /// Gives the host an address and the route to its subnet.
    public func add(_ address: IPAddress, prefixLength: UInt8, at now: Instant) {
        let address = InterfaceAddress(address, prefixLength: prefixLength)
        if interface.add(address, at: now), let prefix = address.prefix {
            routes.add(Route(prefix, interface: 0, origin: .connected))
        }
    }

    // MARK: SimulatedHost

    public var deadline: Instant? { interface.deadline == .never ? nil : interface.deadline }

    public func wake(at now: Instant) {
        while let work = write({ $0.work(at: now, into: &$1) }) {
            switch work {
            case .frame: break
            case .failed(let address, let slot):
                waiting[slot] = nil
                failures.append(address)
            case .configured: configure()
            }
        }
    }

    public func receive(_ frame: [UInt8], at now: Instant) {
        let received = write { interface, writer in
            unsafe interface.receive(frame.span.bytes, at: now, answer: &writer)
        }
        handle(received, frame, at: now)
    }

    public func takeFrames(at now: Instant) -> [[UInt8]] {
        defer { outgoing = [] }
        return outgoing
    }

    // MARK: Receiving

    private func handle(_ received: Received, _ bytes: [UInt8], at now: Instant) {
        if onReceived(self, received, bytes, now) { return }
        switch received {
        case .nothing: break
        case .udp(let arrival): handle(arrival, bytes, at: now)
        case .tcp: break
        case .icmp(let arrival, let header): handle(arrival, header, bytes, at: now)
        case .other(let arrival): refuse(arrival, bytes, .protocol, at: now)
        case .error(let error, let quote, _):
            errors.append((error, quote))
            if error.isTooBig {
                let current = paths.find(quote.destination, link: interface.unit, at: now)
                _ = paths.reduce(quote.destination, to: error.maximumUnit, current: current, at: now)
            }
        case .fragment(let placement, let data): store(placement, bytes, data, at: now)
        case .resolved(let slot):
            let packets = waiting.removeValue(forKey: slot) ?? []
            for (packet, payload) in packets { transmit(packet, payload, at: now) }
        case .conflict(let address, _): conflicts.append(address)
        case .configured: configure()
        }
    }

    private func handle(_ arrival: UDPArrival, _ bytes: [UInt8], at now: Instant) {
        let payload = Array(bytes[arrival.payload])
        if arrival.ip.cast != .unicast {
            var all: [UInt32] = []
            sockets.forEach(bound: .udp, local: arrival.local, interface: 0) { all.append($0) }
            datagrams += all.map { ($0, arrival.remote, payload) }
        } else if let socket = sockets.find(.udp, local: arrival.local, remote: arrival.remote, interface: 0) {
            datagrams.append((socket, arrival.remote, payload))
        } else {
            refuse(arrival.ip, bytes, .port, at: now)
        }
    }

    private func handle(_ arrival: IPArrival, _ header: ICMPHeader, _ bytes: [UInt8], at now: Instant) {
        let body = Array(bytes[arrival.payload].dropFirst(ICMPHeader.length))
        if header.type == ICMPv4Type.echoReply || header.type == ICMPv6Type.echoReply {
            echoes.append((arrival.source, header.sequence, body))
        } else if arrival.packet.isEmpty,
            header.type == ICMPv4Type.echoRequest || header.type == ICMPv6Type.echoRequest,
            body.count + ICMPHeader.length > interface.unit - IPv6Header.length
        {
            // What has come in fragments goes in fragments.
            echo(
                from: arrival.destination, to: arrival.source, identifier: header.identifier,
                sequence: header.sequence, body, isReply: true, at: now)
        }
    }

    private func refuse(
        _ arrival: IPArrival, _ bytes: [UInt8], _ refusal: NetworkInterface.Refusal, at now: Instant
    ) {
        write { interface, writer in
            unsafe interface.refuse(arrival, bytes.span.bytes, refusal, at: now, answer: &writer)
        }
    }

    private func store(_ placement: Reassembly.Placement, _ bytes: [UInt8], _ data: Range<Int>, at now: Instant) {
        if placement.begins { buffers[placement.slot] = [UInt8](repeating: 0, count: 65_536) }
        buffers[placement.slot]?.replaceSubrange(
            placement.offset..<placement.offset + data.count, with: bytes[data])
        guard let length = placement.completeLength, let buffer = buffers.removeValue(forKey: placement.slot) else {
            return
        }
        let datagram = Array(buffer.prefix(length))
        let received = write { interface, writer in
            unsafe interface.receive(
                datagram: datagram.span.bytes, slot: placement.slot, at: now, answer: &writer)
        }
        handle(received, datagram, at: now)
    }

    private func configure() {
        configurations += 1
        routes.removeAll { $0.origin == .routerAdvertisement }
        for i in 0..<interface.advertisedRoutes.count { routes.add(interface.advertisedRoutes[i]) }
    }

    // MARK: Sending

    /// Sends a datagram.
    ///
    /// - Returns: Whether there is a route and an address.
    @discardableResult
    public func send(
        _ payload: [UInt8], to remote: Endpoint, from port: Port, source: IPAddress? = nil, at now: Instant
    ) -> Bool {
        guard let source = source ?? interface.addresses.source(for: remote.address) else { return false }
        let header = UDPHeader(source: port, destination: remote.port, payloadLength: payload.count)
        var sum = InternetChecksum()
        sum.accumulate(unsafe payload.span.bytes)
        let checksum = header.checksum(source: source, destination: remote.address, payload: sum)
        let bytes = bytes { header.emit(into: &$0, checksum: checksum) } + payload
        return send(bytes, .udp, from: source, to: remote.address, at: now)
    }

    /// Sends an echo request, or the answer to one.
    public func echo(
        from source: IPAddress? = nil, to destination: IPAddress, identifier: UInt16 = 1, sequence: UInt16,
        _ body: [UInt8], isReply: Bool = false, at now: Instant
    ) {
        guard let source = source ?? interface.addresses.source(for: destination) else { return }
        let isV6 = destination.isV6
        let type =
            isV6
            ? isReply ? ICMPv6Type.echoReply : ICMPv6Type.echoRequest
            : isReply ? ICMPv4Type.echoReply : ICMPv4Type.echoRequest
        var message =
            bytes { ICMPHeader(type: type, identifier: identifier, sequence: sequence).emit(into: &$0) } + body
        var sum = InternetChecksum()
        if isV6 {
            sum.accumulatePseudoHeader(
                source: source, destination: destination, protocol: .icmpv6, length: message.count)
        }
        sum.accumulate(unsafe message.span.bytes)
        message[2] = UInt8(sum.checksum >> 8)
        message[3] = UInt8(truncatingIfNeeded: sum.checksum)
        send(message, isV6 ? .icmpv6 : .icmp, from: source, to: destination, at: now)
    }

    /// Sends what is behind an IP header, cut where it has to be.
    @discardableResult
    public func send(
        _ payload: [UInt8], _ protocol: IPProtocol, from source: IPAddress, to destination: IPAddress,
        hopLimit: UInt8 = 64, mayBeCut: Bool = true, at now: Instant
    ) -> Bool {
        let isV6 = destination.isV6
        let header = isV6 ? IPv6Header.length : IPv4Header.minimumLength
        let unit = paths.find(destination, link: isV6 ? interface.unitV6 : interface.unit, at: now)
        var packet = OutgoingPacket(
            source: source, destination: destination, protocol: `protocol`, payloadLength: payload.count,
            hopLimit: hopLimit, mayBeCut: mayBeCut)
        guard header + payload.count > unit else { return route(packet, payload, at: now) }
        guard mayBeCut,
            var cut = Fragmentation(
                length: payload.count, room: unit - header - (isV6 ? IPv6Fragment.length : 0))
        else { return false }
        packet.identification = interface.nextIdentification(from: source, to: destination)
        while let piece = cut.next() {
            packet.piece = piece
            packet.payloadLength = piece.count
            guard route(packet, Array(payload[piece.offset..<piece.offset + piece.count]), at: now) else {
                return false
            }
        }
        return true
    }

    private func route(_ packet: OutgoingPacket, _ payload: [UInt8], at now: Instant) -> Bool {
        let isGroup = packet.destination.isMulticast || packet.destination == .v4(.broadcast)
        guard isGroup || routes.find(packet.destination) != nil else { return false }
        transmit(packet, payload, at: now)
        return true
    }

    private func transmit(_ packet: OutgoingPacket, _ payload: [UInt8], at now: Instant) {
        let nextHop = routes.find(packet.destination)?.nextHop(for: packet.destination) ?? packet.destination
        switch write({ $0.station(for: nextHop, at: now, question: &$1) }) {
        case .known(let station, _):
            let interface = interface
            outgoing.append(bytes { interface.emit(packet, to: station, into: &$0) } + payload)
        case .waiting(let slot):
            var queue = waiting[slot] ?? []
            // The oldest goes (RFC 4861, 7.2.2).
            if queue.count == NeighbourTable.maximumWaiting { queue.removeFirst() }
            queue.append((packet, payload))
            waiting[slot] = queue
        case .full: break
        }
    }

    /// Sends a frame as it is.
    public func send(frame: [UInt8]) { outgoing.append(frame) }

    // MARK: Writing

    /// Calls `body` with a writer, and sends what it has written.
    @discardableResult
    public func write<Result>(_ body: (inout NetworkInterface, inout PacketWriter) -> Result) -> Result {
        var elements = memory.mutableSpan
        var writer = PacketWriter(unsafe elements.mutableBytes)
        let result = body(&interface, &writer)
        let count = writer.isWhole ? writer.count : 0
        if count > 0 { outgoing.append(Array(memory[..<count])) }
        return result
    }

    private func bytes(_ body: (inout PacketWriter) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        var elements = bytes.mutableSpan
        var writer = PacketWriter(unsafe elements.mutableBytes)
        body(&writer)
        let count = writer.count
        return Array(bytes.prefix(count))
    }
}
