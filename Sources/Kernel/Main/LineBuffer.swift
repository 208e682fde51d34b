/// A line of text being put together, without allocation: for the log and
/// for reports of faults. What does not fit is cut off. Nothing of it is
/// inlined, which keeps images small.
public struct LineBuffer {
    private var bytes: InlineArray<256, UInt8> = .init(repeating: 0)
    private var count = 0

    public init() {}

    /// Bytes that there is room for.
    public var room: Int { 256 - count }

    @inline(never)
    public mutating func append(_ byte: UInt8) {
        guard count < 256 else { return }
        bytes[count] = byte
        count += 1
    }

    @inline(never)
    public mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { buffer in
            for i in 0..<buffer.count { append(unsafe buffer[i]) }
        }
    }

    /// As `0x` and sixteen digits at most, without leading zeros.
    @inline(never)
    public mutating func append(hexadecimal value: UInt64) {
        append("0x")
        var started = false
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
            if digit != 0 || started || shift == 0 {
                append(digit < 10 ? 48 + digit : 87 + digit)
                started = true
            }
        }
    }

    /// As `0x` and all sixteen digits.
    @inline(never)
    public mutating func append(word value: UInt64) {
        append("0x")
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift) & 15)
            append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }

    @inline(never)
    public mutating func append(decimal value: Int) {
        if value < 0 { append(45) }
        var rest = value.magnitude
        var power: UInt = 1
        while rest / power >= 10 { power *= 10 }
        while power > 0 {
            append(48 + UInt8(rest / power))
            rest %= power
            power /= 10
        }
    }

    /// The text so far; `mutating`, because a borrowed line is passed as a copy.
    public mutating func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        unsafe body(bytes.span.extracting(first: count).bytes)
    }
}
