import KernelDevices
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

// Messages of ICMP and ICMPv6: echoes (Linux, icmp(7)), whose identifier is the socket's port,
// and all of them (raw(7)). None of these holds a lock when it begins, but for those that say
// so.
extension SocketHandle {
    /// Bytes behind an IP header.
    private static func longestMessage(isV6: Bool) -> Int { isV6 ? 65_535 : 65_515 }

    private static func isEcho(_ header: ICMPHeader, isV6: Bool) -> Bool {
        header.type == (isV6 ? ICMPv6Type.echoRequest : ICMPv4Type.echoRequest) && header.code == 0
    }

    // MARK: - Sending

    /// Sends a message that begins with ICMP's header.
    func sendMessage(_ transfer: inout Transfer) -> Int {
        var work = NetworkWork()
        let length = transfer.remaining
        guard length <= 65_535 else { return Errno.messageTooLong.result }
        if it.style == .echo, length < ICMPHeader.length { return Errno.invalidArgument.result }
        guard let block = DriverMemory.block(max(length, 1)) else { return Errno.noBufferSpace.result }
        defer { DriverMemory.free(block) }
        let start = transfer
        guard length == 0 || block.withMutableBytes(0..<length, { transfer.read(to: &$0) }) == length else {
            transfer = start
            return Errno.badAddress.result
        }
        if it.style == .echo {
            let header = block.withBytes(0..<length) { ICMPHeader(parsing: $0) }
            guard let header, Self.isEcho(header, isV6: it.isV6) else { return Errno.invalidArgument.result }
        }
        return outcome { () throws(Errno) in
            var departure: Departure? = nil
            for attempt in 0..<2 {
                let flags = enter()
                let failure = outcome { () throws(Errno) in
                    departure = try departureOfMessage(transfer, length)
                    return 0
                }
                leave(flags, work)
                let isEarly =
                    failure == Errno.networkUnreachable.result || failure == Errno.addressNotAvailable.result
                if failure < 0, attempt > 0 || !isEarly {
                    throw Errno(rawValue: Int32(truncatingIfNeeded: -failure))
                }
                if departure != nil { break }
                waitForAddress(of: transfer)
                work.now = Instant(nanoseconds: Tasks.now)
            }
            guard let departure else { return 0 }
            complete(block, length, departure)
            try block.withBytes(0..<length) { message throws(Errno) in
                try Self.send(message, departure, it.transport, &work)
            }
            work.settle()
            return length
        }
    }

    /// How a message leaves; with the lock.
    private func departureOfMessage(_ transfer: borrowing Transfer, _ length: Int) throws(Errno) -> Departure {
        var (remote, wishes) = try destination(of: transfer)
        remote.port = .any
        guard remote.address.isV6 == it.isV6 else { throw it.isV6 ? .networkUnreachable : .invalidArgument }
        if it.style == .echo, it.bound == nil { try choosePort(it.local.address, .any) }
        if wishes.source == nil, !it.local.address.isUnspecified, !it.local.address.isForMany {
            wishes.source = it.local.address
        }
        guard length <= Self.longestMessage(isV6: it.isV6) else { throw .messageTooLong }
        return try departure(to: remote, wishes)
    }

    /// Gives an echo the socket's identifier, and the message its checksum. Of IPv4 a raw socket's
    /// program has written it.
    private func complete(_ block: MemoryBlock, _ length: Int, _ departure: Departure) {
        let isV6 = it.isV6
        let isEchoSocket = it.style == .echo
        if isEchoSocket {
            block.withMutableBytes(0..<length) { span in
                span.storeBytes(of: departure.from.port.number.bigEndian, toByteOffset: 4, as: UInt16.self)
            }
        }
        guard isEchoSocket || isV6, length >= ICMPHeader.length else { return }
        Self.seal(block, length, departure.from.address, departure.to.address)
    }

    private static func seal(_ block: MemoryBlock, _ length: Int, _ source: IPAddress, _ destination: IPAddress) {
        block.withMutableBytes(0..<length) { span in
            span.storeBytes(of: 0, toByteOffset: ICMPHeader.checksumOffset, as: UInt16.self)
            var sum = InternetChecksum()
            if source.isV6 {
                sum.accumulatePseudoHeader(
                    source: source, destination: destination, protocol: .icmpv6, length: length)
            }
            sum.accumulate(span.bytes)
            span.storeBytes(
                of: sum.checksum.bigEndian, toByteOffset: ICMPHeader.checksumOffset, as: UInt16.self)
        }
    }

