import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// A host with an interface of IPv4, which owns nothing but what a test gives it.
private class Station: SimulatedHost {
    var interface: NetworkInterface
    let hardware: EthernetAddress
    var frames: [[UInt8]] = []
    private var waiting: [Int: [(OutgoingPacket, [UInt8])]] = [:]

    init(_ number: UInt8, address: IPv4Address?) {
        hardware = EthernetAddress(bits: 0x5254_0000_0000 | UInt64(number))
        var options = NetworkInterface.Options()
        options.hasIPv6 = false
        interface = NetworkInterface(
            index: 0, medium: .ethernet(hardware), options: options, key: SipKey(low: UInt64(number), high: 1), at: .start)
        if let address { _ = interface.add(InterfaceAddress(.v4(address), prefixLength: 24), at: .start) }
    }

    var deadline: Instant? { interface.deadline == .never ? nil : interface.deadline }

    func takeFrames(at now: Instant) -> [[UInt8]] {
        defer { frames = [] }
        return frames
    }

    func wake(at now: Instant) {
        while true {
            var work: NetworkInterface.Work?
            write { work = interface.work(at: now, into: &$0) }
            guard work != nil else { return }
        }
    }

    func receive(_ frame: [UInt8], at now: Instant) {
        var received = Received.nothing
        write { received = interface.receive(unsafe frame.span.bytes, at: now, answer: &$0) }
        if case .resolved(let slot) = received {
            for (packet, payload) in waiting.removeValue(forKey: slot) ?? [] { send(packet, payload, at: now) }
        }
        take(received, frame, at: now)
    }

    func take(_ received: Received, _ frame: [UInt8], at now: Instant) {}

    func write(_ body: (inout PacketWriter) -> Void) {
        if let frame = written(body), !frame.isEmpty { frames.append(frame) }
    }

    /// Sends a packet of UDP to where it is routed.
    func send(_ packet: OutgoingPacket, _ payload: [UInt8], at now: Instant) {
        var resolution = NetworkInterface.LinkResolution.full
        write { resolution = interface.station(for: packet.destination, at: now, question: &$0) }
        switch resolution {
        case .known(let station, _): send(packet, payload, to: station)
        case .waiting(let slot): waiting[slot, default: []].append((packet, payload))
        case .full: break
        }
    }

    func send(_ packet: OutgoingPacket, _ payload: [UInt8], to station: EthernetAddress) {
        write { writer in
            interface.emit(packet, to: station, into: &writer)
            writer.append(contentsOf: unsafe payload.span.bytes)
        }
    }
}

private final class Client: Station {
    var client: DHCPClient
    var random: SeededGenerator
    var log: [String] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        var settings = DHCPSettings(station: EthernetAddress(bits: 0x5254_0000_0001))
        // Of questions and answers a fifth is lost.
        settings.probes = 8
        client = DHCPClient(settings)
        super.init(1, address: nil)
    }

    override var deadline: Instant? { min(super.deadline ?? .never, client.deadline ?? .never) }

    override func wake(at now: Instant) {
        super.wake(at: now)
        apply(client.wake(at: now, random: &random), at: now)
    }

    override func take(_ received: Received, _ frame: [UInt8], at now: Instant) {
        switch received {
        case .udp(let arrival) where arrival.header.destination == DHCPTransmission.clientPort:
            let message = Array(frame[arrival.payload])
            apply(client.receive(unsafe message.span.bytes, at: now, random: &random), at: now)
        case .conflict:
            log.append("conflict")
            apply(client.conflict(at: now, random: &random), at: now)
        default: break
        }
    }

    func apply(_ effects: DHCPEffects, at now: Instant) {
        for i in 0..<effects.count {
            switch effects[i] {
            case .send(let transmission):
                let bytes = written { transmission.emitPacket(into: &$0) }!
                if transmission.destination == .broadcast {
                    write { writer in
                        EthernetHeader(destination: .broadcast, source: hardware, type: .ipv4).emit(into: &writer)
                        writer.append(contentsOf: unsafe bytes.span.bytes)
                    }
                } else {
                    let packet = OutgoingPacket(
                        source: .v4(transmission.source), destination: .v4(transmission.destination), protocol: .udp,
                        payloadLength: bytes.count - 20)
                    send(packet, Array(bytes[20...]), at: now)
                }
            case .probe(let address):
                interface.probed = address
                ask(address, from: .unspecified)
            case .defend(let address): ask(address, from: address)
            case .configure:
                interface.probed = nil
                let lease = client.lease!
                if interface.add(InterfaceAddress(.v4(lease.address), prefixLength: lease.prefixLength), at: now) {
                    log.append("have .\(lease.address.bits & 0xff)")
                    ask(lease.address, from: lease.address)
                } else {
                    log.append("renewed")
                }
            case .withdraw(let address):
                interface.remove(.v4(address), at: now)
                log.append("lost .\(address.bits & 0xff)")
            case .inform: break
            }
        }
    }

    private func ask(_ address: IPv4Address, from sender: IPv4Address) {
        write { writer in
            EthernetHeader(destination: .broadcast, source: hardware, type: .arp).emit(into: &writer)
            ARPPacket(
                operation: .request, senderHardware: hardware, sender: sender, targetHardware: .zero, target: address
            ).emit(into: &writer)
        }
    }
}

