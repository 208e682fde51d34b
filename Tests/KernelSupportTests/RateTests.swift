import Foundation
import KernelSupport
import Synchronization
import Testing

/// Two counters as they are in a machine: one of unknown frequency, and the
/// 8254 beside it.
private struct Machine {
    let frequency: Double
    var generator: SeededGenerator
    /// Seconds.
    var now = 0.0
    /// When the counters were at their first values.
    let phase: Double

    init(frequency: Double, seed: UInt64) {
        self.frequency = frequency
        generator = SeededGenerator(state: seed + 1)
        phase = Double.random(in: 0..<0.05, using: &generator)
    }

    /// A look at the reference that takes up to `longest` seconds.
    mutating func sample(longest: Double) -> CounterSample {
        let before = now
        let looked = before + Double.random(in: 0...longest, using: &generator)
        now = looked + Double.random(in: 0...longest, using: &generator)
        // A third of the colour burst's 315 / 88 MHz.
        let counts = Int((looked + phase) * (315e6 / 88 / 3))
        return CounterSample(
            before: UInt64(before * frequency), after: UInt64(now * frequency),
            count: UInt16(truncatingIfNeeded: -counts))
    }
}

@Suite struct RateTests {
    @Test(arguments: [24e6, 1e9, 2.1e9, 3.7e9], 0..<25)
    func theLongerItIsMeasuredTheBetter(frequency: Double, seed: Int) throws {
        var machine = Machine(frequency: frequency, seed: UInt64(seed))
        let first = machine.sample(longest: 3e-6)
        machine.now += 1e-3
        var rate = try #require(
            RateMeasurement(from: first, to: machine.sample(longest: 3e-6)))
        #expect(abs(Double(rate.frequency) / frequency - 1) < 0.01)
        var pause = 0.01
        while pause < 2000 {
            machine.now += pause
            _ = rate.refine(with: machine.sample(longest: 3e-6))
            let error = abs(Double(rate.frequency) / frequency - 1)
            // The frequency is a whole number.
            #expect(error < 8e-6 / machine.now + 1e-8 + 1 / frequency, "after \(machine.now) s")
            pause *= 4
        }
        #expect(abs(Double(rate.frequency) / frequency - 1) < 2e-8 + 1 / frequency)
    }

    @Test func aLongSilenceBeginsAnew() throws {
        var machine = Machine(frequency: 2e9, seed: 7)
        let first = machine.sample(longest: 3e-6)
        machine.now += 1e-3
        var rate = try #require(RateMeasurement(from: first, to: machine.sample(longest: 3e-6)))
        let before = rate.frequency
        // Nobody can say how often the reference has wrapped in an hour.
        machine.now += 3600
        let isBetterAfterAnHour = rate.refine(with: machine.sample(longest: 3e-6))
        #expect(!isBetterAfterAnHour)
        #expect(rate.frequency == before)
        machine.now += 1
        let isBetterThen = rate.refine(with: machine.sample(longest: 3e-6))
        #expect(isBetterThen)
        #expect(abs(Double(rate.frequency) / 2e9 - 1) < 1e-5)
    }

    @Test func aReferenceThatWasSetChangesNothing() throws {
        var machine = Machine(frequency: 2e9, seed: 9)
        let first = machine.sample(longest: 1e-6)
        machine.now += 1e-3
        var rate = try #require(RateMeasurement(from: first, to: machine.sample(longest: 1e-6)))
        machine.now += 0.05
        let isBetterAtFirst = rate.refine(with: machine.sample(longest: 1e-6))
        #expect(isBetterAtFirst)
        let before = rate.frequency
        machine.now += 0.05
        let sample = machine.sample(longest: 1e-6)
        let moved = CounterSample(
            before: sample.ticks, after: sample.ticks, count: sample.count &+ 8000)
        let isBetter = rate.refine(with: moved)
        #expect(!isBetter)
        #expect(rate.frequency == before)
    }

    @Test func nothingIsMadeOfNonsense() {
        func sample(_ before: UInt64, _ after: UInt64, _ count: UInt16) -> CounterSample {
            CounterSample(before: before, after: after, count: count)
        }
        // No movement, no time, an absurd frequency.
        #expect(RateMeasurement(from: sample(0, 9, 5), to: sample(1000, 1009, 5)) == nil)
        #expect(RateMeasurement(from: sample(5, 5, 5), to: sample(5, 5, 4)) == nil)
        #expect(RateMeasurement(from: sample(0, 0, 9), to: sample(1, 1, 0)) == nil)
        #expect(RateMeasurement(from: sample(0, 0, 9), to: sample(1 << 49, 1 << 49, 0)) == nil)
        #expect(RateMeasurement(from: sample(9, 0, 9), to: sample(0, 9, 0)) == nil)
        var generator = SeededGenerator(state: 11)
        for _ in 0..<fuzzCases {
            func any() -> CounterSample {
                let before = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
                let width = generator.next() >> UInt64.random(in: 0..<64, using: &generator)
                return sample(before, before &+ width, UInt16.random(in: 0...(.max), using: &generator))
            }
            guard var rate = RateMeasurement(from: any(), to: any()) else { continue }
            for _ in 0..<3 {
                _ = rate.refine(with: any())
                #expect(TickScale.frequencies.contains(rate.frequency))
            }
        }
    }

    @Test func whatProcessorsAndHypervisorsSay() {
        // Intel SDM 18.7.3: a crystal of 24 MHz, 168 to 2.
        #expect(
            TickFrequency.crystalRatio(denominator: 2, numerator: 168, crystal: 24_000_000)
                == 2_016_000_000)
        #expect(TickFrequency.crystalRatio(denominator: 2, numerator: 168, crystal: 0) == nil)
        #expect(TickFrequency.crystalRatio(denominator: 0, numerator: 1, crystal: 24_000_000) == nil)
        #expect(TickFrequency.crystalRatio(denominator: 2, numerator: 0, crystal: 24_000_000) == nil)
        #expect(TickFrequency.crystalRatio(denominator: 1, numerator: .max, crystal: .max) == nil)
        #expect(TickFrequency.base(megahertz: 2400) == 2_400_000_000)
        #expect(TickFrequency.base(megahertz: 0) == nil)
        #expect(TickFrequency.hypervisor(kilohertz: 2_195_000) == 2_195_000_000)
        #expect(TickFrequency.hypervisor(kilohertz: 0) == nil)
        // 1 GHz is a factor of one; 2 GHz half of it, or a quarter shifted left.
        #expect(TickFrequency.paravirtual(multiplier: 1 << 31, shift: 1) == 1_000_000_000)
        #expect(TickFrequency.paravirtual(multiplier: 1 << 31, shift: 0) == 2_000_000_000)
        #expect(TickFrequency.paravirtual(multiplier: 1 << 31, shift: -1) == 4_000_000_000)
        #expect(TickFrequency.paravirtual(multiplier: 0, shift: 0) == nil)
        #expect(TickFrequency.paravirtual(multiplier: 1 << 31, shift: 127) == nil)
        #expect(TickFrequency.paravirtual(multiplier: 1 << 31, shift: -128) == nil)
        #expect(TickFrequency.paravirtual(multiplier: 1, shift: -31) == nil)
    }
}

