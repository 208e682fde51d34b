import KernelMappings

/// The same as a table, page by page.
struct MappingModel {
    /// The first page is at the region's start.
    var pages: [Mapping.Contents?]
    let region: Range<UInt64>

    init(region: Range<UInt64>) {
        self.region = region
        pages = Array(repeating: nil, count: Mapping.pages(region))
    }

    func index(_ address: UInt64) -> Int { Int((address - region.lowerBound) / 4096) }

    mutating func set(_ range: Range<UInt64>, _ contents: Mapping.Contents?) {
        for page in index(range.lowerBound)..<index(range.upperBound) { pages[page] = contents }
    }

    /// Runs of pages with the same contents, in order.
    var mappings: [Mapping] {
        var all: [Mapping] = []
        for (index, page) in pages.enumerated() {
            guard let page else { continue }
            let start = region.lowerBound + UInt64(index) * 4096
            if let last = all.last, last.range.upperBound == start, last.contents == page {
                all[all.count - 1].range = last.range.lowerBound..<start + 4096
            } else {
                all.append(Mapping(range: start..<start + 4096, contents: page))
            }
        }
        return all
    }

    /// Whether a mapping at `start` has an empty page on both sides.
    func fits(_ start: UInt64, _ size: UInt64) -> Bool {
        guard start >= region.lowerBound + 4096, start + size + 4096 <= region.upperBound else {
            return false
        }
        return pages[index(start - 4096)..<index(start + size + 4096)].allSatisfy { $0 == nil }
    }

    /// Empty pages, in runs.
    var rooms: [Range<UInt64>] {
        var all: [Range<UInt64>] = []
        for (index, page) in pages.enumerated() where page == nil {
            let start = region.lowerBound + UInt64(index) * 4096
            if let last = all.last, last.upperBound == start {
                all[all.count - 1] = last.lowerBound..<start + 4096
            } else {
                all.append(start..<start + 4096)
            }
        }
        return all
    }
}
