/// A moment: nanoseconds since 1970. One word, so that who writes and who reads
/// a file's times need no lock; the years 1678 to 2261 fit, others become the
/// nearest one, as POSIX lets a file system do (utimensat).
public struct FileTime: Equatable, Comparable, Sendable, BitwiseCopyable {
    public var nanosecondsSinceEpoch: Int64

    public init(nanosecondsSinceEpoch: Int64) { self.nanosecondsSinceEpoch = nanosecondsSinceEpoch }

    private static let second: Int64 = 1_000_000_000

    /// - Parameter nanoseconds: Below 10^9.
    public init(seconds: Int64, nanoseconds: UInt32) {
        let (product, isLarge) = seconds.multipliedReportingOverflow(by: Self.second)
        let (sum, isLarger) = product.addingReportingOverflow(Int64(nanoseconds))
        nanosecondsSinceEpoch = isLarge || isLarger ? (seconds < 0 ? .min : .max) : sum
    }

    /// Whole seconds, rounded down, and nanoseconds above them.
    @inline(__always)
    public var parts: (seconds: Int64, nanoseconds: Int64) {
        let (quotient, remainder) = nanosecondsSinceEpoch.quotientAndRemainder(dividingBy: Self.second)
        return remainder < 0 ? (quotient &- 1, remainder &+ Self.second) : (quotient, remainder)
    }

    /// Whole seconds, rounded down.
    public var seconds: Int64 {
        parts.seconds
    }

    /// Nanoseconds above the whole seconds.
    public var nanoseconds: UInt32 {
        UInt32(truncatingIfNeeded: parts.nanoseconds)
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.nanosecondsSinceEpoch < b.nanosecondsSinceEpoch
    }
}

/// What `utimensat` makes of one of a file's times.
public enum TimeChange: Equatable, Sendable {
    /// `UTIME_OMIT`.
    case keep
    /// `UTIME_NOW`.
    case now
    case set(FileTime)
}

/// When a file's access time changes.
public enum AccessTimes: Sendable {
    /// With every read (POSIX.1-2017, 4.9).
    case always
    /// When it is not behind both other times, or is a day old: who asks whether
    /// a file was read since it was written gets the right answer.
    case relative
    case never
}
