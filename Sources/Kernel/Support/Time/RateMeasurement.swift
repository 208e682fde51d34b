/// A look at a reference counter, and when it was.
public struct CounterSample: Equatable, Sendable {
    /// Ticks in the middle of the look.
    public let ticks: UInt64
    /// How far off that may be, in ticks, either way.
    public let uncertainty: UInt64
    /// The counter, which counts down and wraps at 16 bits.
    public let count: UInt16

    /// - Parameters:
    ///   - before, after: Ticks around the moment in which the counter was `count`.
    public init(before: UInt64, after: UInt64, count: UInt16) {
        ticks = before &+ (after &- before) / 2
        uncertainty = (after &- before) / 2 + 1
        self.count = count
    }
}

/// The frequency of one counter, measured by another: the 8254's, which runs
/// at 13,125,000 / 11 Hz, counts down and wraps after 55 ms.
///
/// The first measurement is a short one. Later samples make it better: the
/// longer the time between the first sample and the last, the less their
/// uncertainty counts. How often the reference has wrapped in between follows
/// from the rate so far, as long as that is good enough; else the
/// measurement begins anew, with the rate it has.
public struct RateMeasurement: Equatable, Sendable {
    /// Ticks a second.
    public private(set) var frequency: UInt64
    private var start: CounterSample
    /// What the frequency was worked out from: so many ticks, of which it
    /// may be so many off.
    private var measured: UInt64
    private var error: UInt64

    /// The reference's frequency is this one divided by `referenceDivisor`.
    private static let referenceNumerator: UInt64 = 13_125_000
    private static let referenceDivisor: UInt64 = 11
    /// Counts that the prediction may be off without a doubt about the wraps.
    private static let largestDoubt: UInt64 = 16384
    /// Longer than this, in ticks, nothing is measured: the products stay
    /// far inside of 128 bits.
    private static let longest: UInt64 = 1 << 50

    /// Measures between two samples less than one wrap apart; `nil` where the
    /// reference did not move, or the frequency is none that a clock can be
    /// made of.
    public init?(from start: CounterSample, to end: CounterSample) {
        let counts = UInt64(start.count &- end.count)
        let ticks = end.ticks &- start.ticks
        guard counts > 0, ticks > 0, ticks < Self.longest else { return nil }
        frequency = Self.frequency(ticks: ticks, counts: counts)
        guard TickScale.frequencies.contains(frequency) else { return nil }
        self.start = start
        measured = ticks
        error = Self.error(start, end, ticks: ticks, counts: counts)
    }

    /// Ticks between the first sample and `now`.
    public func elapsed(at now: UInt64) -> UInt64 { now &- start.ticks }

    /// Makes the frequency better with a later sample.
    ///
    /// - Returns: Whether the frequency has changed.
    public mutating func refine(with sample: CounterSample) -> Bool {
        let ticks = sample.ticks &- start.ticks
        guard ticks > 0, ticks < Self.longest else {
            start = sample
            return false
        }
        // What the rate so far says has passed, and how far off that may be.
        let expected = counts(ticks)
        let doubt = counts(
            WideInteger(ticks, times: error).quotient(by: measured)
                .saturatingSum(start.uncertainty).saturatingSum(sample.uncertainty)
        ).saturatingSum(2)
        guard doubt < Self.largestDoubt else {
            start = sample
            return false
        }
        let difference = Int16(
            bitPattern: (start.count &- sample.count) &- UInt16(truncatingIfNeeded: expected))
        // No more than 2^48: the frequency is at least the reference's.
        let counted = Int64(expected) + Int64(difference)
        // One of the two counters stood still, or was set: begin anew.
        guard UInt64(difference.magnitude) <= doubt, counted > 0 else {
            start = sample
            return false
        }
        let better = Self.frequency(ticks: ticks, counts: UInt64(counted))
        let newError = Self.error(start, sample, ticks: ticks, counts: UInt64(counted))
        guard TickScale.frequencies.contains(better),
            WideInteger(newError, times: measured) < WideInteger(error, times: ticks)
        else { return false }
        frequency = better
        measured = ticks
        error = newError
        return true
    }

    private static func frequency(ticks: UInt64, counts: UInt64) -> UInt64 {
        WideInteger(ticks, times: referenceNumerator).quotient(by: counts * referenceDivisor)
    }

    /// Each end is as uncertain as its sample and the step of the reference.
    private static func error(
        _ start: CounterSample, _ end: CounterSample, ticks: UInt64, counts: UInt64
    ) -> UInt64 {
        start.uncertainty.saturatingSum(end.uncertainty).saturatingSum(2 * (ticks / counts + 1))
    }

    /// The reference's counts in so many ticks.
    private func counts(_ ticks: UInt64) -> UInt64 {
        WideInteger(ticks, times: Self.referenceNumerator)
            .quotient(by: frequency * Self.referenceDivisor)
    }
}
