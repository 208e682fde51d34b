/// The options of a TCP segment (RFC 9293, 3.2).
public struct TCPOptions: Equatable, Sendable, BitwiseCopyable {
    /// RFC 9293, 3.7.1; in a SYN only.
    public var maximumSegmentSize: UInt16?
    /// RFC 7323, 2: the shift count; in a SYN only. What is above 14 counts as 14.
    public var windowScale: UInt8?
    /// RFC 2018, 2; in a SYN only.
    public var isSelectiveAcknowledgmentPermitted = false
    /// RFC 7323, 3.
    public var timestamps: TCPTimestamps?
    /// RFC 2018, 3.
    public var selectiveAcknowledgments = TCPSelectiveAcknowledgments()
    /// RFC 5482.
    public var userTimeout: TCPUserTimeout?
    /// Whether an option's length was 0, 1 or past the header's end; what is
    /// behind such an option was not read (RFC 9293, 3.1: MUST-7).
    public var isMalformed = false

    @inlinable
    public init() {}

    /// The most bytes of options that a header holds.
    @inlinable
    public static var maximumLength: Int { 40 }
}

/// RFC 7323, 3.2.
public struct TCPTimestamps: Equatable, Sendable, BitwiseCopyable {
    /// TSval: the sender's clock.
    public var value: UInt32
    /// TSecr: the value that is echoed; it counts in a segment with ACK.
    public var echo: UInt32

    @inlinable
    public init(value: UInt32, echo: UInt32) {
        self.value = value
        self.echo = echo
    }
}

/// RFC 5482, 3.
public struct TCPUserTimeout: Equatable, Sendable, BitwiseCopyable {
    /// 15 bits.
    public let count: UInt16
    /// Whether `count` is in minutes, and not in seconds.
    public let isInMinutes: Bool

    @inlinable
    public init(count: UInt16, isInMinutes: Bool) {
        self.count = count & 0x7fff
        self.isInMinutes = isInMinutes
    }

    @inlinable
    public var seconds: UInt32 { UInt32(count) &* (isInMinutes ? 60 : 1) }
}

/// The blocks of a SACK option: sequence numbers that have arrived, from the
/// first up to the one that follows the last.
public struct TCPSelectiveAcknowledgments: Equatable, Sendable, BitwiseCopyable {
    public struct Block: Equatable, Sendable, BitwiseCopyable {
        public var left: UInt32
        public var right: UInt32

        @inlinable
        public init(left: UInt32, right: UInt32) {
            self.left = left
            self.right = right
        }
    }

    /// As many as fit into a header.
    @inlinable
    public static var capacity: Int { 4 }

    @usableFromInline var blocks = InlineArray<4, Block>(repeating: Block(left: 0, right: 0))
    @usableFromInline var number: UInt8 = 0

    @inlinable
    public init() {}

    @inlinable
    public var count: Int { Int(number) }

    /// - Precondition: `index` is in 0..<`count`.
    @inlinable
    public subscript(index: Int) -> Block {
        precondition(index >= 0 && index < count)
        return blocks[index]
    }

    /// Adds a block; `false` when there are four.
    @inlinable
    @discardableResult
    public mutating func append(_ block: Block) -> Bool {
        guard count < Self.capacity else { return false }
        blocks[count] = block
        number &+= 1
        return true
    }

    @inlinable
    public static func == (one: Self, other: Self) -> Bool {
        guard one.number == other.number else { return false }
        var i = 0
        while i < one.count {
            if one.blocks[i] != other.blocks[i] { return false }
            i &+= 1
        }
        return true
    }
}
