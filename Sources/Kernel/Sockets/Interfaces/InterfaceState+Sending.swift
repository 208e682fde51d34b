import KernelDevices
import KernelNetwork
import KernelNetworkCards
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVirtio
import KernelWire
import Synchronization

extension InterfaceState {
    /// Sends a segment, cut where it is longer than the wire's are.
    ///
    /// - Parameters:
    ///   - segmentSize: Bytes of text in each on the wire.
    ///   - known: The way that the socket's last one has taken.
    static func send(_ parcel: Parcel, segmentSize: Int, _ known: inout KnownWay, at now: Instant) {
        HostCounts.countRemote(parcel.segment, size: segmentSize, isV6: parcel.to.address.isV6)
        if known.isValid(at: now, generation.load(ordering: .acquiring)), let card = NetworkCards.card(Int(known.card)) {
            return emit(parcel, segmentSize: segmentSize, by: card, known)
        }
        sendAnew(parcel, segmentSize: segmentSize, &known, at: now)
    }

    /// The same of who has no way that is known.
    @inline(never)
    private static func sendAnew(
        _ parcel: Parcel, segmentSize: Int, _ known: inout KnownWay, at now: Instant
    ) {
        let old = known
        known = locked { state in
            // What changes from now on changes this, too.
            let before = generation.load(ordering: .acquiring)
            let found = state.send(parcel, segmentSize: segmentSize, before, at: now)
            state.arm()
            return found
        }
        guard known.card >= 0, let card = NetworkCards.card(Int(known.card)) else { return }
        known.choose(card.ownPair, after: old, at: now)
        emit(parcel, segmentSize: segmentSize, by: card, known)
    }

    /// Finds the way of a segment; one whose neighbour is not known waits for it.
    ///
    /// - Returns: By which way it is still to be sent; `none`: by none.
    private mutating func send(
        _ parcel: Parcel, segmentSize: Int, _ generation: UInt64, at now: Instant
    ) -> KnownWay {
        guard
            let way = try? network.way(
                to: parcel.to.address, from: parcel.from.address, by: parcel.device.interface, at: now),
            case .ethernet(let own) = network.interfaces.span[way.interface].medium
        else {
            let isV6 = parcel.to.address.isV6
            HostCounts[isV6: isV6].remoteRequests &-= 1
            HostCounts[isV6: isV6].outNoRoutes &+= 1
            return .none
        }
        var known = KnownWay(card: way.interface - 1, own: own, station: parcel.station, generation)
        if parcel.station != .zero, parcel.interface == way.interface {
            // An answer, which goes where the question came from; nothing is known of the neighbour.
            known.end = now
            return known
        }
        switch link(for: way, at: now) {
        case .station(let station)?:
            known.station = station
            known.end = now + KnownWay.life
            return known
        case .waiting(let slot)?:
            Self.forEachSegment(of: parcel, segmentSize: segmentSize) { header, packet, start in
                let text = parcel.text
                let count = packet.payloadLength - header.encodedLength
                emit(packet, by: way, .waiting(slot: slot), checksumAt: TCPHeader.checksumOffset) { writer in
                    header.emit(into: &writer)
                    if count > 0 { text.append(count, at: start, to: &writer) }
                }
            }
            return .none
        case nil: return .none
        }
    }

    /// Sends a segment by a card, with no lock but the card's: whole where the device cuts it.
    private static func emit(_ parcel: Parcel, segmentSize: Int, by card: NetworkCard, _ known: KnownWay) {
        let count = Int(parcel.segment.count)
        let isV6 = parcel.to.address.isV6
        if count > max(segmentSize, 1), card.longestText(isV6: isV6) >= count {
            let header = parcel.segment.header(from: parcel.from.port, to: parcel.to.port)
            if emit(header, count, parcel, from: parcel.start, by: card, known, segmentSize: segmentSize) { return }
        }
        forEachSegment(of: parcel, segmentSize: segmentSize) { header, packet, start in
            let count = packet.payloadLength - header.encodedLength
            _ = emit(header, count, parcel, from: start, by: card, known, segmentSize: nil)
        }
    }

