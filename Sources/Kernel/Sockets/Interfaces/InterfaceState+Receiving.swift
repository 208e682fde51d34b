import KernelDevices
import KernelNetwork
import KernelNetworkCards
import KernelSupport
import KernelTasks
import KernelVirtio
import KernelWire

extension InterfaceState {
    /// Frames that are taken before others have their turn, and how often that is done in a row.
    private static let atOnce = 64
    private static let rounds = 4

    /// A card's pair of queues has interrupted: interrupts are off, and no lock is held.
    static func arrived(_ number: Int, pair: Int) {
        IdlePolling.arrived(pair)
        poll(number, pair: pair)
    }

    /// Takes what has come by a card's pair of queues, and lets it interrupt again.
    static func poll(_ number: Int, pair place: Int) {
        // What comes before there are interfaces is found by the first `rest`.
        guard isThere, let card = NetworkCards.card(number), locked({ number < $0.cards.count }) else { return }
        let pair = card.pair(place)
        var work = NetworkWork(isInterrupt: true)
        for _ in 0..<rounds {
            // Whoever takes frames already has the pair interrupt for those that it has not seen.
            guard pair.beginTaking() else { return }
            let count = pair.receive(most: atOnce) { take($0, by: number, &work) }
            work.run()
            pair.endTaking()
            guard count < atOnce else { continue }
            if !card.interrupts {
                return pollSoon(number, pair: place, at: Instant(nanoseconds: Tasks.now) + silence)
            }
            if pair.rest() { return }
        }
        // Others run as long as this has taken, however much there is.
        let now = Instant(nanoseconds: Tasks.now)
        pollSoon(number, pair: place, at: now + max(.microseconds(20), now.since(work.now)))
    }

    /// How long a card is left alone that does not interrupt.
    private static var silence: Interval { .milliseconds(1) }

    /// Has a card's pair of queues polled, which does not interrupt.
    static func pollSoon(_ number: Int, pair: Int, at time: Instant) {
        locked { $0.polls[number] |= 1 << UInt64(pair) }
        SocketTimers.armInterfaces(at: time)
    }

    private static func take(
        _ frame: borrowing ReceivedFrame, by number: Int, _ work: inout NetworkWork
    ) {
        let isVerified = frame.header.isVerified
        if frame.withWhole({ take($0, isVerified: isVerified, by: number, &work) }) != nil { return }
        // The stack wants it in one piece.
        guard let block = DriverMemory.block(frame.count) else { return locked { $0.counters.lackingMemory &+= 1 } }
        var place = 0
        frame.forEachPiece { piece in
            block.withMutableBytes(place..<place + piece.byteCount) { span in
                _ = span.copy(piece, at: 0, count: UInt64(piece.byteCount), to: 0)
            }
            place += piece.byteCount
        }
        block.withBytes(0..<frame.count) { take($0, isVerified: isVerified, by: number, &work) }
        DriverMemory.free(block)
    }

    @inline(never)
    private static func take(
        _ frame: RawSpan, isVerified: Bool, by number: Int, _ work: inout NetworkWork
    ) {
        let interface = number + 1
        let now = work.now
        var received = Received.nothing
        let whole = locked { state -> MemoryBlock? in
            let whole = state.read(frame, isVerified: isVerified, interface, at: now, into: &received)
            // Text changes nothing that is the interface's own, or has a time.
            if received.isOfSocketsAlone { return whole }
            if let whole {
                whole.withBytes(0..<whole.count) { state.keep(&received, $0, interface, at: now) }
            } else {
                state.keep(&received, frame, interface, at: now)
            }
            state.arm()
            return whole
        }
        if let whole {
            whole.withBytes(0..<whole.count) { hand(&received, $0, interface, isFrame: false, &work) }
            DriverMemory.free(whole)
        } else {
            hand(&received, frame, interface, isFrame: true, &work)
        }
    }

