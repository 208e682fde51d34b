import KernelDescriptors
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

/// What is in front of a datagram's bytes in the receiver's buffer.
struct DatagramHeader: BitwiseCopyable {
    var count: UInt32
    var sender: Endpoint

    static var size: Int { (MemoryLayout<DatagramHeader>.size + 7) & ~7 }

    static var none: DatagramHeader { DatagramHeader(count: 0, sender: .unspecified(isV6: false)) }
}

// Datagrams. None of these holds a lock when it begins, but for those that say so.
extension SocketHandle {
    /// Bytes that a datagram of each version has room for.
    private static var longestV4: Int { 65_507 }
    private static var longestV6: Int { 65_527 }

    // MARK: - Sending

    func send(_ transfer: inout Transfer) -> Int {
        var work = NetworkWork()
        var ends: (from: Endpoint, to: Endpoint)? = nil
        var result = 0
        // The first one may come before the host has its address.
        for attempt in 0..<2 {
            let flags = enter()
            result = outcome { () throws(Errno) in
                ends = try way(transfer)
                return 0
            }
            leave(flags, work)
            let isEarly =
                result == Errno.networkUnreachable.result || result == Errno.addressNotAvailable.result
            if attempt > 0 || !isEarly { break }
            InterfaceState.waitForAddress(to: .v4(.broadcast))
            work.now = Instant(nanoseconds: Tasks.now)
        }
        guard let ends else { return result }
        if !InterfaceState.isOwn(ends.to.address) {
            return outcome { () throws(Errno) in
                let way = try InterfaceState.way(to: ends.to.address, from: ends.from.address)
                return InterfaceState.send(&transfer, from: ends.from, to: ends.to, by: way, at: work.now)
            }
        }
        let sent = deliver(&transfer, from: ends.from, to: ends.to, &work)
        work.settle()
        if sent == Errno.connectionRefused.result {
            // ICMP's answer comes behind the datagram: the next call is told (RFC 1122,
            // 4.1.3.3), of a socket that has one other end.
            let again = enter()
            if it.phase == .connected, it.remote == ends.to {
                it.error = .connectionRefused
                wakeAll(&work)
            }
            leave(again, work)
            work.settle()
            let length = transfer.remaining
            return length
        }
        return sent
    }

    /// From where to where a datagram goes; with the lock.
    private func way(_ transfer: borrowing Transfer) throws(Errno) -> (from: Endpoint, to: Endpoint) {
        let length = transfer.remaining
        // Linux says so before it looks at anything else.
        guard length <= 65_535 else { throw .messageTooLong }
        var remote = it.remote
        let address =
            transfer.message == 0
            ? SocketAddress() : unsafe SocketMessage.at(transfer.message).pointee.address
        if address.count > 0 {
            if it.isV6, address.family == InternetAddress.unspecifiedFamily, it.phase == .connected {
                // As if there were no address (Linux).
            } else {
                remote = try InternetAddress.parse(address, isV6: it.isV6)
                guard remote.port != .any else { throw .invalidArgument }
                remote.address = remote.address.asDestination
            }
        } else if it.phase != .connected {
            throw .addressRequired
        }
        if let error = takeError() { throw error }
        if it.marks.contains(.isWriteShut) { throw .brokenPipe }
        if remote.address == .v4(.broadcast), !it.options.switches.contains(.broadcasts) {
            throw .permissionDenied
        }
        let source = try source(for: remote.address)
        if it.bound == nil { try choosePort(it.local.address, .any) }
        guard length <= (remote.address.isV6 ? Self.longestV6 : Self.longestV4) else {
            throw .messageTooLong
        }
        return (Endpoint(source, it.local.port), remote)
    }

    /// Puts a datagram into the receiver's buffer.
    ///
    /// - Returns: Its bytes; `ECONNREFUSED`: nobody has the port; `EFAULT`.
    private func deliver(
        _ transfer: inout Transfer, from: Endpoint, to: Endpoint, _ work: inout NetworkWork
    ) -> Int {
        for _ in 0..<3 {
            let found = SocketState.locked { state in
                state.table.find(.udp, local: to, remote: from, interface: Network.loopback)
                    .map { SocketHandle(number: $0) } ?? .none
            }
            if found.isNone { return Errno.connectionRefused.result }
            let flags = found.enter()
            guard !found.it.isStream, found.it.phase != .free, found.it.local.port == to.port else {
                found.leave(flags, work)
                continue
            }
            guard found.it.phase != .connected || found.it.remote == from else {
                // It takes those of its other end alone.
                found.leave(flags, work)
                return Errno.connectionRefused.result
            }
            let result = found.put(&transfer, from, &work)
            found.leave(flags, work)
            return result
        }
        return transfer.remaining
    }

    /// Takes a datagram, with the lock of this socket, whose it is from now on.
    private func put(_ transfer: inout Transfer, _ sender: Endpoint, _ work: inout NetworkWork) -> Int {
        let length = transfer.remaining
        let size = DatagramHeader.size + length
        guard it.receive.count + size <= Int(it.options.receiveSize) || it.datagrams == 0,
            it.receive.ensure(it.receive.count + size)
        else {
            // It is lost, as it may be on a link; nobody is told.
            SocketState.locked { $0.counters.datagramsWithoutRoom &+= 1 }
            return length
        }
        let start = transfer
        let offset = it.receive.count
        if length > 0, it.receive.take(length, from: &transfer, at: offset + DatagramHeader.size) < length {
            transfer = start
            return Errno.badAddress.result
        }
        it.receive.store(DatagramHeader(count: UInt32(length), sender: sender), at: offset)
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
            let message = unsafe SocketMessage.at(transfer.message)
            unsafe message.pointee.isTruncated = count < length
            unsafe message.pointee.length = length
            unsafe message.pointee.address = InternetAddress.address(of: header.sender, isV6: it.isV6)
        }
        if !transfer.peeks {
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
    func connectDatagrams(_ remote: Endpoint) throws(Errno) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        guard remote.address != .v4(.broadcast) || it.options.switches.contains(.broadcasts) else {
            throw .permissionDenied
        }
        let source = try source(for: remote.address)
        let old = it.ends
        it.ends = nil
        if let old { SocketState.locked { $0.table.remove(old) } }
        let wildcard = it.local.address.isUnspecified
        if it.bound == nil { try choosePort(it.local.address, .any) }
        let local = Endpoint(wildcard ? source : it.local.address, it.local.port)
        let number = number
        // Who has the same ends receives; this one only sends.
        it.ends = SocketState.locked { state in
            try? state.table.connect(number, .udp, local: local, remote: remote)
        }
        it.local = local
        it.remote = remote
        it.phase = .connected
        it.marks.subtract([.isReadShut, .isWriteShut])
        return 0
    }
}
