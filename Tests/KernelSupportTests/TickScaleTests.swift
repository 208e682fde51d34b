import KernelSupport
import Testing

@Suite struct TickScaleTests {
    private static let frequencies: [UInt64] = [
        10_000_000, 24_000_000, 999_999_999, 1_000_000_000, 2_496_000_000, 3_000_000_001,
        5_700_000_000, 100_000_000_000,
    ]
    private static let year: UInt64 = 31_556_952

    @Test(arguments: frequencies)
    func fiveHundredYearsAreExactToOnePartIn2To49(frequency: UInt64) throws {
        let scale = try #require(TickScale(frequency: frequency))
        var generator = SeededGenerator(state: frequency)
        let most = UInt128(500 * Self.year) * UInt128(frequency)
        let largest = UInt64(min(most, UInt128(UInt64.max)))
        for i in 0..<20_000 {
            // All magnitudes, and the two ends.
            let ticks =
                i == 0 ? 0 : i == 1 ? largest : (generator.next() % largest) >> UInt64.random(in: 0..<64, using: &generator)
            let exact = UInt128(ticks) * 1_000_000_000 / UInt128(frequency)
            let scaled = UInt128(scale.nanoseconds(ticks))
            #expect(scaled <= exact)
            let bound = UInt128(1) + (exact >> 49)
            #expect(exact - scaled <= bound, "\(ticks) ticks at \(frequency) Hz")
        }
    }

    @Test(arguments: frequencies)
    func laterIsNeverEarlier(frequency: UInt64) throws {
        let scale = try #require(TickScale(frequency: frequency))
        var generator = SeededGenerator(state: frequency)
        for _ in 0..<20_000 {
            let ticks = generator.next() >> UInt64.random(in: 2..<64, using: &generator)
            #expect(scale.nanoseconds(ticks) <= scale.nanoseconds(ticks + 1))
        }
    }

    @Test func frequenciesOutsideAreRefused() {
        for frequency in [0, 1, 9_999_999, 100_000_000_001, UInt64.max] {
            #expect(TickScale(frequency: frequency) == nil)
        }
    }

    @Test func quotientsAreExact() {
        var generator = SeededGenerator(state: 1)
        for _ in 0..<20_000 {
            let divisor = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            let high = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
            let low = generator.next()
            let quotient = WideInteger(high: high, low: low).quotient(by: divisor)
            guard divisor > 0 else {
                #expect(quotient == .max)
                continue
            }
            let exact = (UInt128(high) << 64 | UInt128(low)) / UInt128(divisor)
            #expect(UInt128(quotient) == min(exact, UInt128(UInt64.max)))
        }
    }

    @Test func spansOfC() {
        #expect(TimeSpan.nanoseconds(seconds: 0, nanoseconds: 0) == 0)
        #expect(TimeSpan.nanoseconds(seconds: 3, nanoseconds: 999_999_999) == 3_999_999_999)
        #expect(TimeSpan.nanoseconds(seconds: 0, nanoseconds: 1_000_000_000) == nil)
        #expect(TimeSpan.nanoseconds(seconds: 0, nanoseconds: -1) == nil)
        #expect(TimeSpan.nanoseconds(seconds: 0, nanoseconds: .max) == nil)
        #expect(TimeSpan.nanoseconds(seconds: -1, nanoseconds: 0) == nil)
        #expect(TimeSpan.nanoseconds(seconds: .min, nanoseconds: 5) == nil)
        #expect(TimeSpan.nanoseconds(seconds: .max, nanoseconds: 999_999_999) == .max)
        #expect(
            TimeSpan.nanoseconds(seconds: 18_446_744_073, nanoseconds: 709_551_615) == .max)
        #expect(
            TimeSpan.nanoseconds(seconds: 18_446_744_073, nanoseconds: 709_551_614)
                == UInt64.max - 1)
        #expect(TimeSpan.nanoseconds(seconds: 18_446_744_073, nanoseconds: 709_551_616) == .max)
        for nanoseconds: UInt64 in [0, 1, 999_999_999, 1_000_000_000, 1_700_000_000_123_456_789, .max] {
            let parts = TimeSpan.parts(nanoseconds)
            #expect(
                TimeSpan.nanoseconds(seconds: parts.seconds, nanoseconds: parts.nanoseconds)
                    == nanoseconds)
        }
    }
}