    /// Runs `body` with each segment on the wire, and where its text begins.
    private static func forEachSegment(
        of parcel: Parcel, segmentSize: Int, _ body: (TCPHeader, OutgoingPacket, Int) -> Void
    ) {
        var segment = parcel.segment
        var (start, left) = (parcel.start, Int(segment.count))
        repeat {
            let count = min(left, max(segmentSize, 1))
            left -= count
            var piece = segment
            piece.count = UInt32(count)
            // The last one alone has what ends the text.
            if left > 0 { piece.flags.subtract([.fin, .psh]) }
            let header = piece.header(from: parcel.from.port, to: parcel.to.port)
            body(
                header,
                parcel.packet(payloadLength: header.encodedLength + count),
                start)
            segment.sequence += UInt32(count)
            start += count
        } while left > 0
    }

    /// Hands a segment to a card.
    ///
    /// - Parameter segmentSize: The device cuts it; `nil`: it is one on the wire.
    /// - Returns: Whether the device has it.
    private static func emit(
        _ header: TCPHeader, _ count: Int, _ parcel: Parcel, from begins: Int, by card: NetworkCard,
        _ known: KnownWay, segmentSize: Int?
    ) -> Bool {
        let packet = parcel.packet(payloadLength: header.encodedLength + count)
        let start = EthernetHeader.length + packet.headerLength
        let whole = start + packet.payloadLength
        guard whole <= (segmentSize == nil ? card.longestSent : card.longestCut) else { return false }
        let isLeft = card.limits.completesChecksums
        let offset = TCPHeader.checksumOffset
        let cut = segmentSize.map { size in
            TransmitHeader.Segmentation(
                isVersion6: packet.destination.isV6, headerSize: UInt16(start + header.encodedLength),
                segmentSize: UInt16(size))
        }
        let checksum = isLeft ? TransmitHeader.Checksum(start: UInt16(start), offset: UInt16(offset)) : nil
        return card.send(
            TransmitHeader(checksum: checksum, segmentation: cut), count: whole, by: Int(known.pair)
        ) { span in
            var writer = PacketWriter(span._mutatingExtracting(0..<whole))
            EthernetHeader(
                destination: known.station, source: known.own, type: packet.destination.isV6 ? .ipv6 : .ipv4
            ).emit(into: &writer)
            packet.emitHeader(into: &writer)
            header.emit(into: &writer)
            if count > 0 { parcel.text.append(count, at: begins, to: &writer) }
            var sum = InternetChecksum()
            sum.accumulatePseudoHeader(
                source: packet.source, destination: packet.destination, protocol: .tcp,
                length: packet.payloadLength)
            if isLeft {
                writer.replace(at: start + offset, with: sum.folded)
            } else {
                writer.seal(from: start, at: start + offset, sum: sum)
            }
        }
    }

    /// Sends a datagram, in fragments where it is longer than the path's unit.
    ///
    /// - Returns: Its bytes; `EFAULT`: they can't be read; the link loses what it likes.
    static func send(
        _ transfer: inout Transfer, _ departure: Departure, by way: Network.Way, at now: Instant
    ) -> Int {
        locked { state in
            let length = transfer.remaining
            let start = transfer
            let moved = state.datagram.withMutableBytes(UDPHeader.length..<UDPHeader.length + length) { span in
                unsafe span.withUnsafeMutableBytes { unsafe transfer.read(to: $0) }
            }
            guard moved == length else {
                transfer = start
                return Errno.badAddress.result
            }
            state.sendDatagram(length, departure, by: way, at: now)
            return length
        }
    }

    /// The same of a datagram in the kernel's memory.
    static func send(_ text: RawSpan, _ departure: Departure, by way: Network.Way, at now: Instant) {
        locked { state in
            let length = text.byteCount
            state.datagram.withMutableBytes(UDPHeader.length..<UDPHeader.length + length) { span in
                _ = span.copy(text, at: 0, count: UInt64(length), to: 0)
            }
            state.sendDatagram(length, departure, by: way, at: now)
        }
    }

    /// The datagram's text is in its memory, behind room for its header.
    private mutating func sendDatagram(
        _ length: Int, _ departure: Departure, by way: Network.Way, at now: Instant
    ) {
        let (from, to) = (departure.from, departure.to)
        let header = UDPHeader(source: from.port, destination: to.port, payloadLength: length)
        let whole = UDPHeader.length + length
        HostCounts[isV6: to.address.isV6].outDatagrams &+= 1
        datagram.withMutableBytes(0..<whole) { span in
            var sum = InternetChecksum()
            sum.accumulate(span.bytes.extracting(UDPHeader.length..<whole))
            let checksum = header.checksum(source: from.address, destination: to.address, payload: sum)
            var writer = PacketWriter(span._mutatingExtracting(0..<UDPHeader.length))
            header.emit(into: &writer, checksum: checksum)
        }
        sendPacket(0..<whole, .udp, departure, by: way, at: now)
    }

