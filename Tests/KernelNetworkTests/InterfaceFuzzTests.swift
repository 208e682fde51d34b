import Foundation
import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// Any frame whatever leaves the stack sound.
@Suite("Network: the interface and any frames whatever", .serialized, .inTurn)
struct InterfaceFuzzTests {
    /// 200,000 with both seeds; `HERMIT_NETWORK_FUZZ_FRAMES` asks for another number.
    private static let frames =
        ProcessInfo.processInfo.environment["HERMIT_NETWORK_FUZZ_FRAMES"].flatMap(Int.init) ?? 200_000

    @Test("Frames that are nearly right: answers are well formed, memory is bounded, and the host still answers", arguments: [1, 2] as [UInt64])
    func frames(seed: UInt64) throws {
        let host = InterfaceHost(station: TwoHosts.stationA, key: SipKey(low: seed, high: 9))
        host.add(TwoHosts.addressA, prefixLength: 24, at: .start)
        _ = try host.sockets.bind(1, SocketBinding(.udp, .v6(.unspecified), Port(53)))
        try host.interface.join(.v4(IPv4Address(224, 0, 0, 251)), at: .start)
        let own = IPv6Address(high: 0xfe80 << 48, low: TwoHosts.stationA.interfaceIdentifier)
        var generator = FrameGenerator(seed: seed, own: own)
        var segments = 0
        var errors = 0
        var wrong: String?
        host.onReceived = { _, received, bytes, _ in
            switch received {
            case .tcp(let arrival):
                segments += 1
                if arrival.payload.upperBound > bytes.count || arrival.ip.cast != .unicast { wrong = "a segment outside" }
                return true
            case .error:
                // Too many to keep.
                errors += 1
                return true
            default: return false
            }
        }
        var now = Instant.start + .seconds(2)
        host.wake(at: now)
        var answers = 0
        for number in 0..<Self.frames / 2 {
            let frame = generator.next()
            host.receive(frame, at: now)
            if number % 16 == 0 {
                now += .milliseconds(UInt64(generator.random.below(400)))
                if let deadline = host.deadline, deadline <= now { host.wake(at: now) }
                if let deadline = host.deadline, deadline <= now { wrong = "work that is never done" }
            }
            if number % 1024 == 0 {
                host.echo(to: .v4(IPv4Address(10, 0, 0, UInt8(2 + generator.random.below(200)))), sequence: 1, [], at: now)
            }
            for answer in host.takeFrames(at: now) {
                answers += 1
                if let problem = Self.problem(answer) { wrong = "a malformed answer: \(problem), \(answer)" }
            }
            let interface = host.interface
            if interface.reassembly.waitingBytes > Reassembly.maximumBytes
                || interface.addresses.count > AddressTable.capacity
                || interface.memberships.count > Memberships.capacity
                || interface.advertisedRoutes.count > RouteTable.maximumAdvertised
                || number % 4096 == 0 && interface.neighbours.count > NeighbourTable.capacity
            {
                wrong = "a limit"
            }
            if let wrong {
                Issue.record("seed \(seed), frame \(number): \(wrong); it was \(frame)")
                return
            }
        }
        // Deep enough that it means something.
        #expect(segments > Self.frames / 1000, "\(segments) segments")
        #expect(errors > Self.frames / 1000, "\(errors) errors")
        #expect(answers > Self.frames / 100, "\(answers) answers")
        #expect(!host.datagrams.isEmpty && host.interface.reassembly.counters.requests > 100)

        // A day later the host answers as ever.
        now += .seconds(86_400)
        while let deadline = host.deadline, deadline <= now { host.wake(at: deadline) }
        _ = host.takeFrames(at: now)
        let peer = InterfaceHost(station: TwoHosts.stationB, key: SipKey(low: 3, high: 4), at: now)
        peer.add(TwoHosts.addressB, prefixLength: 24, at: now)
        peer.echo(to: TwoHosts.addressA, sequence: 77, [1, 2, 3], at: now)
        for _ in 0..<4 {
            for frame in peer.takeFrames(at: now) { host.receive(frame, at: now) }
            for frame in host.takeFrames(at: now) { peer.receive(frame, at: now) }
        }
        #expect(peer.echoes.map(\.sequence) == [77])
        #expect(host.interface.reassembly.waitingBytes == 0)
    }

    /// What is wrong about a frame that was sent; `nil`: nothing.
    static func problem(_ frame: [UInt8]) -> String? {
        let bytes = unsafe frame.span.bytes
        guard let header = EthernetHeader(parsing: bytes) else { return "Ethernet" }
        guard header.source == TwoHosts.stationA, header.destination.bits != 0 else { return "stations" }
        let isGroup = header.destination.isMulticast
        let packet = bytes.rest(after: EthernetHeader.length)
        switch header.type {
        case .arp: return ARPPacket(parsing: packet) == nil ? "ARP" : nil
        case .ipv4:
            guard let read = IPv4Packet(parsing: packet), read.payload.upperBound == packet.byteCount else { return "IPv4" }
            guard !read.header.destination.isUnspecified, isGroup != read.header.destination.isUnicast,
                read.header.source.isUnicast || read.header.protocol == .igmp
            else { return "IPv4's addresses" }
            let payload = packet.piece(read.payload)
            switch read.header.protocol {
            case .icmp, .igmp: return payload.hasSoundChecksum ? nil : "ICMP's checksum"
            default: return "IPv4's protocol"
            }
        case .ipv6:
            guard let read = IPv6Header(parsing: packet), read.payloadLength + IPv6Header.length == packet.byteCount
            else { return "IPv6" }
            guard isGroup == read.destination.isMulticast else { return "IPv6's addresses" }
            guard
                case .upper(.icmpv6, let offset) = IPv6Content(
                    walking: packet, from: IPv6Header.length, first: read.nextHeader)
            else { return "IPv6's headers" }
            let isSound = packet.rest(after: offset).hasSoundChecksum(
                source: .v6(read.source), destination: .v6(read.destination), protocol: .icmpv6)
            return isSound ? nil : "ICMPv6's checksum"
        default: return "type"
        }
    }
}
