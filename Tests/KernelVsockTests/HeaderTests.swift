import KernelSupport
import TestSupport
import Testing

@testable import KernelVsock

@Suite(.serialized, .inTurn)
struct HeaderTests {
    /// virtio 1.2, 5.10.6, byte by byte.
    @Test func theLayout() throws {
        var bytes: [UInt8] = []
        func append(_ value: UInt64, _ count: Int) {
            for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
        }
        append(3, 8)
        append(2, 8)
        append(0x0102_0304, 4)
        append(0x0506_0708, 4)
        append(0x1000, 4)
        append(1, 2)
        append(5, 2)
        append(3, 4)
        append(0x0004_0000, 4)
        append(0xFFFF_FFF0, 4)
        #expect(bytes.count == 44)
        let header = try #require(read(bytes))
        #expect(header.source == VsockAddress(context: 3, port: 0x0102_0304))
        #expect(header.destination == VsockAddress(context: 2, port: 0x0506_0708))
        #expect(header.count == 0x1000 && header.type == VsockHeader.stream && header.operation == .data)
        #expect(header.flags == 3 && header.buffer == 0x40000 && header.forwarded == 0xFFFF_FFF0)
        #expect(written(header) == bytes)
        for count in 0..<44 { #expect(read(Array(bytes[..<count])) == nil) }
        // Reserved bits of contexts (5.10.4).
        for place in [4, 7, 12, 15] {
            var wide = bytes
            wide[place] = 1
            #expect(read(wide) == nil)
        }
    }

    private func read(_ bytes: [UInt8]) -> VsockHeader? { VsockHeader(bytes.span.bytes) }

    private func written(_ header: VsockHeader) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xA7, count: 44)
        var span = bytes.mutableSpan
        var raw = span.mutableBytes
        header.write(to: &raw)
        return bytes
    }

    /// Whatever bytes come: what is read is what is there, and is written the same.
    @Test func aHundredThousandHeaders() {
        var random = SeededGenerator(seed: 0x5EED)
        for number in 0..<100_000 {
            var bytes = (0..<random.below(64)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if bytes.count >= 16, Bool.random(using: &random) {
                for place in [4, 5, 6, 7, 12, 13, 14, 15] { bytes[place] = 0 }
            }
            let isWide = bytes.count >= 16 && (bytes[4..<8] + bytes[12..<16]).contains { $0 != 0 }
            let header = read(bytes)
            #expect((header == nil) == (bytes.count < 44 || isWide), "number \(number)")
            if let header { #expect(written(header) == Array(bytes.prefix(44)), "number \(number)") }
        }
    }
}
