import KernelSupport

/// The mappings there are: which addresses, and what lies there.
///
/// Mappings do not overlap, and neighbours with the same contents are
/// one. They are a balanced tree by address, in records that lie side by side:
/// the first `count` are used, so that what is behind them can be given back.
/// Every record knows the largest room between mappings below it, by which
/// room for a new one is found.
///
/// Each operation takes O(log n) steps for every mapping that it touches, and
/// none allocates: records come from `reserve`'s caller.
public struct MappingTable: ~Copyable {
    /// Where mappings may lie; whole pages.
    public let region: Range<UInt64>
    var records: SlotStorage<MappingRecord>
    /// Mappings.
    public private(set) var count = 0
    var root = MappingRecord.none
    /// Frames that must be there so that touching the mappings cannot fail:
    /// for pages, but those of files, and for page tables. What may not be touched
    /// needs none.
    public private(set) var promise = 0

    /// - Parameter records: Their memory; it may grow, and has no used ones.
    @inline(__always)
    public init(region: Range<UInt64>, records: SlotStorage<MappingRecord>) {
        self.region = region
        self.records = records
    }

    /// Records that `set` needs beside those in use: one for what is new, and
    /// one where a mapping is cut in two.
    public func sparesNeeded(toSet range: Range<UInt64>, _ contents: Mapping.Contents?) -> Int {
        if contents != nil { return 2 }
        guard let around = mapping(at: range.lowerBound) else { return 0 }
        return around.range.lowerBound < range.lowerBound
            && around.range.upperBound > range.upperBound ? 1 : 0
    }

    /// How many mappings there is memory for.
    public var capacity: Int { records.count }

    /// There is memory for so many mappings from now on.
    public mutating func grow(to capacity: Int) {
        records.grow(to: capacity, filler: MappingRecord())
    }

    /// There is memory for so many mappings only, not less than there are.
    public mutating func shrink(to capacity: Int) {
        precondition(capacity >= count)
        records.shrink(to: capacity)
    }

    // MARK: - Looking

    /// The mapping that `address` lies in.
    public func mapping(at address: UInt64) -> Mapping? {
        guard let mapping = first(endingAfter: address), mapping.range.lowerBound <= address else {
            return nil
        }
        return mapping
    }

    /// The lowest mapping that ends behind `address`.
    public func first(endingAfter address: UInt64) -> Mapping? {
        var index = root
        var found = MappingRecord.none
        while index != MappingRecord.none {
            if self[index].end > address {
                found = index
                index = self[index].left
            } else {
                index = self[index].right
            }
        }
        return found == MappingRecord.none ? nil : self[found].mapping
    }

    /// The highest mapping that starts in front of `address`.
    public func last(startingBefore address: UInt64) -> Mapping? {
        var index = root
        var found = MappingRecord.none
        while index != MappingRecord.none {
            if self[index].start < address {
                found = index
                index = self[index].right
            } else {
                index = self[index].left
            }
        }
        return found == MappingRecord.none ? nil : self[found].mapping
    }

    /// Whether no page of `range` is mapped.
    public func isVacant(_ range: Range<UInt64>) -> Bool {
        guard let mapping = first(endingAfter: range.lowerBound) else { return true }
        return mapping.range.lowerBound >= range.upperBound
    }

    /// Runs `body` with what of each mapping lies in `range`, in order.
    public func forEach(in range: Range<UInt64>, _ body: (Mapping) -> Void) {
        var position = range.lowerBound
        while position < range.upperBound, let mapping = first(endingAfter: position),
            mapping.range.lowerBound < range.upperBound
        {
            body(Mapping(range: mapping.range.clamped(to: range), contents: mapping.contents))
            position = mapping.range.upperBound
        }
    }

