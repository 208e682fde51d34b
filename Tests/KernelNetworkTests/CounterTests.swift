@testable import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// What is counted of which packet.
@Suite("Network: counters (RFC 4293, RFC 4022, RFC 4113)", .serialized, .inTurn)
struct CounterTests {
    private let now = Instant.start + .seconds(100)
    private let own = IPv4Address(10, 0, 0, 1)
    private let peer = IPv4Address(10, 0, 0, 2)
    private let peer6 = IPv6Address(high: 0xfe80 << 48, low: 0x1234)

    private func host() -> InterfaceHost {
        let host = InterfaceHost(station: TwoHosts.stationA, key: SipKey(low: 1, high: 2))
        host.add(TwoHosts.addressA, prefixLength: 24, at: .start)
        host.wake(at: now)
        _ = host.takeFrames(at: now)
        return host
    }

    private func frame(_ protocol: IPProtocol, _ payload: [UInt8]) -> [UInt8] {
        written(capacity: 2048) {
            EthernetHeader(destination: TwoHosts.stationA, source: TwoHosts.stationB, type: .ipv4).emit(into: &$0)
            IPv4Header(source: peer, destination: own, protocol: `protocol`, payloadLength: payload.count).emit(into: &$0)
            $0.append(contentsOf: unsafe payload.span.bytes)
        }!
    }

    private func frame6(to destination: IPv6Address, _ protocol: IPProtocol, _ payload: [UInt8]) -> [UInt8] {
        written(capacity: 2048) {
            EthernetHeader(destination: TwoHosts.stationA, source: TwoHosts.stationB, type: .ipv6).emit(into: &$0)
            IPv6Header(
                source: peer6, destination: destination, nextHeader: `protocol`, payloadLength: payload.count, hopLimit: 64
            ).emit(into: &$0)
            $0.append(contentsOf: unsafe payload.span.bytes)
        }!
    }

    private func echo(isSound: Bool = true) -> [UInt8] {
        var bytes = written {
            ICMPHeader(type: ICMPv4Type.echoRequest, identifier: 1, sequence: 1).emit(into: &$0)
            $0.seal(from: 0, at: 2)
        }!
        if !isSound { bytes[7] ^= 1 }
        return bytes
    }

    /// A message with a checksum over both ends.
    private func sealed(_ bytes: [UInt8], at offset: Int, _ source: IPAddress, _ destination: IPAddress, _ protocol: IPProtocol)
        -> [UInt8]
    {
        var bytes = bytes
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(source: source, destination: destination, protocol: `protocol`, length: bytes.count)
        sum.accumulate(unsafe bytes.span.bytes)
        bytes[offset] = UInt8(sum.checksum >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: sum.checksum)
        return bytes
    }

    private func datagram(_ source: IPAddress, _ destination: IPAddress) -> [UInt8] {
        sealed(
            written { UDPHeader(source: Port(9), destination: Port(7777), payloadLength: 0).emit(into: &$0) }!, at: 6, source,
            destination, .udp)
    }

    @Test("IPv4's packets, messages, datagrams and segments")
    func version4() throws {
        let host = host()
        host.receive(frame(.icmp, echo()), at: now)
        host.receive(frame(.icmp, echo(isSound: false)), at: now)
        let sound = datagram(.v4(peer), .v4(own))
        host.receive(frame(.udp, sound), at: now)
        var wrong = sound
        wrong[7] ^= 1
        host.receive(frame(.udp, wrong), at: now)
        host.receive(frame(.udp, Array(sound.prefix(5))), at: now)
        let syn = sealed(
            written { TCPHeader(source: Port(80), destination: Port(80), sequence: 1, flags: .syn).emit(into: &$0) }!, at: 16,
            .v4(peer), .v4(own), .tcp)
        host.receive(frame(.tcp, syn), at: now)
        wrong = syn
        wrong[4] ^= 1
        host.receive(frame(.tcp, wrong), at: now)
        host.receive(frame(.tcp, Array(syn.prefix(19))), at: now)
        host.receive(frame(IPProtocol(132), [1, 2, 3, 4]), at: now)

        let interface = host.interface
        #expect(interface.ip.inReceives == 9 && interface.ip.inDelivers == 8 && interface.ip.inHeaderErrors == 0)
        #expect(interface.ip.inUnknownProtocols == 1)
        #expect(interface.icmp.inMessages == 2 && interface.icmp.inChecksumErrors == 1 && interface.icmp.inErrors == 0)
        #expect(interface.icmp.inTypes[8] == 1 && interface.icmp.outTypes[0] == 1)
        // Of the datagram and of the protocol that nobody wants.
        #expect(interface.icmp.outTypes[3] == 2 && interface.icmp.outMessages == 3)
        #expect(interface.ip.outRequests == 3)
        #expect(interface.udp.noPorts == 1 && interface.udp.inErrors == 2 && interface.udp.inChecksumErrors == 1)
        #expect(interface.tcp.inSegments == 3 && interface.tcp.inErrors == 2 && interface.tcp.inChecksumErrors == 1)
        // It has spoken IPv6 when it got its addresses.
        #expect(interface.ip6.inReceives == 0 && interface.ip6.inDelivers == 0)
        #expect(interface.icmp6.inMessages == 0 && interface.udp6 == TransportCounters())
        var all = HostCounters()
        all.add(interface)
        all.add(interface)
        #expect(all.ip.inReceives == 18 && all.icmp.outTypes[3] == 4 && all.tcp.inErrors == 4 && all.udp.noPorts == 2)
    }

