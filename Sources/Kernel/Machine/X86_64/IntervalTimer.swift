import CMachine
import KernelSupport

/// The 8254 interval timer's counter 0, as a reference for another counter:
/// it counts down at 13,125,000 / 11 Hz and wraps at 16 bits.
///
/// One core at a time; the timer is programmed and then only looked at. In
/// mode 0 it interrupts once, after the first wrap, and never again.
public enum IntervalTimer {
    private static let counter0: UInt16 = 0x40
    private static let command: UInt16 = 0x43

    /// Starts it.
    ///
    /// - Returns: Whether there is one: it must read back what was written.
    public static func start() -> Bool {
        let mode: UInt8 = 0x30  // counter 0, both bytes, mode 0, binary
        machine_out8(command, mode)
        machine_out8(counter0, 0)
        machine_out8(counter0, 0)
        machine_out8(command, 0xE2)  // read back the status of counter 0
        return machine_in8(counter0) & 0x3F == mode
    }

    /// Looks at the counter once.
    public static func sample() -> CounterSample {
        let before = TimeStampCounter.readInOrder()
        machine_out8(command, 0)  // latch counter 0
        let after = TimeStampCounter.readInOrder()
        let low = UInt16(machine_in8(counter0))
        let high = UInt16(machine_in8(counter0))
        return CounterSample(before: before, after: after, count: high << 8 | low)
    }

    /// The least uncertain of several looks: the host may interrupt any of them.
    public static func bestSample() -> CounterSample {
        var best = sample()
        for _ in 1..<8 {
            let next = sample()
            if next.uncertainty <= best.uncertainty { best = next }
        }
        return best
    }
}
