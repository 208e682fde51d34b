/// A moment of the clock that the caller keeps.
///
/// Nothing in this module reads a clock: time is an argument.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the clock's start.
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The clock's start.
    @inlinable
    public static var start: Instant { Instant(nanoseconds: 0) }

    /// A moment that does not come.
    @inlinable
    public static var never: Instant { Instant(nanoseconds: .max) }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment that much later, at most `never`.
    @inlinable
    public static func + (instant: Instant, interval: Interval) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    @inlinable
    public static func += (instant: inout Instant, interval: Interval) {
        instant = instant + interval
    }

    /// How long after `earlier` this is; nothing, when it is before.
    @inlinable
    public func since(_ earlier: Instant) -> Interval {
        Interval(nanoseconds: self < earlier ? 0 : nanoseconds &- earlier.nanoseconds)
    }
}
