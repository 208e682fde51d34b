import KernelNetwork
import KernelSupport
import KernelWire

/// A whole host: an interface, a socket table, a listener, connections.
public final class StackHost: SimulatedHost {
    public private(set) var interface: NetworkInterface
    public private(set) var streams: [SimulatedStream] = []
    /// What is done with a connection that somebody has opened: what is sent to him.
    public var answers: [UInt8] = []
    public var options = TCP.Options()
    /// Bytes of text that one transmission may have; the host cuts it as a device does.
    public var greatestPayload: UInt32 = 0

    private var sockets: SocketTable
    private var listener: TCP.Listener
    private let slots = SlotMemory(halfOpen, filler: TCP.HalfOpen.empty)
    private let sequence: TCP.InitialSequence
    private var frames: [[UInt8]] = []
    /// Packets that wait for a neighbour, by its slot.
    private var waiting: [Int: [(packet: OutgoingPacket, payload: [UInt8])]] = [:]
    private static let halfOpen = 16
    private static let listening: UInt32 = .max
    private static let longestFrame = 2048

    /// - Parameters:
    ///   - number: Its station's and addresses' last byte.
    ///   - port: Where it listens.
    public init(number: UInt8, port: Port, seed: UInt64, at now: Instant = .start) {
        var random = SeededGenerator(seed: seed)
        let key = SipKey(from: &random)
        interface = NetworkInterface(
            index: 0, medium: .ethernet(EthernetAddress(bits: 0x5254_0000_0000 | UInt64(number))), key: key, at: now)
        sockets = SocketTable(key: key)
        sequence = TCP.InitialSequence(key: key)
        listener = TCP.Listener(slots: slots.slots, backlog: 8, key: key, initialSequence: sequence)
        for address in [Self.v4(number), Self.v6(number)] {
            _ = interface.add(InterfaceAddress(address, prefixLength: address.isV6 ? 64 : 24), at: now)
        }
        let any = SocketBinding(.tcp, .v6(.unspecified), port, flags: .listening)
        _ = try? sockets.bind(Self.listening, any)
    }

    public static func v4(_ number: UInt8) -> IPAddress { .v4(IPv4Address(10, 0, 0, number)) }
    public static func v6(_ number: UInt8) -> IPAddress {
        .v6(IPv6Address(high: 0xfd00_0000_0000_0000, low: UInt64(number)))
    }

    /// Opens a connection, over which `outgoing` is sent.
    public func connect(from local: Endpoint, to remote: Endpoint, outgoing: [UInt8], at now: Instant) -> SimulatedStream {
        let connection = TCP.Connection(opening: opening(local: local, remote: remote, at: now), now: now)
        let stream = add(connection, local: local, remote: remote, outgoing: outgoing)
        transmit(stream, at: now)
        return stream
    }

    private func add(
        _ connection: TCP.Connection, local: Endpoint, remote: Endpoint, outgoing: [UInt8]
    ) -> SimulatedStream {
        let stream = SimulatedStream(connection, local: local, remote: remote, outgoing: outgoing)
        _ = try? sockets.connect(UInt32(streams.count), .tcp, local: local, remote: remote)
        streams.append(stream)
        return stream
    }

    private func opening(local: Endpoint, remote: Endpoint, at now: Instant) -> TCP.Opening {
        let (initial, offset) = sequence.numbers(local: local, remote: remote, now: now)
        return TCP.Opening(
            initialSequence: initial, timestampOffset: offset, options: options,
            path: TCP.Path(
                segmentSize: UInt16(interface.maximumSegment(isV6: remote.address.isV6)),
                greatestPayload: greatestPayload, isV6: remote.address.isV6))
    }

    // MARK: A simulated host

    public var deadline: Instant? {
        var deadline = min(interface.deadline, listener.deadline)
        for stream in streams where !stream.isClosed { deadline = min(deadline, stream.connection.deadline) }
        return deadline == .never ? nil : deadline
    }

    public func takeFrames(at now: Instant) -> [[UInt8]] {
        defer { frames = [] }
        return frames
    }

    public func wake(at now: Instant) {
        while true {
            var work: NetworkInterface.Work?
            write { work = interface.work(at: now, into: &$0) }
            guard let work else { break }
            if case .failed(_, let slot) = work { waiting[slot] = nil }
        }
        while listener.deadline <= now,
            let again = listener.nextRetransmission(now: now, parameters: { opening(local: $0, remote: $0, at: now) })
        {
            send(again.segment, from: again.local, to: again.remote, text: [], at: now)
        }
        for stream in streams where !stream.isClosed && stream.connection.deadline <= now {
            stream.take(stream.connection.expire(now: now), text: [], at: now)
            transmit(stream, at: now)
        }
    }

