/// Numbers of the sequence space in a row, from `lower` up to `upper`, which is not
/// among them; less than 2^31 of them.
public struct SequenceRange: Equatable, Sendable, BitwiseCopyable {
    public let lower: SequenceNumber
    public let upper: SequenceNumber

    /// An empty range when `upper` is before `lower`.
    @inlinable
    public init(_ lower: SequenceNumber, _ upper: SequenceNumber) {
        self.lower = lower
        self.upper = SequenceNumber.later(lower, upper)
    }

    @inlinable
    public init(_ lower: SequenceNumber, count: UInt32) {
        self.init(lower, lower + count)
    }

    static var none: SequenceRange { SequenceRange(SequenceNumber(0), SequenceNumber(0)) }

    @inlinable
    public var count: UInt32 { lower.count(upTo: upper) }

    @inlinable
    public var isEmpty: Bool { lower == upper }

    @inlinable
    public func contains(_ number: SequenceNumber) -> Bool {
        number.isAtOrAfter(lower) && number.isBefore(upper)
    }

    @inlinable
    public func contains(_ other: SequenceRange) -> Bool {
        other.lower.isAtOrAfter(lower) && other.upper.isAtOrBefore(upper)
    }

    /// Whether both make one range together: they have numbers in common, or one
    /// begins where the other ends.
    @inlinable
    public func touches(_ other: SequenceRange) -> Bool {
        lower.isAtOrBefore(other.upper) && other.lower.isAtOrBefore(upper)
    }

    /// The least range that holds both.
    @inlinable
    public func union(_ other: SequenceRange) -> SequenceRange {
        SequenceRange(
            SequenceNumber.earlier(lower, other.lower), SequenceNumber.later(upper, other.upper))
    }

    /// How many numbers both have.
    @inlinable
    public func overlap(_ other: SequenceRange) -> UInt32 {
        SequenceNumber.later(lower, other.lower).count(upTo: SequenceNumber.earlier(upper, other.upper))
    }
}
