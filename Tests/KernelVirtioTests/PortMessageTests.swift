import Testing

@testable import KernelVirtio

/// Messages about a console's ports (virtio 1.2, 5.3.6.2).
struct PortMessageTests {
    private func message(_ bytes: [UInt8]) -> PortMessage? { bytes.withUnsafeBytes { PortMessage($0.bytes) } }

    @Test func theBytesAreThoseOfTheStandard() {
        #expect(message([1, 0, 0, 0, 6, 0, 1, 0]) == PortMessage(port: 1, .open, value: 1))
        #expect(
            message([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0]) == PortMessage(port: .max, .deviceReady, value: 1))
        // A name is behind it.
        #expect(
            message([0x34, 0x12, 0, 0, 7, 0, 1, 0] + Array("port".utf8)) == PortMessage(port: 0x1234, .name, value: 1))
    }

    @Test func whatIsCutOffOrOfNoEventIsNone() {
        for count in 0..<8 { #expect(message([UInt8](repeating: 1, count: count)) == nil) }
        for event in [4, 5, 8, 0x100, 0xFFFF] as [UInt16] {
            #expect(message([1, 0, 0, 0, UInt8(event & 0xFF), UInt8(event >> 8), 1, 0]) == nil)
        }
    }

    @Test(arguments: [PortMessage.Event.deviceReady, .add, .remove, .portReady, .open, .name])
    func whatIsWrittenIsRead(event: PortMessage.Event) {
        var random = SeededGenerator(seed: UInt64(event.rawValue))
        for _ in 0..<100 {
            let message = PortMessage(
                port: .random(in: 0...UInt32.max, using: &random), event, value: .random(in: 0...UInt16.max, using: &random))
            var bytes = [UInt8](repeating: 0xAA, count: 10)
            bytes.withUnsafeMutableBytes { buffer in
                var span = buffer.mutableBytes
                message.write(to: &span)
            }
            #expect(self.message(bytes) == message)
            #expect(bytes[8] == 0xAA && bytes[9] == 0xAA)
        }
    }
}
