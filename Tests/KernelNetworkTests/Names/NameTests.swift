import Foundation
import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: addresses as texts, services, and their order")
struct NameTests {
    private func text(_ address: IPAddress) -> String {
        String(decoding: written { address.emitText(into: &$0) }!, as: UTF8.self)
    }

    @Test("Addresses are written as the host's inet_ntop writes them") func writing() {
        var random = SeededGenerator(seed: 7)
        for number in 0..<20_000 {
            // Each group is 0 half of the time.
            var groups: [UInt16] = (0..<8).map { _ in
                let isZero = random.next() & 1 == 0
                return isZero ? 0 : UInt16(truncatingIfNeeded: random.next())
            }
            if number % 16 == 0 { groups = [0, 0, 0, 0, 0, 0xffff] + groups[6...] }
            // The host's writes these as IPv4's, which RFC 5952 does not ask for.
            if groups[0..<6].allSatisfy({ $0 == 0 }) { continue }
            let bytes: [UInt8] = groups.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
            var expected = [CChar](repeating: 0, count: 64)
            inet_ntop(AF_INET6, bytes, &expected, 64)
            let high = bytes[..<8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let low = bytes[8...].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            let address = IPAddress.v6(IPv6Address(high: high, low: low))
            #expect(text(address) == String(decoding: expected.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            let number = UInt32(truncatingIfNeeded: random.next())
            inet_ntop(AF_INET, [UInt8](bytes[12...]), &expected, 64)
            #expect(text(.v4(IPv4Address(bits: UInt32(truncatingIfNeeded: low))))
                == String(decoding: expected.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            let again = text(.v4(IPv4Address(bits: number)))
            #expect(IPAddress(text: unsafe Array(again.utf8).span.bytes) == .v4(IPv4Address(bits: number)))
        }
    }

    /// Texts of the letters that such numbers have; the host says which are some.
    @Test("Numbers in place of an address are those of the host's inet_aton") func numbers() {
        var random = SeededGenerator(seed: 8)
        var found = 0
        let letters = Array("0011237789axXf...".utf8)
        for _ in 0..<100_000 {
            let count = Int(random.next() % 12)
            let bytes = (0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
            var expected = in_addr()
            let isSome = inet_aton(String(decoding: bytes, as: UTF8.self), &expected) != 0
            let address = unsafe IPv4Address(numbers: bytes.span.bytes)
            #expect(address?.bits == (isSome ? expected.s_addr.bigEndian : nil), "\(String(decoding: bytes, as: UTF8.self))")
            if isSome { found += 1 }
        }
        #expect(found > 5_000)
    }

    @Test("Services by name and by port") func services() {
        ServicesFile.known.withBytes { text in
            let file = ServicesFile(text)
            func port(_ name: String, _ transport: DNSTransport) -> UInt16? {
                unsafe file.port(of: Array(name.utf8).span.bytes, transport)?.number
            }
            func name(_ port: UInt16, _ transport: DNSTransport) -> String {
                let found = file.name(of: Port(port), transport)
                return String(decoding: (0..<found.byteCount).map { found.field(at: $0, as: UInt8.self) }, as: UTF8.self)
            }
            #expect(port("http", .tcp) == 80 && port("www", .tcp) == 80 && port("domain", .udp) == 53)
            #expect(port("ntp", .udp) == 123 && port("ntp", .tcp) == nil && port("HTTP", .tcp) == nil)
            #expect(port("htt", .tcp) == nil && port("", .tcp) == nil && port("nobody", .udp) == nil)
            #expect(name(443, .tcp) == "https" && name(123, .udp) == "ntp" && name(123, .tcp) == "" && name(1, .tcp) == "")
        }
        let bytes = Array("a 1/tcp\nb 65536/tcp\nc 3 /tcp\nd 4/sctp\ne 05/udp # f\ng\nh 7/tcp i".utf8)
        let file = unsafe ServicesFile(bytes.span.bytes)
        for (name, transport, port) in [
            ("a", .tcp, 1), ("a", .udp, nil), ("b", .tcp, nil), ("c", .tcp, nil), ("d", .tcp, nil), ("e", .udp, 5),
            ("f", .udp, nil), ("g", .tcp, nil), ("h", .tcp, 7), ("i", .tcp, 7),
        ] as [(String, DNSTransport, UInt16?)] {
            #expect(unsafe file.port(of: Array(name.utf8).span.bytes, transport)?.number == port, "\(name)")
        }
    }

    /// RFC 6724, 10.2, and the rules that it has no example of.
    @Test(
        "Destinations are tried in RFC 6724's order",
        arguments: [
            (["2001:db8:1::1 2001:db8:1::2", "198.51.100.121 169.254.13.78"], [0, 1]),
            (["2001:db8:1::1 fe80::1", "198.51.100.121 198.51.100.117"], [1, 0]),
            (["2001:db8:1::1 2001:db8:1::2", "10.1.2.3 10.1.2.4"], [0, 1]),
            (["2001:db8:1::1 2001:db8:1::2", "fe80::1 fe80::2"], [1, 0]),
            (["2001:db8:3ffe::1 2001:db8:3f44::2", "2001:db8:1::1 2001:db8:1::2"], [1, 0]),
            (["2002:c633:6401::1 2002:c633:6401::2", "2001:db8:1::1 2002:c633:6401::2"], [0, 1]),
            (["2002:c633:6401::1 2002:c633:6401::2", "2001:db8:1::1 2001:db8:1::2"], [1, 0]),
            // Rule 1: no way there.
            (["2001:db8:1::1", "198.51.100.121 198.51.100.117"], [1, 0]),
            (["2001:db8:1::1", "198.51.100.121"], [0, 1]),
            // Rule 6: IPv4 before Teredo, unique local addresses behind it.
            (["2001::1 2001::2", "198.51.100.121 198.51.100.117"], [1, 0]),
            (["fd00::1 fd00::2", "198.51.100.121 198.51.100.117"], [1, 0]),
            (["127.0.0.1 127.0.0.1", "::1 ::1"], [1, 0]),
            // Rule 10: what is equal stays.
            (["192.0.2.9 198.51.100.117", "198.51.100.1 198.51.100.117"], [0, 1]),
        ]) func order(candidates: [String], expected: [Int]) {
        let list = candidates.map { text in
            let parts = text.split(separator: " ").map { address(String($0)) }
            return DestinationCandidate(parts[0], source: parts.count > 1 ? parts[1] : nil)
        }
        let order = list[1].isPreferred(to: list[0]) ? [1, 0] : [0, 1]
        #expect(order == expected)
        // Both ways round.
        if expected == [1, 0] { #expect(!list[0].isPreferred(to: list[1])) }
    }

    /// No circle: a list can be put into the order.
    @Test("The order is one") func isAnOrder() {
        var random = SeededGenerator(seed: 9)
        let texts = [
            "::1", "127.0.0.1", "10.0.0.1", "169.254.1.1", "198.51.100.1", "fe80::1", "fec0::1", "fd00::1", "2001::1",
            "2002:c633:6401::1", "2001:db8:1::1", "2001:db8:2::1", "3ffe::1", "::", "ff02::1", "ff05::1", "ff0e::1",
        ]
        func candidate() -> DestinationCandidate {
            let destination = address(texts[Int(random.next() % UInt64(texts.count))])
            let source = address(texts[Int(random.next() % UInt64(texts.count))])
            let isUsable = source.isV6 == destination.isV6 && random.next() % 8 > 0
            return DestinationCandidate(destination, source: isUsable ? source : nil)
        }
        for _ in 0..<100_000 {
            let (a, b, c) = (candidate(), candidate(), candidate())
            #expect(!(a.isPreferred(to: b) && b.isPreferred(to: a)))
            if a.isPreferred(to: b), b.isPreferred(to: c) { #expect(a.isPreferred(to: c)) }
        }
    }
}
