/// A length of time, never negative; what would be more than 584 years is that.
public struct Interval: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static func microseconds(_ count: UInt64) -> Interval { Interval(nanoseconds: 1000) * count }

    @inlinable
    public static func milliseconds(_ count: UInt64) -> Interval { Interval(nanoseconds: 1_000_000) * count }

    @inlinable
    public static func seconds(_ count: UInt64) -> Interval { Interval(nanoseconds: 1_000_000_000) * count }

    @inlinable
    public static var zero: Interval { Interval(nanoseconds: 0) }

    @inlinable
    public static func < (left: Interval, right: Interval) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    public static func + (left: Interval, right: Interval) -> Interval {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return Interval(nanoseconds: overflow ? .max : sum)
    }

    /// The difference; nothing, when `right` is longer.
    @inlinable
    public static func - (left: Interval, right: Interval) -> Interval {
        Interval(nanoseconds: left < right ? 0 : left.nanoseconds &- right.nanoseconds)
    }

    @inlinable
    public static func * (interval: Interval, factor: UInt64) -> Interval {
        let (product, overflow) = interval.nanoseconds.multipliedReportingOverflow(by: factor)
        return Interval(nanoseconds: overflow ? .max : product)
    }

    /// - Precondition: `divisor` is not 0.
    @inlinable
    public static func / (interval: Interval, divisor: UInt64) -> Interval {
        Interval(nanoseconds: interval.nanoseconds / divisor)
    }

    @inlinable
    public var wholeMilliseconds: UInt64 { nanoseconds / 1_000_000 }

    @inlinable
    public var wholeSeconds: UInt64 { nanoseconds / 1_000_000_000 }
}