/// A server that gives addresses from 10.0.0.50 on.
private final class Server: Station {
    private var next: UInt8 = 50
    private(set) var declined: [UInt8] = []
    /// Whether its answers go to all, or to the address that it gives.
    let broadcasts: Bool
    var isDown = false

    init(broadcasts: Bool) {
        self.broadcasts = broadcasts
        super.init(2, address: IPv4Address(10, 0, 0, 2))
    }

    override func take(_ received: Received, _ frame: [UInt8], at now: Instant) {
        guard !isDown, case .udp(let arrival) = received, arrival.header.destination == DHCPTransmission.serverPort else {
            return
        }
        let message = Array(frame[arrival.payload])
        let transaction = message[4..<8].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        let isKnown = message[12..<16] != [0, 0, 0, 0]
        // The type is the first option that is sent.
        switch message[242] {
        case 1: answer(2, transaction, isKnown)
        case 3: answer(5, transaction, isKnown)
        // The address is the third one.
        case 4 where message[252..<257] == [50, 4, 10, 0, 0] && message[257] == next:
            declined.append(next)
            next += 1
        default: break
        }
    }

    private func answer(_ type: UInt8, _ transaction: UInt32, _ isKnown: Bool) {
        let address = IPv4Address(10, 0, 0, next)
        let reply = ServerMessage(
            type: type, transaction: transaction, address: address, station: 0x5254_0000_0001,
            options: [(54, [10, 0, 0, 2]), (51, [0, 0, 2, 88]), (1, [255, 255, 255, 0]), (3, [10, 0, 0, 2])])
        let bytes = reply.bytes
        let header = UDPHeader(source: Port(67), destination: Port(68), payloadLength: bytes.count)
        var sum = InternetChecksum()
        sum.accumulate(unsafe bytes.span.bytes)
        let isToAll = broadcasts && !isKnown
        let (from, to) = (IPAddress.v4(IPv4Address(10, 0, 0, 2)), IPAddress.v4(isToAll ? .broadcast : address))
        let datagram = written { writer in
            header.emit(into: &writer, checksum: header.checksum(source: from, destination: to, payload: sum))
            writer.append(contentsOf: unsafe bytes.span.bytes)
        }!
        send(
            OutgoingPacket(source: from, destination: to, protocol: .udp, payloadLength: datagram.count), datagram,
            to: isToAll ? .broadcast : EthernetAddress(bits: 0x5254_0000_0001))
    }
}

@Suite("Network: DHCP with an interface, on a bad link", .serialized, .inTurn)
struct DHCPInterfaceTests {
    @Test("An address that is somebody's, another one, renewals, and the end", arguments: 0..<40 as Range<UInt64>)
    func wholeLife(seed: UInt64) throws {
        var faults = LinkFaults(delay: .milliseconds(1))
        if seed > 0 { (faults.loss, faults.duplication, faults.jitter) = (0.1, 0.05, .milliseconds(3)) }
        let client = Client(seed: seed)
        let server = Server(broadcasts: seed % 2 == 0)
        let squatter = Station(3, address: IPv4Address(10, 0, 0, 50))
        let simulation = Simulation([client, server, squatter], faults: faults, seed: seed)
        client.apply(client.client.start(at: simulation.now, random: &client.random), at: simulation.now)
        let isBound = simulation.run(until: Instant(nanoseconds: 400_000_000_000)) {
            client.log.contains("have .51")
        }
        #expect(isBound, "seed \(seed): \(client.log)")
        #expect(server.declined == [50], "seed \(seed): \(client.log)")
        #expect(simulation.now >= Instant(nanoseconds: 10_000_000_000))
        if seed == 0 { #expect(client.log == ["conflict", "have .51"]) }
        #expect(client.client.isConfigured && client.interface.addresses.primaryV4 == IPv4Address(10, 0, 0, 51))
        // A lease of 600 seconds, for 6,000.
        simulation.run(until: simulation.now + .seconds(6000))
        #expect(client.client.isConfigured && client.log.count { $0 == "renewed" } >= 15, "seed \(seed): \(client.log)")
        // Without a server it ends.
        server.isDown = true
        simulation.run(until: simulation.now + .seconds(700))
        #expect(client.log.last == "lost .51" && client.interface.addresses.primaryV4 == nil, "seed \(seed): \(client.log)")
        #expect(client.client.state == .selecting)
    }
}
