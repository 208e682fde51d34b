/// The sizes of blocks that a heap gives out of slabs: multiples of 16 up to
/// 128, then four steps for every doubling, up to 64 KiB. No block is more
/// than a quarter larger than asked for, beyond the first 16 bytes.
public struct SizeClass: Equatable, Sendable {
    public let index: Int

    /// HERMIT_SIZE_CLASSES of hermit_heap.h.
    public static let count = 44
    /// The largest block; what is larger is a mapping of its own.
    public static let largest = 65536

    @inline(__always)
    public init(index: Int) { self.index = index }

    /// The smallest class whose blocks hold `size` bytes, 1 to `largest`.
    @inline(__always)
    public init(holding size: Int) {
        if size <= 128 {
            index = (size &+ 15) >> 4 &- 1
            return
        }
        // 7 for sizes up to 256, 15 for those up to 64 KiB.
        let exponent = 63 &- (size &- 1).leadingZeroBitCount
        // Two bits behind the leading one are the step: 4 + step is what is left of it.
        index = (exponent &- 7) &* 4 &+ 4 &+ (size &- 1) &>> (exponent &- 2)
    }

    /// Bytes of a block.
    public var size: Int {
        if index < 8 { return (index + 1) * 16 }
        let exponent = 7 + (index - 8) / 4
        return 1 << exponent + ((index - 8) % 4 + 1) << (exponent - 2)
    }

    /// Units of a slab: room for at least eight blocks.
    var unitCount: Int {
        max(1, (8 * size + Int(Heap.unitSize) - 1) / Int(Heap.unitSize))
    }
}
