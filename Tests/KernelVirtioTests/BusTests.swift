import TestSupport
import Testing

@testable import KernelVirtio

/// What is found on a bus: lists of capabilities, words of the boot line.
@Suite(.serialized, .inTurn)
struct BusTests {
    /// A configuration space with a list of capabilities, as QEMU's devices have it.
    private static func space() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 256)
        bytes[0x06] = 0x10
        bytes[0x34] = 0x84
        func capability(_ at: Int, next: Int, length: Int, type: UInt8, bar: UInt8, offset: Int, size: Int) {
            bytes[at] = 0x09
            bytes[at + 1] = UInt8(next)
            bytes[at + 2] = UInt8(length)
            bytes[at + 3] = type
            bytes[at + 4] = bar
            for i in 0..<4 {
                bytes[at + 8 + i] = UInt8(truncatingIfNeeded: offset >> (8 * i))
                bytes[at + 12 + i] = UInt8(truncatingIfNeeded: size >> (8 * i))
            }
        }
        // Another way to reach the registers (5), then what is used.
        capability(0x84, next: 0x70, length: 20, type: 5, bar: 0, offset: 0, size: 0)
        capability(0x70, next: 0x60, length: 20, type: 2, bar: 4, offset: 0x3000, size: 0x1000)
        bytes[0x80] = 4
        capability(0x60, next: 0x50, length: 16, type: 4, bar: 4, offset: 0x2000, size: 0x1000)
        capability(0x50, next: 0x40, length: 16, type: 3, bar: 4, offset: 0x1000, size: 0x1000)
        capability(0x40, next: 0x98, length: 16, type: 1, bar: 4, offset: 0, size: 0x1000)
        bytes[0x98] = 0x11
        return bytes
    }

    private func layout(_ bytes: [UInt8]) -> FunctionLayout? {
        FunctionLayout { register in
            let at = Int(register & 0xFC)
            return (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
        }
    }

    @Test func registersAreFound() throws {
        let found = layout(Self.space())
        let layout = try #require(found)
        #expect(layout.common == .init(bar: 4, offset: 0, length: 0x1000))
        #expect(layout.notify == .init(bar: 4, offset: 0x3000, length: 0x1000))
        #expect(layout.device == .init(bar: 4, offset: 0x2000, length: 0x1000))
        #expect(layout.notifyMultiplier == 4 && layout.messages == 0x98)
        #expect(layout.notification(at: 3) == 12)
        #expect(layout.notification(at: 1023) == 4092)
        #expect(layout.notification(at: 1024) == nil)
    }

    @Test func whatIsNotWholeIsNoInterface() {
        var bytes = Self.space()
        bytes[0x06] = 0
        #expect(layout(bytes) == nil)
        // No registers that all have; too few of them; in no base address register; a list in a circle.
        for (place, value) in [(0x43, 6), (0x4D, 0), (0x44, 6), (0x71, 0x84)] as [(Int, UInt8)] {
            bytes = Self.space()
            bytes[place] = value
            #expect(layout(bytes) == nil, "\(place)")
        }
        bytes = Self.space()
        for place in 0x4C...0x4F { bytes[place] = 0xFF }
        bytes[0x48] = 4
        #expect(layout(bytes) == nil)
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func noListLeadsAnywhereElse(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<25_000 {
            var bytes = Self.space()
            if Bool.random(using: &random) {
                for _ in 0..<Int.random(in: 1..<12, using: &random) {
                    bytes[Int.random(in: 0..<256, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            } else {
                for at in 0x34..<256 { bytes[at] = UInt8.random(in: 0...255, using: &random) }
            }
            var reads = 0
            let layout = FunctionLayout { register in
                reads += 1
                let at = Int(register & 0xFC)
                return (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) }
            }
            #expect(reads <= 2 + 48 * 5)
            guard let layout else { continue }
            for place in [layout.common, layout.notify, layout.device ?? layout.common] {
                #expect(place.bar < 6 && place.end <= 1 << 32)
            }
            let offset = UInt16.random(in: 0...UInt16.max, using: &random)
            if let place = layout.notification(at: offset) { #expect(place + 2 <= UInt64(layout.notify.length)) }
        }
    }

    @Test func devicesAreKnownByTheirNumbers() {
        #expect(FunctionIdentity(identity: 0x1044_1AF4, subsystem: 0).kind == 4)
        #expect(FunctionIdentity(identity: 0x1005_1AF4, subsystem: 0x0004_1AF4).kind == 4)
        #expect(FunctionIdentity(identity: 0x29C0_8086, subsystem: 0x0004_1AF4).kind == nil)
        #expect(FunctionIdentity(identity: 0x1110_1AF4, subsystem: 0x0004_1AF4).kind == nil)
    }

    private func word(_ text: String) -> DeviceWord? {
        var reader = DeviceWord.Reader()
        for byte in text.utf8 { reader.take(byte) }
        return reader.word
    }

    @Test func theBootLineTellsOfDevices() {
        #expect(word("512@0xfeb00e00:12") == DeviceWord(address: 0xFEB0_0E00, size: 512, line: 12))
        #expect(word("4K@0xd0000000:5:1") == DeviceWord(address: 0xD000_0000, size: 4096, line: 5))
        #expect(word("0x200@4273995776:7") == DeviceWord(address: 0xFEC0_0000, size: 512, line: 7))
        for wrong in [
            "", "512", "512@", "512@0xfeb00e00", "512@0xfeb00e00:", "@1:2", "16@0xfeb00e00:12", "512@0:1",
            "512@0xfeb00e01:1", "512@0xffffffffffffffffff:1", "5K1@0x1000:2", "K@0x1000:2", "512@0xg:1",
            "99999999999999G@0x1000:1", "512@0x1000:99999999999", "512@x10:1", "512 @0x1000:1",
        ] {
            #expect(word(wrong) == nil, "\(wrong)")
        }
    }
}