    /// Whether every page of `range` is mapped.
    public func covers(_ range: Range<UInt64>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            guard let mapping = mapping(at: position) else { return false }
            position = mapping.range.upperBound
        }
        return true
    }

    /// The addresses around `address` that are not mapped; empty where it is.
    public func room(around address: UInt64) -> Range<UInt64> {
        let before = last(startingBefore: address + 1)?.range.upperBound ?? region.lowerBound
        let behind = first(endingAfter: address)?.range.lowerBound ?? region.upperBound
        return before < behind ? before..<behind : address..<address
    }

    // MARK: - Page tables

    /// Page tables that the pages of `range` need beside those that what may
    /// be touched outside of it needs, on the three levels below the top one.
    ///
    /// What may be touched inside of `range` is not looked at.
    public func tablesMissing(for range: Range<UInt64>) -> Int {
        let before = lastTouchable(startingBefore: range.lowerBound)?.range.upperBound ?? 0
        let behind = firstTouchable(endingAfter: range.upperBound)?.range.lowerBound ?? .max
        return Self.areas(of: range, 21, before, behind) + Self.areas(of: range, 30, before, behind)
            + Self.areas(of: range, 39, before, behind)
    }

    /// Areas of 2 to the power `shift` bytes that `range` alone has to do with.
    ///
    /// - Parameters:
    ///   - before: The end of what is in front of the range; 0: nothing is.
    ///   - behind: The start of what is behind it; `.max`: nothing is.
    private static func areas(
        of range: Range<UInt64>, _ shift: UInt64, _ before: UInt64, _ behind: UInt64
    ) -> Int {
        let (first, last) = (range.lowerBound >> shift, (range.upperBound - 1) >> shift)
        let isFirstShared = before > 0 && (before - 1) >> shift == first
        let isLastShared = behind >> shift == last
        let count = Int(last - first) + 1
        if first == last { return isFirstShared || isLastShared ? 0 : 1 }
        return count - (isFirstShared ? 1 : 0) - (isLastShared ? 1 : 0)
    }

    // MARK: - Room for a new mapping

    /// The lowest free place for a mapping, with a page on both sides that is
    /// not mapped; `nil` where there is none.
    ///
    /// A place that fits only because of how its room happens to be aligned
    /// may be passed over.
    ///
    /// - Parameters:
    ///   - size: In bytes; whole pages.
    ///   - alignment: What the address is a multiple of; a power of two, at least a page.
    public func place(for size: UInt64, alignment: UInt64) -> UInt64? {
        let slack = 2 * Mapping.pageSize + alignment - Mapping.pageSize
        guard size <= UInt64.max - slack else { return nil }
        guard let room = room(of: size + slack) else { return nil }
        return (room + Mapping.pageSize + alignment - 1) & ~(alignment - 1)
    }

    /// Where the lowest room of at least `wanted` bytes starts.
    private func room(of wanted: UInt64) -> UInt64? {
        let isEmpty = root == MappingRecord.none
        let lowest = isEmpty ? region.upperBound : self[root].lowest
        if lowest - region.lowerBound >= wanted { return region.lowerBound }
        guard !isEmpty else { return nil }
        guard self[root].gap >= wanted else {
            return region.upperBound - self[root].highest >= wanted ? self[root].highest : nil
        }
        var index = root
        while true {
            let record = self[index]
            if record.left != MappingRecord.none {
                if self[record.left].gap >= wanted {
                    index = record.left
                    continue
                }
                let end = self[record.left].highest
                if record.start - end >= wanted { return end }
            }
            // One of the two below and in between has it, and it is not the left one.
            if self[record.right].lowest - record.end >= wanted { return record.end }
            index = record.right
        }
    }

    // MARK: - Changing

    /// Makes all of `range` a mapping, in place of what is there; `nil`: no
    /// mapping is there any more.
    ///
    /// - Precondition: `capacity` is `sparesNeeded` above `count`, and `range`
    ///   lies in the region and is not empty.
    public mutating func set(_ range: Range<UInt64>, _ contents: Mapping.Contents?) {
        precondition(
            !range.isEmpty && range.lowerBound >= region.lowerBound
                && range.upperBound <= region.upperBound)
        while let old = first(endingAfter: range.lowerBound),
            old.range.lowerBound < range.upperBound
        {
            remove(old)
            if old.range.lowerBound < range.lowerBound {
                add(Mapping(range: old.range.lowerBound..<range.lowerBound, contents: old.contents))
            }
            if old.range.upperBound > range.upperBound {
                add(Mapping(range: range.upperBound..<old.range.upperBound, contents: old.contents))
            }
        }
        guard let contents else { return }
        var mapping = Mapping(range: range, contents: contents)
        if let before = last(startingBefore: range.lowerBound),
            before.range.upperBound == range.lowerBound, before.contents == contents
        {
            remove(before)
            mapping.range = before.range.lowerBound..<mapping.range.upperBound
        }
        if let behind = first(endingAfter: range.upperBound),
            behind.range.lowerBound == range.upperBound, behind.contents == contents
        {
            remove(behind)
            mapping.range = mapping.range.lowerBound..<behind.range.upperBound
        }
        add(mapping)
    }

    private mutating func add(_ mapping: Mapping) {
        precondition(count < records.count)
        let index = UInt32(count)
        promise += mapping.framesNeeded
        if mapping.contents.isTouchable { promise += tablesMissing(for: mapping.range) }
        records[count] = MappingRecord(mapping)
        count += 1
        update(index)
        root = inserting(index, into: root)
    }

    private mutating func remove(_ mapping: Mapping) {
        var removed = MappingRecord.none
        root = removing(mapping.range.lowerBound, from: root, &removed)
        count -= 1
        if Int(removed) != count { move(UInt32(count), to: removed) }
        promise -= mapping.framesNeeded
        if mapping.contents.isTouchable { promise -= tablesMissing(for: mapping.range) }
    }

    /// Puts a record that is in the tree at another place.
    private mutating func move(_ index: UInt32, to place: UInt32) {
        self[place] = self[index]
        guard root != index else {
            root = place
            return
        }
        let start = self[place].start
        var parent = root
        while true {
            if start < self[parent].start {
                if self[parent].left == index {
                    self[parent].left = place
                    return
                }
                parent = self[parent].left
            } else {
                if self[parent].right == index {
                    self[parent].right = place
                    return
                }
                parent = self[parent].right
            }
        }
    }
}
