import KernelDescriptors
import KernelNetwork
import KernelSupport
import KernelWire

// What other hosts have sent. None of these holds a lock when it begins.
extension SocketHandle {
    /// Hands a datagram to the socket that it is for.
    ///
    /// - Returns: Whether there is one.
    static func deliver(_ text: RawSpan, _ arrival: Arrival, _ work: inout NetworkWork) -> Bool {
        let interface = arrival.interface.interface ?? Network.loopback
        for _ in 0..<3 {
            let found = SocketState.locked { state in
                state.table.find(.udp, local: arrival.to, remote: arrival.from, interface: interface)
                    .map { SocketHandle(number: $0) } ?? .none
            }
            if found.isNone { return false }
            switch found.take(text, arrival, .udp, &work) {
            case true?: return true
            case false?: return false
            // It has become another one.
            case nil: continue
            }
        }
        return true
    }

    /// Hands a datagram for many to all sockets that want it.
    static func deliverToAll(_ text: RawSpan, _ arrival: Arrival, _ work: inout NetworkWork) {
        let interface = arrival.interface.interface ?? Network.loopback
        let isJoined = !arrival.to.address.isMulticast || Memberships.isJoined(arrival.to.address, on: interface)
        var found = InlineArray<32, UInt32>(repeating: 0)
        var count = 0
        SocketState.locked { state in
            state.table.forEach(bound: .udp, local: arrival.to, interface: interface) { socket in
                guard count < 32 else { return }
                found[count] = socket
                count += 1
            }
        }
        var isWanted = false
        for index in 0..<count {
            let socket = SocketHandle(number: found[index])
            if socket.take(text, arrival, .udp, isJoined: isJoined, &work) == true { isWanted = true }
        }
        if !isWanted { HostCounts.count { HostCounts[isV6: arrival.from.address.isV6].ignoredGroups &+= 1 } }
        work.settle()
    }

    /// Takes a datagram.
    ///
    /// - Parameter isJoined: Somebody on this host has joined the group that it is for.
    /// - Returns: `false`: it is not for this socket; `nil`: this is another one now.
    func take(
        _ text: RawSpan, _ arrival: Arrival, _ transport: IPProtocol, isJoined: Bool = true,
        _ work: inout NetworkWork
    ) -> Bool? {
        let flags = enter()
        defer { leave(flags, work) }
        guard it.transport == transport, it.phase != .free, it.local.port == arrival.to.port else { return nil }
        guard it.phase != .connected || it.remote == arrival.from else { return false }
        if arrival.to.address.isMulticast, !isMember(of: arrival.to.address, arrival.interface, isJoined) {
            return false
        }
        let offset = it.receive.count
        let size = DatagramHeader.size + text.byteCount
        guard offset + size <= Int(it.options.receiveSize) || it.datagrams == 0, it.receive.ensure(offset + size)
        else {
            countWithoutRoom(isV6: arrival.from.address.isV6)
            return true
        }
        it.receive.copy(text, to: offset + DatagramHeader.size)
        it.receive.store(
            DatagramHeader(count: UInt32(text.byteCount), arrival: arrival, time: work.now), at: offset)
        it.receive.extend(size)
        it.datagrams += 1
        it.pulse.insert(.readable)
        wakeReader(&work)
        return true
    }

    /// A datagram is lost; with the lock.
    func countWithoutRoom(isV6: Bool) {
        it.dropped &+= 1
        if it.style == .datagram { HostCounts[isV6: isV6].withoutRoom &+= 1 }
    }

    // MARK: - Errors

    /// Somebody says that a packet of this host's had no luck: the socket that has sent it is
    /// told, if it can have been (RFC 1122, 4.1.3.3, 4.2.3.9).
    static func tell(_ error: ICMPError, of quote: QuotedPacket, _ work: inout NetworkWork) {
        let (found, local, remote) = sender(of: quote)
        if found.isNone { return }
        let flags = found.enter()
        if found.it.local == local, found.it.remote == remote {
            if found.it.isStream {
                found.tellStream(error, quote, &work)
            } else if error.isTooBig {
                InterfaceState.reduce(quote.destination, to: error.maximumUnit, at: work.now)
            } else if error.isHard, found.it.phase == .connected {
                found.it.error = error.errno
                found.wakeAll(&work)
            }
        }
        found.leave(flags, work)
        work.run()
    }

    /// The socket that has sent a packet, if it is connected, and its ends.
    private static func sender(of quote: QuotedPacket) -> (SocketHandle, local: Endpoint, remote: Endpoint) {
        var (local, remote) = (
            Endpoint(quote.source, quote.sourcePort), Endpoint(quote.destination, quote.destinationPort)
        )
        switch quote.protocol {
        case .udp, .tcp: break
        case .icmp, .icmpv6: (local.port, remote.port) = (Port(quote.identifier), .any)
        default: return (.none, local, remote)
        }
        let found = SocketState.locked { state in
            state.table.find(connected: quote.protocol, local: local, remote: remote)
                .map { SocketHandle(number: $0) } ?? .none
        }
        return (found, local, remote)
    }

    /// No neighbour has the address to which a packet of this host's was to go: the socket that
    /// has sent it is told (`EHOSTUNREACH`).
    static func tellUnreachable(_ quote: QuotedPacket, _ work: inout NetworkWork) {
        let (found, local, remote) = sender(of: quote)
        if found.isNone { return }
        let flags = found.enter()
        if found.it.local == local, found.it.remote == remote {
            if found.it.isStream {
                if found.it.hasConnection {
                    let effects = found.tcp.receive(
                        .noNeighbour, quoted: SequenceNumber(quote.sequence), now: work.now)
                    found.take(effects, .nothing, &work)
                    found.begin(&work)
                }
            } else if found.it.phase == .connected {
                found.it.error = .noRouteToHost
                found.wakeAll(&work)
            }
        }
        found.leave(flags, work)
        work.run()
    }

    private func tellStream(_ error: ICMPError, _ quote: QuotedPacket, _ work: inout NetworkWork) {
        guard it.hasConnection else { return }
        if error.isTooBig {
            guard tcp.isOnItsWay(SequenceNumber(quote.sequence)) else { return }
            InterfaceState.reduce(quote.destination, to: error.maximumUnit, at: work.now)
            guard let way = try? InterfaceState.way(to: quote.destination, from: quote.source)
            else { return }
            tcp.pathChanged(
                TCP.Path(
                    mtu: UInt32(way.unit), isV6: quote.destination.isV6,
                    greatestPayload: Self.greatestText(by: way, isV6: quote.destination.isV6)),
                now: work.now)
        } else if let problem = TCP.PathError(error) {
            let effects = tcp.receive(
                problem, quoted: SequenceNumber(quote.sequence), now: work.now)
            take(effects, .nothing, &work)
        }
        begin(&work)
    }
}

extension TCP.PathError {
    /// `nil`: it says nothing about a connection.
    init?(_ error: ICMPError) {
        switch error.errno {
        case .connectionRefused: self = .portUnreachable
        case .networkUnreachable: self = .networkUnreachable
        case .noRouteToHost, .hostIsDown: self = error.isHard ? .prohibited : .hostUnreachable
        case .protocolNotAvailable: self = .protocolUnreachable
        case .permissionDenied: self = .prohibited
        default: return nil
        }
    }
}