    /// Sends a whole message: on a link, or to this host itself, which answers an echo.
    private static func send(
        _ message: RawSpan, _ departure: Departure, _ transport: IPProtocol, _ work: inout NetworkWork
    ) throws(Errno) {
        let isLocal = departure.isForMany
            ? departure.interface.interface == Network.loopback : InterfaceState.isOwn(departure.to.address)
        guard isLocal else {
            let way = try InterfaceState.way(of: departure)
            return InterfaceState.sendMessage(message, departure, transport, by: way, at: work.now)
        }
        if departure.isForMany { return }
        let isV6 = departure.to.address.isV6
        let (from, to) = (departure.from.address, departure.to.address)
        let isSound = isV6
            ? message.hasSoundChecksum(source: from, destination: to, protocol: .icmpv6) : message.hasSoundChecksum
        guard isSound, let header = ICMPHeader(parsing: message) else { return }
        var arrival = Arrival(departure, interface: Network.loopback)
        arrival.from.port = .any
        countLocal(header.type, message.byteCount, isV6: isV6)
        deliver(message, header, arrival, transport, nil, &work)
        guard isEcho(header, isV6: isV6), let block = DriverMemory.block(message.byteCount) else { return }
        defer { DriverMemory.free(block) }
        let length = message.byteCount
        block.withMutableBytes(0..<length) { span in
            _ = span.copy(message, at: 0, count: UInt64(length), to: 0)
            span.storeBytes(of: isV6 ? ICMPv6Type.echoReply : ICMPv4Type.echoReply, as: UInt8.self)
        }
        seal(block, length, to, from)
        arrival = Arrival(
            from: Endpoint(to, .any), to: Endpoint(from, .any),
            marks: PacketMarks(trafficClass: departure.marks.trafficClass), interface: Network.loopback,
            isForMany: false)
        block.withBytes(0..<length) { reply in
            guard let header = ICMPHeader(parsing: reply) else { return }
            countLocal(header.type, length, isV6: isV6)
            deliver(reply, header, arrival, transport, nil, &work)
        }
    }

    private static func countLocal(_ type: UInt8, _ length: Int, isV6: Bool) {
        HostCounts.count { HostCounts.countLocalPacket(length, isV6: isV6) }
        SocketState.locked { $0.counters.countLocal(type, isV6: isV6) }
    }

    // MARK: - Receiving

    /// Hands a sound message to all sockets that want it: the echo's, and raw ones.
    ///
    /// - Parameter packet: The packet of IPv4 with its header, where there is one.
    static func deliver(
        _ message: RawSpan, _ header: ICMPHeader, _ arrival: Arrival, _ transport: IPProtocol, _ packet: RawSpan?,
        _ work: inout NetworkWork
    ) {
        let isV6 = transport == .icmpv6
        deliverRaw(message, header, arrival, transport, packet, &work)
        guard header.type == (isV6 ? ICMPv6Type.echoReply : ICMPv4Type.echoReply) else { return }
        var arrival = arrival
        arrival.to.port = Port(header.identifier)
        guard arrival.to.port != .any else { return }
        let interface = arrival.interface.interface ?? Network.loopback
        let found = SocketState.locked { state in
            state.table.find(transport, local: arrival.to, remote: arrival.from, interface: interface)
                .map { SocketHandle(number: $0) } ?? .none
        }
        if !found.isNone { _ = found.take(message, arrival, transport, &work) }
        work.settle()
    }

    private static func deliverRaw(
        _ message: RawSpan, _ header: ICMPHeader, _ arrival: Arrival, _ transport: IPProtocol, _ packet: RawSpan?,
        _ work: inout NetworkWork
    ) {
        let interface = arrival.interface.interface ?? Network.loopback
        var found = InlineArray<16, UInt32>(repeating: 0)
        var count = 0
        SocketState.locked { state in
            state.table.forEach(bound: transport, local: arrival.to, interface: interface) { socket in
                guard count < 16 else { return }
                found[count] = socket
                count += 1
            }
        }
        guard count > 0 else { return }
        if transport == .icmpv6 {
            for index in 0..<count {
                SocketHandle(number: found[index]).takeRaw(message, header, arrival, transport, &work)
            }
        } else if let packet {
            for index in 0..<count {
                SocketHandle(number: found[index]).takeRaw(packet, header, arrival, transport, &work)
            }
        } else {
            // A datagram of fragments, or of this host's own: the header is written again.
            let length = IPv4Header.minimumLength + message.byteCount
            guard let block = DriverMemory.block(length) else { return }
            block.withMutableBytes(0..<length) { span in
                var writer = PacketWriter(span._mutatingExtracting(0..<length))
                OutgoingPacket(
                    source: arrival.from.address, destination: arrival.to.address, protocol: transport,
                    payloadLength: message.byteCount, hopLimit: arrival.marks.hopLimit,
                    trafficClass: arrival.marks.trafficClass, mayBeCut: true
                ).emitHeader(into: &writer)
                writer.append(contentsOf: message)
            }
            block.withBytes(0..<length) { packet in
                for index in 0..<count {
                    SocketHandle(number: found[index]).takeRaw(packet, header, arrival, transport, &work)
                }
            }
            DriverMemory.free(block)
        }
        work.settle()
    }

    private func takeRaw(
        _ bytes: RawSpan, _ header: ICMPHeader, _ arrival: Arrival, _ transport: IPProtocol,
        _ work: inout NetworkWork
    ) {
        // Read without the lock: a filter that is being set counts or does not.
        guard it.filter[Int(header.type) / 32] >> UInt32(header.type % 32) & 1 == 0 else { return }
        _ = take(bytes, arrival, transport, &work)
    }
}

extension InterfaceState {
    /// A message has come by a card, and is sound.
    static func hand(
        _ header: ICMPHeader, _ arrival: IPArrival, _ bytes: RawSpan, _ work: inout NetworkWork
    ) {
        let how = Arrival(
            from: Endpoint(arrival.source, .any), to: Endpoint(arrival.destination, .any),
            marks: PacketMarks(hopLimit: arrival.hopLimit, trafficClass: arrival.trafficClass),
            interface: arrival.interface, isForMany: arrival.cast != .unicast)
        SocketHandle.deliver(
            bytes.piece(arrival.payload), header, how, arrival.protocol,
            arrival.packet.isEmpty ? nil : bytes.piece(arrival.packet), &work)
    }
}
