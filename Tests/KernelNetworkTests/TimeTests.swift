import KernelNetwork
import Testing

@Suite("Network: moments and lengths of time")
struct TimeTests {
    @Test("Nothing wraps")
    func saturation() {
        #expect(Instant(nanoseconds: 5) + .seconds(1) == Instant(nanoseconds: 1_000_000_005))
        #expect(Instant.never + .seconds(1) == .never)
        #expect(Instant(nanoseconds: 5).since(Instant(nanoseconds: 9)) == .zero)
        #expect(Instant(nanoseconds: 9).since(Instant(nanoseconds: 5)).nanoseconds == 4)
        #expect(Interval.seconds(.max).nanoseconds == .max)
        #expect(Interval.seconds(.max) + .seconds(1) == .seconds(.max))
        #expect(Interval.seconds(1) - .seconds(2) == .zero)
        #expect(Interval.milliseconds(1500).wholeSeconds == 1)
        #expect(Interval.microseconds(1500).wholeMilliseconds == 1)
        #expect(Interval.seconds(3) / 2 == .milliseconds(1500))
    }
}
