import KernelMachine
import KernelSupport
import Synchronization

/// Nanoseconds that only go forward: the time stamp counter's, since a
/// moment that is given once.
///
/// Nothing is done before the first use. Then the frequency is asked of the
/// hypervisor or the processor; where neither says, it is measured against
/// the interval timer for less than a millisecond, and later readings make it
/// better: the slope changes, the value never jumps. Reading takes no lock.
///
/// The first use must not be an interrupt handler's; later ones may be.
public enum MonotonicClock {
    /// Held by the one core that works on the frequency.
    private static let isBusy = Atomic<Bool>(false)
    private static let ticksPerSecond = Atomic<UInt64>(0)
    /// What is measured; `nil` where the frequency was told. `isBusy` guards it.
    nonisolated(unsafe) private static var measurement: RateMeasurement? = nil

    /// Counts of the interval timer that the first measurement takes: 838 µs.
    private static let firstMeasurement: UInt16 = 1000
    /// First measurements at most.
    private static let measurements = 8
    /// After so long a measurement nothing gets better.
    private static let seconds: UInt64 = 1000

    /// Nanoseconds since the moment that `start` was given; `nil` before.
    @inline(__always)
    public static var now: UInt64? {
        let reading = unsafe SharedClock.line.pointee.timeline.read(TimeStampCounter.readInOrder)
        return reading.isDue ? refine(reading) : reading.nanoseconds
    }

    /// The same, where nothing but reading is to be done; else `nil`.
    @inline(__always)
    public static var nowIfSettled: UInt64? {
        let reading = unsafe SharedClock.line.pointee.timeline.read(TimeStampCounter.readInOrder)
        return reading.isDue ? nil : reading.nanoseconds
    }

    /// The counter's frequency in hertz, as well as it is known; 0 before `start`.
    public static var frequency: UInt64 { ticksPerSecond.load(ordering: .relaxed) }

    /// Starts the clock, unless it runs.
    ///
    /// - Parameter origin: The counter when the clock was at zero.
    /// - Returns: Whether it runs; `false` where the counter's frequency is
    ///   neither told nor can be measured.
    public static func start(origin: UInt64) -> Bool {
        if frequency != 0 { return true }
        while isBusy.exchange(true, ordering: .acquiring) {}
        defer { isBusy.store(false, ordering: .releasing) }
        if frequency != 0 { return true }
        guard let found = findFrequency(), let scale = TickScale(frequency: found) else {
            return false
        }
        ticksPerSecond.store(found, ordering: .relaxed)
        LockWatch.ticksPerSecond.store(found, ordering: .relaxed)
        let isTold = unsafe measurement == nil
        Interrupts.disabled {
            unsafe SharedClock.line.pointee.timeline.set(origin: origin, scale: scale, horizon: isTold ? .max : 0)
        }
        // What is measured is due in a hundredth of a second from now.
        if !isTold { change(to: scale, horizon: found / 100) }
        return true
    }

    private static func findFrequency() -> UInt64? {
        let told = TimeStampCounter.Identification()
        if let frequency = TickFrequency.hypervisor(kilohertz: told.hypervisor)
            ?? TickFrequency.paravirtual(multiplier: told.paravirtual.0, shift: told.paravirtual.1)
            ?? TickFrequency.crystalRatio(
                denominator: told.crystal.0, numerator: told.crystal.1, crystal: told.crystal.2)
        {
            return frequency
        }
        if IntervalTimer.start(), let rate = measure() {
            unsafe measurement = rate
            return rate.frequency
        }
        return TickFrequency.base(megahertz: told.base)
    }

    /// A host that stops the machine between two looks makes a measurement of no
    /// clock, and then another one is made.
    private static func measure() -> RateMeasurement? {
        for _ in 0..<measurements {
            let start = IntervalTimer.bestSample()
            guard hasCounted(since: start.count) else { return nil }
            if let rate = RateMeasurement(from: start, to: IntervalTimer.bestSample()) {
                return rate
            }
        }
        return nil
    }

    /// Waits until the interval timer has counted so far; `false`: it stands still.
    private static func hasCounted(since start: UInt16) -> Bool {
        // A look takes a port's time.
        for _ in 0..<1_000_000
        where start &- IntervalTimer.sample().count >= firstMeasurement { return true }
        return false
    }

    // MARK: - Getting better

    /// Works out the slope anew, unless another core does.
    @inline(never)
    private static func refine(_ reading: Timeline.Reading) -> UInt64? {
        guard frequency != 0 else { return nil }
        guard !isBusy.exchange(true, ordering: .acquiring) else { return reading.nanoseconds }
        defer { isBusy.store(false, ordering: .releasing) }
        guard var rate = unsafe measurement else { return reading.nanoseconds }
        let sample = IntervalTimer.bestSample()
        _ = rate.refine(with: sample)
        unsafe measurement = rate
        guard let scale = TickScale(frequency: rate.frequency) else { return reading.nanoseconds }
        ticksPerSecond.store(rate.frequency, ordering: .relaxed)
        // Each measurement is four times as long as the one before it.
        let elapsed = rate.elapsed(at: sample.ticks)
        let isDone = elapsed / seconds > rate.frequency
        change(to: scale, horizon: isDone ? .max : max(elapsed * 3, rate.frequency / 100))
        return unsafe SharedClock.line.pointee.timeline.read(TimeStampCounter.readInOrder).nanoseconds
    }

    private static func change(to scale: TickScale, horizon: UInt64) {
        Interrupts.disabled {
            unsafe SharedClock.line.pointee.timeline.change(
                to: scale, horizon: horizon, TimeStampCounter.readInOrder)
        }
    }
}
