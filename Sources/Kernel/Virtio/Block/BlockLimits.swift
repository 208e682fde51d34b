/// What a block device says of itself (virtio 1.2, 5.2.4), checked.
public struct BlockLimits: Equatable, Sendable, BitwiseCopyable {
    /// Bytes of all its blocks. What is behind the last whole one can't be reached.
    public let size: UInt64
    /// Bytes of a block, a power of two: requests are of whole blocks.
    public let blockSize: Int
    /// Bytes of one request at most, whole blocks.
    public let pieceSize: Int
    public let isReadOnly: Bool
    /// What is written may not last until a flush says so.
    public let needsFlush: Bool
    /// Bytes that one request may discard; 0: none.
    public let discardSize: UInt64
    /// What a discarded range starts and ends at: a multiple of so many bytes.
    public let discardAlignment: UInt64

    /// The unit of the standard's numbers, whatever a block is (5.2.4).
    static let sectorSize: UInt64 = 512

    /// Of the kind of device (5.2.3).
    public static let features: Features = [sizeLimit, readOnly, blockSizeIsTold, flush, discard]
    private static let sizeLimit = Features(rawValue: 1 << 1)
    private static let readOnly = Features(rawValue: 1 << 5)
    private static let blockSizeIsTold = Features(rawValue: 1 << 6)
    private static let flush = Features(rawValue: 1 << 9)
    private static let discard = Features(rawValue: 1 << 13)

    /// Of the device's own registers.
    private enum Register {
        static let capacity: UInt64 = 0
        static let largestPart: UInt64 = 8
        static let blockSize: UInt64 = 20
        static let mostDiscarded: UInt64 = 36
        static let mostDiscardParts: UInt64 = 40
        static let discardAlignment: UInt64 = 44
    }

    /// - Parameters:
    ///   - features: What was agreed on.
    ///   - room: Bytes that there is memory for in one request.
    ///   - read: The word of the device's own registers at an offset; `nil`: there is none.
    /// - Returns: `nil`: it can't be what the device says.
    public init?(_ features: Features, room: Int, _ read: (UInt64) -> UInt32?) {
        guard let low = read(Register.capacity), let high = read(Register.capacity + 4) else { return nil }
        let sectors = UInt64(high) << 32 | UInt64(low)
        guard sectors < UInt64(Int64.max) / Self.sectorSize else { return nil }
        var block = Self.sectorSize
        if features.contains(Self.blockSizeIsTold) {
            guard let told = read(Register.blockSize), told.nonzeroBitCount == 1, UInt64(told) >= block
            else { return nil }
            block = UInt64(told)
        }
        var room = UInt64(room)
        if features.contains(Self.sizeLimit) {
            guard let largest = read(Register.largestPart) else { return nil }
            room = min(room, UInt64(largest))
        }
        guard room >= block else { return nil }
        size = sectors * Self.sectorSize & ~(block - 1)
        blockSize = Int(block)
        pieceSize = Int(room & ~(block - 1))
        isReadOnly = features.contains(Self.readOnly)
        needsFlush = features.contains(Self.flush)
        var (discardSize, alignment): (UInt64, UInt64) = (0, block)
        if features.contains(Self.discard), !isReadOnly, let most = read(Register.mostDiscarded),
            let parts = read(Register.mostDiscardParts), parts > 0,
            let told = read(Register.discardAlignment)
        {
            alignment = max(UInt64(told) * Self.sectorSize, block)
            // Multiples of both, and a length of 32 bits in sectors.
            if alignment % block == 0 { discardSize = UInt64(most) * Self.sectorSize / alignment * alignment }
        }
        self.discardSize = discardSize
        discardAlignment = alignment
    }

    /// The first part of `count` bytes at a place that one request does; `nil`: there is
    /// nothing at that place.
    public func piece(at offset: UInt64, count: Int) -> BlockPiece? {
        guard count > 0, offset < size else { return nil }
        let mask = UInt64(blockSize - 1)
        let start = offset & ~mask
        let room = min(start + UInt64(pieceSize), size) - offset
        let taken = Int(min(UInt64(count), room))
        let end = (offset + UInt64(taken) + mask) & ~mask
        return BlockPiece(blocks: start..<end, skip: Int(offset - start), count: taken, blockSize: blockSize)
    }
}

/// Bytes that are wanted, and the whole blocks that they are in.
public struct BlockPiece: Equatable, Sendable {
    /// By their bytes' places on the device.
    public let blocks: Range<UInt64>
    /// Bytes of the blocks in front of those that are wanted, and how many are.
    public let skip: Int
    public let count: Int
    let blockSize: Int

    /// Bytes of all blocks.
    public var size: Int { Int(blocks.upperBound - blocks.lowerBound) }

    /// The first block and the last, where not all of them is wanted: who writes reads
    /// them before.
    public var isFirstPartial: Bool { skip > 0 || (size == blockSize && count < size) }
    public var isLastPartial: Bool { size > blockSize && skip + count < size }
    /// The last block.
    public var lastBlock: Range<UInt64> { blocks.upperBound - UInt64(blockSize)..<blocks.upperBound }
    public var firstBlock: Range<UInt64> { blocks.lowerBound..<blocks.lowerBound + UInt64(blockSize) }
}
