/// The time that a segment and its acknowledgment take, and the timeout that follows
/// from it (RFC 6298). In microseconds.
struct RoundTrip: Sendable, BitwiseCopyable {
    /// SRTT, times 8; 0: nothing was measured yet.
    private var smoothed8: UInt32 = 0
    /// RTTVAR, times 4.
    private var variation4: UInt32 = 0
    private var timeoutMicroseconds: UInt32 = TCP.Limits.initialTimeout
    /// The least that was measured.
    private(set) var least: UInt32 = .max
    /// How often the timeout was doubled since something was measured (5.5).
    private(set) var backoff: UInt8 = 0

    /// SRTT; `nil` before the first measurement.
    var smoothed: Interval? {
        smoothed8 == 0 ? nil : .microseconds(UInt64(smoothed8 >> 3))
    }

    var variation: Interval { .microseconds(UInt64(variation4 >> 2)) }

    /// RTO.
    var timeout: Interval {
        .microseconds(min(UInt64(timeoutMicroseconds) << UInt64(min(backoff, 16)), UInt64(TCP.Limits.greatestTimeout)))
    }

    /// RTO of a segment that is sent for the first time.
    var timeoutWithoutBackoff: Interval { .microseconds(UInt64(timeoutMicroseconds)) }

    mutating func measure(_ interval: Interval) {
        // 2^28 us are over four minutes.
        let sample = UInt32(truncatingIfNeeded: min(max(interval.nanoseconds / 1000, 1), 1 << 28))
        least = min(least, sample)
        if smoothed8 == 0 {
            // 2.2
            smoothed8 = sample &* 8
            variation4 = sample &* 2
        } else {
            // 2.3, alpha = 1/8 and beta = 1/4; RTTVAR with the old SRTT.
            let smoothed = smoothed8 >> 3
            let difference = smoothed > sample ? smoothed &- sample : sample &- smoothed
            variation4 = variation4 &- (variation4 >> 2) &+ difference
            smoothed8 = max(smoothed8 &- smoothed &+ sample, 1)
        }
        let computed = (smoothed8 >> 3) &+ max(variation4, 1)
        timeoutMicroseconds = min(max(computed, TCP.Limits.leastTimeout), TCP.Limits.greatestTimeout)
        backoff = 0
    }

    /// 5.5: the timer has expired.
    mutating func doubleTimeout() {
        if backoff < 16 { backoff &+= 1 }
    }

    mutating func forgetBackoff() { backoff = 0 }

    /// 5.7: the SYN was sent more than once, and nothing was measured.
    mutating func synWasLost() {
        if smoothed8 == 0 { timeoutMicroseconds = TCP.Limits.timeoutAfterLostSyn }
        backoff = 0
    }
}
