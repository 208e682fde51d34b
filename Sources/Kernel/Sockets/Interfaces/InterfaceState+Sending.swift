import KernelDevices
import KernelNetwork
import KernelNetworkCards
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVirtio
import KernelWire

extension InterfaceState {
    /// Sends a segment, cut where it is longer than the wire's are.
    ///
    /// - Parameter segmentSize: Bytes of text in each on the wire.
    static func send(_ parcel: Parcel, segmentSize: Int, at now: Instant) {
        locked { state in
            state.send(parcel, segmentSize: segmentSize, at: now)
            state.arm()
        }
    }

    private mutating func send(_ parcel: Parcel, segmentSize: Int, at now: Instant) {
        guard let way = try? network.way(to: parcel.to.address, from: parcel.from.address, at: now),
            let link = parcel.station == .zero || parcel.interface != way.interface
                ? link(for: way, at: now) : .station(parcel.station)
        else { return }
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
            let packet = OutgoingPacket(
                source: parcel.from.address, destination: parcel.to.address, protocol: .tcp,
                payloadLength: header.encodedLength + count, hopLimit: parcel.marks.hopLimit,
                trafficClass: parcel.marks.trafficClass)
            let text = parcel.text
            let begins = start
            emit(packet, by: way, link, checksumAt: TCPHeader.checksumOffset) { writer in
                header.emit(into: &writer)
                if count > 0 { text.append(count, at: begins, to: &writer) }
            }
            segment.sequence += UInt32(count)
            start += count
        } while left > 0
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
        let memory = datagram
        let (from, to) = (departure.from.address, departure.to.address)
        guard let link = link(for: way, at: now) else { return arm() }
        var packet = OutgoingPacket(
            source: from, destination: to, protocol: transport, payloadLength: bytes.count,
            hopLimit: departure.marks.hopLimit, trafficClass: departure.marks.trafficClass, mayBeCut: true)
        let isV6 = to.isV6
        let room = way.unit - (isV6 ? IPv6Header.length : IPv4Header.minimumLength)
        packet.identification = network.interfaces[way.interface].nextIdentification(from: from, to: to)
        if bytes.count <= room {
            memory.withBytes(bytes) { bytes in
                emit(packet, by: way, link, checksumAt: nil) { $0.append(contentsOf: bytes) }
            }
        } else if var cut = Fragmentation(length: bytes.count, room: room - (isV6 ? IPv6Fragment.length : 0)) {
            while let piece = cut.next() {
                packet.piece = piece
                packet.payloadLength = piece.count
                let start = bytes.lowerBound + piece.offset
                memory.withBytes(start..<start + piece.count) { bytes in
                    emit(packet, by: way, link, checksumAt: nil) { $0.append(contentsOf: bytes) }
                }
            }
        }
        arm()
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
        guard let card = card(of: way.interface), case .ethernet(let own) = network.interfaces[way.interface].medium
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
