import KernelDevices
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

// Datagrams that are put together in memory of the kernel's before they leave: those that are
// for many, and those of several calls. None of these holds a lock when it begins, but for
// those that say so.
extension SocketHandle {
    // MARK: - For many

    /// Finds the interface and the address by which a datagram for many leaves: what was asked
    /// for, that of IP_MULTICAST_IF, that of the socket's address, or the route's; with the lock.
    ///
    /// - Throws: `ENETUNREACH`: there is none; `EADDRNOTAVAIL`: it has no address.
    func findLink(of departure: inout Departure) throws(Errno) {
        let destination = departure.to.address
        var source: IPAddress? = departure.from.address
        if departure.from.address.isUnspecified || departure.from.address.isForMany { source = nil }
        var interface = departure.interface.interface
        if destination.isMulticast {
            let switches = it.options.switches
            departure.loops = !switches.contains(destination.isV6 ? .doesNotLoopV6 : .doesNotLoop)
            let chosen = destination.isV6 ? it.options.groupDeviceV6 : it.options.groupDevice
            if interface == nil { interface = chosen.interface }
            if source == nil, !destination.isV6, !it.options.groupSource.isUnspecified {
                source = .v4(it.options.groupSource)
            }
        } else if case .v4(let four) = destination, four.isLoopback {
            interface = Network.loopback
        }
        if interface == nil, let source { interface = InterfaceState.interface(of: source) }
        if interface == Network.loopback {
            departure.from.address = source ?? (destination.isV6 ? .v6(.loopback) : .v4(.loopback))
            departure.interface = InterfaceNumber(Network.loopback)
            return
        }
        let way = try InterfaceState.way(to: destination, from: source, by: interface)
        departure.from.address = way.source
        departure.interface = InterfaceNumber(way.interface)
    }

    /// Sends a datagram that is for many: what the program has written, read once.
    func sendWhole(_ transfer: inout Transfer, _ departure: Departure, _ work: inout NetworkWork) -> Int {
        let length = transfer.remaining
        guard let block = DriverMemory.block(max(length, 1)) else { return Errno.noBufferSpace.result }
        defer { DriverMemory.free(block) }
        let start = transfer
        guard length == 0 || block.withMutableBytes(0..<length, { transfer.read(to: &$0) }) == length else {
            transfer = start
            return Errno.badAddress.result
        }
        let error = block.withBytes(0..<length) { send($0, departure, &work) }
        return error?.result ?? length
    }

    /// Sends a datagram.
    ///
    /// - Returns: `nil`: it has left, or has come.
    func send(_ text: RawSpan, _ departure: Departure, _ work: inout NetworkWork) -> Errno? {
        let isOwn = !departure.isForMany && InterfaceState.isOwn(departure.to.address)
        let isLocal = departure.isForMany && departure.interface.interface == Network.loopback
        if isOwn {
            let arrival = Arrival(departure, interface: Network.loopback)
            let isV6 = departure.to.address.isV6
            if Self.deliver(text, arrival, &work) {
                HostCounts.count { HostCounts.countLocalDatagram(text.byteCount, isV6: isV6) }
            } else {
                countRefused(text.byteCount, isV6: isV6)
                tellRefused(by: departure.to, &work)
            }
            work.settle()
            return nil
        }
        if !isLocal {
            do throws(Errno) {
                let way = try InterfaceState.way(of: departure)
                InterfaceState.send(text, departure, by: way, at: work.now)
            } catch { return error }
        }
        // The loopback is a link that brings everything back.
        if departure.isForMany, departure.loops || isLocal {
            let interface = departure.interface.interface ?? Network.loopback
            let isV6 = departure.to.address.isV6
            HostCounts.count {
                if isLocal {
                    HostCounts.countLocalDatagram(text.byteCount, isV6: isV6)
                } else {
                    HostCounts[isV6: isV6].looped &+= 1
                }
            }
            Self.deliverToAll(text, Arrival(departure, interface: interface), &work)
        }
        return nil
    }

    // MARK: - In several calls (MSG_MORE)

    private static var corkHeader: Int { (MemoryLayout<Departure>.size + 7) & ~7 }

    /// Begins a datagram of several calls; the lock, which is held, is given back.
    func cork(
        _ transfer: inout Transfer, _ departure: Departure, _ flags: UInt64, _ work: inout NetworkWork
    ) -> Int {
        guard it.send.ensure(Self.corkHeader) else {
            leave(flags, work)
            return Errno.noBufferSpace.result
        }
        it.send.store(departure, at: 0)
        it.send.extend(Self.corkHeader)
        it.marks.insert(.isCorked)
        return append(&transfer, flags, &work)
    }

    /// Goes on with a datagram of several calls, and sends it with the last one; the lock, which
    /// is held, is given back. What fails takes all of it away (Linux).
    func append(_ transfer: inout Transfer, _ flags: UInt64, _ work: inout NetworkWork) -> Int {
        var departure = Departure(from: it.local, to: it.remote, marks: PacketMarks())
        it.send.load(into: &departure, at: 0)
        let length = transfer.remaining
        let whole = it.send.count - Self.corkHeader + length
        var error: Errno? = nil
        if whole > Self.longest(isV6: departure.to.address.isV6) {
            error = .messageTooLong
        } else if !it.send.ensure(it.send.count + length) {
            error = .noBufferSpace
        } else if it.send.take(length, from: &transfer, at: it.send.count) < length {
            error = .badAddress
        }
        if error == nil {
            it.send.extend(length)
            if transfer.hasMore {
                leave(flags, work)
                return length
            }
        }
        var block: MemoryBlock? = nil
        if error == nil {
            block = DriverMemory.block(max(whole, 1))
            if let block {
                block.withMutableBytes(0..<whole) { it.send.copy(whole, from: Self.corkHeader, to: &$0) }
            } else {
                error = .noBufferSpace
            }
        }
        it.marks.remove(.isCorked)
        it.send.release()
        leave(flags, work)
        if let block {
            error = block.withBytes(0..<whole) { send($0, departure, &work) }
            DriverMemory.free(block)
        }
        return error?.result ?? length
    }
}
