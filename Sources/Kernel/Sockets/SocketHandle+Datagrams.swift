import KernelDescriptors
import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

/// What is in front of a datagram's bytes in the receiver's buffer.
struct DatagramHeader: BitwiseCopyable {
    var count: UInt32
    var arrival: Arrival
    /// When it has come.
    var time: Instant

    static var size: Int { (MemoryLayout<DatagramHeader>.size + 7) & ~7 }

    static var none: DatagramHeader {
        let nobody = Endpoint.unspecified(isV6: false)
        return DatagramHeader(
            count: 0,
            arrival: Arrival(
                from: nobody, to: nobody, marks: PacketMarks(), interface: Network.loopback, isForMany: false),
            time: .start)
    }
}

// Datagrams. None of these holds a lock when it begins, but for those that say so.
extension SocketHandle {
    /// Bytes that a datagram of each version has room for.
    private static var longestV4: Int { 65_507 }
    private static var longestV6: Int { 65_527 }

    static func longest(isV6: Bool) -> Int { isV6 ? longestV6 : longestV4 }

    // MARK: - Sending

    func send(_ transfer: inout Transfer) -> Int {
        var work = NetworkWork()
        var departure: Departure? = nil
        var result = 0
        // The first one may come before the host has its address.
        for attempt in 0..<2 {
            let flags = enter()
            if it.style == .datagram, it.marks.contains(.isCorked) { return append(&transfer, flags, &work) }
            result = outcome { () throws(Errno) in
                departure = try self.departure(transfer)
                return 0
            }
            if let departure, transfer.hasMore, it.style == .datagram {
                return cork(&transfer, departure, flags, &work)
            }
            leave(flags, work)
            let isEarly =
                result == Errno.networkUnreachable.result || result == Errno.addressNotAvailable.result
            if attempt > 0 || !isEarly { break }
            waitForAddress(of: transfer)
            work.now = Instant(nanoseconds: Tasks.now)
        }
        guard let departure else { return result }
        if departure.isForMany { return sendWhole(&transfer, departure, &work) }
        if !InterfaceState.isOwn(departure.to.address) {
            return outcome { () throws(Errno) in
                let way = try InterfaceState.way(of: departure)
                return InterfaceState.send(&transfer, departure, by: way, at: work.now)
            }
        }
        let sent = deliver(&transfer, Arrival(departure, interface: Network.loopback), &work)
        work.settle()
        if sent == Errno.connectionRefused.result {
            let length = transfer.remaining
            countRefused(length, isV6: departure.to.address.isV6)
            tellRefused(by: departure.to, &work)
            return length
        }
        return sent
    }

    /// Waits until a datagram can be sent to where it is to go, if that may be soon.
    func waitForAddress(of transfer: borrowing Transfer) {
        let flags = enter()
        var (remote, device) = (it.remote.address, it.options.device)
        if device == .none, remote.isMulticast {
            device = remote.isV6 ? it.options.groupDeviceV6 : it.options.groupDevice
        }
        leave(flags, NetworkWork())
        let address =
            transfer.message == 0 ? SocketAddress() : SocketMessage[transfer.message].address
        if address.count > 0, let end = try? InternetAddress.parse(address, isV6: it.isV6) {
            remote = end.address
            if let scope = try? InternetAddress.scope(of: address), scope != .none { device = scope }
        }
        InterfaceState.waitForAddress(to: remote, by: device.interface)
    }

    /// ICMP's answer comes behind the datagram: the next call is told (RFC 1122, 4.1.3.3), of
    /// a socket that has one other end.
    func tellRefused(by end: Endpoint, _ work: inout NetworkWork) {
        let flags = enter()
        if it.phase == .connected, it.remote == end {
            it.error = .connectionRefused
            wakeAll(&work)
        }
        leave(flags, work)
        work.settle()
    }

    /// A datagram for this host itself finds nobody, and its sender is told so.
    func countRefused(_ length: Int, isV6: Bool) {
        let type = isV6 ? ICMPv6Type.unreachable : ICMPv4Type.unreachable
        // The answer quotes as much as finds room (RFC 1812, 4.3.2.3; RFC 4443, 3.1).
        let header = isV6 ? IPv6Header.length : IPv4Header.minimumLength
        let room = (isV6 ? PathMTUCache.minimumV6 : 576) - header - ICMPHeader.length
        HostCounts.count {
            HostCounts.countLocalDatagram(length, isV6: isV6)
            HostCounts[isV6: isV6].noPorts &+= 1
            HostCounts.countLocalPacket(
                ICMPHeader.length + min(header + UDPHeader.length + length, room), isV6: isV6)
        }
        SocketState.locked { $0.counters.countLocal(type, isV6: isV6) }
    }

