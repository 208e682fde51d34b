/// Nanoseconds, and the seconds and nanoseconds that C has for them.
public enum TimeSpan {
    private static let perSecond = TickScale.nanosecondsPerSecond

    /// The nanoseconds of a `timespec`; `nil` for a negative number of
    /// seconds or a number of nanoseconds outside of 0 to 999,999,999. What
    /// is above 2^64 - 1, 584 years, is that.
    public static func nanoseconds(seconds: Int64, nanoseconds: Int32) -> UInt64? {
        guard seconds >= 0, nanoseconds >= 0, UInt64(nanoseconds) < perSecond else { return nil }
        let whole = UInt64(seconds).multipliedReportingOverflow(by: perSecond)
        return whole.overflow ? .max : whole.partialValue.saturatingSum(UInt64(nanoseconds))
    }

    /// Whole seconds and the nanoseconds behind them.
    @inline(__always)
    public static func parts(_ nanoseconds: UInt64) -> (seconds: Int64, nanoseconds: Int32) {
        let seconds = nanoseconds / perSecond
        return (Int64(seconds), Int32(truncatingIfNeeded: nanoseconds &- seconds &* perSecond))
    }
}

extension UInt64 {
    /// The sum, or the largest number where it is larger.
    public func saturatingSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
