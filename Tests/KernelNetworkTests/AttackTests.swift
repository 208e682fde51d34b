import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// Attacks that have names.
@Suite("Network: attacks", .serialized, .inTurn)
struct AttackTests {
    private let now = Instant.start + .seconds(100)
    private let own = IPv4Address(10, 0, 0, 1)

    private func host() -> InterfaceHost {
        let host = InterfaceHost(station: TwoHosts.stationA, key: SipKey(low: 1, high: 2))
        host.add(TwoHosts.addressA, prefixLength: 24, at: .start)
        host.wake(at: now)
        _ = host.takeFrames(at: now)
        return host
    }

    private func frame(
        from source: IPv4Address, to destination: IPv4Address, _ protocol: IPProtocol, _ payload: [UInt8],
        fragment: IPv4Fragment = .whole, identification: UInt16 = 1, station: EthernetAddress? = nil
    ) -> [UInt8] {
        written(capacity: 2048) {
            EthernetHeader(
                destination: station ?? TwoHosts.stationA, source: TwoHosts.stationB, type: .ipv4
            ).emit(into: &$0)
            IPv4Header(
                source: source, destination: destination, protocol: `protocol`, payloadLength: payload.count,
                identification: identification, fragment: fragment
            ).emit(into: &$0)
            $0.append(contentsOf: unsafe payload.span.bytes)
        }!
    }

    private func echo(_ count: Int = 8) -> [UInt8] {
        written {
            ICMPHeader(type: ICMPv4Type.echoRequest, identifier: 1, sequence: 1).emit(into: &$0)
            $0.append(zeros: count)
            $0.seal(from: 0, at: 2)
        }!
    }

    private func datagram(to port: UInt16) -> [UInt8] {
        written { UDPHeader(source: Port(9), destination: Port(port), payloadLength: 0).emit(into: &$0) }!
    }

    private func segment(from source: IPv4Address, to destination: IPv4Address) -> [UInt8] {
        var bytes = written { TCPHeader(source: Port(80), destination: Port(80), sequence: 1, flags: .syn).emit(into: &$0) }!
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(
            source: .v4(source), destination: .v4(destination), protocol: .tcp, length: bytes.count)
        sum.accumulate(unsafe bytes.span.bytes)
        bytes[16] = UInt8(sum.checksum >> 8)
        bytes[17] = UInt8(truncatingIfNeeded: sum.checksum)
        return bytes
    }

    /// How many segments reach sockets of a host that gets these frames, and how many answers it sends.
    private func outcome(_ frames: [[UInt8]]) -> (segments: Int, answers: Int) {
        let host = host()
        var segments = 0
        host.onReceived = { _, received, _, _ in
            if case .tcp = received { segments += 1 }
            return false
        }
        for frame in frames { host.receive(frame, at: now) }
        return (segments, host.takeFrames(at: now).count)
    }

