/// Nanoseconds in place of a counter's ticks: a fixed-point factor, so that
/// reading a clock multiplies and shifts and never divides.
///
/// The factor has 56 bits behind the point. At 4 GHz that is one part in
/// 2^54, a nanosecond in half a year.
public struct TickScale: Equatable, Sendable {
    /// Nanoseconds a tick, times 2^56.
    public let multiplier: UInt64

    private static let fractionBits: UInt64 = 56
    public static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    /// The frequencies that a clock can be made of, in hertz: below, the
    /// factor would not fit; above, no processor is.
    public static let frequencies: ClosedRange<UInt64> = 10_000_000...100_000_000_000

    public init(multiplier: UInt64) { self.multiplier = multiplier }

    /// - Parameter frequency: Ticks a second; `nil` if it is not one of `frequencies`.
    public init?(frequency: UInt64) {
        guard Self.frequencies.contains(frequency) else { return nil }
        let nanoseconds = Self.nanosecondsPerSecond
        multiplier = WideInteger(
            high: nanoseconds >> (64 - Self.fractionBits), low: nanoseconds << Self.fractionBits
        ).quotient(by: frequency)
    }

    /// The span of so many ticks, rounded down. What is above 2^64
    /// nanoseconds, 584 years, begins again at zero.
    @inline(__always)
    public func nanoseconds(_ ticks: UInt64) -> UInt64 {
        let product = ticks.multipliedFullWidth(by: multiplier)
        return product.high << (64 - Self.fractionBits) | product.low >> Self.fractionBits
    }
}