    /// Sends a message of ICMP's.
    static func sendMessage(
        _ message: RawSpan, _ departure: Departure, _ transport: IPProtocol, by way: Network.Way, at now: Instant
    ) {
        locked { state in
            let length = message.byteCount
            if let header = ICMPHeader(parsing: message) {
                state.network.interfaces[way.interface].countMessage(header.type, isV6: transport == .icmpv6)
            }
            state.datagram.withMutableBytes(0..<length) { span in
                _ = span.copy(message, at: 0, count: UInt64(length), to: 0)
            }
            state.sendPacket(0..<length, transport, departure, by: way, at: now)
        }
    }

    /// Sends what is in the datagrams' memory behind an IP header, in fragments where it is longer
    /// than the path's unit.
    private mutating func sendPacket(
        _ bytes: Range<Int>, _ transport: IPProtocol, _ departure: Departure, by way: Network.Way, at now: Instant
    ) {
        if let link = link(for: way, at: now) {
            sendPacket(bytes, transport, departure, by: way, link)
        } else {
            network.interfaces[way.interface].countDiscarded(isV6: departure.to.address.isV6)
        }
        arm()
    }

    private mutating func sendPacket(
        _ bytes: Range<Int>, _ transport: IPProtocol, _ departure: Departure, by way: Network.Way, _ link: Link
    ) {
        let memory = datagram
        let (from, to) = (departure.from.address, departure.to.address)
        var packet = OutgoingPacket(
            source: from, destination: to, protocol: transport, payloadLength: bytes.count,
            hopLimit: departure.marks.hopLimit, trafficClass: departure.marks.trafficClass, mayBeCut: true)
        let isV6 = to.isV6
        let room = way.unit - (isV6 ? IPv6Header.length : IPv4Header.minimumLength)
        packet.identification = network.interfaces[way.interface].nextIdentification(from: from, to: to)
        if bytes.count <= room {
            network.interfaces[way.interface].countSent(isV6: isV6)
            memory.withBytes(bytes) { bytes in
                emit(packet, by: way, link, checksumAt: nil) { $0.append(contentsOf: bytes) }
            }
        } else if var cut = Fragmentation(length: bytes.count, room: room - (isV6 ? IPv6Fragment.length : 0)) {
            var pieces = 0
            while let piece = cut.next() {
                pieces += 1
                packet.piece = piece
                packet.payloadLength = piece.count
                let start = bytes.lowerBound + piece.offset
                memory.withBytes(start..<start + piece.count) { bytes in
                    emit(packet, by: way, link, checksumAt: nil) { $0.append(contentsOf: bytes) }
                }
            }
            network.interfaces[way.interface].countSent(isV6: isV6, pieces: pieces)
        }
    }

    /// Answers an echo whose answer has to leave in fragments (RFC 1122, 3.2.2.6; RFC 4443,
    /// 4.2), as the question has come; by a route, but to the station that has asked.
    ///
    /// - Parameter message: Sound; the whole message.
    mutating func answerLongEcho(
        _ header: ICMPHeader, _ arrival: IPArrival, _ message: RawSpan, at now: Instant
    ) {
        let isV6 = arrival.source.isV6
        let length = message.byteCount
        guard header.type == (isV6 ? ICMPv6Type.echoRequest : ICMPv4Type.echoRequest), header.code == 0,
            arrival.cast == .unicast, !network.interfaces.span[arrival.interface].answersEcho(of: length, isV6: isV6),
            let way = try? network.way(
                to: arrival.source, from: arrival.destination, by: arrival.interface, at: now)
        else { return }
        datagram.withMutableBytes(0..<length) { span in
            var writer = PacketWriter(span._mutatingExtracting(0..<length))
            ICMPHeader(type: isV6 ? ICMPv6Type.echoReply : ICMPv4Type.echoReply, word: header.word)
                .emit(into: &writer)
            writer.append(contentsOf: message.rest(after: ICMPHeader.length))
            var sum = InternetChecksum()
            if isV6 {
                sum.accumulatePseudoHeader(
                    source: arrival.destination, destination: arrival.source, protocol: .icmpv6, length: length)
            }
            writer.seal(from: 0, at: ICMPHeader.checksumOffset, sum: sum)
        }
        let departure = Departure(
            from: Endpoint(arrival.destination, .any), to: Endpoint(arrival.source, .any),
            marks: PacketMarks(trafficClass: arrival.trafficClass))
        network.interfaces[way.interface].countMessage(
            isV6 ? ICMPv6Type.echoReply : ICMPv4Type.echoReply, isV6: isV6)
        sendPacket(0..<length, isV6 ? .icmpv6 : .icmp, departure, by: way, .station(arrival.station))
    }

