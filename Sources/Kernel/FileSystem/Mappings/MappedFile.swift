import KernelSupport

/// A file of a mounted file system that is seen in memory. The names' lock guards what changes.
final class MappedFile: @unchecked Sendable {
    let inode: Inode
    /// A file in memory without a name, which holds the pages that are covered.
    let node: Node
    let data: OpenData
    /// Who keeps it: mappings, and who reads or writes.
    var keepers = 1
    /// How often it is mapped.
    var mappings = 0
    /// It is open for writing, too.
    var isWritable = false
    /// Pages that show what the file holds, and zeros behind its end; in order, with gaps.
    private(set) var covered: [Range<UInt64>] = []

    init(_ inode: Inode, _ node: Node, _ data: OpenData) {
        self.inode = inode
        self.node = node
        self.data = data
    }

    /// Whether a page is covered, and the first behind it that is the other way.
    func coverage(at page: UInt64) -> (isCovered: Bool, end: UInt64) {
        for range in covered {
            if page < range.lowerBound { return (false, range.lowerBound) }
            if page < range.upperBound { return (true, range.upperBound) }
        }
        return (false, .max)
    }

    /// The parts of a range that are not covered, in order.
    func gaps(in pages: Range<UInt64>) -> [Range<UInt64>] {
        var gaps: [Range<UInt64>] = []
        var page = pages.lowerBound
        while page < pages.upperBound {
            let (isCovered, end) = coverage(at: page)
            let next = min(end, pages.upperBound)
            if !isCovered { gaps.append(page..<next) }
            page = next
        }
        return gaps
    }

    /// A range is covered from now on.
    func cover(_ pages: Range<UInt64>) {
        guard !pages.isEmpty else { return }
        var all: [Range<UInt64>] = []
        var new = pages
        for range in covered {
            if range.upperBound < new.lowerBound || range.lowerBound > new.upperBound {
                all.append(range)
            } else {
                new = min(range.lowerBound, new.lowerBound)..<max(range.upperBound, new.upperBound)
            }
        }
        let place = all.firstIndex { $0.lowerBound > new.lowerBound } ?? all.count
        all.insert(new, at: place)
        covered = all
    }
}