    /// How a datagram leaves; with the lock.
    private func departure(_ transfer: borrowing Transfer) throws(Errno) -> Departure {
        let length = transfer.remaining
        // Linux says so before it looks at anything else.
        guard length <= 65_535 else { throw .messageTooLong }
        let (remote, wishes) = try destination(of: transfer)
        let departure = try self.departure(to: remote, wishes)
        guard length <= Self.longest(isV6: remote.address.isV6) else { throw .messageTooLong }
        return departure
    }

    /// Where a datagram is to go, and how, as the call says it; with the lock.
    func destination(of transfer: borrowing Transfer) throws(Errno) -> (Endpoint, ControlWishes) {
        var remote = it.remote
        var scope = InterfaceNumber.none
        let message = transfer.message
        let address = message == 0 ? SocketAddress() : SocketMessage[message].address
        if address.count > 0 {
            if it.isV6, address.family == InternetAddress.unspecifiedFamily, it.phase == .connected {
                // As if there were no address (Linux).
            } else {
                remote = try InternetAddress.parse(address, isV6: it.isV6)
                guard remote.port != .any || it.style != .datagram else { throw .invalidArgument }
                remote.address = remote.address.asDestination
                scope = try InternetAddress.scope(of: address)
            }
        } else if it.phase != .connected {
            throw .addressRequired
        }
        if let error = takeError() { throw error }
        if it.marks.contains(.isWriteShut) { throw .brokenPipe }
        var wishes = ControlWishes(it.options.marks(to: remote.address))
        wishes.interface = scope
        let control = message == 0 ? 0 : SocketMessage[message].control
        if control != 0 {
            try wishes.take(SocketControl[control], isV6: remote.address.isV6)
        }
        return (remote, wishes)
    }

    /// How a datagram to an address leaves; with the lock. The socket has a port then.
    func departure(to remote: Endpoint, _ wishes: ControlWishes) throws(Errno) -> Departure {
        var departure = Departure(from: it.local, to: remote, marks: wishes.marks)
        let isBroadcast = InterfaceState.isBroadcast(remote.address)
        if isBroadcast, !it.options.switches.contains(.broadcasts) { throw .permissionDenied }
        departure.isForMany = isBroadcast || remote.address.isMulticast
        departure.interface = wishes.interface == .none ? it.options.device : wishes.interface
        if it.options.device != .none, departure.interface != it.options.device { throw .invalidArgument }
        if let source = wishes.source {
            guard InterfaceState.isOwn(source) else {
                throw source.isV6 ? .invalidArgument : .networkUnreachable
            }
            departure.from.address = source
        }
        if departure.isForMany {
            try findLink(of: &departure)
        } else {
            departure.from.address = try source(
                for: remote.address, from: departure.from.address, by: departure.interface.interface)
        }
        if it.bound == nil, it.style != .raw { try choosePort(it.local.address, .any) }
        departure.from.port = it.local.port
        return departure
    }

    /// Puts a datagram into the receiver's buffer.
    ///
    /// - Returns: Its bytes; `ECONNREFUSED`: nobody has the port; `EFAULT`.
    private func deliver(_ transfer: inout Transfer, _ arrival: Arrival, _ work: inout NetworkWork) -> Int {
        for _ in 0..<3 {
            let found = SocketState.locked { state in
                state.table.find(.udp, local: arrival.to, remote: arrival.from, interface: Network.loopback)
                    .map { SocketHandle(number: $0) } ?? .none
            }
            if found.isNone { return Errno.connectionRefused.result }
            let flags = found.enter()
            guard found.it.style == .datagram, found.it.phase != .free, found.it.local.port == arrival.to.port else {
                found.leave(flags, work)
                continue
            }
            guard found.it.phase != .connected || found.it.remote == arrival.from else {
                // It takes those of its other end alone.
                found.leave(flags, work)
                return Errno.connectionRefused.result
            }
            let result = found.put(&transfer, arrival, &work)
            found.leave(flags, work)
            return result
        }
        return transfer.remaining
    }

