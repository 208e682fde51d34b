import CHermit

/// Waits for a span of time, or a little longer; not at all where it is zero
/// or negative.
///
/// - Throws: `SystemError.noFunction` where the machine has no clock,
///   `SystemError.resourceTemporarilyUnavailable` where there is not enough
///   memory for the program's first wait of all.
///
/// The corresponding C function is `sys_nanosleep`.
public func sleep(for duration: Duration) throws(SystemError) {
    var time = duration.timespec
    _ = try SystemError.check(unsafe sys_nanosleep(&time, nil))
}

/// Waits until the clock shows `deadline`, or a little longer.
///
/// - Throws: As ``sleep(for:)`` does.
///
/// The corresponding C function is `sys_clock_nanosleep` with
/// `HERMIT_CLOCK_MONOTONIC` and `HERMIT_TIMER_ABSTIME`.
public func sleep(until deadline: MonotonicClock.Instant) throws(SystemError) {
    try sleep(until: deadline.sinceBoot, on: HERMIT_CLOCK_MONOTONIC)
}

/// Waits until the clock shows `deadline`, or a little longer. Where the clock
/// is set meanwhile, that is noticed when the span that was left is over.
///
/// - Throws: As ``sleep(for:)`` does.
///
/// The corresponding C function is `sys_clock_nanosleep` with
/// `HERMIT_CLOCK_REALTIME` and `HERMIT_TIMER_ABSTIME`.
public func sleep(until deadline: WallClock.Instant) throws(SystemError) {
    try sleep(until: deadline.since1970, on: HERMIT_CLOCK_REALTIME)
}

private func sleep(until deadline: Duration, on clock: Int32) throws(SystemError) {
    var time = deadline.timespec
    _ = try SystemError.check(
        unsafe sys_clock_nanosleep(clock, HERMIT_TIMER_ABSTIME, &time, nil))
}

extension MonotonicClock {
    /// Waits until the clock shows `deadline`, or a little longer.
    ///
    /// - Parameter tolerance: How much longer it may be, which changes nothing.
    /// - Throws: As ``sleep(for:)`` does.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) throws(SystemError) {
        try Hermit.sleep(until: deadline)
    }
}

extension WallClock {
    /// Waits until the clock shows `deadline`, or a little longer. Where the
    /// clock is set meanwhile, that is noticed when the span that was left is over.
    ///
    /// - Parameter tolerance: How much longer it may be, which changes nothing.
    /// - Throws: As ``sleep(for:)`` does.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) throws(SystemError) {
        try Hermit.sleep(until: deadline)
    }
}
