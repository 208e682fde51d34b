/// How much may be on its way (RFC 5681, RFC 9438). In bytes.
struct Congestion: Sendable, BitwiseCopyable {
    /// cwnd.
    private(set) var window: UInt32
    /// ssthresh.
    private(set) var threshold: UInt32 = TCP.Limits.greatestBuffer
    /// Bytes acknowledged in congestion avoidance since the window has grown (RFC 5681, 3.1).
    private var credit: UInt32 = 0
    private var cubic = Cubic()

    /// RFC 6928: ten segments, about 14600 bytes.
    static func initialWindow(segmentSize: UInt32) -> UInt32 {
        min(10 &* segmentSize, max(2 &* segmentSize, 14_600))
    }

    /// RFC 5681, 3.1: after a lost SYN one segment.
    init(segmentSize: UInt32, synWasLost: Bool = false) {
        window = synWasLost ? segmentSize : Self.initialWindow(segmentSize: segmentSize)
    }

    var isInSlowStart: Bool { window < threshold }

    /// `count` bytes were acknowledged, and the window was in use.
    mutating func acknowledged(
        _ count: UInt32, segmentSize: UInt32, afterTimeout: Bool, newReno: Bool, now: Instant, roundTrip: Interval
    ) {
        var count = count
        if isInSlowStart {
            // RFC 5681, 3.1, counting bytes as RFC 3465 does; after a timeout one segment for
            // each ACK, which may be of what had long arrived. L of 8 is RFC 9406's, 4.2.
            let step = min(count, afterTimeout ? segmentSize : 8 &* segmentSize)
            let grown = min(window &+ step, threshold)
            count = count &- min(count, grown &- window)
            window = grown
            if isInSlowStart { return }
        }
        guard count > 0 else { return }
        if newReno {
            credit = credit &+ min(count, window)
            if credit >= window {
                credit &-= window
                window &+= segmentSize
            }
        } else {
            window = cubic.grown(
                window: window, acknowledged: count, segmentSize: segmentSize, now: now, roundTrip: roundTrip)
        }
        window = min(window, TCP.Limits.greatestBuffer)
    }

    /// Something was lost: RFC 5681, 3.1 (4); RFC 9438, 4.6.
    mutating func reduce(flight: UInt32, segmentSize: UInt32, newReno: Bool) {
        lowerThreshold(flight: flight, segmentSize: segmentSize, newReno: newReno)
        window = threshold
    }

    /// The timer has expired; `repeated` when it had for the same segment: then ssthresh
    /// stays (RFC 5681, 3.1).
    mutating func timeout(flight: UInt32, segmentSize: UInt32, repeated: Bool, newReno: Bool) {
        if !repeated { lowerThreshold(flight: flight, segmentSize: segmentSize, newReno: newReno) }
        window = segmentSize
        cubic.restart()
    }

    private mutating func lowerThreshold(flight: UInt32, segmentSize: UInt32, newReno: Bool) {
        cubic.reduce(window: max(window, segmentSize))
        threshold = max(newReno ? flight / 2 : Cubic.decreased(flight), 2 &* segmentSize)
        credit = 0
    }

    /// What was taken for a loss was none (RFC 4015, 3).
    mutating func restore(window: UInt32, threshold: UInt32) {
        self.window = max(self.window, window)
        self.threshold = max(self.threshold, threshold)
        cubic.restart()
    }

    /// Nothing was sent for some timeouts: each halves the window, down to the initial one
    /// (RFC 2861, 3; RFC 5681, 4.1).
    mutating func idle(for timeouts: UInt64, segmentSize: UInt32) {
        guard timeouts > 0 else { return }
        let floor = min(Self.initialWindow(segmentSize: segmentSize), window)
        threshold = max(threshold, UInt32(truncatingIfNeeded: UInt64(window) &* 3 / 4))
        window = max(floor, timeouts > 31 ? 0 : window >> UInt32(truncatingIfNeeded: timeouts))
        credit = 0
        cubic.restart()
    }
}
