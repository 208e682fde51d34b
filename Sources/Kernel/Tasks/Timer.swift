import CMachine
import KernelMachine
import KernelTime

/// A core's one-shot timer, set to times of the monotonic clock.
///
/// It may interrupt early, by its error or because the time is too far off;
/// whoever handles the interrupt sets it again.
struct Timer {
    /// The timer's own ticks in 2^24 nanoseconds; 0: it takes the time stamp
    /// counter's times.
    private let rate: UInt64

    /// The longest time that is set at once, in nanoseconds.
    private static let longest: UInt64 = 1 << 32
    private static let scaleBits: UInt64 = 24
    /// How long the timer is measured, in nanoseconds.
    private static let measurement: UInt64 = 200_000

    /// Measures the timer of the first core, where that has to be. The
    /// monotonic clock runs.
    init() {
        if unsafe LocalController.takesDeadlines {
            rate = 0
            return
        }
        LocalController.maskTimer(true)
        let start = MonotonicClock.now ?? 0
        LocalController.setCount(.max)
        var now = start
        while now - start < Self.measurement { now = MonotonicClock.now ?? .max }
        let ticks = UInt64(UInt32.max - LocalController.count)
        LocalController.setCount(0)
        LocalController.maskTimer(false)
        rate = max((ticks << Self.scaleBits) / (now - start), 1)
    }

    /// Interrupts this core at `time`; `.max`: never.
    func set(_ time: UInt64, at now: UInt64) {
        if rate == 0 {
            guard time != .max else { return LocalController.setDeadline(0) }
            let ticks = ticks(from: now, to: time)
            LocalController.setDeadline(TimeStampCounter.read() &+ ticks)
            return
        }
        guard time != .max else { return LocalController.setCount(0) }
        let span = time > now ? min(time - now, Self.longest) : 0
        let count = span * min(rate, 1 << 30) >> Self.scaleBits
        LocalController.setCount(UInt32(clamping: max(count, 1)))
    }

    private func ticks(from now: UInt64, to time: UInt64) -> UInt64 {
        let span = time > now ? min(time - now, Self.longest) : 0
        // A frequency in kHz has 24 bits.
        return span * (MonotonicClock.frequency / 1000) / 1_000_000
    }
}
