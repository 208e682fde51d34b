/// The growth of CUBIC's window (RFC 9438) in integers: windows in bytes, time in
/// milliseconds.
struct Cubic: Sendable, BitwiseCopyable {
    /// When the stage of congestion avoidance began, in milliseconds of the clock, modulo
    /// 2^32; 0: not yet. No stage without a pause lasts so long.
    private var epoch: UInt32 = 0
    /// W_max.
    private var greatest: UInt32 = 0
    /// K.
    private var inflection: UInt32 = 0
    /// W_est, and bytes that were acknowledged since it has grown.
    private var estimate: UInt32 = 0
    private var estimateCredit: UInt32 = 0
    /// cwnd_prior.
    private var prior: UInt32 = 0

    /// The multiplicative decrease, beta of 0.7 (4.6), of `window`.
    static func decreased(_ window: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: UInt64(window) &* 7 / 10)
    }

    /// The window is about to be reduced.
    mutating func reduce(window: UInt32) {
        prior = window
        // 4.7: fast convergence; (1 + beta) / 2 is 0.85.
        greatest = window < greatest ? UInt32(truncatingIfNeeded: UInt64(window) &* 17 / 20) : window
        epoch = 0
    }

    /// Time in which nothing was sent does not count (5.8).
    mutating func restart() { epoch = 0 }

    /// The window after `acknowledged` bytes, in congestion avoidance (4.2 to 4.5).
    mutating func grown(
        window: UInt32, acknowledged: UInt32, segmentSize: UInt32, now: Instant, roundTrip: Interval
    ) -> UInt32 {
        let time = max(UInt32(truncatingIfNeeded: now.wholeMilliseconds), 1)
        if epoch == 0 {
            epoch = time
            estimate = window
            estimateCredit = 0
            if greatest <= window {
                greatest = window
                inflection = 0
            } else {
                // K is the cubic root of (W_max - cwnd_epoch) / C segments, C being 0.4, in seconds.
                let segments = UInt64(greatest &- window) &* 2_500_000_000 / UInt64(segmentSize)
                inflection = Self.cubicRoot(segments)
            }
        }
        growEstimate(window: window, acknowledged: acknowledged, segmentSize: segmentSize)

        let elapsed = UInt64(time &- epoch)
        if windowAt(elapsed, segmentSize: segmentSize) < estimate {
            // 4.3: the Reno-friendly region.
            return max(window, estimate)
        }
        // 4.4, 4.5: the target a round trip from now, between cwnd and 1.5 cwnd.
        let target = min(
            windowAt(elapsed &+ roundTrip.wholeMilliseconds, segmentSize: segmentSize), window &+ window / 2)
        guard target > window else { return window }
        let step = UInt64(target &- window) &* UInt64(acknowledged) / UInt64(window)
        return window &+ UInt32(truncatingIfNeeded: min(step, UInt64(target &- window)))
    }

    /// W_est grows by alpha segments for each window that is acknowledged: 3 (1 - beta) /
    /// (1 + beta) = 9/17, and one as soon as it has come to where the reduction was.
    private mutating func growEstimate(window: UInt32, acknowledged: UInt32, segmentSize: UInt32) {
        estimateCredit = estimateCredit &+ min(acknowledged, window)
        let perSegment =
            estimate >= prior ? window : UInt32(truncatingIfNeeded: min(UInt64(window) &* 17 / 9, 1 << 31))
        while estimateCredit >= perSegment {
            estimateCredit &-= perSegment
            estimate = min(estimate &+ segmentSize, TCP.Limits.greatestBuffer)
        }
    }

    /// W_cubic(t) = C (t - K)^3 + W_max.
    private func windowAt(_ milliseconds: UInt64, segmentSize: UInt32) -> UInt32 {
        let limit: Int64 = 100_000
        let distance = Int64(bitPattern: min(milliseconds, 1 << 32)) &- Int64(inflection)
        let t = min(max(distance, -limit), limit)
        // At most 10^15 and, with a segment of 64 KiB, 1.4 * 10^17.
        let growth = t &* t &* t / 1000 &* Int64(segmentSize) &* 2 / 5_000_000
        return UInt32(truncatingIfNeeded: min(max(Int64(greatest) &+ growth, 0), Int64(TCP.Limits.greatestBuffer)))
    }

    /// The greatest number whose cube is not above `value`.
    static func cubicRoot(_ value: UInt64) -> UInt32 {
        var root: UInt64 = 0
        var bit: UInt64 = 1 << 21
        while bit > 0 {
            let tried = root | bit
            if tried <= 2_642_245, tried &* tried &* tried <= value { root = tried }
            bit >>= 1
        }
        return UInt32(truncatingIfNeeded: root)
    }
}
