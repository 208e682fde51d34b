import KernelNetwork
import KernelSupport
import KernelWire

/// Connections of one host, and a peer that sends to them or acknowledges.
struct Traffic {
    enum Direction: String {
        case received, sent
        /// What the peer does for the two, which is not the stack's.
        case text, acknowledgment
    }

    private static let text = 64
    private static let port = Port(7)
    private static let host = IPv4Address(10, 0, 0, 1)
    private static let peer = IPv4Address(10, 0, 0, 2)
    private static let hostStation = EthernetAddress(bits: 0x5254_0000_0001)
    private static let peerStation = EthernetAddress(bits: 0x5254_0000_0002)

    private var interface: NetworkInterface
    private var table: SocketTable
    private var connections: [TCP.Connection] = []
    /// What the peer has sent to a socket, and what it has had of it.
    private var sent: [UInt32]
    private var had: [UInt32]
    private var buffer = [UInt8](repeating: 0, count: text)
    private var frame = [UInt8](repeating: 0, count: 2048)
    private var answer = [UInt8](repeating: 0, count: 2048)
    private var now = Instant(nanoseconds: 10_000_000_000)
    private var place = 0
    private var frameLength = 0

    init(sockets: Int) {
        let key = SipKey(low: 1, high: 2)
        let start = Instant(nanoseconds: 1_000_000_000)
        interface = NetworkInterface(
            index: 0, medium: .ethernet(Self.hostStation), key: key, at: start)
        _ = interface.add(InterfaceAddress(.v4(Self.host), prefixLength: 8), at: start)
        table = SocketTable(key: key, capacity: sockets)
        sent = .init(repeating: 0, count: sockets)
        had = .init(repeating: 0, count: sockets)
        connections.reserveCapacity(sockets)
        for number in 0..<sockets {
            _ = try? table.connect(
                UInt32(number), .tcp, local: Endpoint(.v4(Self.host), Self.port), remote: remote(number))
            connections.append(Self.established(at: start))
        }
        _ = settleAddress()
    }

    /// The duplicate address detection ends, and the peer's station becomes known.
    private mutating func settleAddress() -> Bool {
        var moment = Instant(nanoseconds: 1_000_000_000)
        while moment < now {
            moment = moment + Interval(nanoseconds: 100_000_000)
            answer.withWriter { writer in while interface.work(at: moment, into: &writer) != nil {} }
        }
        return true
    }

    /// One port of the peer's for each socket, and one address for each 50,000 ports.
    private func remote(_ number: Int) -> Endpoint {
        let address = IPv4Address(
            bits: Self.peer.bits &+ UInt32(truncatingIfNeeded: number / 50_000))
        return Endpoint(.v4(address), Port(UInt16(truncatingIfNeeded: 10_000 + number % 50_000)))
    }

    private static func established(at now: Instant) -> TCP.Connection {
        var connection = TCP.Connection(
            opening: TCP.Opening(
                initialSequence: SequenceNumber(100), timestampOffset: 0,
                path: TCP.Path(segmentSize: 1460, greatestPayload: 0)), now: now)
        _ = connection.nextSegment(now: now)
        var answer = TCP.Segment(
            sequence: SequenceNumber(0), acknowledgment: SequenceNumber(101), flags: [.syn, .ack],
            window: 65_535)
        answer.options.maximumSegmentSize = 1460
        answer.options.windowScale = 7
        _ = connection.receive(answer, now: now)
        while connection.nextSegment(now: now) != nil {}
        return connection
    }

    mutating func run(_ direction: Direction, _ segments: Int) {
        for _ in 0..<segments {
            place = (place + 7919) % connections.count
            now = now + Interval(nanoseconds: 1000)
            switch direction {
            case .received: receive(place)
            case .sent: send(place)
            case .text: frameLength &+= makeFrame(to: place, text: Self.text)
            case .acknowledgment: frameLength &+= makeFrame(to: place, text: 0)
            }
        }
    }