    /// Takes a datagram, with the lock of this socket, whose it is from now on.
    private func put(_ transfer: inout Transfer, _ arrival: Arrival, _ work: inout NetworkWork) -> Int {
        let length = transfer.remaining
        let size = DatagramHeader.size + length
        guard it.receive.count + size <= Int(it.options.receiveSize) || it.datagrams == 0,
            it.receive.ensure(it.receive.count + size)
        else {
            // It is lost, as it may be on a link; nobody is told.
            countWithoutRoom(isV6: arrival.from.address.isV6)
            HostCounts.countLocalDatagram(length, isV6: arrival.from.address.isV6)
            return length
        }
        let start = transfer
        let offset = it.receive.count
        if length > 0, it.receive.take(length, from: &transfer, at: offset + DatagramHeader.size) < length {
            transfer = start
            return Errno.badAddress.result
        }
        it.receive.store(DatagramHeader(count: UInt32(length), arrival: arrival, time: work.now), at: offset)
        HostCounts.countLocalDatagram(length, isV6: arrival.from.address.isV6)
        it.receive.extend(size)
        it.datagrams += 1
        it.pulse.insert(.readable)
        wakeReader(&work)
        return length
    }

    // MARK: - Receiving

    func receive(_ transfer: inout Transfer) -> Int {
        var work = NetworkWork()
        let flags = enter()
        let result = receive(&transfer, work)
        if it.datagrams > 0 { wakeReader(&work) }
        leave(flags, work)
        work.settle()
        return result
    }

    private func receive(_ transfer: inout Transfer, _ work: borrowing NetworkWork) -> Int {
        var end: UInt64? = nil
        while it.datagrams == 0 {
            if let error = takeError() { return error.result }
            if it.marks.contains(.isReadShut) { return 0 }
            if transfer.isNonBlocking { return Errno.resourceTemporarilyUnavailable.result }
            if end == nil { end = deadline(it.options.receiveLimit) }
            if let error = wait(.read, until: end ?? .max, work) {
                return error == .timedOut ? Errno.resourceTemporarilyUnavailable.result : error.result
            }
        }
        if let error = takeError() { return error.result }
        var header = DatagramHeader.none
        it.receive.load(into: &header, at: 0)
        let length = Int(header.count)
        let count = min(length, transfer.remaining)
        if count > 0 {
            let start = transfer
            if it.receive.hand(count, to: &transfer, at: DatagramHeader.size) < count {
                transfer = start
                return Errno.badAddress.result
            }
        }
        if transfer.message != 0 {
            let message = transfer.message
            SocketMessage[message].isTruncated = count < length
            SocketMessage[message].length = length
            SocketMessage[message].address = InternetAddress.address(
                of: header.arrival.from, isV6: it.isV6, scope: header.arrival.interface)
            let control = SocketMessage[message].control
            if control != 0 { tell(header, to: &(SocketControl[control])) }
        }
        if !transfer.peeks {
            if it.style == .datagram { HostCounts[isV6: header.arrival.from.address.isV6].inDatagrams &+= 1 }
            it.receive.consume(DatagramHeader.size + length)
            it.datagrams -= 1
        }
        return count
    }

    /// Bytes of the next datagram (FIONREAD); with the lock.
    var nextLength: Int {
        guard it.datagrams > 0 else { return 0 }
        var header = DatagramHeader.none
        it.receive.load(into: &header, at: 0)
        return Int(header.count)
    }

    // MARK: - The other end

    /// Sets to whom it sends, and from whom alone it receives.
    ///
    /// - Parameter scope: The interface that the address names.
    func connectDatagrams(_ remote: Endpoint, _ scope: InterfaceNumber) throws(Errno) -> Int {
        let work = NetworkWork()
        var remote = remote
        let flags = enter()
        defer { leave(flags, work) }
        if it.style != .datagram {
            guard remote.address.isV6 == it.isV6 else { throw .networkUnreachable }
            remote.port = .any
        }
        if InterfaceState.isBroadcast(remote.address), !it.options.switches.contains(.broadcasts) {
            throw .permissionDenied
        }
        try use(scope, for: remote.address)
        let source = try sourceOfConnection(to: remote.address)
        let old = it.ends
        it.ends = nil
        if let old { SocketState.locked { $0.table.remove(old) } }
        let wildcard = it.local.address.isUnspecified
        if it.bound == nil { try choosePort(it.local.address, .any) }
        let local = Endpoint(wildcard ? source : it.local.address, it.local.port)
        let number = number
        // Who has the same ends receives; this one only sends.
        let transport = it.transport
        if it.style != .raw {
            let remote = remote
            it.ends = SocketState.locked { state in
                try? state.table.connect(number, transport, local: local, remote: remote)
            }
        }
        it.local = local
        it.remote = remote
        it.phase = .connected
        it.marks.subtract([.isReadShut, .isWriteShut])
        return 0
    }
}
