/// Parts of the machine's memory, in whole pages. What is beyond the last place
/// is left unused.
struct MemoryRanges {
    /// Ranges of RAM that are read, and holes that are made in them later.
    private static let mostRead = 32
    private var storage: InlineArray<36, Range<UInt64>> = .init(repeating: 0..<0)
    private(set) var count = 0

    /// There is no room for more RAM.
    var isFull: Bool { count >= Self.mostRead }

    /// Through a span that may change, for which nothing is copied.
    subscript(_ index: Int) -> Range<UInt64> {
        @inline(__always) mutating get { storage.mutableSpan[index] }
    }

    /// Adds the range, unless `start` is not below `end`.
    @inline(never)
    mutating func append(_ start: UInt64, _ end: UInt64) {
        guard start < end, count < storage.count else { return }
        storage[count] = start..<end
        count &+= 1
    }

    /// Takes every page out that lies in `[start, end)`, also partly.
    @inline(never)
    mutating func remove(_ start: UInt64, _ end: UInt64) {
        let (first, last) = (start & ~4095, (end &+ 4095) & ~4095)
        var rest = MemoryRanges()
        var i = 0
        while i < count {
            let range = self[i]
            i &+= 1
            // All of it lies above as a rule.
            if range.lowerBound >= last, rest.count < rest.storage.count {
                rest.storage[rest.count] = range
                rest.count &+= 1
                continue
            }
            rest.append(range.lowerBound, min(range.upperBound, first))
            rest.append(max(range.lowerBound, last), range.upperBound)
        }
        self = rest
    }

    /// The largest range below `limit`, empty where there is none, and the bytes of all.
    @inline(__always)
    mutating func largest(below limit: UInt64) -> (start: UInt64, end: UInt64, total: UInt64) {
        var (start, end, total): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var i = 0
        while i < count {
            let range = self[i]
            total &+= range.upperBound &- range.lowerBound
            let top = min(range.upperBound, limit)
            let bottom = min(range.lowerBound, top)
            if top &- bottom > end &- start { (start, end) = (bottom, top) }
            i &+= 1
        }
        return (start, end, total)
    }
}
