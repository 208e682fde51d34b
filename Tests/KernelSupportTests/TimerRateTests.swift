import KernelSupport
import Testing

@Suite struct TimerRateTests {
    /// Timers as they are measured: a little less or more than a tick a
    /// nanosecond, and far from it.
    private static let measured: [(ticks: UInt32, nanoseconds: UInt64)] = [
        (195_165, 200_014), (200_001, 200_000), (200_000, 200_000), (12_500, 200_000),
        (2_500, 200_100), (1_000_000, 200_000), (3, 200_000),
    ]

    @Test(arguments: measured.indices)
    func spansAreCountedAsTheyWereMeasured(index: Int) {
        let (ticks, nanoseconds) = Self.measured[index]
        let rate = TimerRate(ticks: ticks, in: nanoseconds)
        for span: UInt64 in [1000, 10_000, 1_000_000, 10_000_000, 999_999_999, 1 << 32] {
            let exact = Double(span) * Double(ticks) / Double(nanoseconds)
            let count = Double(rate.count(of: span))
            // What the scale cannot tell apart, and what is rounded.
            let error = Double(span) / Double(1 << 24) + 1
            #expect(count <= max(exact, 1) && count >= min(exact - error, Double(UInt32.max)), "\(span) ns")
        }
    }

    @Test func noneIsNeverCounted() {
        #expect(TimerRate(ticks: 200_000, in: 200_000).count(of: 0) == 1)
        #expect(TimerRate(ticks: 0, in: 200_000).count(of: 1000) == 1)
        #expect(TimerRate(ticks: 5, in: 0).count(of: 0) == 1)
    }

    @Test func whatIsTooLongIsCut() {
        let rate = TimerRate(ticks: 100_000, in: 200_000)
        #expect(rate.count(of: .max) == 1 << 31)
        #expect(TimerRate(ticks: .max, in: 1).count(of: .max) == .max)
        #expect(TimerRate(ticks: .max, in: 1).count(of: 1_000_000) == 64_000_000)
    }
}
