/// A text of fewer than 64 bytes, none of which is zero: in words, so that it is
/// compared and hashed without a look at single bytes.
public struct ShortText: BitwiseCopyable, Sendable {
    /// The bytes, little-endian; in the word in which the text ends there are zeros
    /// behind it.
    public private(set) var words = InlineArray<8, UInt64>(repeating: 0)
    public private(set) var count = 0

    public static var capacity: Int { 64 }

    public init() {}

    /// - Returns: `nil`: the text is too long, or a byte of it is zero.
    public init?(_ text: RawSpan) {
        guard text.byteCount < Self.capacity else { return nil }
        let isFilled = fill(limit: text.byteCount + 1) { bytes in
            bytes.copy(text, at: 0, count: UInt64(text.byteCount), to: 0)
        }
        guard isFilled, count == text.byteCount else { return nil }
    }

    /// Takes what `read` reads, up to the first zero; `false`: it fails, or there is no
    /// zero among the first `limit` bytes.
    @inline(__always)
    public mutating func fill(limit: Int, _ read: (inout MutableRawSpan) -> Bool) -> Bool {
        var elements = words.mutableSpan
        var bytes = unsafe elements.mutableBytes
        guard read(&bytes) else { return false }
        var index = 0
        while index < 8 {
            let word = UInt64(littleEndian: words[index])
            // A byte is zero where taking 1 from it borrows for a bit that was not set.
            let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if zeros != 0 {
                let bits = zeros.trailingZeroBitCount & 0x38
                count = index &* 8 &+ bits / 8
                words[index] = word & ((1 &<< UInt64(bits)) &- 1)
                return count < limit
            }
            index &+= 1
        }
        return false
    }

    /// Which word the text ends in: the last one that tells it from another.
    public var lastWord: Int { count / 8 }

    /// Runs `body` with the bytes.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(words.span.bytes.extracting(0..<count))
    }
}
