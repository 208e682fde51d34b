/// How many of its own ticks a timer that counts down makes in a span of time.
public struct TimerRate: Comparable, Sendable {
    /// Ticks in 2^24 nanoseconds, 17 milliseconds; never 0.
    private let ticks: UInt64

    private static let scaleBits: UInt64 = 24
    /// 64 ticks a nanosecond: more than any timer makes.
    private static let fastest: UInt64 = 1 << 30
    /// The longest span that is counted at once, in nanoseconds: 4 s.
    public static let longest: UInt64 = 1 << 32

    /// Whether the one on the left is the slower timer's.
    public static func < (left: Self, right: Self) -> Bool { left.ticks < right.ticks }

    /// - Parameters:
    ///   - ticks: What the timer counted.
    ///   - nanoseconds: In what time, more than none.
    public init(ticks: UInt32, in nanoseconds: UInt64) {
        let scaled = (UInt64(ticks) << Self.scaleBits) / max(nanoseconds, 1)
        self.ticks = min(max(scaled, 1), Self.fastest)
    }

    /// The ticks of so many nanoseconds, rounded down, but at least one: a
    /// timer that is set to none stops. A longer span than `longest`, or than
    /// the timer can count, is cut.
    public func count(of nanoseconds: UInt64) -> UInt32 {
        let count = (min(nanoseconds, Self.longest) * ticks) >> Self.scaleBits
        return UInt32(clamping: max(count, 1))
    }
}
