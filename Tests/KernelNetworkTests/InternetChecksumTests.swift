import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: the Internet checksum")
struct InternetChecksumTests {
    /// The sum as RFC 1071, 1 has it: word by word, in big-endian order.
    private func plainSum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for i in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[i]) << 8 | (i + 1 < bytes.count ? UInt32(bytes[i + 1]) : 0)
        }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + sum >> 16 }
        return UInt16(sum)
    }

    private func sum(_ bytes: [UInt8]) -> UInt16 {
        var sum = InternetChecksum()
        sum.accumulate(unsafe bytes.span.bytes)
        return sum.folded
    }

    @Test("RFC 1071, 3: the example's bytes")
    func example() {
        #expect(sum(hex("00 01 f2 03 f4 f5 f6 f7")) == 0xddf2)
    }

    @Test("Headers that are in print: RFC 1071's method on well-known packets")
    func headers() {
        // A header that textbooks have as their example.
        #expect(~sum(hex("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7")) == 0xb861)
        let isSound = unsafe hex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7").span.bytes.hasSoundChecksum
        #expect(isSound)
    }

    @Test("Bytes of every length up to 200 at every place")
    func lengths() {
        var generator = SeededGenerator(seed: 1071)
        for length in 0...200 {
            let bytes = generator.bytes(length)
            #expect(sum(bytes) == plainSum(bytes), "\(length)")
        }
        #expect(sum([UInt8](repeating: 0xff, count: 65_535)) == plainSum([UInt8](repeating: 0xff, count: 65_535)))
    }

    @Test("Pieces that are cut anywhere, odd ones too, sum up to the whole")
    func pieces() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let bytes = generator.bytes(generator.below(120))
            var sum = InternetChecksum()
            var at = 0
            while at < bytes.count {
                let end = min(bytes.count, at + generator.below(20))
                switch (generator.below(4), bytes.count - at) {
                case (0, 2...):
                    sum.accumulate(UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]))
                    at += 2
                case (1, 4...):
                    sum.accumulate(bytes[at..<at + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) })
                    at += 4
                case (2, 8...):
                    sum.accumulate(bytes[at..<at + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
                    at += 8
                default:
                    sum.accumulate(unsafe bytes[at..<end].span.bytes)
                    at = end
                }
            }
            #expect(sum.folded == plainSum(bytes))
        }
    }

    @Test("The pseudo-header is that of both versions")
    func pseudoHeader() {
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(
            source: .v4(IPv4Address(192, 0, 2, 1)), destination: .v4(IPv4Address(198, 51, 100, 2)),
            protocol: .tcp, length: 0x1234)
        #expect(sum.folded == plainSum(hex("c0000201 c6336402 00 06 1234")))
        var second = InternetChecksum()
        second.accumulatePseudoHeader(
            source: .v6(IPv6Address(high: 0x2001_0db8 << 32, low: 1)),
            destination: .v6(IPv6Address(high: 0x2001_0db8 << 32, low: 0xffff_0000_0000_0002)),
            protocol: .udp, length: 0x1_2345)
        #expect(
            second.folded
                == plainSum(
                    hex(
                        """
                        20010db8 00000000 00000000 00000001 20010db8 00000000 ffff0000 00000002
                        00012345 000000 11
                        """)))
    }
}