    /// What a frame is. Its frame on the stack is gone before anything is done for it: an
    /// interrupt's stack has to have room for DHCP.
    ///
    /// - Returns: The datagram that it was the last fragment of.
    @inline(never)
    private mutating func read(
        _ frame: RawSpan, isVerified: Bool, _ interface: Int, at now: Instant, into received: inout Received
    ) -> MemoryBlock? {
        write(by: interface) { state, writer in
            state.network.interfaces[interface].receive(
                frame, isVerified: isVerified, at: now, answer: &writer, into: &received)
        }
        guard received.isFragment, case .fragment(let placement, let data) = received else { return nil }
        return reassemble(placement, frame.piece(data), interface, at: now, into: &received)
    }

    @inline(never)
    private mutating func reassemble(
        _ placement: Reassembly.Placement, _ bytes: RawSpan, _ interface: Int, at now: Instant,
        into received: inout Received
    ) -> MemoryBlock? {
        received = .nothing
        guard fragments.store(bytes, of: placement, interface: interface) else {
            counters.lackingMemory &+= 1
            network.interfaces[interface].dropFragments(of: placement.slot)
            return nil
        }
        guard let length = placement.completeLength,
            let block = fragments.take(interface: interface, slot: placement.slot)
        else { return nil }
        block.withBytes(0..<length) { datagram in
            write(by: interface) { state, writer in
                received = state.network.interfaces[interface].receive(
                    datagram: datagram, slot: placement.slot, at: now, answer: &writer)
            }
        }
        return block
    }

    /// What of that is the interface's own; with the lock.
    @inline(never)
    private mutating func keep(_ received: inout Received, _ bytes: RawSpan, _ interface: Int, at now: Instant) {
        let number = interface - 1
        switch received {
        case .tcp, .udp, .other, .fragment: break
        default: Self.waysMayChange()
        }
        switch received {
        case .udp(let arrival):
            receiveDHCP(bytes.piece(arrival.payload), by: number, at: now)
        case .resolved(let slot): sendWaiting(interface: interface, slot: slot, at: now)
        case .conflict: conflict(by: number, at: now)
        case .configured:
            network.configure(interface)
            Self.tellConfigured()
        default: break
        }
    }

    /// What of that is a socket's; without the lock.
    @inline(never)
    private static func hand(
        _ received: inout Received, _ bytes: RawSpan, _ interface: Int, isFrame: Bool, _ work: inout NetworkWork
    ) {
        switch received {
        case .tcp(let arrival):
            var parcel = Parcel(
                segment: TCP.Segment(arrival.header, count: arrival.payload.count), from: arrival.remote,
                to: arrival.local)
            parcel.interface = interface
            parcel.station = arrival.ip.station
            unsafe bytes.piece(arrival.payload).withUnsafeBytes { text in
                parcel.received = unsafe ReceivedText(text)
                _ = work.hand(&parcel, to: .none)
            }
            work.run()
        case .udp(let arrival):
            if arrival.header.destination == DHCPTransmission.clientPort { return }
            let text = bytes.piece(arrival.payload)
            let isForMany = arrival.ip.cast != .unicast
            let how = Arrival(
                from: arrival.remote, to: arrival.local,
                marks: PacketMarks(hopLimit: arrival.ip.hopLimit, trafficClass: arrival.ip.trafficClass),
                interface: interface, isForMany: isForMany)
            if isForMany { return SocketHandle.deliverToAll(text, how, &work) }
            if !SocketHandle.deliver(text, how, &work) { refuse(arrival.ip, bytes, .port, at: work.now) }
        case .other(let arrival): refuse(arrival, bytes, .protocol, at: work.now)
        case .icmp(let arrival, let header):
            if !isFrame { locked { $0.answerLongEcho(header, arrival, bytes.piece(arrival.payload), at: work.now) } }
            hand(header, arrival, bytes, &work)
        case .error(let error, let quote, _):
            SocketHandle.tell(error, of: quote, &work)
            if isFrame { handError(bytes, interface, &work) }
        case .nothing, .fragment, .resolved, .conflict, .configured: break
        }
    }

