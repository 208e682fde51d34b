/// One word of a boot command line, where it lies in the line.
///
/// Words are separated by spaces. Double quotes group what is between them,
/// spaces included; a backslash takes the next byte as it is, inside of quotes
/// and outside. Quotes and backslashes are no part of the word. A quote that is
/// never closed ends with the line; a backslash at the line's end is itself.
/// The line ends at its first zero byte.
public struct CommandLineWord: Sendable {
    private let range: Range<Int>
    /// Bytes of the word without its quotes and backslashes.
    public let count: Int
    /// None of its bytes was quoted: `--` has a meaning, `"--"` has none.
    public let isPlain: Bool

    private static let space: UInt8 = 0x20
    private static let equalsSign: UInt8 = 0x3D

    /// Reads the word at or behind `position`, which moves behind it; `nil` at the line's end.
    ///
    /// - Parameter limit: Where the line ends at the latest; its last byte without.
    public init?(_ line: RawSpan, from position: inout Int, limit: Int = .max) {
        let limit = min(limit, line.byteCount)
        var start = max(0, position)
        while start < limit, line.value(at: UInt64(bitPattern: Int64(start)), as: UInt8.self) == Self.space {
            start &+= 1
        }
        var unquoting = CommandLineWalk(offset: start)
        var count = 0
        while unquoting.next(in: line, end: limit) != nil { count &+= 1 }
        position = unquoting.offset
        guard unquoting.offset > start else { return nil }
        range = start..<unquoting.offset
        self.count = count
        isPlain = unquoting.offset - start == count
    }

    /// Whether the word is `text`.
    public func equals(_ text: StaticString, in line: RawSpan) -> Bool {
        var unquoting = CommandLineWalk(offset: range.lowerBound)
        var i = 0
        while let byte = unquoting.next(in: line, end: range.upperBound) {
            if byte != text.byte(at: i) { return false }
            i &+= 1
        }
        return i == text.utf8CodeUnitCount
    }

    /// Which of the words in `list` this one is, and that one's length. A word of the
    /// list that ends with an equals sign stands for all that start with it.
    ///
    /// - Parameter list: Words with a space behind each.
    @inline(__always)
    func place(in list: StaticString, of line: RawSpan) -> (place: Int, size: Int)? {
        var place = 0
        var start = 0
        while start < list.utf8CodeUnitCount {
            var unquoting = CommandLineWalk(offset: range.lowerBound)
            var i = start
            // The list's word, as far as this one is the same.
            while list.byte(at: i) != Self.space,
                list.byte(at: i) == unquoting.next(in: line, end: range.upperBound)
            {
                i &+= 1
            }
            if list.byte(at: i) == Self.space
                && (i &- start == count || list.byte(at: i &- 1) == Self.equalsSign)
            {
                return (place, i &- start)
            }
            while list.byte(at: i) != Self.space { i &+= 1 }
            start = i &+ 1
            place &+= 1
        }
        return nil
    }

    /// Where the first byte that equals `byte` is in the word, behind the first `skipped` ones.
    public func firstIndex(of byte: UInt8, behind skipped: Int, in line: RawSpan) -> Int? {
        var unquoting = CommandLineWalk(offset: range.lowerBound)
        var index = 0
        while let next = unquoting.next(in: line, end: range.upperBound) {
            if next == byte && index >= skipped { return index }
            index &+= 1
        }
        return nil
    }

    /// A walk that has passed the word's first `dropped` bytes.
    func walk(droppingFirst dropped: Int, of line: RawSpan) -> CommandLineWalk {
        var unquoting = CommandLineWalk(offset: range.lowerBound)
        for _ in 0..<dropped { _ = unquoting.next(in: line, end: range.upperBound) }
        return unquoting
    }

    /// Calls `body` with each byte behind the first `dropped` ones.
    func forEachByte(droppingFirst dropped: Int, of line: RawSpan, _ body: (UInt8) -> Void) {
        var unquoting = walk(droppingFirst: dropped, of: line)
        while let byte = unquoting.next(in: line, end: range.upperBound) { body(byte) }
    }

    /// Two numbers with an `x` between them, behind the first `dropped` bytes.
    func numbers(droppingFirst dropped: Int, of line: RawSpan) -> (UInt16, UInt16)? {
        var numbers: (first: UInt16?, second: UInt16?) = (nil, nil)
        var (isSecond, isWrong) = (false, false)
        forEachByte(droppingFirst: dropped, of: line) { byte in
            if byte == UInt8(ascii: "x"), !isSecond {
                isSecond = true
                return
            }
            let old = UInt32((isSecond ? numbers.second : numbers.first) ?? 0)
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte,
                let new = UInt16(exactly: old * 10 + UInt32(byte - UInt8(ascii: "0")))
            else {
                isWrong = true
                return
            }
            if isSecond { numbers.second = new } else { numbers.first = new }
        }
        guard !isWrong, let first = numbers.first, let second = numbers.second else { return nil }
        return (first, second)
    }
}
