/// 128 bits, as the product of two 64-bit numbers, with the one division that
/// the rate of a clock is worked out with.
///
/// Written out, because a compiler leaves the division of 128 bits to a
/// run-time library that the kernel does not have. It takes 128 steps; no
/// path that is taken often divides.
public struct WideInteger: Equatable, Comparable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(_ a: UInt64, times b: UInt64) {
        (high, low) = a.multipliedFullWidth(by: b)
    }

    public static func < (a: Self, b: Self) -> Bool {
        a.high == b.high ? a.low < b.low : a.high < b.high
    }

    /// The quotient, rounded down; `UInt64.max` where it is larger than that,
    /// and for a divisor of zero.
    public func quotient(by divisor: UInt64) -> UInt64 {
        guard high < divisor else { return .max }
        var remainder = high
        var quotient: UInt64 = 0
        for bit in stride(from: 63, through: 0, by: -1) {
            let carry = remainder >> 63
            remainder = remainder << 1 | low >> UInt64(bit) & 1
            quotient <<= 1
            if carry != 0 || remainder >= divisor {
                remainder &-= divisor
                quotient |= 1
            }
        }
        return quotient
    }
}