    /// An error is a message, too, for raw sockets; one that came in fragments has no packet to be
    /// read again.
    private static func handError(_ frame: RawSpan, _ interface: Int, _ work: inout NetworkWork) {
        guard let link = EthernetHeader(parsing: frame) else { return }
        let packet = frame.rest(after: EthernetHeader.length)
        var arrival = IPArrival(
            source: .v4(.unspecified), destination: .v4(.unspecified), protocol: .icmp, hopLimit: 0,
            trafficClass: 0, cast: .unicast, interface: interface, station: link.source,
            packet: 0..<0, payload: 0..<0)
        let start = EthernetHeader.length
        switch link.type {
        case .ipv4:
            guard let read = IPv4Packet(parsing: packet), read.header.fragment.isWhole,
                read.header.protocol == .icmp
            else { return }
            arrival.source = .v4(read.header.source)
            arrival.destination = .v4(read.header.destination)
            arrival.hopLimit = read.header.timeToLive
            arrival.trafficClass = read.header.trafficClass
            arrival.packet = start..<start + read.payload.upperBound
            arrival.payload = start + read.headerLength..<start + read.payload.upperBound
        case .ipv6:
            guard let header = IPv6Header(parsing: packet),
                case .upper(.icmpv6, let offset) = IPv6Content(
                    walking: packet.piece(0..<IPv6Header.length + header.payloadLength), from: IPv6Header.length,
                    first: header.nextHeader)
            else { return }
            arrival.protocol = .icmpv6
            arrival.source = .v6(header.source)
            arrival.destination = .v6(header.destination)
            arrival.hopLimit = header.hopLimit
            arrival.trafficClass = header.trafficClass
            let end = start + IPv6Header.length + header.payloadLength
            arrival.packet = start..<end
            arrival.payload = start + offset..<end
        default: return
        }
        guard let header = ICMPHeader(parsing: frame.piece(arrival.payload)) else { return }
        hand(header, arrival, frame, &work)
    }

    /// A packet was too big for a link, which the socket that has sent it believes.
    static func reduce(_ destination: IPAddress, to unit: UInt32, at now: Instant) {
        locked { state in
            guard let way = try? state.network.way(to: destination, at: now) else { return }
            _ = state.network.paths.reduce(destination, to: unit, current: way.unit, at: now)
            waysMayChange()
        }
    }

    private static func refuse(
        _ arrival: IPArrival, _ bytes: RawSpan, _ refusal: NetworkInterface.Refusal, at now: Instant
    ) {
        locked { state in
            state.write(by: arrival.interface) { state, writer in
                state.network.interfaces[arrival.interface].refuse(arrival, bytes, refusal, at: now, answer: &writer)
            }
        }
    }
}

extension InterfaceState {
    /// Neighbours have not answered: who has sent packets that waited for them is told; no lock is
    /// held.
    private static func tellFailures() {
        var work = NetworkWork(isInterrupt: true)
        while let frame = locked({ $0.waiting.takeFailed() }) {
            frame.block.withBytes(0..<frame.count) { bytes in
                let packet = bytes.rest(after: EthernetHeader.length)
                let quote = frame.nextHop.isV6 ? QuotedPacket(parsingV6: packet) : QuotedPacket(parsingV4: packet)
                if let quote { SocketHandle.tellUnreachable(quote, &work) }
            }
            DriverMemory.free(frame.block)
        }
    }

    /// The time has come that was armed; no lock is held.
    static func timerExpired(at now: Instant) {
        defer { tellFailures() }
        let polls = locked { state in
            if state.armed <= now {
                state.work(at: now)
            } else {
                state.armed = .never
                state.arm()
            }
            let polls = state.polls
            state.polls = InlineArray(repeating: 0)
            return polls
        }
        for number in 0..<NetworkCards.most {
            var left = polls[number]
            while left != 0 {
                let pair = left.trailingZeroBitCount
                left &= left - 1
                poll(number, pair: pair)
            }
        }
    }
}

// What has come is large. It is passed by its place, and these say that they may change it, so that it
// is not copied for each look.
extension Received {
    /// Whether it is text, which changes nothing of an interface: not a message of DHCP's.
    fileprivate var isOfSocketsAlone: Bool {
        @inline(__always) mutating get {
            switch self {
            case .tcp: true
            case .udp(let arrival): arrival.header.destination != DHCPTransmission.clientPort
            default: false
            }
        }
    }

    fileprivate var isFragment: Bool {
        @inline(__always) mutating get { if case .fragment = self { true } else { false } }
    }
}
