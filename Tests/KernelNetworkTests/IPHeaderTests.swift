import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: IP's headers")
struct IPHeaderTests {
    private static func header4(_ generator: inout SeededGenerator) -> IPv4Header {
        let (a, b) = (generator.next(), generator.next())
        let payload = generator.below(100)
        let offset = Int(a & 0x1fff) * 8
        return IPv4Header(
            source: IPv4Address(bits: UInt32(truncatingIfNeeded: b)), destination: IPv4Address(bits: UInt32(b >> 32)),
            protocol: IPProtocol(UInt8(truncatingIfNeeded: a >> 16)), payloadLength: payload,
            timeToLive: UInt8(truncatingIfNeeded: a >> 24), trafficClass: UInt8(truncatingIfNeeded: a >> 32),
            identification: UInt16(truncatingIfNeeded: a >> 40),
            fragment: IPv4Fragment(
                offset: offset < 65_000 ? offset : 0, hasMore: a >> 56 & 1 != 0, mayBeCut: a >> 57 & 1 != 0),
            hasRouterAlert: a >> 58 & 3 == 0)
    }

    @Test("IPv4: what was emitted reads as what it was, and no bit may change")
    func identity4() throws {
        var generator = SeededGenerator(seed: 791)
        for _ in 0..<5000 {
            let header = Self.header4(&generator)
            var bytes = try #require(written { header.emit(into: &$0) }) + generator.bytes(header.payloadLength)
            let packet = try #require(IPv4Packet(parsing: unsafe bytes.span.bytes))
            #expect(packet.header == header)
            #expect(packet.headerLength == header.encodedLength)
            #expect(packet.payload.upperBound == bytes.count)
            bytes[generator.below(header.encodedLength)] ^= 1 << UInt8(generator.below(8))
            let changed = IPv4Packet(parsing: unsafe bytes.span.bytes)
            #expect(changed == nil)
        }
    }

    @Test("IPv4: a header that is in print")
    func published() throws {
        let bytes = hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7") + [UInt8](repeating: 0, count: 0x73 - 20)
        let packet = try #require(IPv4Packet(parsing: unsafe bytes.span.bytes))
        #expect(packet.header.source == IPv4Address(192, 168, 0, 1))
        #expect(packet.header.protocol == .udp)
        #expect(packet.header.fragment == .notToBeCut)
        #expect(written { packet.header.emit(into: &$0) } == Array(bytes.prefix(20)))
    }

    @Test("IPv4: lengths that lie, and fragments that would reach past the end of a datagram")
    func lies4() {
        func isRead(_ header: IPv4Header, count: Int, _ change: (inout [UInt8]) -> Void = { _ in }) -> Bool {
            var bytes = written { header.emit(into: &$0) }! + [UInt8](repeating: 0, count: count)
            change(&bytes)
            // The checksum once more.
            bytes[10] = 0
            bytes[11] = 0
            var sum = InternetChecksum()
            sum.accumulate(unsafe bytes[0..<min(bytes.count, Int(bytes[0] & 15) * 4)].span.bytes)
            bytes[10] = UInt8(sum.checksum >> 8)
            bytes[11] = UInt8(truncatingIfNeeded: sum.checksum)
            return IPv4Packet(parsing: unsafe bytes.span.bytes) != nil
        }
        var header = IPv4Header(
            source: IPv4Address(10, 0, 0, 1), destination: IPv4Address(10, 0, 0, 2), protocol: .udp, payloadLength: 40)
        #expect(isRead(header, count: 40))
        #expect(isRead(header, count: 46), "an Ethernet frame's padding")
        #expect(!isRead(header, count: 39))
        for words in 0..<16 as Range<UInt8> {
            #expect(isRead(header, count: 40) { $0[0] = 0x40 | words } == (words >= 5))
        }
        #expect(!isRead(header, count: 40) { $0[0] = 0x65 })
        #expect(!isRead(header, count: 40) { $0[3] = 19 })
        #expect(isRead(header, count: 40) { $0[3] = 20 })
        header.fragment = IPv4Fragment(offset: 65_472, hasMore: false)
        #expect(isRead(header, count: 44) { $0[3] = 63 })
        #expect(!isRead(header, count: 44) { $0[3] = 64 })
    }

    @Test("IPv4: source routes are seen behind other options")
    func sourceRoutes() {
        let plain = hex("4700 0000 0000 0000 0000 0000 00000000 00000000")
        for (options, expected) in [
            ("01 83 07 04 0a000001", true), ("89 07 04 0a000001 00", true), ("07 07 04 0a000001 83", true),
            ("00 83 07 04 0a000001", false), ("07 08 04 0a000001 83", false), ("07 00 83 83 83838383", false),
        ] {
            let bytes = plain + hex(options)
            let hasRoute = unsafe IPv4Packet.hasSourceRoute(bytes.span.bytes, headerLength: 28)
            #expect(hasRoute == expected, "\(options)")
        }
    }

