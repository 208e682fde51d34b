/// A number of TCP's sequence space, which goes round at 2^32 (RFC 9293, 3.4).
///
/// There is no `<`: of two numbers one is before the other only as long as they lie
/// less than 2^31 apart, and so three of them need not have an order.
public struct SequenceNumber: Equatable, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    @inlinable
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public static func + (number: SequenceNumber, count: UInt32) -> SequenceNumber {
        SequenceNumber(number.rawValue &+ count)
    }

    @inlinable
    public static func - (number: SequenceNumber, count: UInt32) -> SequenceNumber {
        SequenceNumber(number.rawValue &- count)
    }

    @inlinable
    public static func += (number: inout SequenceNumber, count: UInt32) { number = number + count }

    /// How far behind this `other` is; negative when it is before.
    @inlinable
    public func distance(to other: SequenceNumber) -> Int32 {
        Int32(truncatingIfNeeded: other.rawValue &- rawValue)
    }

    /// How many numbers lie from this up to `other`; none, when that is before.
    @inlinable
    public func count(upTo other: SequenceNumber) -> UInt32 {
        let distance = distance(to: other)
        return distance < 0 ? 0 : UInt32(truncatingIfNeeded: distance)
    }

    @inlinable
    public func isBefore(_ other: SequenceNumber) -> Bool { distance(to: other) > 0 }

    @inlinable
    public func isAfter(_ other: SequenceNumber) -> Bool { other.distance(to: self) > 0 }

    @inlinable
    public func isAtOrBefore(_ other: SequenceNumber) -> Bool { !isAfter(other) }

    @inlinable
    public func isAtOrAfter(_ other: SequenceNumber) -> Bool { !isBefore(other) }

    /// Whether it is one of the `count` numbers from `start` on.
    @inlinable
    public func isWithin(_ count: UInt32, from start: SequenceNumber) -> Bool {
        rawValue &- start.rawValue < count
    }

    @inlinable
    public static func earlier(_ one: SequenceNumber, _ other: SequenceNumber) -> SequenceNumber {
        one.isBefore(other) ? one : other
    }

    @inlinable
    public static func later(_ one: SequenceNumber, _ other: SequenceNumber) -> SequenceNumber {
        one.isBefore(other) ? other : one
    }
}
