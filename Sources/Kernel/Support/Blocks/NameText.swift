/// A text of 1 to 4096 bytes that a record holds: up to 32 bytes in place,
/// longer ones in a block.
@safe public struct NameText: BitwiseCopyable, @unchecked Sendable {
    /// The bytes; or the block's address.
    private var words = InlineArray<4, UInt64>(repeating: 0)
    public private(set) var count: UInt16 = 0

    private static let inPlace = 32

    /// No text.
    public init() {}

    /// - Returns: `nil`: there is no memory.
    public init?(_ text: RawSpan, _ source: borrowing some BlockSource & ~Copyable) {
        precondition(text.byteCount > 0 && text.byteCount <= PageTree.pageSize)
        count = UInt16(text.byteCount)
        if text.byteCount <= Self.inPlace {
            var span = words.mutableSpan
            var bytes = unsafe span.mutableBytes
            _ = bytes.copy(text, at: 0, count: UInt64(text.byteCount), to: 0)
        } else {
            guard let block = source.allocate(text.byteCount) else { return nil }
            block.withMutableBytes(0..<text.byteCount) { bytes in
                _ = bytes.copy(text, at: 0, count: UInt64(text.byteCount), to: 0)
            }
            words[0] = unsafe UInt64(UInt(bitPattern: block.address))
        }
    }

    /// Gives its block back, if it has one.
    public mutating func remove(_ source: borrowing some BlockSource & ~Copyable) {
        if let block { source.free(block) }
        self = Self()
    }

    private var block: MemoryBlock? {
        guard Int(count) > Self.inPlace else { return nil }
        return unsafe MemoryBlock(
            UnsafeMutableRawPointer(bitPattern: UInt(words[0])).unsafelyUnwrapped, count: Int(count))
    }

    /// Runs `body` with the bytes.
    @inline(__always)
    public func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        if let block { return block.withBytes(0..<block.count, body) }
        let words = words
        return unsafe body(words.span.bytes.extracting(0..<Int(count)))
    }

    /// Whether the bytes are those of `text`.
    @inline(__always)
    public func equals(_ text: RawSpan) -> Bool {
        guard text.byteCount == Int(count) else { return false }
        if block != nil { return withBytes { $0.isEqual(to: text) } }
        // Behind the text there are zeros.
        var index = 0
        while index * 8 < Int(count) {
            guard words[index] == text.paddedWord(at: index * 8) else { return false }
            index += 1
        }
        return true
    }
}

extension RawSpan {
    /// Whether two spans hold the same bytes.
    @inline(__always)
    public func isEqual(to other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        var offset = 0
        while offset < byteCount {
            guard paddedWord(at: offset) == other.paddedWord(at: offset) else { return false }
            offset += 8
        }
        return true
    }
}
