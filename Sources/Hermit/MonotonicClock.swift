import CHermit

/// A clock that only goes forward, since the machine's boot; it cannot be set.
///
/// It has the shape of Swift's `Clock`, a protocol of the concurrency library,
/// which Embedded Swift has not got here: `now`, an `Instant` with
/// `advanced(by:)` and `duration(to:)`, `minimumResolution`.
///
/// ```swift
/// let elapsed = MonotonicClock().measure { work() }
/// ```
public struct MonotonicClock: Sendable {
    /// A point in time on the clock.
    public struct Instant: Comparable, Hashable, Sendable {
        /// How long after the machine's boot it is.
        public let sinceBoot: Duration

        init(sinceBoot: Duration) { self.sinceBoot = sinceBoot }

        /// The present.
        public static var now: Self { MonotonicClock().now }

        /// The point in time that is `duration` later; earlier, if it is negative.
        public func advanced(by duration: Duration) -> Self {
            Self(sinceBoot: sinceBoot + duration)
        }

        /// How much later `other` is; negative, if it is earlier.
        public func duration(to other: Self) -> Duration { other.sinceBoot - sinceBoot }

        public static func < (a: Self, b: Self) -> Bool { a.sinceBoot < b.sinceBoot }
        public static func + (a: Self, b: Duration) -> Self { a.advanced(by: b) }
        public static func - (a: Self, b: Duration) -> Self { a.advanced(by: .zero - b) }
        public static func - (a: Self, b: Self) -> Duration { b.duration(to: a) }
    }

    public init() {}

    /// What the clock shows.
    ///
    /// The corresponding C function is `sys_clock_gettime` with
    /// `HERMIT_CLOCK_MONOTONIC`. On a machine that has no such clock the
    /// program ends here.
    public var now: Instant { Instant(sinceBoot: readClock(HERMIT_CLOCK_MONOTONIC)) }

    /// The clock's least step, a nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// How long `work` takes.
    public func measure<Failure: Error>(_ work: () throws(Failure) -> Void) throws(Failure) -> Duration {
        let start = now
        try work()
        return start.duration(to: now)
    }
}

/// What a clock shows, since its zero.
///
/// - Parameter number: `HERMIT_CLOCK_MONOTONIC` or `HERMIT_CLOCK_REALTIME`.
func readClock(_ number: Int32) -> Duration {
    var nanoseconds: UInt = 0
    // Without a call, but for the first time and where the rate is due.
    if unsafe __hermit_read_clock(number == HERMIT_CLOCK_REALTIME ? 1 : 0, &nanoseconds) != 0 {
        return .nanoseconds(Int(bitPattern: nanoseconds))
    }
    var time = hermit_timespec()
    guard unsafe sys_clock_gettime(number, &time) == 0 else {
        fatalError("the machine has no clock")
    }
    return .seconds(time.tv_sec) + .nanoseconds(Int64(time.tv_nsec))
}