    /// A segment of the peer's comes in.
    private mutating func receive(_ number: Int) {
        let count = makeFrame(to: number, text: Self.text)
        sent[number] &+= UInt32(Self.text)
        arrive(count)
        drain(number)
    }

    /// The program sends, and the peer acknowledges.
    private mutating func send(_ number: Int) {
        _ = connections[number].append(Self.text)
        drain(number)
        had[number] &+= UInt32(Self.text)
        arrive(makeFrame(to: number, text: 0))
    }

    private mutating func arrive(_ count: Int) {
        let received = answer.withWriter { writer in
            frame.withBytes(0..<count) { interface.receive($0, at: now, answer: &writer) }
        }
        guard case .tcp(let arrival) = received,
            let socket = table.find(.tcp, local: arrival.local, remote: arrival.remote, interface: 0)
        else { fatalError("the stack took the frame for something else: \(received)") }
        let effects = connections[Int(socket)].receive(
            TCP.Segment(arrival.header, count: arrival.payload.count), now: now)
        guard effects.delivered > 0 else { return }
        buffer.replaceSubrange(0..<arrival.payload.count, with: frame[arrival.payload])
        _ = connections[Int(socket)].read(Int(effects.delivered), now: now)
    }

    /// What the connection has to send becomes frames.
    private mutating func drain(_ number: Int) {
        while let transmission = connections[number].nextSegment(now: now) {
            let header = transmission.segment.header(from: Self.port, to: remote(number).port)
            let remote = remote(number)
            let text = Int(transmission.segment.count)
            let packet = OutgoingPacket(
                source: .v4(Self.host), destination: remote.address, protocol: .tcp,
                payloadLength: header.encodedLength + text)
            answer.withWriter { writer in
                interface.emit(packet, to: Self.peerStation, into: &writer)
                Self.write(header, buffer, text, to: remote.address, into: &writer)
            }
        }
    }

    private static func write(
        _ header: TCPHeader, _ text: [UInt8], _ count: Int, to address: IPAddress,
        into writer: inout PacketWriter
    ) {
        let start = writer.count
        header.emit(into: &writer)
        text.withBytes(0..<count) { writer.append(contentsOf: $0) }
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(
            source: .v4(host), destination: address, protocol: .tcp, length: writer.count - start)
        sum.accumulate(writer.written.extracting(start..<writer.count))
        writer.replace(at: start + TCPHeader.checksumOffset, with: sum.checksum)
    }

    /// A frame of the peer's with its next segment.
    private mutating func makeFrame(to number: Int, text: Int) -> Int {
        let segment = TCP.Segment(
            sequence: SequenceNumber(1 &+ sent[number]), acknowledgment: SequenceNumber(101 &+ had[number]),
            flags: .ack, window: 512, count: UInt32(text))
        let remote = remote(number)
        let header = segment.header(from: remote.port, to: Self.port)
        let packet = OutgoingPacket(
            source: remote.address, destination: .v4(Self.host), protocol: .tcp,
            payloadLength: header.encodedLength + text)
        let buffer = buffer
        return frame.withWriter { writer in
            EthernetHeader(
                destination: Self.hostStation, source: Self.peerStation, type: .ipv4
            ).emit(into: &writer)
            packet.emitHeader(into: &writer)
            let start = writer.count
            header.emit(into: &writer)
            buffer.withBytes(0..<text) { writer.append(contentsOf: $0) }
            var sum = InternetChecksum()
            sum.accumulatePseudoHeader(
                source: remote.address, destination: .v4(Self.host), protocol: .tcp,
                length: writer.count - start)
            sum.accumulate(writer.written.extracting(start..<writer.count))
            writer.replace(at: start + TCPHeader.checksumOffset, with: sum.checksum)
            return writer.count
        }
    }
}

extension [UInt8] {
    mutating func withWriter<Result>(_ body: (inout PacketWriter) -> Result) -> Result {
        unsafe withUnsafeMutableBytes { memory in
            var writer = unsafe PacketWriter(memory.mutableBytes)
            return body(&writer)
        }
    }

    func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
        unsafe withUnsafeBytes { unsafe body($0.bytes.extracting(range)) }
    }
}
