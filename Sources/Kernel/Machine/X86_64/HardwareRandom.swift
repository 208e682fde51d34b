import CMachine

/// The processor's own sources of randomness.
public struct HardwareRandom: Sendable {
    private let hasSeed: Bool
    private let hasRandom: Bool

    /// Reads the processor's identification (Intel SDM 2A, CPUID).
    public init() {
        hasRandom = machine_cpuid(1, 0).ecx & 1 << 30 != 0
        hasSeed = machine_cpuid(0, 0).eax >= 7 && machine_cpuid(7, 0).ebx & 1 << 18 != 0
    }

    /// Whether there is one.
    public var isThere: Bool { hasSeed || hasRandom }

    /// A random word: of RDSEED, or of RDRAND where there is no RDSEED or it
    /// is exhausted; `nil` where neither gives one. Ten tries each (Intel's
    /// DRNG Software Implementation Guide, 5.2.1).
    public func word() -> UInt64? {
        var value: UInt64 = 0
        if hasSeed {
            for _ in 0..<10 {
                if unsafe machine_random_seed(&value) != 0 { return value }
                machine_pause()
            }
        }
        if hasRandom {
            for _ in 0..<10 where unsafe machine_random(&value) != 0 { return value }
        }
        return nil
    }
}

/// The time stamp counter around some work that always takes the same
/// instructions: how long that takes depends on caches, memory, the host's
/// interrupts and its other programs.
public enum TimingJitter {
    /// Ticks that the work took, done so often.
    public static func sample(of times: Int) -> UInt64 {
        var sum: UInt64 = 0
        for _ in 0..<times { sum &+= machine_time_work() }
        return sum
    }
}
