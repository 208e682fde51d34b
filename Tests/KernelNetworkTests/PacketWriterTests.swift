import KernelWire
import Testing

@Suite("Network: the packet writer")
struct PacketWriterTests {
    @Test("Numbers and addresses stand with their highest byte first")
    func order() {
        let bytes = written { writer in
            writer.append(0x01 as UInt8)
            writer.append(0x0203 as UInt16)
            writer.append(0x0405_0607 as UInt32)
            writer.append(0x0809_0a0b_0c0d_0e0f as UInt64)
            writer.append(EthernetAddress(bits: 0x1011_1213_1415))
            writer.append(IPv4Address(0x16, 0x17, 0x18, 0x19))
            writer.append(IPv6Address(high: 0x1a1b_1c1d_1e1f_2021, low: 0x2223_2425_2627_2829))
            writer.append(contentsOf: unsafe [0x2a as UInt8, 0x2b].span.bytes)
            writer.append(zeros: 1)
            writer.replace(at: 43, with: 0x2c2d)
            writer.replace(at: 42, with: 0x2b2c)
            writer.replace(at: -1, with: 0xffff)
        }
        #expect(bytes == (1...0x2c as ClosedRange<UInt8>).map { $0 })
    }

    @Test("What finds no room is not written, nor what is behind it", arguments: 0...16)
    func room(capacity: Int) {
        var memory = [UInt8](repeating: 0, count: capacity)
        var elements = memory.mutableSpan
        var writer = PacketWriter(unsafe elements.mutableBytes)
        writer.append(1 as UInt32)
        writer.append(zeros: 3)
        writer.append(1 as UInt64)
        writer.append(1 as UInt8)
        let (count, isWhole, room) = (writer.count, writer.isWhole, writer.room)
        #expect(isWhole == (capacity >= 16))
        #expect(count == (capacity >= 16 ? 16 : capacity >= 15 ? 15 : capacity >= 7 ? 7 : capacity >= 4 ? 4 : 0))
        #expect(room == 0)
        writer.clear()
        let again = writer.isWhole
        #expect(again)
    }
}
