import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: messages of ARP, ICMP, NDP, IGMP and MLD")
struct ControlMessageTests {
    private let station = EthernetAddress(bits: 0x5254_0012_3456)
    private let address = IPv6Address(high: 0xfe80 << 48, low: 0x1234)

    @Test("ARP: a request as it is seen on wires")
    func arp() throws {
        let bytes = hex("0001 0800 06 04 0001 525400123456 c0a80102 000000000000 c0a80101")
        let packet = try #require(ARPPacket(parsing: unsafe bytes.span.bytes))
        #expect(packet.operation == .request && packet.sender == IPv4Address(192, 168, 1, 2))
        #expect(packet.senderHardware == station && packet.target == IPv4Address(192, 168, 1, 1))
        #expect(written { packet.emit(into: &$0) } == bytes)
        for (place, value) in [(1, 6), (2, 0x86), (4, 8), (5, 16), (7, 3), (7, 0)] as [(Int, UInt8)] {
            var other = bytes
            other[place] = value
            let read = ARPPacket(parsing: unsafe other.span.bytes)
            #expect(read == nil)
        }
    }

    @Test("Addresses of groups and interfaces: the examples of RFC 1112, RFC 2464 and RFC 4291")
    func ethernet() {
        #expect(EthernetAddress(group: IPv4Address(224, 0, 0, 251)).bits == 0x0100_5e00_00fb)
        #expect(EthernetAddress(group: IPv4Address(239, 255, 1, 2)).bits == 0x0100_5e7f_0102)
        #expect(EthernetAddress(group: IPv6Address.allNodes).bits == 0x3333_0000_0001)
        // RFC 2464, 4: 34-56-78-9A-BC-DE has the identifier 36-56-78-FF-FE-9A-BC-DE.
        #expect(EthernetAddress(bits: 0x3456_789a_bcde).interfaceIdentifier == 0x3656_78ff_fe9a_bcde)
    }

    @Test("Neighbours' and routers' messages read as what they were")
    func neighbours() throws {
        for link in [nil, station] {
            let solicitation = NeighbourSolicitation(target: address, sourceLink: link)
            var bytes = try #require(written { solicitation.emit(into: &$0) })
            let readSolicitation = NeighbourSolicitation(parsing: unsafe bytes.span.bytes)
            #expect(readSolicitation == solicitation)
            for flags in 0..<8 {
                let advertisement = NeighbourAdvertisement(
                    target: address, targetLink: link, isRouter: flags & 1 != 0, isSolicited: flags & 2 != 0,
                    overrides: flags & 4 != 0)
                bytes = try #require(written { advertisement.emit(into: &$0) })
                let readAdvertisement = NeighbourAdvertisement(parsing: unsafe bytes.span.bytes)
                #expect(readAdvertisement == advertisement)
            }
            let router = RouterSolicitation(sourceLink: link)
            bytes = try #require(written { router.emit(into: &$0) })
            let readRouter = RouterSolicitation(parsing: unsafe bytes.span.bytes)
            #expect(readRouter == router)
        }
        // A target that is a group, a code that is not 0, options without length (RFC 4861, 7.1).
        let group = try #require(written { NeighbourSolicitation(target: .allNodes, sourceLink: nil).emit(into: &$0) })
        let sound = try #require(written { NeighbourSolicitation(target: address, sourceLink: station).emit(into: &$0) })
        var coded = sound
        coded[1] = 1
        var empty = sound
        empty[25] = 0
        var long = sound
        long[25] = 2
        for bytes in [group, coded, empty, long, Array(sound.dropLast())] {
            let read = NeighbourSolicitation(parsing: unsafe bytes.span.bytes)
            #expect(read == nil)
        }
    }

