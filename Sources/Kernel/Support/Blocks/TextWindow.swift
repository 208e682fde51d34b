/// A part of a text that is made anew each time: what is in front of the part is
/// counted and left out, what is behind it is dropped.
public struct TextWindow: ~Copyable, ~Escapable {
    private var bytes: MutableRawSpan
    /// Bytes that are still to be left out.
    private var skip: Int64
    /// Bytes that the window holds.
    public private(set) var count = 0
    /// Bytes of all that was written.
    public private(set) var length = 0
    /// Bytes of the line that is being written.
    public private(set) var column = 0

    /// - Parameters:
    ///   - bytes: Where the part goes.
    ///   - skip: Where in the text the part starts.
    @_lifetime(copy bytes)
    public init(_ bytes: consuming MutableRawSpan, skip: Int64) {
        self.bytes = bytes
        self.skip = skip
    }

    public mutating func append(_ byte: UInt8) {
        column = byte == UInt8(ascii: "\n") ? 0 : column + 1
        length += 1
        guard skip == 0 else {
            skip -= 1
            return
        }
        if bytes.store(byte, at: UInt64(count)) { count += 1 }
    }

    public mutating func append(_ text: RawSpan) {
        for offset in 0..<UInt64(text.byteCount) { append(text.value(at: offset, as: UInt8.self) ?? 0) }
    }

    /// Appends a text that somebody else writes.
    ///
    /// - Parameter write: Gets the room, and how many bytes of the text are to be left out; returns
    ///   the bytes of all of it.
    public mutating func appendText(_ write: (inout MutableRawSpan, Int64) -> Int) {
        let (start, end, left) = (count, bytes.byteCount, skip)
        var room = bytes._mutatingExtracting(start..<end)
        let whole = Int64(write(&room, left))
        length += Int(whole)
        count = start + Int(min(max(whole - left, 0), Int64(end - start)))
        skip = left - min(whole, left)
    }

    public mutating func append(_ text: StaticString) {
        for offset in 0..<text.utf8CodeUnitCount { append(text.byte(at: offset)) }
    }

    /// - Parameter width: Digits at least; blanks in front, or zeros.
    public mutating func append(_ number: UInt64, width: Int = 0, zeros: Bool = false) {
        append(number, base: 10, width: width, filler: zeros ? UInt8(ascii: "0") : UInt8(ascii: " "))
    }

    public mutating func append(hexadecimal number: UInt64, width: Int = 0, isCapital: Bool = false) {
        append(
            number, base: 16, width: width, filler: UInt8(ascii: "0"),
            letter: isCapital ? UInt8(ascii: "A") : UInt8(ascii: "a"))
    }

    /// Blanks until the line has so many bytes.
    public mutating func pad(to width: Int) {
        while column < width { append(UInt8(ascii: " ")) }
    }

    private mutating func append(
        _ number: UInt64, base: UInt64, width: Int, filler: UInt8, letter: UInt8 = UInt8(ascii: "a")
    ) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var count = 0
        var rest = number
        repeat {
            let digit = UInt8(rest % base)
            digits[count] = digit < 10 ? UInt8(ascii: "0") + digit : letter + digit - 10
            count += 1
            rest /= base
        } while rest > 0
        for _ in 0..<max(width - count, 0) { append(filler) }
        while count > 0 {
            count -= 1
            append(digits[count])
        }
    }
}