    @Test("IPv6's are counted apart, and what is no packet of IP's")
    func version6() throws {
        let host = host()
        // Its address is its own when nobody has said anything for a second.
        for second in 100...103 { host.wake(at: .start + .seconds(UInt64(second))) }
        let now = Instant.start + .seconds(104)
        var address: IPv6Address?
        for index in 0..<host.interface.addresses.count {
            if case .v6(let six) = host.interface.addresses[index].address { address = six }
        }
        let six = try #require(address)
        let before = host.interface
        let message = sealed(
            written { ICMPHeader(type: ICMPv6Type.echoRequest, identifier: 1, sequence: 1).emit(into: &$0) }!, at: 2,
            .v6(peer6), .v6(six), .icmpv6)
        host.receive(frame6(to: six, .icmpv6, message), at: now)
        var wrong = message
        wrong[7] ^= 1
        host.receive(frame6(to: six, .icmpv6, wrong), at: now)
        wrong = datagram(.v6(peer6), .v6(six))
        wrong[0] ^= 1
        host.receive(frame6(to: six, .udp, wrong), at: now)
        let after = host.interface
        #expect(after.ip6.inReceives - before.ip6.inReceives == 3 && after.ip6.inDelivers - before.ip6.inDelivers == 3)
        #expect(after.icmp6.inMessages - before.icmp6.inMessages == 2 && after.icmp6.inChecksumErrors == 1)
        #expect(after.icmp6.inTypes[128] == 1 && after.icmp6.outTypes[129] == 1)
        #expect(after.udp6.inErrors == 1 && after.udp6.inChecksumErrors == 1)
        #expect(after.ip == before.ip && after.icmp == before.icmp && after.udp == before.udp && after.tcp == before.tcp)
        // Frames of other kinds.
        var other = frame(.udp, [])
        (other[12], other[13]) = (0x88, 0xb5)
        host.receive(other, at: now)
        other = frame(.udp, [])
        other[5] ^= 1
        host.receive(other, at: now)
        #expect(host.interface.link.unknown == 1 && host.interface.link.foreign == 1)
        #expect(host.interface.ip == after.ip)
    }

    @Test("Fragments are counted by their version")
    func fragments() {
        var table = Reassembly()
        func insert(_ source: IPAddress, _ destination: IPAddress, _ bytes: Range<Int>, isLast: Bool) {
            _ = table.insert(
                Reassembly.Key(source: source, destination: destination, identification: 1), bytes: bytes, isLast: isLast,
                metadata: DatagramMetadata(), first: 0, at: now)
        }
        insert(.v4(peer), .v4(own), 0..<8, isLast: false)
        insert(.v4(peer), .v4(own), 8..<16, isLast: true)
        insert(.v6(peer6), .v6(.loopback), 0..<8, isLast: false)
        insert(.v6(peer6), .v6(.loopback), 0..<16, isLast: true)
        #expect(table.counters6.requests == 2 && table.counters6.successes == 0 && table.counters6.failures == 1)
        let four = table.counters - table.counters6
        #expect(four.requests == 2 && four.successes == 1 && four.failures == 0)
    }

