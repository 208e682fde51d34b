import KernelMachine
import KernelSupport
import Synchronization

/// The time of day, UTC: the monotonic clock and an offset, which is read
/// from the real-time clock at first use or set. It goes backwards only when
/// it is set.
public enum WallClock {
    /// No offset: it would be in the year 1677.
    private static let notStarted = Int64.min
    /// Held by the one core that reads the real-time clock.
    private static let isBusy = Atomic<Bool>(false)

    /// The largest time, in seconds, that the clock can be set to: in the year 2262.
    public static let latest: Int64 = Int64.max / Int64(TickScale.nanosecondsPerSecond) - 1

    /// The time in nanoseconds; `nil` before `start`.
    ///
    /// - Parameter monotonic: What the monotonic clock shows now.
    @inline(__always)
    public static func time(at monotonic: UInt64) -> UInt64? {
        let offset = unsafe SharedClock.line.pointee.realTime.load(ordering: .relaxed)
        return offset == notStarted ? nil : UInt64(bitPattern: offset &+ Int64(bitPattern: monotonic))
    }

    /// What `start` found.
    public enum Start: Sendable {
        case running
        /// There is no real-time clock, or it holds no time: the clock
        /// starts at 1970-01-01 00:00:00 with the monotonic clock.
        case unknown
    }

    /// Reads the real-time clock, unless the clock runs. The monotonic clock
    /// must run.
    ///
    /// No interrupt comes meanwhile: whoever it would let run might wait here.
    public static func start() -> Start { Interrupts.disabled { startAlone() } }

    private static func startAlone() -> Start {
        while isBusy.exchange(true, ordering: .acquiring) {}
        defer { isBusy.store(false, ordering: .releasing) }
        guard unsafe SharedClock.line.pointee.realTime.load(ordering: .relaxed) == notStarted else { return .running }
        guard let seconds = RealTimeClock.read()?.secondsSince1970, seconds <= latest else {
            unsafe SharedClock.line.pointee.realTime.store(0, ordering: .relaxed)
            return .unknown
        }
        set(to: UInt64(seconds) * TickScale.nanosecondsPerSecond)
        return .running
    }

    /// Sets the clock. The real-time clock stays as it is.
    ///
    /// - Parameter time: Nanoseconds since 1970-01-01 00:00:00, up to `latest` seconds.
    public static func set(to time: UInt64) {
        let monotonic = MonotonicClock.now ?? 0
        unsafe SharedClock.line.pointee.realTime.store(
            Int64(bitPattern: time &- monotonic), ordering: .relaxed)
    }
}
