import KernelSupport

/// The program's interval timer, which sends `SIGALRM` (POSIX, setitimer:
/// ITIMER_REAL). One core's timer serves it, that of the core on which it was
/// set. The scheduler's lock guards it.
public struct AlarmTimer: Sendable, BitwiseCopyable {
    /// It fires no more often, in nanoseconds, whatever its period, so that
    /// the program gets on.
    private static let shortestPeriod: UInt64 = 100_000

    /// When it fires, on the monotonic clock; `.max`: never.
    private var deadline = UInt64.max
    /// Nanoseconds from each time to the next; 0: it fires once.
    private var period: UInt64 = 0
    private var core = 0

    nonisolated(unsafe) static var shared = AlarmTimer()

    /// A timer's state: when it fires next, from now on, and then how often,
    /// in nanoseconds; 0 for not at all.
    public struct Setting: Sendable {
        public var left: UInt64
        public var period: UInt64

        public init(left: UInt64, period: UInt64) {
            self.left = left
            self.period = period
        }
    }

    /// Gives the timer another setting; `nil`: it stays as it is.
    ///
    /// - Returns: What it was until now.
    /// - Throws: `ENOSYS` and `EAGAIN` where there can be no scheduler.
    public static func set(_ setting: Setting?) throws(Errno) -> Setting {
        try Signals.start()
        let flags = Runtime.enter()
        defer { Runtime.leave(flags) }
        let (core, now) = (Runtime.core, Runtime.now)
        let timer = unsafe shared
        let isSet = timer.deadline != .max
        let old = Setting(
            // One that is about to fire has not fired.
            left: !isSet ? 0 : timer.deadline > now ? timer.deadline - now : 1,
            period: isSet ? timer.period : 0)
        guard let setting else { return old }
        guard setting.left != 0 else {
            unsafe shared.stop()
            return old
        }
        // What is further away than the clock goes is no more "never".
        unsafe shared.deadline = min(now.saturatingSum(setting.left), .max - 1)
        unsafe shared.period = setting.period
        unsafe shared.core = core
        unsafe Runtime.wakeAtLatest(core, shared.deadline)
        return old
    }

    mutating func stop() { deadline = .max }

    /// Whether it fires now; sees to the core's next interrupt for it.
    mutating func fires(on core: Int, at now: UInt64) -> Bool {
        guard core == self.core, deadline != .max else { return false }
        let isTime = deadline <= now
        if isTime {
            guard period != 0 else {
                stop()
                return true
            }
            // What was missed is one signal.
            let periods = (now - deadline) / period + 1
            let (span, overflow) = periods.multipliedReportingOverflow(by: period)
            let next = deadline.saturatingSum(overflow ? .max : span)
            deadline = min(max(next, now + Self.shortestPeriod), .max - 1)
        }
        Runtime.wakeAtLatest(core, deadline)
        return isTime
    }
}