    @Test("IPv6: what was emitted reads as what it was")
    func identity6() throws {
        var generator = SeededGenerator(seed: 8200)
        for _ in 0..<5000 {
            let (a, payload) = (generator.next(), generator.below(80))
            let header = IPv6Header(
                source: IPv6Address(high: generator.next(), low: generator.next()),
                destination: IPv6Address(high: generator.next(), low: generator.next()),
                nextHeader: IPProtocol(UInt8(truncatingIfNeeded: a)), payloadLength: payload,
                hopLimit: UInt8(truncatingIfNeeded: a >> 8), trafficClass: UInt8(truncatingIfNeeded: a >> 16),
                flowLabel: UInt32(a >> 32))
            let bytes = try #require(written { header.emit(into: &$0) }) + generator.bytes(payload)
            let read = IPv6Header(parsing: unsafe bytes.span.bytes)
            #expect(read == header)
            let short = Array(bytes.dropLast())
            let cut = IPv6Header(parsing: unsafe short.span.bytes)
            #expect(payload == 0 || cut == nil)
            let fragment = IPv6Fragment(
                nextHeader: header.nextHeader, offset: Int(a >> 24 & 0xffff), hasMore: a & 1 != 0,
                identification: UInt32(a >> 32))
            let piece = try #require(written { fragment.emit(into: &$0) })
            let readFragment = IPv6Fragment(parsing: unsafe piece.span.bytes, at: 0)
            #expect(readFragment == fragment)
        }
    }

    private func walk(_ text: String, first: UInt8) -> IPv6Content {
        let bytes = [UInt8](repeating: 0, count: 40) + hex(text)
        return IPv6Content(walking: unsafe bytes.span.bytes, from: 40, first: IPProtocol(first))
    }

    @Test("IPv6: extension headers, in their order and out of it")
    func extensions() {
        #expect(walk("", first: 6) == .upper(.tcp, offset: 40))
        #expect(walk("", first: 59) == .nothing)
        #expect(walk("3a00 0502 0000 0100", first: 0) == .upper(.icmpv6, offset: 48))
        // Destination options of 16 bytes, then a routing header with nothing left.
        #expect(
            walk("2b01 010c 000000000000000000000000 1100 0000 00000000", first: 60) == .upper(.udp, offset: 64))
        // Hop-by-hop options behind something else.
        #expect(
            walk("0000 0104 00000000 1100 0104 00000000", first: 60) == .problem(IPv6Problem(code: 1, pointer: 40)))
        // A routing header with segments left (RFC 5095).
        #expect(walk("1100 0001 00000000", first: 43) == .problem(IPv6Problem(code: 0, pointer: 42)))
        // Cut off.
        #expect(walk("1101 0104 00000000", first: 60) == .discarded)
        #expect(walk("11", first: 60) == .discarded)
        // A fragment, and one that is whole (RFC 6946).
        #expect(
            walk("1100 0009 00000007 aabb", first: 44)
                == .fragment(
                    IPv6Fragment(nextHeader: .udp, offset: 8, hasMore: true, identification: 7), offset: 48))
        #expect(walk("1100 0000 00000007 aabb", first: 44) == .upper(.udp, offset: 48))
        // Unknown options: passed over, dropped, told of, told of even for groups (RFC 8200, 4.2).
        #expect(walk("1100 1e04 00000000", first: 60) == .upper(.udp, offset: 48))
        #expect(walk("1100 5e04 00000000", first: 60) == .discarded)
        #expect(walk("1100 de04 00000000", first: 60) == .problem(IPv6Problem(code: 2, pointer: 42)))
        #expect(
            walk("1100 9e04 00000000", first: 60)
                == .problem(IPv6Problem(code: 2, pointer: 42, answersGroups: true)))
        // An option past the header's end.
        #expect(walk("1100 1e05 00000000", first: 60) == .discarded)
        // What is not known is the upper layer's, IPsec too.
        #expect(walk("0000", first: 51) == .upper(.authenticationHeader, offset: 40))
        // More headers than anybody needs.
        let many = String(repeating: "3c00 0104 00000000 ", count: IPv6Content.maximumHeaders)
        #expect(walk(many, first: 60) == .discarded)
    }

    @Test("UDP: what was emitted reads as what it was; no checksum is for IPv4 alone")
    func udp() throws {
        var generator = SeededGenerator(seed: 768)
        let v4 = (IPAddress.v4(IPv4Address(10, 0, 0, 1)), IPAddress.v4(IPv4Address(10, 0, 0, 2)))
        let v6 = (IPAddress.v6(.loopback), IPAddress.v6(IPv6Address(high: 1, low: 2)))
        for _ in 0..<2000 {
            let payload = generator.bytes(generator.below(50))
            let header = UDPHeader(
                source: Port(UInt16(truncatingIfNeeded: generator.next())),
                destination: Port(UInt16(truncatingIfNeeded: generator.next())), payloadLength: payload.count)
            var sum = InternetChecksum()
            sum.accumulate(unsafe payload.span.bytes)
            for (source, destination) in [v4, v6] {
                let checksum = header.checksum(source: source, destination: destination, payload: sum)
                var bytes = try #require(written { header.emit(into: &$0, checksum: checksum) }) + payload
                let read = UDPHeader(parsing: unsafe bytes.span.bytes)
                #expect(read == header)
                let isSound = unsafe header.isSound(bytes.span.bytes, source: source, destination: destination)
                #expect(isSound && checksum != 0)
                bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8))
                let changed = unsafe header.isSound(bytes.span.bytes, source: source, destination: destination)
                #expect(!changed)
                bytes[6] = 0
                bytes[7] = 0
                let without = unsafe header.isSound(bytes.span.bytes, source: source, destination: destination)
                #expect(without == !source.isV6)
            }
        }
        for (length, isRead) in [(7, false), (8, true), (12, true), (13, false), (0, false)] {
            let bytes = hex("0001 0002 00") + [UInt8(length)] + hex("0000 00000000")
            let read = UDPHeader(parsing: unsafe bytes.span.bytes)
            #expect((read != nil) == isRead, "\(length)")
        }
    }
}
