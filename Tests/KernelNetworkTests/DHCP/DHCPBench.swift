import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

/// A message of a server, byte by byte as RFC 2131, figure 1 has it.
struct ServerMessage {
    var type: UInt8
    var transaction: UInt32
    var address: IPv4Address
    var station: UInt64 = DHCPBench.station
    var options: [(UInt8, [UInt8])] = []
    var serverName = [UInt8](repeating: 0, count: 64)
    var file = [UInt8](repeating: 0, count: 128)
    var end: [UInt8] = [255]

    static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    static func option(_ code: UInt8, _ value: [UInt8]) -> [UInt8] { [code, UInt8(value.count)] + value }

    var bytes: [UInt8] {
        var message: [UInt8] = [2, 1, 6, 0]
        message += Self.bytes(UInt64(transaction), 4)
        message += [0, 0, 0, 0, 0, 0, 0, 0]
        message += Self.bytes(UInt64(address.bits), 4)
        message += [UInt8](repeating: 0, count: 8)
        message += Self.bytes(station, 6) + [UInt8](repeating: 0, count: 10)
        message += serverName + file + [0x63, 0x82, 0x53, 0x63]
        if type != 0 { message += Self.option(53, [type]) }
        for (code, value) in options { message += Self.option(code, value) }
        return message + end
    }
}

/// A message of the client, as a server reads it.
struct ClientMessage {
    let bytes: [UInt8]
    let options: [UInt8: [UInt8]]
    let effect: DHCPTransmission

    init(_ transmission: DHCPTransmission, hostName: DomainName?) throws {
        effect = transmission
        bytes = try #require(written { transmission.request.emit(into: &$0, hostName: hostName) })
        #expect(bytes.count == transmission.request.encodedLength(hostName: hostName))
        let packet = try #require(written { transmission.emitPacket(into: &$0, hostName: hostName) })
        let ip = try #require(IPv4Packet(parsing: unsafe packet.span.bytes))
        #expect(ip.header.source == transmission.source && ip.header.destination == transmission.destination)
        let datagram = Array(packet[20...])
        let udp = try #require(UDPHeader(parsing: unsafe datagram.span.bytes))
        #expect(udp.source == Port(68) && udp.destination == Port(67) && Array(datagram[8...]) == bytes)
        #expect(
            udp.isSound(
                unsafe datagram.span.bytes, source: .v4(transmission.source), destination: .v4(transmission.destination))
                && datagram[6...7] != [0, 0])
        #expect(bytes.count >= 300 && Array(bytes[0..<4]) == [1, 1, 6, 0])
        #expect(Array(bytes[236..<240]) == [0x63, 0x82, 0x53, 0x63])
        #expect(Array(bytes[28..<34]) == ServerMessage.bytes(DHCPBench.station, 6))
        #expect(bytes[34..<236].allSatisfy { $0 == 0 })
        var options: [UInt8: [UInt8]] = [:]
        var at = 240
        while bytes[at] != 255 {
            let count = Int(bytes[at + 1])
            #expect(options[bytes[at]] == nil)
            options[bytes[at]] = Array(bytes[at + 2..<at + 2 + count])
            at += 2 + count
        }
        #expect(bytes[(at + 1)...].allSatisfy { $0 == 0 })
        self.options = options
    }

    private func number(_ range: Range<Int>) -> UInt32 { bytes[range].reduce(0) { $0 << 8 | UInt32($1) } }

    var type: UInt8 { options[53]?[0] ?? 0 }
    var transaction: UInt32 { number(4..<8) }
    var seconds: UInt32 { number(8..<10) }
    var flags: UInt32 { number(10..<12) }
    var clientAddress: UInt32 { number(12..<16) }
    var isBroadcast: Bool { effect.destination == .broadcast }
}

/// A client whose clock and servers are the test's.
final class DHCPBench {
    static let station: UInt64 = 0x5254_0012_3456
    static let address = IPv4Address(10, 0, 2, 15)
    static let server = IPv4Address(10, 0, 2, 2)