    @Test("Land: a segment from the host to itself, or from loopback, or to a group, goes nowhere")
    func land() {
        let peer = IPv4Address(10, 0, 0, 2)
        #expect(outcome([frame(from: peer, to: own, .tcp, segment(from: peer, to: own))]) == (1, 0))
        for (source, destination) in [
            (own, own), (.loopback, own), (own, .loopback), (peer, .loopback), (.broadcast, own),
            (IPv4Address(224, 0, 0, 1), own), (.unspecified, own), (IPv4Address(10, 0, 0, 255), own),
            (peer, .broadcast), (peer, IPv4Address(10, 0, 0, 255)), (peer, .allSystems), (IPv4Address(240, 0, 0, 1), own),
            (peer, IPv4Address(10, 0, 0, 7)),
        ] {
            let station: EthernetAddress? =
                destination.isMulticast ? EthernetAddress(group: destination)
                : destination.isBroadcast || destination.bits & 0xff == 0xff ? .broadcast : nil
            let frames = [
                frame(from: source, to: destination, .tcp, segment(from: source, to: destination), station: station)
            ]
            #expect(outcome(frames) == (0, 0), "\(source) \(destination)")
        }
        // For one host by IP, for all by the link.
        #expect(
            outcome([frame(from: peer, to: own, .tcp, segment(from: peer, to: own), station: .broadcast)]) == (0, 0))
    }

    @Test("Smurf and fraggle: what is for all gets no answer")
    func smurf() {
        let victim = IPv4Address(10, 0, 0, 2)
        for destination in [IPv4Address.broadcast, IPv4Address(10, 0, 0, 255), .allSystems] {
            let station = destination == .allSystems ? EthernetAddress(group: destination) : .broadcast
            #expect(
                outcome([
                    frame(from: victim, to: destination, .icmp, echo(), station: station),
                    frame(from: victim, to: destination, .udp, datagram(to: 7), station: station),
                    frame(from: victim, to: destination, IPProtocol(200), [0], station: station),
                ]).answers == 0)
        }
        #expect(outcome([frame(from: victim, to: own, .icmp, echo())]).answers == 1)
    }

    @Test("Errors get no errors, and storms of what has no port are answered at a rate")
    func storms() {
        let host = host()
        let peer = IPv4Address(10, 0, 0, 2)
        let quote = frame(from: own, to: peer, .udp, datagram(to: 9)).dropFirst(14)
        for (type, code) in [(3, 3), (11, 0), (12, 0), (5, 1), (4, 0)] as [(UInt8, UInt8)] {
            let message = written {
                ICMPHeader(type: type, code: code).emit(into: &$0)
                $0.append(contentsOf: unsafe Array(quote).span.bytes)
                $0.seal(from: 0, at: 2)
            }!
            for _ in 0..<1000 { host.receive(frame(from: peer, to: own, .icmp, message), at: now) }
        }
        #expect(host.takeFrames(at: now).isEmpty)
        for i in 0..<5000 as Range<UInt16> {
            host.receive(frame(from: peer, to: own, .udp, datagram(to: 1000 + i)), at: now)
        }
        let answers = host.takeFrames(at: now).count
        #expect(answers > 0 && answers <= Int(ErrorLimiter.burstOfPeer))
        #expect(host.interface.icmp.outRateLimited >= 4990)
        // From everywhere.
        for i in 0..<5000 as Range<UInt32> {
            host.receive(
                frame(from: IPv4Address(bits: 0x0b00_0000 + i), to: own, .udp, datagram(to: 1000)), at: now)
        }
        #expect(host.takeFrames(at: now).count <= Int(ErrorLimiter.burst))
        // Strangers fill no table.
        #expect(host.interface.neighbours.count == 0)
    }

    @Test("Teardrop, bonk, a ping of death and tiny fragments")
    func fragments() {
        let peer = IPv4Address(10, 0, 0, 2)
        let host = host()
        let body = [UInt8](repeating: 0, count: 32)
        // Teardrop: the second is inside of the first.
        host.receive(
            frame(from: peer, to: own, .udp, body, fragment: IPv4Fragment(offset: 0, hasMore: true)), at: now)
        host.receive(
            frame(
                from: peer, to: own, .udp, Array(body.prefix(4)), fragment: IPv4Fragment(offset: 24, hasMore: false)),
            at: now)
        // Past the end of any datagram.
        host.receive(
            frame(
                from: peer, to: own, .icmp, body, fragment: IPv4Fragment(offset: 65_528, hasMore: false),
                identification: 2), at: now)
        #expect(host.interface.ip.inHeaderErrors == 1)
        // More to come, and a length that eight does not divide.
        host.receive(
            frame(
                from: peer, to: own, .udp, Array(body.prefix(9)), fragment: IPv4Fragment(offset: 0, hasMore: true),
                identification: 3), at: now)
        #expect(host.interface.ip.inHeaderErrors == 2)
        for i in 0..<8192 {
            host.receive(
                frame(
                    from: peer, to: own, .udp, Array(body.prefix(8)), fragment: IPv4Fragment(offset: i * 8 & 0xfff8, hasMore: true),
                    identification: 4), at: now)
        }
        #expect(host.interface.reassembly.waitingBytes == 0)
        #expect(host.datagrams.isEmpty && host.takeFrames(at: now).isEmpty)
        // And a whole datagram in two pieces is still put together.
        let whole = echo(24)
        host.receive(
            frame(
                from: peer, to: own, .icmp, Array(whole[16...]), fragment: IPv4Fragment(offset: 16, hasMore: false),
                identification: 5), at: now)
        host.receive(
            frame(
                from: peer, to: own, .icmp, Array(whole[..<16]), fragment: IPv4Fragment(offset: 0, hasMore: true),
                identification: 5), at: now)
        #expect(host.takeFrames(at: now).count == 1)
    }

    @Test("Source routes are not followed, nor is their packet taken")
    func sourceRoutes() {
        let peer = IPv4Address(10, 0, 0, 2)
        var bytes = frame(from: peer, to: own, .icmp, hex("8307040a00000200") + echo())
        bytes[14] = 0x47
        bytes[24] = 0
        bytes[25] = 0
        var sum = InternetChecksum()
        sum.accumulate(unsafe bytes[14..<42].span.bytes)
        bytes[24] = UInt8(sum.checksum >> 8)
        bytes[25] = UInt8(truncatingIfNeeded: sum.checksum)
        #expect(outcome([bytes]).answers == 0)
    }

    @Test("ARP: a flood of requests and lies leaves the table bounded and the gateway where it is")
    func spoofing() {
        let host = host()
        let gateway = IPv4Address(10, 0, 0, 254)
        let router = EthernetAddress(bits: 0x0200_0000_00fe)
        host.echo(to: .v4(gateway), sequence: 1, [], at: now)
        _ = host.takeFrames(at: now)
        func arp(
            _ operation: ARPPacket.Operation, _ sender: IPv4Address, _ hardware: EthernetAddress, source: EthernetAddress,
            target: IPv4Address? = nil
        ) {
            host.receive(
                written {
                    EthernetHeader(destination: TwoHosts.stationA, source: source, type: .arp).emit(into: &$0)
                    ARPPacket(
                        operation: operation, senderHardware: hardware, sender: sender,
                        targetHardware: TwoHosts.stationA, target: target ?? own
                    ).emit(into: &$0)
                }!, at: now)
        }
        arp(.reply, gateway, router, source: router)
        #expect(host.interface.neighbours.state(of: .v4(gateway))! == (.reachable, router))
        #expect(host.takeFrames(at: now).count == 1, "the echo that has waited")
        let liar = EthernetAddress(bits: 0x0200_0000_0666)
        for _ in 0..<100 {
            arp(.reply, gateway, liar, source: liar)
            arp(.request, gateway, liar, source: liar)
            arp(.request, gateway, liar, source: liar, target: gateway)
        }
        #expect(host.interface.neighbours.state(of: .v4(gateway))!.1 == router)
        host.wake(at: now)
        arp(.reply, gateway, router, source: router)
        #expect(host.interface.neighbours.state(of: .v4(gateway))! == (.reachable, router))
        for i in 0..<10_000 as Range<UInt64> {
            arp(
                .request, IPv4Address(10, 0, 0, UInt8(2 + i % 200)), EthernetAddress(bits: 0x0200_0001_0000 + i),
                source: liar)
        }
        // From outside of the subnet nobody is a neighbour.
        for i in 0..<1000 as Range<UInt32> { arp(.request, IPv4Address(bits: 0x0c00_0000 + i), liar, source: liar) }
        #expect(host.interface.neighbours.count <= 202)
    }

    @Test("Errors that quote a packet which this host cannot have sent are not delivered")
    func foreignErrors() {
        let host = host()
        let peer = IPv4Address(10, 0, 0, 2)
        for (source, count) in [(own, 1), (IPv4Address(10, 0, 0, 9), 1), (own, 2)] {
            let quote = Array(frame(from: source, to: peer, .udp, datagram(to: 9)).dropFirst(14))
            let message = written {
                ICMPHeader(type: ICMPv4Type.unreachable, code: 3).emit(into: &$0)
                $0.append(contentsOf: unsafe quote.span.bytes)
                $0.seal(from: 0, at: 2)
            }!
            host.receive(frame(from: peer, to: own, .icmp, message), at: now)
            #expect(host.errors.count == count)
        }
    }

    @Test("Frames of every length that are all ones, all zeros or cut off")
    func lengths() {
        let host = host()
        let sound = frame(from: IPv4Address(10, 0, 0, 2), to: own, .icmp, echo(40))
        for length in 0...1600 {
            host.receive([UInt8](repeating: 0xff, count: length), at: now)
            host.receive([UInt8](repeating: 0, count: length), at: now)
            if length < sound.count { host.receive(Array(sound.prefix(length)), at: now) }
        }
        #expect(host.takeFrames(at: now).isEmpty)
    }
}
