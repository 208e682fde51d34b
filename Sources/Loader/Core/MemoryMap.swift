/// The RAM of the machine as the firmware lists it, range by range in pages.
public struct MemoryMap: Sendable {
    /// Ranges that are kept; what is beyond is left unused.
    public static let maximumRanges = 32

    private var storage: InlineArray<32, Range<UInt64>> = .init(repeating: 0..<0)
    public private(set) var count = 0

    public init() {}

    public subscript(_ index: Int) -> Range<UInt64> { storage[index] }

    /// Adds the whole pages in `size` bytes at `start`. What overlaps a range
    /// that is there already is dropped.
    public mutating func add(start: UInt64, size: UInt64) {
        let (sum, overflow) = start.addingReportingOverflow(size)
        let limit: UInt64 = 1 << 52
        let end = (overflow ? limit : min(sum, limit)) & ~4095
        guard count < Self.maximumRanges, start < limit else { return }
        let first = (start + 4095) & ~4095
        guard first < end else { return }
        let range = first..<end
        for i in 0..<count where storage[i].overlaps(range) { return }
        storage[count] = range
        count += 1
    }

    /// A page-aligned place for `size` bytes, chosen evenly among all there
    /// are below `limit` and not in `occupied`; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - alignment: A power of two, at least a page.
    ///   - random: Decides; every place is as likely as any other.
    public func randomPlace(
        size: UInt64, alignment: UInt64, limit: UInt64, occupied: [3 of Range<UInt64>],
        random: UInt64
    ) -> UInt64? {
        var total: UInt64 = 0
        forEachGap(limit, occupied) { total += Self.places($0, size, alignment) }
        guard total > 0 else { return nil }
        var left = random % total
        var result: UInt64? = nil
        forEachGap(limit, occupied) { gap in
            guard result == nil else { return }
            let here = Self.places(gap, size, alignment)
            if left < here {
                let first = (gap.lowerBound + alignment - 1) & ~(alignment - 1)
                result = first + left * alignment
            } else {
                left -= here
            }
        }
        return result
    }

    private static func places(_ gap: Range<UInt64>, _ size: UInt64, _ alignment: UInt64) -> UInt64 {
        let first = (gap.lowerBound + alignment - 1) & ~(alignment - 1)
        guard first < gap.upperBound, gap.upperBound - first >= size else { return 0 }
        return (gap.upperBound - first - size) / alignment + 1
    }

    /// Calls `body` with every free stretch.
    private func forEachGap(
        _ limit: UInt64, _ occupied: [3 of Range<UInt64>], _ body: (Range<UInt64>) -> Void
    ) {
        for i in 0..<count {
            var position = storage[i].lowerBound
            let end = min(storage[i].upperBound, limit)
            while position < end {
                var next = position
                var stop = end
                for j in 0..<3 where !occupied[j].isEmpty {
                    if occupied[j].contains(position) {
                        next = max(next, occupied[j].upperBound)
                    } else if occupied[j].lowerBound > position {
                        stop = min(stop, occupied[j].lowerBound)
                    }
                }
                if next > position {
                    position = next
                    continue
                }
                body(position..<stop)
                position = stop
            }
        }
    }
}
