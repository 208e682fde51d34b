import CMachine
import KernelMachine
import KernelSupport
import KernelTime

/// A core's one-shot timer, set to times of the monotonic clock.
///
/// It may interrupt early, by its error or because the time is too far off;
/// whoever handles the interrupt sets it again.
struct Timer {
    /// The timer's own ticks; `nil`: it takes the time stamp counter's times.
    private let rate: TimerRate?

    /// How often and how long the timer is measured, in nanoseconds.
    private static let measurements = 3
    private static let measurement: UInt64 = 100_000

    /// Measures the timer of the first core, where that has to be. The
    /// monotonic clock runs.
    init() {
        if unsafe LocalController.takesDeadlines {
            rate = nil
            return
        }
        LocalController.maskTimer(true)
        var fastest = Self.measure()
        // The host may have taken the processor away in one of them.
        for _ in 1..<Self.measurements { fastest = max(fastest, Self.measure()) }
        LocalController.setCount(0)
        LocalController.maskTimer(false)
        rate = fastest
    }

    /// Measures the timer once. The times are taken outside of the counts, so
    /// that what comes in between makes it seem slower than it is: it would
    /// interrupt too early and be set again, and never too late.
    private static func measure() -> TimerRate {
        let start = MonotonicClock.now ?? 0
        LocalController.setCount(.max)
        var now = start
        while now - start < Self.measurement { now = MonotonicClock.now ?? .max }
        let ticks = UInt32.max - LocalController.count
        let end = MonotonicClock.now ?? .max
        return TimerRate(ticks: ticks, in: end - start)
    }

    /// Interrupts this core at `time`; `.max`: never.
    func set(_ time: UInt64, at now: UInt64) {
        let span = time > now ? min(time - now, TimerRate.longest) : 0
        if let rate {
            LocalController.setCount(time == .max ? 0 : rate.count(of: span))
        } else if time == .max {
            LocalController.setDeadline(0)
        } else {
            // A frequency in kHz has 24 bits.
            let ticks = span * (MonotonicClock.frequency / 1000) / 1_000_000
            LocalController.setDeadline(TimeStampCounter.read() &+ ticks)
        }
    }
}