    @Test("A router's advertisement with its options")
    func router() throws {
        let advertisement = RouterAdvertisement(
            hopLimit: 64, isManaged: true, lifetime: 1800, reachableTime: 30_000, retransmissionTime: 1000)
        let prefix = NDPPrefix(
            prefix: IPv6Address(high: 0x2001_0db8_0001_0002, low: 0), length: 64, isOnLink: true, isAutonomous: true,
            validLifetime: 86_400, preferredLifetime: 14_400)
        let bytes = try #require(
            written {
                advertisement.emit(into: &$0)
                prefix.emit(into: &$0)
                $0.append(contentsOf: unsafe hex("0501 0000 000005dc 0101 525400123456 1803 4000 00000000 0000000000000000 00000000 00000000").span.bytes)
                $0.append(contentsOf: unsafe hex("1903 0000 00000e10 20010db8000000000000000000000053").span.bytes)
            })
        let read = RouterAdvertisement(parsing: unsafe bytes.span.bytes)
        #expect(read == advertisement)
        var options: [NDPOption] = []
        var at = RouterAdvertisement.optionsOffset
        while let (option, next) = unsafe NDPOption.read(bytes.span.bytes, at: at) {
            options.append(option)
            at = next
        }
        #expect(
            options == [
                .prefix(prefix), .maximumUnit(1500), .link(station), .other,
                .dnsServer(IPv6Address(high: 0x2001_0db8 << 32, low: 0x53), lifetime: 3600),
            ])
    }

    @Test("IGMP: three versions of queries are told apart (RFC 3376, 7.1)")
    func igmp() {
        func read(_ text: String) -> IGMPMessage? {
            var bytes = hex(text)
            var sum = InternetChecksum()
            sum.accumulate(unsafe bytes.span.bytes)
            bytes[2] = UInt8(sum.checksum >> 8)
            bytes[3] = UInt8(truncatingIfNeeded: sum.checksum)
            return IGMPMessage(parsing: unsafe bytes.span.bytes)
        }
        let any = IPv4Address.unspecified
        #expect(read("1100 0000 00000000") == .query(version: 1, group: any, maximumResponse: 100))
        #expect(read("1164 0000 00000000") == .query(version: 2, group: any, maximumResponse: 100))
        #expect(read("1164 0000 00000000 027d 0000") == .query(version: 3, group: any, maximumResponse: 100))
        // A code with an exponent (4.1.1): 0x8f is (0xf | 0x10) << 3.
        #expect(read("118f 0000 00000000 027d 0000") == .query(version: 3, group: any, maximumResponse: 248))
        #expect(read("11ff 0000 00000000 027d 0000") == .query(version: 3, group: any, maximumResponse: 31_744))
        #expect(read("1164 0000 00000000 027d") == nil, "neither length")
        #expect(read("1164 0000 00000000 027d 0001") == nil, "more sources than bytes")
        #expect(read("1164 0000 0a000001") == nil, "a group that is none")
        #expect(read("1600 0000 ef010203") == .report(version: 2, group: IPv4Address(239, 1, 2, 3)))
        #expect(read("1700 0000 ef010203") == .leave(group: IPv4Address(239, 1, 2, 3)))
        var generator = SeededGenerator(seed: 2236)
        for _ in 0..<500 {
            let group = IPv4Address(bits: 0xe000_0000 | UInt32(truncatingIfNeeded: generator.next() >> 36))
            for message in [
                IGMPMessage.query(version: 1, group: group, maximumResponse: 100),
                .query(version: 2, group: group, maximumResponse: UInt32(1 + generator.below(127))),
                .query(version: 3, group: group, maximumResponse: UInt32(generator.below(128))),
                .report(version: 1, group: group), .report(version: 2, group: group), .leave(group: group),
            ] {
                let bytes = written { message.emit(into: &$0) }!
                let again = IGMPMessage(parsing: unsafe bytes.span.bytes)
                #expect(again == message)
            }
            let report = written { MulticastReport.emit(.joined, group, into: &$0) }!
            let read = IGMPMessage(parsing: unsafe report.span.bytes)
            #expect(read == .report3 && report.count == MulticastReport.lengthV4)
        }
    }

    @Test("MLD: both versions")
    func mld() {
        var generator = SeededGenerator(seed: 3810)
        for _ in 0..<500 {
            let group = IPv6Address(high: 0xff02 << 48, low: generator.next())
            for message in [
                MLDMessage.query(version: 1, group: group, maximumResponse: UInt32(generator.below(0x8000))),
                .query(version: 2, group: .unspecified, maximumResponse: UInt32(generator.below(0x8000))),
                .report(group: group), .done(group: group),
            ] {
                let bytes = written { message.emit(into: &$0) }!
                let again = MLDMessage(parsing: unsafe bytes.span.bytes)
                #expect(again == message)
            }
            let report = written { MulticastReport.emit(.left, group, into: &$0) }!
            let read = MLDMessage(parsing: unsafe report.span.bytes)
            #expect(read == .report2 && report.count == MulticastReport.lengthV6)
        }
        // RFC 3810, 5.1.3: 0x8001 is (1 | 0x1000) << 3.
        let long = hex("8200 0000 8001 0000 00000000000000000000000000000000 00000000")
        let read = MLDMessage(parsing: unsafe long.span.bytes)
        #expect(read == .query(version: 2, group: .unspecified, maximumResponse: 0x1001 << 3))
    }

    @Test("ICMP's errors are what Linux makes of them", arguments: [
        (false, 3, 0, 101, false), (false, 3, 1, 113, false), (false, 3, 2, 92, true), (false, 3, 3, 111, true),
        (false, 3, 4, 90, false), (false, 3, 5, 95, false), (false, 3, 13, 113, true), (false, 11, 0, 113, false),
        (false, 12, 0, 71, true), (true, 1, 0, 101, false), (true, 1, 1, 13, true), (true, 1, 3, 113, false),
        (true, 1, 4, 111, true), (true, 2, 0, 90, false), (true, 3, 0, 113, false), (true, 4, 1, 71, true),
    ] as [(Bool, UInt8, UInt8, Int32, Bool)])
    func errors(isV6: Bool, type: UInt8, code: UInt8, number: Int32, isHard: Bool) throws {
        let error = try #require(ICMPError(ICMPHeader(type: type, code: code, word: 1400), isV6: isV6))
        #expect(error.errno.rawValue == number)
        #expect(error.isHard == isHard)
        #expect(error.maximumUnit == (error.isTooBig ? 1400 : 0))
    }

    @Test("What an error quotes")
    func quotes() throws {
        let bytes = hex("4500 05dc 0001 0000 4006 0000 c0a80102 c0a80101 1234 0050 89abcdef")
        let quote = try #require(QuotedPacket(parsingV4: unsafe bytes.span.bytes))
        #expect(quote.source == .v4(IPv4Address(192, 168, 1, 2)))
        #expect(quote.sourcePort == Port(0x1234) && quote.destinationPort == Port(80))
        #expect(quote.sequence == 0x89ab_cdef && quote.protocol == .tcp)
        let cut = Array(bytes.dropLast())
        let short = QuotedPacket(parsingV4: unsafe cut.span.bytes)
        #expect(short == nil)
        var later = bytes
        later[7] = 1
        let fragment = QuotedPacket(parsingV4: unsafe later.span.bytes)
        #expect(fragment == nil)
        let six = hex(
            """
            60000000 05b4 2c 40 20010db8000000000000000000000001 20010db8000000000000000000000002
            1100 0001 00000007 1234 0035 0010 0000
            """)
        let second = try #require(QuotedPacket(parsingV6: unsafe six.span.bytes))
        #expect(second.protocol == .udp && second.destinationPort == Port(53))
    }
}
