/// The sizes of blocks that a heap gives: multiples of 16 up to 128, then
/// four steps for every doubling, up to 8 KiB. No block is more than a
/// quarter larger than asked for, beyond the first 16 bytes.
public struct SizeClass: Equatable, Sendable {
    public let index: Int

    public static let count = 32
    /// The largest block; what is larger is a mapping of its own.
    public static let largest = 8192

    public init(index: Int) { self.index = index }

    /// The smallest class whose blocks hold `size` bytes, 1 to `largest`.
    public init(holding size: Int) {
        if size <= 128 {
            index = (max(size, 1) + 15) / 16 - 1
            return
        }
        let exponent = Int.bitWidth - 1 - (size - 1).leadingZeroBitCount  // 7 ... 12
        let step = (size - 1) >> (exponent - 2) & 3
        index = 8 + (exponent - 7) * 4 + step
    }

    /// Bytes of a block.
    public var size: Int {
        if index < 8 { return (index + 1) * 16 }
        let exponent = 7 + (index - 8) / 4
        return 1 << exponent + ((index - 8) % 4 + 1) << (exponent - 2)
    }
}
