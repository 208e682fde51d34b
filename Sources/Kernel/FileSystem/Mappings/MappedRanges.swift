import KernelSupport

/// Pages of a file that the application sees in memory.
public struct MappedRange: Sendable {
    /// Whole pages.
    public var range: Range<UInt64>
    public var node: Node
    public var data: OpenData
    /// The page of the file that is seen at the range's start.
    public var firstPage: UInt64
    /// What may be done there, as bits of `HERMIT_PROT_*`.
    public var protection: UInt8
    /// What is written is the file's (`MAP_SHARED`), else the mapping's own.
    public var isShared: Bool
    /// The file was open for writing: a shared one may be written to, or become so.
    public var mayWrite: Bool
    /// Frames are promised for all of its pages that have none of their own.
    public var isPromised: Bool

    public init(
        _ range: Range<UInt64>, _ node: Node, _ data: OpenData, firstPage: UInt64,
        protection: UInt8, isShared: Bool, mayWrite: Bool
    ) {
        self.range = range
        self.node = node
        self.data = data
        self.firstPage = firstPage
        self.protection = protection
        self.isShared = isShared
        self.mayWrite = mayWrite
        isPromised = false
    }

    public static var pageSize: UInt64 { 4096 }

    public var pageCount: Int { Int(UInt64(range.count) / Self.pageSize) }

    /// The file's page at an address of the range.
    public func page(at address: UInt64) -> UInt64 {
        firstPage + (address - range.lowerBound) / Self.pageSize
    }

    /// The addresses at which pages of the file are seen from one on; may be empty.
    public func addresses(from page: UInt64) -> Range<UInt64> {
        guard page > firstPage else { return range }
        let (offset, isLarge) = (page - firstPage).multipliedReportingOverflow(by: Self.pageSize)
        guard !isLarge, offset < UInt64(range.count) else { return range.upperBound..<range.upperBound }
        return range.lowerBound + offset..<range.upperBound
    }

    /// The part of it that lies in another range, with which it has some in common.
    public func part(_ other: Range<UInt64>) -> Self {
        var part = self
        part.range = range.clamped(to: other)
        part.firstPage = page(at: part.range.lowerBound)
        return part
    }
}

/// Which files are seen where. Ranges do not overlap, and are in order.
public struct MappedRanges: Sendable {
    public private(set) var ranges: [MappedRange] = []

    /// Mappings at most, those that were cut among them (Linux, `max_map_count`).
    public static var mostRanges: Int { 65530 }

    public init() {}

    /// There may be two more: one that is new, and one that is left of one cut in two.
    public var hasRoom: Bool { ranges.count + 2 <= Self.mostRanges }

    /// The first that ends behind an address.
    private func index(endingAfter address: UInt64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].range.upperBound > address { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The lowest that ends behind an address.
    public func first(endingAfter address: UInt64) -> MappedRange? {
        let index = index(endingAfter: address)
        return index < ranges.count ? ranges[index] : nil
    }

    public func range(at address: UInt64) -> MappedRange? {
        let index = index(endingAfter: address)
        guard index < ranges.count, ranges[index].range.contains(address) else { return nil }
        return ranges[index]
    }

    public func isVacant(_ range: Range<UInt64>) -> Bool {
        let index = index(endingAfter: range.lowerBound)
        return index == ranges.count || ranges[index].range.lowerBound >= range.upperBound
    }

    /// Whether a range lies within one, and ends where neither end of it is.
    public func cuts(_ range: Range<UInt64>) -> Bool {
        guard let around = self.range(at: range.lowerBound) else { return false }
        return around.range.lowerBound < range.lowerBound && around.range.upperBound > range.upperBound
    }

    /// Runs `body` with what of each lies in a range, in order.
    public func forEach(in range: Range<UInt64>, _ body: (MappedRange) -> Void) {
        var index = index(endingAfter: range.lowerBound)
        while index < ranges.count, ranges[index].range.lowerBound < range.upperBound {
            body(ranges[index].part(range))
            index += 1
        }
    }

    /// - Precondition: The range is free.
    public mutating func add(_ new: MappedRange) {
        ranges.insert(new, at: index(endingAfter: new.range.lowerBound))
    }

    /// Takes what is in a range out, in order.
    public mutating func remove(_ range: Range<UInt64>) -> [MappedRange] {
        var removed: [MappedRange] = []
        let index = index(endingAfter: range.lowerBound)
        while index < ranges.count, ranges[index].range.lowerBound < range.upperBound {
            let old = ranges.remove(at: index)
            removed.append(old.part(range))
            if old.range.upperBound > range.upperBound {
                ranges.insert(old.part(range.upperBound..<old.range.upperBound), at: index)
            }
            if old.range.lowerBound < range.lowerBound {
                ranges.insert(old.part(old.range.lowerBound..<range.lowerBound), at: index)
                // It ends where the range begins.
                return removed + removeRest(range, from: index + 1)
            }
            if old.range.upperBound > range.upperBound { return removed }
        }
        return removed
    }

    private mutating func removeRest(_ range: Range<UInt64>, from index: Int) -> [MappedRange] {
        guard index < ranges.count, ranges[index].range.lowerBound < range.upperBound else { return [] }
        return remove(ranges[index].range.lowerBound..<range.upperBound)
    }

    /// How many are of a file.
    public func count(of node: Node) -> Int {
        var count = 0
        for range in ranges where range.node == node { count += 1 }
        return count
    }
}
