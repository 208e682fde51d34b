/// What a heap knows of one slab: a unit of blocks of one size. The record
/// lies apart from the blocks; a bit says of each whether it is taken.
@safe struct SlabRecord {
    let address: UInt64

    struct Head {
        /// Bytes of a block.
        var blockSize: UInt32
        var sizeClass: UInt32
        /// Blocks there are.
        var count: UInt32
        /// Blocks that are taken.
        var used: UInt32
        /// Bytes of the unit that are mapped, from its start.
        var mapped: UInt32
        /// No word of bits below has a free block.
        var firstWord: UInt32
        /// The neighbours in the class's list: their units plus one, or 0.
        var next: UInt32
        var previous: UInt32
        /// Some block is free, and the list holds the slab.
        var isListed: Bool
    }

    private static let headSize: UInt64 = 64
    /// A unit of 64 KiB has 4096 blocks of the smallest size.
    private static let wordCount = 64
    /// Bytes of a record.
    static let size = headSize + UInt64(wordCount) * 8

    var head: Head {
        nonmutating unsafeAddress {
            unsafe UnsafePointer(UnsafeMutablePointer<Head>(bitPattern: UInt(address))!)
        }
        nonmutating unsafeMutableAddress {
            unsafe UnsafeMutablePointer(bitPattern: UInt(address))!
        }
    }

    private func word(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(address + Self.headSize) + UInt(index) * 8)!
    }

    /// Makes it the record of an unused slab.
    ///
    /// - Parameter room: Bytes of the unit.
    func reset(_ sizeClass: SizeClass, room: Int) {
        let count = room / sizeClass.size
        head = Head(
            blockSize: UInt32(sizeClass.size), sizeClass: UInt32(sizeClass.index),
            count: UInt32(count), used: 0, mapped: 0, firstWord: 0, next: 0, previous: 0,
            isListed: false)
        // Bits behind the last block are taken for ever.
        for i in 0..<Self.wordCount {
            let blocks = min(max(count - i * 64, 0), 64)
            unsafe word(i).pointee = blocks == 64 ? 0 : ~0 << UInt64(blocks)
        }
    }

    /// The lowest block that is free.
    ///
    /// - Precondition: there is one.
    var firstFree: Int {
        var index = Int(head.firstWord)
        while unsafe word(index).pointee == ~0 { index += 1 }
        head.firstWord = UInt32(index)
        return unsafe index * 64 + (~word(index).pointee).trailingZeroBitCount
    }

    /// The block that starts at `offset` of the unit; `nil` where none does.
    func block(at offset: Int) -> Int? {
        let (index, rest) = UInt32(offset).quotientAndRemainder(dividingBy: head.blockSize)
        return rest == 0 && index < head.count ? Int(index) : nil
    }

    func isTaken(_ index: Int) -> Bool {
        unsafe word(index / 64).pointee >> UInt64(index % 64) & 1 != 0
    }

    func take(_ index: Int) {
        unsafe word(index / 64).pointee |= 1 << UInt64(index % 64)
        head.used += 1
    }

    func give(_ index: Int) {
        unsafe word(index / 64).pointee &= ~(1 << UInt64(index % 64))
        head.used -= 1
        head.firstWord = min(head.firstWord, UInt32(index / 64))
    }
}