    // MARK: - Links

    /// Where a frame goes.
    private enum Link {
        case station(EthernetAddress)
        case waiting(slot: Int)
    }

    /// `nil`: it is lost, as too many neighbours do not answer.
    private mutating func link(for way: Network.Way, at now: Instant) -> Link? {
        let found = write(by: way.interface) { state, writer in
            state.network.interfaces[way.interface].station(for: way.nextHop, at: now, question: &writer)
        }
        switch found {
        case .known(let station, _): return .station(station)
        case .waiting(let slot): return .waiting(slot: slot)
        case .full: return nil
        }
    }

    /// Sends a packet, or keeps it until its neighbour is known.
    ///
    /// - Parameters:
    ///   - offset: Where in the payload the checksum over it is to be; `nil`: it is there.
    ///   - body: Writes the payload.
    private mutating func emit(
        _ packet: OutgoingPacket, by way: Network.Way, _ link: Link, checksumAt offset: Int?,
        _ body: (inout PacketWriter) -> Void
    ) {
        guard let card = card(of: way.interface), case .ethernet(let own) = network.interfaces.span[way.interface].medium
        else { return }
        let start = EthernetHeader.length + packet.headerLength
        let count = start + packet.payloadLength
        guard count <= card.longestSent else { return }
        var isLeft = false
        if let offset, case .station = link, card.limits.completesChecksums { isLeft = offset >= 0 }
        var station = EthernetAddress.zero
        if case .station(let known) = link { station = known }
        func fill(_ span: inout MutableRawSpan) {
            var writer = PacketWriter(span._mutatingExtracting(0..<count))
            EthernetHeader(destination: station, source: own, type: packet.destination.isV6 ? .ipv6 : .ipv4)
                .emit(into: &writer)
            packet.emitHeader(into: &writer)
            body(&writer)
            guard let offset else { return }
            var sum = InternetChecksum()
            sum.accumulatePseudoHeader(
                source: packet.source, destination: packet.destination, protocol: packet.protocol,
                length: packet.payloadLength)
            if isLeft {
                writer.replace(at: start + offset, with: sum.folded)
            } else {
                writer.seal(from: start, at: start + offset, sum: sum)
            }
        }
        switch link {
        case .station:
            let checksum = isLeft
                ? TransmitHeader.Checksum(start: UInt16(start), offset: UInt16(offset ?? 0)) : nil
            card.send(TransmitHeader(checksum: checksum), count: count) { fill(&$0) }
        case .waiting(let slot):
            let isKept = waiting.keep(
                interface: way.interface, slot: slot, nextHop: way.nextHop, count: count) { fill(&$0) }
            if !isKept { counters.lackingMemory &+= 1 }
        }
    }

    /// A neighbour is known: what waits for it goes.
    mutating func sendWaiting(interface: Int, slot: Int, at now: Instant) {
        guard let card = card(of: interface) else { return }
        while let frame = waiting.takeFirst(interface: interface, slot: slot) {
            let found = write(by: interface) { state, writer in
                state.network.interfaces[interface].station(for: frame.nextHop, at: now, question: &writer)
            }
            if case .known(let station, _) = found {
                card.send(TransmitHeader(), count: frame.count) { span in
                    frame.block.withBytes(0..<frame.count) { bytes in
                        _ = span.copy(bytes, at: 0, count: UInt64(bytes.byteCount), to: 0)
                    }
                    var writer = PacketWriter(span._mutatingExtracting(0..<6))
                    writer.append(station)
                }
            }
            DriverMemory.free(frame.block)
        }
    }
}
