/// Takes a stream of frames apart, byte by byte or chunk by chunk, without
/// storing any payload. Both ends of the channel use it.
///
/// Bytes that are no frame - no mark, an unknown kind, a length over the
/// maximum - are skipped up to the next mark and counted. What looked like a
/// header is searched for that mark too, so a frame behind garbage is found
/// even when the garbage ends with a mark.
public struct ChannelDecoder: Sendable {
    /// What a byte was.
    public enum Event: Equatable, Sendable {
        /// The head of a frame with that many bytes of payload is complete.
        case begin(ChannelFrame.Kind, payloadCount: Int)
        /// One byte of a payload.
        case payload(ChannelFrame.Kind, UInt8)
        /// The frame is complete: follows its last byte of payload, or the head of
        /// an empty one, and is told by `finish()`.
        case end(ChannelFrame.Kind)
    }

    /// What a stretch of a chunk was.
    public enum Piece: Equatable, Sendable {
        /// The head of a frame with that many bytes of payload is complete.
        case begin(ChannelFrame.Kind, payloadCount: Int)
        /// The next bytes of the payload: where they lie in the chunk. Never empty.
        case payload(ChannelFrame.Kind, Range<Int>)
        /// The frame is complete.
        case end(ChannelFrame.Kind)
    }

    /// The bytes of a header so far, the first one lowest; all of them may start a frame.
    private var header: UInt32 = 0
    private var headerCount: UInt32 = 0
    private var kind = ChannelFrame.Kind.hello
    /// Bytes of payload that are still to come; only without a header.
    private var left = 0
    private var hasEnded = false
    /// Bytes that were no part of a frame.
    public private(set) var skippedBytes = 0

    public init() {}

    /// Inside a frame: the stream was cut off when it ends here.
    public var isInsideFrame: Bool { headerCount > 0 || left > 0 }

    /// Takes the next byte; `nil` when it says nothing yet.
    ///
    /// After every byte, `finish()` tells whether a frame ended with it.
    public mutating func consume(_ byte: UInt8) -> Event? {
        hasEnded = false
        if left > 0 {
            left -= 1
            hasEnded = left == 0
            return .payload(kind, byte)
        }
        guard let count = addToHeader(byte) else { return nil }
        hasEnded = count == 0
        return .begin(kind, payloadCount: count)
    }

    /// The kind of the frame that ended with the byte just taken, if one did.
    public func finish() -> Event? { hasEnded ? .end(kind) : nil }

    /// Takes the next bytes and calls `body` with what they are, in order.
    public mutating func consume<Failure: Error>(
        _ bytes: RawSpan, _ body: (Piece) throws(Failure) -> Void
    ) throws(Failure) {
        var position = 0
        while position < bytes.byteCount {
            if left > 0 {
                let count = min(left, bytes.byteCount - position)
                left -= count
                try body(.payload(kind, position..<position + count))
                position += count
                if left == 0 { try body(.end(kind)) }
                continue
            }
            guard let byte = bytes.value(at: UInt64(position), as: UInt8.self) else { return }
            position += 1
            if let count = addToHeader(byte) {
                try body(.begin(kind, payloadCount: count))
                if count == 0 { try body(.end(kind)) }
            }
        }
    }

    /// The length of the payload when this byte completes a header.
    private mutating func addToHeader(_ byte: UInt8) -> Int? {
        header |= UInt32(byte) << (8 * headerCount)
        headerCount += 1
        while headerCount > 0 {
            if let length = checkHeader() {
                guard headerCount == 4 else { return nil }
                header = 0
                headerCount = 0
                left = length
                return length
            }
            header >>= 8
            headerCount -= 1
            skippedBytes &+= 1
        }
        return nil
    }

    /// The length that the header says, 0 while it is incomplete; `nil` when it
    /// starts no frame.
    private mutating func checkHeader() -> Int? {
        guard UInt8(truncatingIfNeeded: header) == ChannelFrame.mark else { return nil }
        guard headerCount >= 2 else { return 0 }
        guard let kind = ChannelFrame.Kind(rawValue: UInt8(truncatingIfNeeded: header >> 8)) else {
            return nil
        }
        let length = Int(header >> 16)
        guard headerCount == 4 else { return 0 }
        guard length <= ChannelFrame.maximumPayload else { return nil }
        self.kind = kind
        return length
    }
}