@Suite(.timeLimit(.minutes(10)))
struct TimelineTests {
    @Test func nothingIsShownBeforeItIsSet() {
        let line = Timeline()
        let reading = line.read { 123 }
        #expect(reading == line.read { 456 })
        #expect(reading.isDue && reading.nanoseconds == 0)
    }

    @Test func theSlopeChangesAndTheValueDoesNot() throws {
        let line = Timeline()
        line.set(origin: 1000, scale: try #require(TickScale(frequency: 1_000_000_000)), horizon: 500)
        #expect(line.read { 1000 } == line.read { 900 })
        #expect(line.read { 1499 }.nanoseconds == 499)
        #expect(!line.read { 1499 }.isDue)
        #expect(line.read { 1500 }.isDue)
        line.change(to: try #require(TickScale(frequency: 500_000_000)), horizon: 50) { 2000 }
        #expect(line.read { 2000 }.nanoseconds == 1000)
        #expect(line.read { 2010 }.nanoseconds == 1020)
        #expect(!line.read { 2049 }.isDue)
        #expect(line.read { 2050 }.isDue)
    }

    /// A counter that all threads share: no two reads of it are the same.
    private final class Counter: Sendable {
        let ticks = Atomic<UInt64>(0)
        let isOver = Atomic<Bool>(false)
        let line = Timeline()

        func read() -> UInt64 {
            ticks.add(1, ordering: .sequentiallyConsistent).newValue
        }
    }

    @Test func readersNeverSeeItGoBackwardsWhileItChanges() throws {
        let counter = Counter()
        counter.line.set(
            origin: 0, scale: try #require(TickScale(frequency: 1_000_000_000)), horizon: .max)
        // A thread, not a task: the reader spins.
        Thread.detachNewThread {
            var generator = SeededGenerator(state: 3)
            for _ in 0..<50_000 {
                let frequency = UInt64.random(in: 10_000_000...4_000_000_000, using: &generator)
                counter.line.change(to: TickScale(frequency: frequency)!, horizon: .max, counter.read)
            }
            counter.isOver.store(true, ordering: .releasing)
        }
        var last: UInt64 = 0
        var backwards = 0
        while !counter.isOver.load(ordering: .acquiring) {
            let now = counter.line.read(counter.read).nanoseconds
            if now < last { backwards += 1 }
            last = now
        }
        #expect(backwards == 0)
    }
}
