import KernelSupport

/// The RAM of the machine as the firmware lists it: whole pages, in order,
/// without overlaps or neighbours that touch.
public struct MemoryMap: Sendable {
    /// Ranges that are kept; what is beyond is left unused.
    public static let maximumRanges = 64

    private static let page: UInt64 = 4096
    /// The end of the physical addresses that x86-64 knows (AMD64 APM 2, 5.1).
    private static let limit: UInt64 = 1 << 52

    private var ranges = FixedList<64, Range<UInt64>>(filler: 0..<0)
    /// There was no room for a range.
    public private(set) var isTruncated = false

    public init() {}

    public var count: Int { ranges.count }
    public subscript(_ index: Int) -> Range<UInt64> {
        // Inlined, as in the list.
        @inline(__always) get { ranges[index] }
    }

    /// The same, of a map that may be changed, and is not copied for it.
    @inline(__always)
    public mutating func element(_ index: Int) -> Range<UInt64> { ranges.element(index) }

    /// RAM in all, in bytes.
    public var size: UInt64 {
        var sum: UInt64 = 0
        for i in 0..<count { sum += UInt64(ranges[i].count) }
        return sum
    }

    /// Adds the whole pages in `size` bytes at `start`, which may overlap others.
    public mutating func add(start: UInt64, size: UInt64) {
        let (sum, overflow) = start.addingReportingOverflow(size)
        guard start < Self.limit else { return }
        let end = (overflow ? Self.limit : min(sum, Self.limit)) & ~(Self.page - 1)
        let first = (start &+ Self.page &- 1) & ~(Self.page &- 1)
        guard first < end else { return }
        // Firmware lists memory in order as a rule.
        if count > 0, ranges.element(count &- 1).upperBound >= first {
            merge(first, end)
        } else if !ranges.append(first..<end) {
            isTruncated = true
        }
    }

    /// Adds a range that is not behind all others.
    @inline(never)
    private mutating func merge(_ first: UInt64, _ end: UInt64) {
        // Those in from..<to touch the new one and become one with it.
        var from = count
        while from > 0 && ranges.element(from &- 1).upperBound >= first { from &-= 1 }
        var to = from
        var merged = first..<end
        while to < count && ranges.element(to).lowerBound <= end {
            let other = ranges.element(to)
            merged = min(merged.lowerBound, other.lowerBound)
                ..< max(merged.upperBound, other.upperBound)
            to &+= 1
        }
        ranges.remove(from..<to)
        if !ranges.insert(merged, at: from) { isTruncated = true }
    }

    /// Takes out every page that `size` bytes at `start` touch: where the
    /// firmware's ranges overlap, what is not RAM wins.
    public mutating func exclude(start: UInt64, size: UInt64) {
        let (sum, overflow) = start.addingReportingOverflow(size)
        guard size > 0, start < Self.limit else { return }
        let last = overflow ? Self.limit : min(sum, Self.limit)
        let end = (last &+ Self.page &- 1) & ~(Self.page &- 1)
        let first = start & ~(Self.page - 1)
        // Ranges are in order: those in front stay as they are, and those behind.
        var i = 0
        while i < count && ranges.element(i).upperBound <= first { i &+= 1 }
        guard i < count, ranges.element(i).lowerBound < end else { return }
        cut(first, end, from: i)
    }

    /// Takes out what the ranges from the one at `index` on have of this one.
    @inline(never)
    private mutating func cut(_ first: UInt64, _ end: UInt64, from index: Int) {
        var i = index
        while i < count && ranges.element(i).lowerBound < end {
            let range = ranges.element(i)
            let below = range.lowerBound..<max(range.lowerBound, min(range.upperBound, first))
            let above = min(range.upperBound, max(range.lowerBound, end))..<range.upperBound
            if below.isEmpty && above.isEmpty {
                ranges.remove(i..<i + 1)
                continue
            }
            ranges[i] = below.isEmpty ? above : below
            i &+= 1
            if !below.isEmpty && !above.isEmpty {
                if ranges.insert(above, at: i) { i += 1 } else { isTruncated = true }
            }
        }
    }

    /// A page-aligned place for `size` bytes, chosen evenly among all there
    /// are within `bounds` and outside of `hole`; `nil` when there is none.
    ///
    /// - Parameters:
    ///   - size: In bytes, more than 0.
    ///   - alignment: A power of two, at least a page.
    ///   - random: Decides; every place is as likely as any other.
    @inline(__always)
    public mutating func randomPlace(
        size: UInt64, alignment: UInt64, in bounds: Range<UInt64>, outside hole: Range<UInt64>,
        random: UInt64
    ) -> UInt64? {
        guard size > 0, alignment >= Self.page, alignment & (alignment &- 1) == 0 else { return nil }
        var wish = Wish(size: size, alignment: alignment, bounds: bounds, hole: hole)
        // Of places there are less than 2^52.
        guard place(.max, &wish) == nil, wish.count > 0 else { return nil }
        return place(random % wish.count, &wish)
    }

    /// What a place is wanted for.
    private struct Wish {
        let size: UInt64
        let alignment: UInt64
        let bounds: Range<UInt64>
        let hole: Range<UInt64>
        /// The places that were passed over.
        var count: UInt64 = 0
    }

    /// The place of a number, counted from 0; `nil`: there are not so many.
    @inline(never)
    private mutating func place(_ number: UInt64, _ wish: inout Wish) -> UInt64? {
        var left = number
        var i = 0
        // What is in front of the hole, and what is behind it.
        while i < 2 &* count {
            let range = ranges.element(i >> 1)
            let isBehind = i & 1 != 0
            i &+= 1
            let start = max(
                range.lowerBound, wish.bounds.lowerBound, isBehind ? wish.hole.upperBound : 0)
            let end = min(
                range.upperBound, wish.bounds.upperBound, isBehind ? .max : wish.hole.lowerBound)
            // Only the alignment may be more than an address.
            let first = (start &+ wish.alignment &- 1) & ~(wish.alignment &- 1)
            guard first >= start, end >= wish.size, first <= end &- wish.size else { continue }
            let shift = UInt64(wish.alignment.trailingZeroBitCount)
            let places = (end &- wish.size &- first) >> shift &+ 1
            if left < places { return first &+ left << shift }
            left &-= places
        }
        wish.count = number &- left
        return nil
    }
}
