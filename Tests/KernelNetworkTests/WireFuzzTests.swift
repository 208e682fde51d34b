import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// Any bytes whatever are read or refused, by every reader; what is read lies inside.
@Suite("Network: readers of packets and any bytes whatever", .serialized, .inTurn)
struct WireFuzzTests {
    /// Real packets, of which random ones are made by changing a few bytes.
    static let samples: [[UInt8]] = [
        // IPv4 with a router's alert, and IGMP in it.
        hex("46c00020 00004000 01020000 c0a80105 e0000016 94040000 2200f9fe 00000001 04000000 ef010203"),
        hex("45000030 1c464000 80065be7 c0a80102 c0a80101 04d20050 00000001 00000000 70024000 00000000 020405b4 01010402"),
        // IPv6: hop-by-hop, routing, fragment, destination options, UDP.
        hex(
            """
            60000000 0030 00 40 20010db8000000000000000000000001 20010db8000000000000000000000002
            2b00 050200000100 2c00 0000 00000000 3c00 0000 00000001 1100 0104 00000000 1234 0035 0010 0000 0001020304050607
            """),
        // A router's advertisement with a prefix, a unit, a link address and a DNS server.
        hex(
            """
            8600 0000 40 00 0708 00000000 00000000 0101 525400123456 0501 0000 000005dc
            0304 40c0 00015180 00003840 00000000 20010db8000000000000000000000000
            1903 0000 00000e10 20010db8000000000000000000000053
            """),
        hex("8700 0000 00000000 fe800000000000000000000000000001 0101 525400123456"),
        hex("8800 0000 60000000 fe800000000000000000000000000001 0201 525400123456"),
        hex("8900 0000 00000000 fe800000000000000000000000000001 20010db8000000000000000000000002 0201 525400123456"),
        hex("8200 0000 03e80000 ff0200000000000000000000000000fb 027d0000"),
        hex("11 64 ee9b 00000000 027d0000"),
        hex("0001 0800 0604 0001 525400123456 c0a80101 000000000000 c0a80102"),
        hex("0303 0000 00000000 4500001c 00010000 40110000 c0a80102 c0a80101 1234 0035 0008 0000"),
        hex("1234 0035 000c abcd 01020304"),
    ]

    static func mutant(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = samples[generator.below(samples.count)]
        for _ in 0..<generator.below(5) {
            switch generator.below(8) {
            case 0: bytes = Array(bytes.prefix(generator.below(bytes.count + 1)))
            case 1: bytes += generator.bytes(generator.below(24))
            default:
                if !bytes.isEmpty { bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next()) }
            }
        }
        return bytes
    }

    /// Gives `bytes` to every reader; what is wrong about an answer, or `nil`.
    static func read(_ bytes: [UInt8], choice: UInt64) -> String? {
        let packet = unsafe bytes.span.bytes
        if let header = EthernetHeader(parsing: packet), written({ header.emit(into: &$0) }) != Array(bytes.prefix(14)) {
            return "Ethernet"
        }
        if let arp = ARPPacket(parsing: packet), written({ arp.emit(into: &$0) }) != Array(bytes.prefix(28)) {
            return "ARP"
        }
        if let read = IPv4Packet(parsing: packet) {
            if read.payload.upperBound > bytes.count || read.payload.lowerBound < 20 { return "IPv4's payload" }
            _ = IPv4Packet.hasSourceRoute(packet, headerLength: read.headerLength)
        }
        if let header = IPv6Header(parsing: packet) {
            if header.payloadLength > bytes.count - 40 { return "IPv6's payload" }
            if written({ header.emit(into: &$0) }) != Array(bytes.prefix(40)) { return "IPv6" }
        }
        switch IPv6Content(walking: packet, from: 40, first: IPProtocol([0, 43, 44, 60, 51][Int(choice % 5)])) {
        case .upper(_, let offset), .fragment(_, let offset):
            if offset < 40 || offset > max(40, bytes.count) { return "an upper layer outside" }
        case .problem(let problem):
            if problem.pointer < 6 || problem.pointer >= max(41, bytes.count) { return "a pointer outside" }
        case .nothing, .discarded: break
        }
        if let header = UDPHeader(parsing: packet) {
            if header.payloadLength + 8 > bytes.count { return "UDP's payload" }
            _ = header.isSound(packet, source: .v4(.loopback), destination: .v4(.loopback))
        }
        if let header = ICMPHeader(parsing: packet) {
            _ = ICMPError(header, isV6: false)?.errno
            _ = ICMPError(header, isV6: true)?.isHard
        }
        _ = QuotedPacket(parsingV4: packet)
        _ = QuotedPacket(parsingV6: packet)
        _ = NeighbourSolicitation(parsing: packet)
        _ = NeighbourAdvertisement(parsing: packet)
        _ = RouterSolicitation(parsing: packet)
        if RouterAdvertisement(parsing: packet) != nil {
            var at = RouterAdvertisement.optionsOffset
            while let (_, next) = NDPOption.read(packet, at: at) {
                if next <= at || next > bytes.count { return "an option outside" }
                at = next
            }
            if at != bytes.count { return "sound options that do not end at the end" }
        }
        _ = IGMPMessage(parsing: packet)
        _ = MLDMessage(parsing: packet)
        return nil
    }

    @Test("Packets with a few bytes changed, in every reader")
    func mutants() {
        var generator = SeededGenerator(seed: 791)
        for number in 0..<fuzzCases {
            let bytes = number % 5 == 0 ? generator.bytes(generator.below(100)) : Self.mutant(&generator)
            if let wrong = Self.read(bytes, choice: generator.next()) {
                Issue.record("case \(number): \(wrong), in \(bytes)")
                return
            }
        }
    }

    @Test("Every sample cut at every length")
    func cuts() {
        for sample in Self.samples {
            for length in 0...sample.count {
                for choice in 0..<5 as Range<UInt64> {
                    let wrong = Self.read(Array(sample.prefix(length)), choice: choice)
                    #expect(wrong == nil)
                }
            }
        }
    }
}
