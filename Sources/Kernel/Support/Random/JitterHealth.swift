/// Whether the time that the same work takes varies enough, and
/// unpredictably enough, to make a seed of.
///
/// The claim is one bit of min-entropy a sample, of which `bitsPerKibisample`
/// credits half. Tested are the two health tests of NIST SP 800-90B, 4.4,
/// over every sample, and at the end two of its estimates: that of the most
/// common value (6.3.1), and how often a sample repeats one of those shortly
/// before it (after 6.3.8), which finds what varies in a pattern.
public struct JitterHealth: ~Copyable {
    /// Samples of one test.
    public static let sampleCount = 1024
    /// What so many good samples are credited with.
    public static let bitsPerKibisample = 512

    /// Repetition count test: 1 + 20 / 1 for a false alarm in 2^20 samples.
    public static let longestRun = 21
    /// Adaptive proportion test: a window, and how often its first sample may
    /// come in it, for a false alarm in 2^20 windows.
    public static let window = 512
    public static let mostInWindow = 311
    /// The largest number of right guesses in `sampleCount` whose upper bound
    /// at 99 % is a probability of one half: n / 2 - 2.576 * sqrt(n / 4), with
    /// n - 1 in place of n below the root.
    public static let mostGuessed = 470
    /// How far back a guess looks.
    private static let lags = 16

    private var histogram: InlineArray<256, UInt16> = .init(repeating: 0)
    /// The last samples, the newest at `count` modulo `lags`.
    private var history: InlineArray<16, UInt8> = .init(repeating: 0)
    private var repeats: InlineArray<16, UInt16> = .init(repeating: 0)
    private var count = 0
    private var run = 0
    private var windowSample: UInt8 = 0
    private var inWindow = 0
    private var hasFailed = false

    public init() {}

    /// Takes a sample: the low bits of a span of time.
    public mutating func consume(_ sample: UInt8) {
        guard count < Self.sampleCount else { return }
        let last = history[(count + Self.lags - 1) % Self.lags]
        run = count > 0 && sample == last ? run + 1 : 1
        if run >= Self.longestRun { hasFailed = true }

        if count % Self.window == 0 {
            windowSample = sample
            inWindow = 0
        }
        if sample == windowSample { inWindow += 1 }
        if inWindow >= Self.mostInWindow { hasFailed = true }

        histogram[Int(sample)] += 1
        for lag in 1...min(Self.lags, max(count, 1)) where count >= lag {
            if history[(count - lag) % Self.lags] == sample { repeats[lag - 1] += 1 }
        }
        history[count % Self.lags] = sample
        count += 1
    }

    /// Whether all samples are there and every test has passed.
    public mutating func isGood() -> Bool {
        guard count == Self.sampleCount, !hasFailed else { return false }
        for i in 0..<256 where histogram[i] > Self.mostGuessed { return false }
        for i in 0..<Self.lags where repeats[i] > Self.mostGuessed { return false }
        return true
    }
}
