import Foundation
import Testing

@testable import HermitTool

@Suite struct ImageWishesTests {
    /// A file with one segment of notes.
    private func image(_ notes: [UInt32], length: Int? = nil) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: 120)
        func put<Value: FixedWidthInteger>(_ value: Value, _ at: Int) {
            for i in 0..<Value.bitWidth / 8 {
                file[at + i] = UInt8(truncatingIfNeeded: value >> (8 * Value(i)))
            }
        }
        put(0x464C_457F as UInt32, 0)
        put(64 as UInt64, 32)
        put(56 as UInt16, 54)
        put(1 as UInt16, 56)
        put(4 as UInt32, 64)
        put(120 as UInt64, 72)
        put(UInt64(length ?? 4 * notes.count), 96)
        for note in notes {
            file += (0..<4).map { UInt8(truncatingIfNeeded: note >> (8 * UInt32($0))) }
        }
        return file
    }

    /// HERMIT and its zero.
    private static let name: [UInt32] = [0x4D52_4548, 0x0000_5449]

    @Test func theNoteSaysWhatAnImageWants() {
        let entry: [UInt32] = [7, 1, 0x5A00] + Self.name + [4]
        let wish: [UInt32] = [7, 4, 0x5A10] + Self.name + [1]
        #expect(ImageWishes(image(wish).span.bytes) == .powerButton)
        #expect(ImageWishes(image(entry + wish).span.bytes) == .powerButton)
        #expect(ImageWishes(image(entry).span.bytes) == [])
        #expect(ImageWishes(image([7, 4, 0x5A10, 0x4D52_4548, 0x0000_5448, 1]).span.bytes) == [])
    }

    @Test func whatIsDamagedWantsNothing() {
        let wish: [UInt32] = [7, 4, 0x5A10] + Self.name + [1]
        let whole = image(wish)
        for count in 0..<whole.count {
            #expect(ImageWishes(Array(whole[..<count]).span.bytes) == [])
        }
        #expect(ImageWishes(image(wish, length: .max).span.bytes) == [])
        #expect(ImageWishes(image([.max, .max, 0x5A10] + Self.name + [1]).span.bytes) == [])
        #expect(ImageWishes(ofFile: "/nowhere") == [])
    }
}
