import KernelSupport

/// The options' numbers.
@usableFromInline
enum TCPOptionKind {
    @usableFromInline static let end: UInt8 = 0
    @usableFromInline static let noOperation: UInt8 = 1
    @usableFromInline static let maximumSegmentSize: UInt8 = 2
    @usableFromInline static let windowScale: UInt8 = 3
    @usableFromInline static let selectiveAcknowledgmentPermitted: UInt8 = 4
    @usableFromInline static let selectiveAcknowledgment: UInt8 = 5
    @usableFromInline static let timestamps: UInt8 = 8
    @usableFromInline static let userTimeout: UInt8 = 28
}

extension TCPOptions {
    /// Reads options from `offset` up to `end` of a segment.
    ///
    /// An option of unknown kind or with another length than its kind has is
    /// passed over; of two of a kind the later counts.
    public init(parsing segment: RawSpan, from offset: Int, to end: Int) {
        self.init()
        var at = offset
        while at < end {
            let kind: UInt8 = segment.field(at: at)
            if kind == TCPOptionKind.end { return }
            if kind == TCPOptionKind.noOperation {
                at &+= 1
                continue
            }
            let length = at &+ 1 < end ? Int(segment.field(at: at &+ 1, as: UInt8.self)) : 0
            guard length >= 2, length <= end &- at else {
                isMalformed = true
                return
            }
            read(kind, of: segment, at: at &+ 2, count: length &- 2)
            at &+= length
        }
    }

    private mutating func read(_ kind: UInt8, of segment: RawSpan, at offset: Int, count: Int) {
        switch (kind, count) {
        case (TCPOptionKind.maximumSegmentSize, 2):
            maximumSegmentSize = segment.field(at: offset)
        case (TCPOptionKind.windowScale, 1):
            windowScale = segment.field(at: offset)
        case (TCPOptionKind.selectiveAcknowledgmentPermitted, 0):
            isSelectiveAcknowledgmentPermitted = true
        case (TCPOptionKind.timestamps, 8):
            timestamps = TCPTimestamps(value: segment.field(at: offset), echo: segment.field(at: offset &+ 4))
        case (TCPOptionKind.userTimeout, 2):
            let word: UInt16 = segment.field(at: offset)
            userTimeout = TCPUserTimeout(count: word, isInMinutes: word >> 15 != 0)
        case (TCPOptionKind.selectiveAcknowledgment, 8), (TCPOptionKind.selectiveAcknowledgment, 16),
            (TCPOptionKind.selectiveAcknowledgment, 24), (TCPOptionKind.selectiveAcknowledgment, 32):
            selectiveAcknowledgments = TCPSelectiveAcknowledgments()
            var at = offset
            while at < offset &+ count {
                selectiveAcknowledgments.append(
                    .init(left: segment.field(at: at), right: segment.field(at: at &+ 4)))
                at &+= 8
            }
        default: break
        }
    }

    /// The bytes of all options but SACK's.
    @inlinable
    var lengthWithoutSelectiveAcknowledgments: Int {
        (maximumSegmentSize == nil ? 0 : 4) &+ (windowScale == nil ? 0 : 4)
            &+ (timestamps != nil ? 12 : isSelectiveAcknowledgmentPermitted ? 4 : 0)
            &+ (userTimeout == nil ? 0 : 4)
    }

    /// How many of the SACK blocks find room beside the other options.
    @inlinable
    public var emittedBlocks: Int {
        let room = Self.maximumLength &- lengthWithoutSelectiveAcknowledgments
        return room < 12 ? 0 : min(selectiveAcknowledgments.count, (room &- 4) / 8)
    }

    /// The bytes that `emit` writes, a multiple of four.
    @inlinable
    public var encodedLength: Int {
        let blocks = emittedBlocks
        return lengthWithoutSelectiveAcknowledgments &+ (blocks == 0 ? 0 : 4 &+ 8 &* blocks)
    }

    /// Writes the options, each aligned to four bytes by what is in front of it;
    /// of the SACK blocks the first `emittedBlocks`.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        if let size = maximumSegmentSize {
            writer.append(0x0204_0000 | UInt32(size))
        }
        switch (timestamps, isSelectiveAcknowledgmentPermitted) {
        case (let timestamps?, let isPermitted):
            let kind: UInt64 = isPermitted ? 0x0402_080a : 0x0101_080a
            writer.append(kind << 32 | UInt64(timestamps.value))
            writer.append(timestamps.echo)
        case (nil, true): writer.append(0x0101_0402 as UInt32)
        case (nil, false): break
        }
        if let scale = windowScale {
            writer.append(0x0103_0300 | UInt32(scale))
        }
        if let timeout = userTimeout {
            writer.append(0x1c04_0000 | (timeout.isInMinutes ? 0x8000 : 0) | UInt32(timeout.count))
        }
        let blocks = emittedBlocks
        guard blocks > 0 else { return }
        writer.append(0x0101_0500 | UInt32(2 &+ 8 &* blocks))
        var i = 0
        while i < blocks {
            writer.append(selectiveAcknowledgments[i].left)
            writer.append(selectiveAcknowledgments[i].right)
            i &+= 1
        }
    }
}
