/// Takes a stream of frames apart, byte by byte, without storing any.
///
/// Bytes that are no frame - no mark, an unknown kind, a length over the
/// maximum - are skipped up to the next mark and counted.
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

    private enum State: Equatable {
        case mark
        case kind
        case lengthLow(ChannelFrame.Kind)
        case lengthHigh(ChannelFrame.Kind, low: UInt8)
        case payload(ChannelFrame.Kind, left: Int)
    }

    private var state = State.mark
    private var ended: ChannelFrame.Kind? = nil
    /// Bytes that were no part of a frame.
    public private(set) var skippedBytes = 0

    public init() {}

    /// Takes the next byte; `nil` when it says nothing yet.
    ///
    /// After every byte, `finish()` tells whether a frame ended with it.
    public mutating func consume(_ byte: UInt8) -> Event? {
        ended = nil
        switch state {
        case .mark:
            if byte == ChannelFrame.mark { state = .kind } else { skippedBytes += 1 }
        case .kind:
            if let kind = ChannelFrame.Kind(rawValue: byte) {
                state = .lengthLow(kind)
            } else {
                skip(1, unless: byte)
            }
        case .lengthLow(let kind):
            state = .lengthHigh(kind, low: byte)
        case .lengthHigh(let kind, let low):
            let count = Int(byte) << 8 | Int(low)
            guard count <= ChannelFrame.maximumPayload else {
                skip(3, unless: byte)
                return nil
            }
            if count == 0 {
                state = .mark
                ended = kind
            } else {
                state = .payload(kind, left: count)
            }
            return .begin(kind, payloadCount: count)
        case .payload(let kind, let left):
            if left == 1 {
                state = .mark
                ended = kind
            } else {
                state = .payload(kind, left: left - 1)
            }
            return .payload(kind, byte)
        }
        return nil
    }

    /// The kind of the frame that ended with the byte just taken, if one did.
    public func finish() -> Event? {
        if let ended { .end(ended) } else { nil }
    }

    /// `count` bytes and this one were no frame; this one may start the next.
    private mutating func skip(_ count: Int, unless byte: UInt8) {
        if byte == ChannelFrame.mark {
            skippedBytes += count
            state = .kind
        } else {
            skippedBytes += count + 1
            state = .mark
        }
    }
}
