import KernelWire

extension TCP {
    /// Timestamps (RFC 7323, 3 to 5).
    struct TimestampState: Sendable, BitwiseCopyable {
        /// What is added to the clock's milliseconds: so that they do not tell how long
        /// the machine has been up, and differ for each peer (RFC 7323, 7.1).
        var offset: UInt32
        /// TS.Recent, and when it came, in seconds of the clock.
        var recent: UInt32 = 0
        var recentSeconds: UInt32 = 0

        /// TSval. A tick is a millisecond (RFC 7323, 5.4: 1 ms to 1 s).
        func value(_ now: Instant) -> UInt32 { UInt32(truncatingIfNeeded: now.wholeMilliseconds) &+ offset }

        func option(_ now: Instant) -> TCPTimestamps { TCPTimestamps(value: value(now), echo: recent) }

        mutating func take(_ value: UInt32, _ now: Instant) {
            recent = value
            recentSeconds = UInt32(truncatingIfNeeded: now.wholeSeconds)
        }

        /// R1 of RFC 7323, 5.3: SEG.TSval < TS.Recent, which is not too old (5.5).
        func isOld(_ value: UInt32, _ now: Instant) -> Bool {
            Int32(truncatingIfNeeded: value &- recent) < 0
                && UInt32(truncatingIfNeeded: now.wholeSeconds) &- recentSeconds < Limits.timestampSeconds
        }

        /// How long ago `echo` was sent; `nil` when that cannot be.
        func age(of echo: UInt32, _ now: Instant) -> Interval? {
            let milliseconds = Int32(truncatingIfNeeded: value(now) &- echo)
            return milliseconds < 0 ? nil : .milliseconds(UInt64(milliseconds))
        }
    }
}
