import CHermit

/// The time of day, UTC. It may be set, and so go backwards.
///
/// It has the shape of Swift's `Clock`, as ``MonotonicClock`` has.
public struct WallClock: Sendable {
    /// A point in time.
    public struct Instant: Comparable, Hashable, Sendable {
        /// How long after 1970-01-01 00:00:00 UTC it is, without leap seconds.
        public let since1970: Duration

        /// - Parameter since1970: Negative for a point before.
        public init(since1970: Duration) { self.since1970 = since1970 }

        /// The present.
        public static var now: Self { WallClock().now }

        /// The point in time that is `duration` later; earlier, if it is negative.
        public func advanced(by duration: Duration) -> Self {
            Self(since1970: since1970 + duration)
        }

        /// How much later `other` is; negative, if it is earlier.
        public func duration(to other: Self) -> Duration { other.since1970 - since1970 }

        public static func < (a: Self, b: Self) -> Bool { a.since1970 < b.since1970 }
        public static func + (a: Self, b: Duration) -> Self { a.advanced(by: b) }
        public static func - (a: Self, b: Duration) -> Self { a.advanced(by: .zero - b) }
        public static func - (a: Self, b: Self) -> Duration { b.duration(to: a) }
    }

    public init() {}

    /// What the clock shows.
    ///
    /// The corresponding C function is `sys_clock_gettime` with
    /// `HERMIT_CLOCK_REALTIME`. On a machine that has no clock at all the
    /// program ends here.
    public var now: Instant { Instant(since1970: readClock(HERMIT_CLOCK_REALTIME)) }

    /// The clock's least step, a nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Sets the clock.
    ///
    /// - Throws: `SystemError.invalidArgument` for a time before 1970 or after
    ///   the year 2262.
    ///
    /// The corresponding C function is `sys_clock_settime`.
    public func set(to instant: Instant) throws(SystemError) {
        let parts = instant.since1970.components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { throw .invalidArgument }
        var time = hermit_timespec()
        time.tv_sec = parts.seconds
        time.tv_nsec = Int32(parts.attoseconds / 1_000_000_000)
        _ = try SystemError.check(unsafe sys_clock_settime(HERMIT_CLOCK_REALTIME, &time))
    }
}
