import KernelSupport

/// The timer behind a timerfd (Linux, timerfd_create(2)): times of one clock,
/// in nanoseconds.
public struct ExpiryTimer: Sendable, BitwiseCopyable {
    /// When it expires next; `nil`: it is not set, or has expired for the last time.
    public private(set) var deadline: UInt64? = nil
    /// From each time to the next; 0: once.
    public private(set) var period: UInt64 = 0
    /// Expiries that nobody has read.
    public private(set) var expired: UInt64 = 0

    public init() {}

    /// Sets it; what has expired before is forgotten.
    public mutating func set(_ deadline: UInt64?, period: UInt64) {
        self.deadline = deadline
        self.period = deadline == nil ? 0 : period
        expired = 0
    }

    /// Counts what has expired until `now`.
    ///
    /// - Returns: Whether something has.
    public mutating func advance(to now: UInt64) -> Bool {
        guard let time = deadline, time <= now else { return false }
        guard period > 0 else {
            expired = expired.saturatingSum(1)
            deadline = nil
            return true
        }
        let periods = (now - time) / period + 1
        expired = expired.saturatingSum(periods)
        let (span, overflow) = periods.multipliedReportingOverflow(by: period)
        // Beyond the clock's end is never.
        let next = overflow ? .max : time.saturatingSum(span)
        deadline = next == .max ? nil : next
        return true
    }

    /// Takes what has expired; `nil`: nothing has.
    public mutating func take() -> UInt64? {
        guard expired > 0 else { return nil }
        defer { expired = 0 }
        return expired
    }

    /// How long until it expires next, from `now` on; 0: it is not set.
    public func left(at now: UInt64) -> UInt64 {
        guard let deadline else { return 0 }
        // One that is about to expire has not.
        return deadline > now ? deadline - now : 1
    }
}
