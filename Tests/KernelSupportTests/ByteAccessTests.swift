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
}