    var client: DHCPClient
    var random: SeededGenerator
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    /// What was sent and was not looked at yet.
    private(set) var sent: [ClientMessage] = []
    /// Whether what is sent is looked at at all.
    var readsSent = true
    private(set) var lastTransaction: UInt32 = 0
    private(set) var probes = 0
    private(set) var defences = 0
    private(set) var configurations = 0
    private(set) var withdrawals: [IPv4Address] = []
    private(set) var informs = 0

    init(seed: UInt64 = 1, previous: DHCPLease? = nil, _ change: (inout DHCPSettings) -> Void = { _ in }) {
        random = SeededGenerator(seed: seed)
        var settings = DHCPSettings(station: EthernetAddress(bits: Self.station))
        change(&settings)
        client = DHCPClient(settings, previous: previous)
    }

    var state: DHCPState { client.state }
    var lease: DHCPLease? { client.lease }
    var deadline: Instant? { client.deadline }
    var counters: DHCPCounters { client.counters }
    var information: DHCPConfiguration? { client.information }
    var isConfigured: Bool { client.isConfigured }
    /// Since the bench's start.
    var seconds: Double { Double(now.nanoseconds) / 1e9 - 1000 }

    private func apply(_ effects: DHCPEffects) throws {
        for i in 0..<effects.count {
            switch effects[i] {
            case .send(let transmission):
                lastTransaction = transmission.request.transaction
                if readsSent { sent.append(try ClientMessage(transmission, hostName: client.settings.hostName)) }
            case .probe: probes += 1
            case .defend: defences += 1
            case .configure: configurations += 1
            case .withdraw(let address): withdrawals.append(address)
            case .inform: informs += 1
            }
        }
    }

    func start() throws { try apply(client.start(at: now, random: &random)) }
    func release() throws { try apply(client.release(at: now, random: &random)) }
    func conflict() throws { try apply(client.conflict(at: now, random: &random)) }
    func inform(_ address: IPv4Address) throws { try apply(client.inform(address, at: now, random: &random)) }

    func receive(_ message: [UInt8]) throws {
        try apply(client.receive(unsafe message.span.bytes, at: now, random: &random))
    }

    func receive(_ message: ServerMessage) throws { try receive(message.bytes) }

    /// Lets time pass, and wakes the client when it wants to be.
    func pass(seconds: Double) throws { try pass(until: now + Interval(nanoseconds: UInt64(seconds * 1e9))) }

    func pass(until end: Instant) throws {
        var wakes = 0
        while let deadline = client.deadline, deadline <= end {
            now = max(now, deadline)
            try apply(client.wake(at: now, random: &random))
            wakes += 1
            try #require(wakes < 100_000, "it never rests")
        }
        now = max(now, end)
    }

    /// Goes to the next message; its time in seconds from the bench's start.
    func next() throws -> (message: ClientMessage, time: Double) {
        var wakes = 0
        while sent.isEmpty {
            now = max(now, try #require(deadline))
            try apply(client.wake(at: now, random: &random))
            wakes += 1
            try #require(wakes < 1000)
        }
        return (sent.removeFirst(), seconds)
    }

    func forgetSent() { sent = [] }

    /// What a server says to a message.
    func reply(
        _ type: UInt8, to message: ClientMessage, lease: UInt32? = 3600, server: IPv4Address? = DHCPBench.server,
        address: IPv4Address = DHCPBench.address, _ options: [(UInt8, [UInt8])] = []
    ) -> ServerMessage {
        var reply = ServerMessage(type: type, transaction: message.transaction, address: address)
        if let server { reply.options.append((54, ServerMessage.bytes(UInt64(server.bits), 4))) }
        if let lease { reply.options.append((51, ServerMessage.bytes(UInt64(lease), 4))) }
        reply.options += [(1, [255, 255, 255, 0])] + options
        return reply
    }

    /// From nothing to an address in use.
    func bind(lease: UInt32 = 3600, _ options: [(UInt8, [UInt8])] = []) throws {
        if state == .idle { try start() }
        let discover = try next().message
        try receive(reply(2, to: discover, lease: lease, options))
        let request = try next().message
        try receive(reply(5, to: request, lease: lease, options))
        let configured = configurations
        while state == .checking { try pass(until: #require(deadline)) }
        #expect(state == .bound && isConfigured && configurations <= configured + 1)
    }
}