    public func receive(_ frame: [UInt8], at now: Instant) {
        var received = Received.nothing
        write { received = interface.receive(unsafe frame.span.bytes, at: now, answer: &$0) }
        switch received {
        case .tcp(let arrival): receive(arrival, frame[arrival.payload], at: now)
        case .resolved(let slot):
            for (packet, payload) in waiting.removeValue(forKey: slot) ?? [] { send(packet, payload, at: now) }
        default: break
        }
    }

    private func receive(_ arrival: TCPArrival, _ text: ArraySlice<UInt8>, at now: Instant) {
        let segment = TCP.Segment(arrival.header, count: text.count)
        let (local, remote) = (arrival.local, arrival.remote)
        switch sockets.find(.tcp, local: local, remote: remote, interface: 0) {
        case Self.listening:
            let outcome = listener.receive(
                segment, local: local, remote: remote, parameters: opening(local: local, remote: remote, at: now),
                now: now)
            switch outcome {
            case .none: break
            case .answer(let answer): send(answer, from: local, to: remote, text: [], at: now)
            case .established(let connection, let effects):
                listener.accepted()
                let stream = add(connection, local: local, remote: remote, outgoing: answers)
                stream.take(effects, text: text, at: now)
                transmit(stream, at: now)
            }
        case .some(let number):
            let stream = streams[Int(number)]
            let effects = stream.connection.receive(segment, now: now)
            stream.take(effects, text: text, at: now)
            if effects.events.contains(.answerReset), let answer = segment.resetAnswer {
                send(answer, from: local, to: remote, text: [], at: now)
            }
            transmit(stream, at: now)
        case nil:
            if let answer = segment.resetAnswer { send(answer, from: local, to: remote, text: [], at: now) }
        }
    }

    // MARK: Sending

    /// Sends what the connection has to send, cut as a device cuts it.
    private func transmit(_ stream: SimulatedStream, at now: Instant) {
        while let transmission = stream.connection.nextSegment(now: now) {
            var segment = transmission.segment
            var position = Int(transmission.position)
            var left = Int(segment.count)
            repeat {
                let count = min(left, max(Int(transmission.segmentSize), 1))
                left -= count
                var piece = segment
                piece.count = UInt32(count)
                if left > 0 { piece.flags.subtract([.fin, .psh]) }
                let text = count > 0 ? stream.outgoing[position..<position + count] : []
                send(piece, from: stream.local, to: stream.remote, text: text, at: now)
                segment.sequence += UInt32(count)
                position += count
            } while left > 0
        }
    }

    private func send(
        _ segment: TCP.Segment, from local: Endpoint, to remote: Endpoint, text: ArraySlice<UInt8>, at now: Instant
    ) {
        let header = segment.header(from: local.port, to: remote.port)
        let bytes = Self.written { writer in
            header.emit(into: &writer)
            unsafe writer.append(contentsOf: text.span.bytes)
            var sum = InternetChecksum()
            sum.accumulatePseudoHeader(
                source: local.address, destination: remote.address, protocol: .tcp, length: writer.count)
            sum.accumulate(writer.written)
            writer.replace(at: TCPHeader.checksumOffset, with: sum.checksum)
        }
        let packet = OutgoingPacket(
            source: local.address, destination: remote.address, protocol: .tcp, payloadLength: bytes.count)
        send(packet, bytes, at: now)
    }

    private func send(_ packet: OutgoingPacket, _ payload: [UInt8], at now: Instant) {
        var resolution = NetworkInterface.LinkResolution.full
        write { resolution = interface.station(for: packet.destination, at: now, question: &$0) }
        switch resolution {
        case .known(let station, _):
            write { writer in
                interface.emit(packet, to: station, into: &writer)
                unsafe writer.append(contentsOf: payload.span.bytes)
            }
        case .waiting(let slot): waiting[slot, default: []].append((packet, payload))
        case .full: break
        }
    }

    /// Sends what `body` writes, if it writes anything.
    private func write(_ body: (inout PacketWriter) -> Void) {
        let frame = Self.written(body)
        if !frame.isEmpty { frames.append(frame) }
    }

    private static func written(_ body: (inout PacketWriter) -> Void) -> [UInt8] {
        unsafe withUnsafeTemporaryAllocation(byteCount: longestFrame, alignment: 8) { memory in
            var writer = unsafe PacketWriter(memory.mutableBytes)
            body(&writer)
            return unsafe writer.isWhole ? [UInt8](memory[..<writer.count]) : []
        }
    }
}