    // MARK: Connections

    private func pair() throws -> (TCP.Connection, TCPListenerTests.Server) {
        let server = TCPListenerTests.Server()
        let answer = try #require(server.answer(TCPListenerTests.syn()))
        let (connection, _) = try #require(server.connection(TCPListenerTests.ack(answer)))
        return (connection, server)
    }

    @Test("AttemptFails and EstabResets: what each end of a connection counts as")
    func ends() throws {
        var (connection, _) = try pair()
        #expect(connection.countsAsEstablished)
        var effects = connection.abort()
        #expect(effects.events.contains(.lostEstablished) && !effects.events.contains(.failedAttempt))
        #expect(!connection.countsAsEstablished)
        // Twice is once.
        effects = connection.abort()
        #expect(!effects.events.contains(.lostEstablished))
        (connection, _) = try pair()
        _ = connection.shutdownSending(now: now)
        #expect(!connection.countsAsEstablished)
        effects = connection.abort()
        #expect(effects.events.isDisjoint(with: [.lostEstablished, .failedAttempt]))
        let opening = TCP.Opening(
            initialSequence: SequenceNumber(100), timestampOffset: 0, path: TCP.Path(segmentSize: 1460))
        connection = TCP.Connection(opening: opening, now: now)
        _ = connection.nextSegment(now: now)
        effects = connection.receive(
            TCP.Segment(sequence: SequenceNumber(0), acknowledgment: SequenceNumber(101), flags: [.rst, .ack]), now: now)
        #expect(effects.failure == .refused && effects.events.contains(.failedAttempt))
        connection = TCP.Connection(opening: opening, now: now)
        #expect(connection.shutdownSending(now: now).events.contains(.failedAttempt))
        // A listener's other end that changes its mind.
        let server = TCPListenerTests.Server()
        #expect(server.answer(TCPListenerTests.syn()) != nil)
        if case .none = server.receive(TCP.Segment(sequence: SequenceNumber(1001), flags: .rst)) {} else {
            Issue.record("a reset is answered")
        }
        #expect(server.listener.counters.refused == 1 && server.listener.halfOpenCount == 0)
    }

    @Test("Lines of connections: SYN and FIN are in the send queue until they are acknowledged")
    func lines() throws {
        func line(_ connection: TCP.Connection) -> SocketLine {
            let nobody = Endpoint(.v4(.unspecified), .any)
            var line = SocketLine(number: 0, local: nobody, remote: nobody, state: 0)
            connection.describe(in: &line, now: now)
            return line
        }
        var connection = TCP.Connection(
            opening: TCP.Opening(
                initialSequence: SequenceNumber(100), timestampOffset: 0, path: TCP.Path(segmentSize: 1460)), now: now)
        _ = connection.nextSegment(now: now)
        #expect(line(connection).state == 2 && line(connection).sendQueue == 1)
        #expect(line(connection).timer == .retransmission && line(connection).wait == .seconds(1))
        let (made, _) = try pair()
        connection = made
        #expect(line(connection).state == 1 && line(connection).sendQueue == 0 && line(connection).timer == .none)
        if case .connection(_, let acknowledgment, let window, let threshold) = line(connection).rest {
            #expect(acknowledgment == 4 && window == 10 && threshold == -1)
        } else {
            Issue.record("it has no windows")
        }
        #expect(connection.append(3000) == 3000)
        #expect(line(connection).sendQueue == 3000)
        _ = connection.shutdownSending(now: now)
        #expect(line(connection).sendQueue == 3001 && line(connection).state == 4)
        while connection.nextSegment(now: now) != nil {}
        #expect(line(connection).sendQueue == 3001 && line(connection).timer == .retransmission)
        // All half-open connections, each once.
        let server = TCPListenerTests.Server()
        for client in 0..<20 { _ = server.answer(TCPListenerTests.syn(), from: server.client(UInt32(client))) }
        var slot = 0
        var found: Set<UInt16> = []
        while let line = server.listener.halfOpenLine(from: &slot, number: 5, now: server.now) {
            #expect(line.state == 3 && line.number == 5 && line.local == server.local && line.timer == .retransmission)
            #expect(line.wait == .seconds(1) && line.rest == .nothing)
            found.insert(line.remote.port.number)
        }
        #expect(found.count == server.listener.halfOpenCount && found.count == 20)
    }
}
