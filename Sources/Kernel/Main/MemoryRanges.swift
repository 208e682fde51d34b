/// The machine's RAM, range by range; what is beyond the last place is left unused.
struct MemoryRanges {
    private var storage: InlineArray<32, Range<UInt64>> = .init(repeating: 0..<0)
    private(set) var count = 0

    mutating func append(_ range: Range<UInt64>) {
        guard count < 32 else { return }
        storage[count] = range
        count += 1
    }

    subscript(_ index: Int) -> Range<UInt64> { storage[index] }
}
