import Synchronization

/// A clock's line: nanoseconds as a function of a counter's ticks, whose
/// slope may change but which never goes backwards.
///
/// A sequence lock. Readers take no lock and write nothing; while the line
/// changes they wait, which is why whoever changes it must not be interrupted
/// by a reader. A reading is good only if the counter was read between two
/// looks at the same version: so every accepted reading lies on the old line
/// before the place where the new one begins, or on the new one behind it.
public struct Timeline: ~Copyable, Sendable {
    /// Odd while the line changes.
    private let version = Atomic<UInt64>(0)
    /// Where this part of the line begins.
    private let originTicks = Atomic<UInt64>(0)
    private let originNanoseconds = Atomic<UInt64>(0)
    private let multiplier = Atomic<UInt64>(0)
    /// Ticks behind the origin at which the slope is to be worked out anew.
    private let horizon = Atomic<UInt64>(0)

    public init() {}

    /// What the clock shows.
    public struct Reading: Equatable, Sendable {
        public let nanoseconds: UInt64
        /// The slope is to be worked out anew; always so until the line was
        /// first set.
        public let isDue: Bool
    }

    /// Reads the clock.
    ///
    /// - Parameter counter: Reads the counter, after all loads before it and
    ///   before all loads behind it.
    @inline(__always)
    public func read(_ counter: () -> UInt64) -> Reading {
        while true {
            let before = version.load(ordering: .acquiring)
            let origin = originTicks.load(ordering: .relaxed)
            let nanoseconds = originNanoseconds.load(ordering: .relaxed)
            let scale = TickScale(multiplier: multiplier.load(ordering: .relaxed))
            let horizon = horizon.load(ordering: .relaxed)
            let ticks = counter()
            atomicMemoryFence(ordering: .acquiring)
            // An odd version is none that is equal to an even one.
            guard version.load(ordering: .relaxed) == before & ~1 else { continue }
            var delta = ticks &- origin
            // Another core's counter may be a little behind.
            if Int64(bitPattern: delta) < 0 { delta = 0 }
            return Reading(
                nanoseconds: nanoseconds &+ scale.nanoseconds(delta), isDue: delta >= horizon)
        }
    }

    /// Sets the line for the first time.
    ///
    /// One caller at a time, that no reader interrupts.
    ///
    /// - Parameters:
    ///   - origin: The counter where the clock shows zero.
    ///   - horizon: Ticks from the origin until the slope is due.
    public func set(origin: UInt64, scale: TickScale, horizon: UInt64) {
        version.store(version.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        store(origin, 0, scale, horizon)
    }

    /// Goes on with another slope from where the clock is.
    ///
    /// One caller at a time, that no reader interrupts.
    ///
    /// - Parameters:
    ///   - horizon: Ticks from here until the slope is due.
    ///   - counter: As `read` takes it.
    public func change(to scale: TickScale, horizon: UInt64, _ counter: () -> UInt64) {
        let old = TickScale(multiplier: multiplier.load(ordering: .relaxed))
        version.store(version.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        // The counter is read after every reading that is still accepted.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let ticks = counter()
        let delta = ticks &- originTicks.load(ordering: .relaxed)
        let passed = Int64(bitPattern: delta) < 0 ? 0 : delta
        let nanoseconds = originNanoseconds.load(ordering: .relaxed) &+ old.nanoseconds(passed)
        store(ticks, nanoseconds, scale, horizon)
    }

    private func store(
        _ ticks: UInt64, _ nanoseconds: UInt64, _ scale: TickScale, _ horizon: UInt64
    ) {
        originTicks.store(ticks, ordering: .relaxed)
        originNanoseconds.store(nanoseconds, ordering: .relaxed)
        multiplier.store(scale.multiplier, ordering: .relaxed)
        self.horizon.store(horizon, ordering: .relaxed)
        version.store(version.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }
}
