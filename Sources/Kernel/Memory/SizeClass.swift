/// The sizes of blocks that a heap gives out of slabs: multiples of 16 up to
/// 128, then four steps for every doubling, up to 64 KiB. No block is more
/// than a quarter larger than asked for, beyond the first 16 bytes.
///
/// Classes are numbered from 1; 0 is the class of size 0, which has no blocks.
public struct SizeClass: Equatable, Sendable {
    public let index: Int

    /// HERMIT_SIZE_CLASSES of hermit_heap.h.
    public static let count = 44
    /// The largest block; what is larger is a mapping of its own.
    public static let largest = 65536

    @inline(__always)
    public init(index: Int) { self.index = index }

    /// Up to this size there is a class for every multiple of 16.
    static let largestMultipleOf16 = 128

    /// The smallest class whose blocks hold `size` bytes, at most `largestMultipleOf16`.
    @inline(__always)
    init(holdingSmall size: Int) { index = (size &+ 15) &>> 4 }

    /// The smallest class whose blocks hold `size` bytes, at most `largest`.
    @inline(__always)
    public init(holding size: Int) {
        if size <= Self.largestMultipleOf16 {
            self.init(holdingSmall: size)
            return
        }
        // 7 for sizes up to 256, 15 for those up to 64 KiB.
        let exponent = 63 &- (size &- 1).leadingZeroBitCount
        // Two bits behind the leading one are the step: 4 + step is what is left of it.
        self.init(index: (exponent &- 7) &* 4 &+ 5 &+ (size &- 1) &>> (exponent &- 2))
    }

    /// Bytes of a block.
    public var size: Int {
        if index <= 8 { return index * 16 }
        let exponent = 7 + (index - 9) / 4
        return 1 << exponent + ((index - 9) % 4 + 1) << (exponent - 2)
    }

    /// Units of a slab: room for at least eight blocks.
    var unitCount: Int {
        max(1, (8 * size + Int(Heap.unitSize) - 1) / Int(Heap.unitSize))
    }
}
