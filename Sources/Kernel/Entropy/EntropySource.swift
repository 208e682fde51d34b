import KernelMachine
import KernelSupport

/// The generator and how it is seeded.
///
/// All sources are mixed in, always; trusted are
/// - the processor's generator: 512 bits of RDSEED or RDRAND, none of which
///   repeats the word before it (broken ones have been seen to give the same
///   word for ever);
/// - 512 bits of the machine's device, if it has one (`wantsDevice`);
/// - where there is none, timing jitter alone, if 1024 samples of it pass
///   `JitterHealth`, which credits them with 512 bits for a 256-bit key. Where
///   they do not, others are taken of twice the work, which varies more.
struct EntropySource: ~Copyable {
    var generator = SecureGenerator()
    private var isTrusted = false
    /// The time stamp counter at the last seeding.
    private var seededAt: UInt64 = 0
    /// The device was not asked since the last seeding.
    private var deviceIsDue = true
    private var hasNoDevice = false

    /// Bytes of output after which it is seeded again.
    private static let mostProduced: UInt64 = 1 << 20
    /// Ticks after which it is: one to two minutes at the usual frequencies.
    private static let longest: UInt64 = 1 << 38
    private static let hardwareWords = 8
    /// Bytes of output from which on the device is asked: what every program of some
    /// kinds takes at its start costs no look for one.
    private static let fewBytes: UInt64 = 64
    /// Samples of jitter beside a generator of the processor's.
    private static let fewSamples = 64
    /// Samples of jitter alone are taken so often, each time of twice the work.
    private static let attempts = 5

    /// Whether the generator may be used; seeds it when it is due.
    mutating func isSeeded(at now: UInt64) -> Bool {
        if !isTrusted || generator.produced >= Self.mostProduced || now &- seededAt >= Self.longest {
            seed(at: now)
        }
        return isTrusted
    }

    /// Once it was trusted it stays so: what is mixed in later cannot make the
    /// key easier to guess.
    private mutating func seed(at now: UInt64) {
        let hasHardware = mixHardware()
        isTrusted = isTrusted || hasHardware
        if hasHardware {
            _ = mixJitter(samples: Self.fewSamples, work: 1)
        } else {
            for attempt in 0..<Self.attempts
            where mixJitter(samples: JitterHealth.sampleCount, work: 1 << attempt) {
                isTrusted = true
                break
            }
        }
        seededAt = now
        deviceIsDue = generator.produced > 0 && !hasNoDevice || deviceIsDue
        generator.reseeded()
    }

    // MARK: - The device

    /// Whether its bytes would make a difference now.
    var wantsDevice: Bool {
        deviceIsDue
            && (generator.produced > Self.fewBytes || !isTrusted && !HardwareRandom().isThere)
    }

    /// Mixes the device's bytes in, which are trusted where they are enough and no word
    /// repeats the one before.
    mutating func mixDevice(_ bytes: RawSpan) {
        deviceIsDue = false
        hasNoDevice = bytes.isEmpty
        var isGood = bytes.byteCount >= Self.hardwareWords * 8
        var last: UInt64? = nil
        var offset: UInt64 = 0
        while let word = bytes.value(at: offset, as: UInt64.self) {
            if word == last { isGood = false }
            generator.mix(word, TimeStampCounter.read())
            last = word
            offset += 8
        }
        guard isGood else { return }
        if !isTrusted { seededAt = TimeStampCounter.read() }
        isTrusted = true
    }

    private mutating func mixHardware() -> Bool {
        let hardware = HardwareRandom()
        var last: UInt64? = nil
        for _ in 0..<Self.hardwareWords {
            guard let word = hardware.word(), word != last else { return false }
            generator.mix(word, TimeStampCounter.read())
            last = word
        }
        return true
    }

    /// - Parameter work: How often each sample does the work.
    /// - Returns: Whether the samples are all that a test takes, and have passed.
    private mutating func mixJitter(samples: Int, work: Int) -> Bool {
        var health = JitterHealth()
        for _ in 0..<samples {
            let sample = TimingJitter.sample(of: work)
            health.consume(UInt8(truncatingIfNeeded: sample))
            generator.mix(sample, TimeStampCounter.read())
        }
        return health.isGood()
    }
}
