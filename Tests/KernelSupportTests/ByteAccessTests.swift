import KernelSupport
import Testing

/// An expectation about a span: the macro itself cannot hold one.
private func check<Value: Equatable>(
    _ value: Value, _ expected: Value, at place: SourceLocation = #_sourceLocation
) {
    #expect(value == expected, sourceLocation: place)
}

@Suite struct ByteAccessTests {
    private let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

    @Test func valuesOfBothOrders() {
        let span = unsafe bytes.span.bytes
        check(span.value(at: 0, as: UInt8.self), 1)
        check(span.value(at: 1, as: UInt16.self), 0x0302)
        check(span.value(at: 1, as: UInt64.self), 0x0908_0706_0504_0302)
        check(span.bigEndianValue(at: 1, as: UInt32.self), 0x0203_0405)
        check(span.bigEndianValue(at: 1, as: UInt64.self), 0x0203_0405_0607_0809)
    }

    @Test func outsideThereIsNothing() {
        let span = unsafe bytes.span.bytes
        for offset in [2, 9, 10, UInt64(Int.max), UInt64.max - 7, UInt64.max] {
            let isNothing = [
                span.value(at: offset, as: UInt64.self) == nil,
                span.bigEndianValue(at: offset, as: UInt64.self) == nil,
                !span.contains(offset: offset, count: 8),
                span.byteSum(at: offset, count: 8) == nil,
                !span.holds("12345678", at: offset),
            ]
            #expect(isNothing == [Bool](repeating: true, count: 5), "\(offset)")
        }
        check(span.contains(offset: 9, count: 0), true)
        check(span.contains(offset: 10, count: 0), false)
        check(span.contains(offset: 0, count: UInt64.max), false)
    }

    @Test func wordsArePaddedWithZeros() {
        let all: [UInt8] = [0x81, 2, 3, 0xF4, 5, 6, 7, 0xE8, 9, 0xA0, 11]
        for count in 0...all.count {
            let some = [UInt8](all.prefix(count))
            let span = unsafe some.span.bytes
            for offset in -1...count + 8 {
                var word: UInt64 = 0
                for place in 0..<8 where offset >= 0 && offset + place < count {
                    word |= UInt64(some[offset + place]) << UInt64(8 * place)
                }
                check(span.paddedWord(at: offset), word)
            }
        }
    }

    @Test func firstBytesAreFound() {
        for count in 0...20 {
            for place in 0...count {
                // Neighbours that differ from what is sought by one or its highest bit.
                var some = (0..<count).map { [0x2E, 0x30, 0xAF, 0x00, 0xFF][$0 % 5] as UInt8 }
                if place < count { some[place] = 0x2F }
                let span = unsafe some.span.bytes
                for start in 0...count {
                    check(span.firstOffset(of: 0x2F, from: start), start <= place ? place : count)
                }
            }
        }
    }

    @Test func sumsAndTexts() {
        let span = unsafe bytes.span.bytes
        check(span.byteSum(at: 0, count: 9), 45)
        check(span.byteSum(at: 9, count: 0), 0)
        check(span.holds("\u{2}\u{3}", at: 1), true)
        check(span.holds("\u{2}\u{4}", at: 1), false)
        let text: StaticString = "ab"
        #expect([-1, 0, 1, 2].map { text.byte(at: $0) } == [0, 97, 98, 0])
    }

    @Test func changesStayInside() {
        var target = [UInt8](repeating: 0xEE, count: 16)
        var elements = target.mutableSpan
        var span = unsafe elements.mutableBytes
        let source = unsafe bytes.span.bytes
        let results = [
            span.copy(source, at: 1, count: 3, to: 13), span.copy(source, at: 0, count: 4, to: 13),
            span.copy(source, at: 8, count: 2, to: 0),
            span.copy(source, at: UInt64.max, count: 2, to: 0),
            span.copy(source, at: 0, count: 2, to: UInt64.max), span.zero(at: 0, count: 2),
            span.zero(at: 15, count: 2), span.zero(at: UInt64.max, count: UInt64.max),
            span.store(UInt32(0x0403_0201), at: 2), span.store(UInt64(0), at: 9),
        ]
        #expect(
            results == [true, false, false, false, false, true, false, false, true, false])
        #expect(
            target == [0, 0, 1, 2, 3, 4] + [UInt8](repeating: 0xEE, count: 7) + [2, 3, 4])
    }
}

@Suite struct FixedListTests {
    @Test func elementsComeAndGo() {
        var list = FixedList<4, Int>(filler: 0)
        #expect(list.isEmpty)
        #expect(list.append(1) && list.append(3))
        #expect(list.insert(2, at: 1) && list.insert(0, at: 0))
        #expect(list.isFull && !list.append(4) && !list.insert(4, at: 4))
        #expect((0..<list.count).map { list[$0] } == [0, 1, 2, 3])
        list.remove(1..<3)
        #expect((0..<list.count).map { list[$0] } == [0, 3])
        list[1] = 7
        list.remove(0..<0)
        #expect((0..<list.count).map { list[$0] } == [0, 7])
    }

    @Test func wordsAreFoundInStepsOfSixteen() {
        var bytes = [UInt8](repeating: 0, count: 100)
        bytes[8] = 7
        bytes[36] = 7
        bytes[52] = 7
        bytes[84] = 7
        let span = bytes.span.bytes
        #expect(span.firstOffset(of: 7, or: 9, in: 4..<100) == 36)
        #expect(span.firstOffset(of: 9, or: 7, in: 4..<100) == 36)
        // The byte at 36 is the fifth of the word at 32.
        #expect(span.firstOffset(of: 7 << 32, or: 9, in: 0..<100) == 32)
        #expect(span.firstOffset(of: 7, or: 7, in: 37..<100) == nil)
        #expect(span.firstOffset(of: 7, or: 7, in: 52..<100) == 52)
        #expect(span.firstOffset(of: 0, or: 9, in: 20..<100) == 20)
        // A step has to fit, and the range to lie inside.
        #expect(span.firstOffset(of: 0, or: 0, in: 90..<100) == nil)
        #expect(span.firstOffset(of: 7, or: 7, in: 4..<101) == nil)
        #expect(span.firstOffset(of: 7, or: 7, in: 200..<300) == nil)
    }

    @Test func wordsInARowAreThereTogetherOrNotAtAll() {
        let bytes = (0..<32).map { UInt8($0) }
        let two: InlineArray<2, UInt64>? = bytes.span.bytes.words(at: 3)
        #expect(two?[0] == 0x0A09_0807_0605_0403)
        #expect(two?[1] == 0x1211_100F_0E0D_0C0B)
        let last: InlineArray<2, UInt64>? = bytes.span.bytes.words(at: 16)
        #expect(last?[1] == 0x1F1E_1D1C_1B1A_1918)
        for offset: UInt64 in [17, 32, 33, .max, .max - 15] {
            let none: InlineArray<2, UInt64>? = bytes.span.bytes.words(at: offset)
            #expect(none == nil)
        }
    }
}
