/// Addresses with one kind of contents.
public struct Mapping: Equatable, Sendable {
    public enum Contents: Equatable, Sendable, BitwiseCopyable {
        /// Memory of the mapping's own, which may be used so.
        case memory(Protection)
        /// Pages of files. Which, and what they may be used for, is known elsewhere,
        /// and so are the frames that they are promised.
        case file

        /// Memory that may be touched: it needs frames.
        public var isUsable: Bool {
            if case .memory(let protection) = self { return !protection.isEmpty }
            return false
        }

        /// There may be something to touch: it needs page tables.
        public var isTouchable: Bool { self == .file || isUsable }
    }

    /// Whole pages.
    public var range: Range<UInt64>
    public var contents: Contents

    public init(range: Range<UInt64>, contents: Contents) {
        self.range = range
        self.contents = contents
    }

    public static let pageSize: UInt64 = 4096

    /// The pages that `range` consists of.
    public static func pages(_ range: Range<UInt64>) -> Int {
        Int((range.upperBound - range.lowerBound) / pageSize)
    }

    /// Frames that it needs, without page tables.
    var framesNeeded: Int { contents.isUsable ? Self.pages(range) : 0 }
}

/// A mapping's place in the tree, and what is known of those below it.
public struct MappingRecord: Sendable, BitwiseCopyable {
    var start: UInt64 = 0
    var end: UInt64 = 0
    /// Of all records from here down: the lowest start, the highest end, and
    /// the largest room between two neighbours.
    var lowest: UInt64 = 0
    var highest: UInt64 = 0
    var gap: UInt64 = 0
    /// Whether one of them may be touched.
    var hasTouchable = false
    var left = none
    var right = none
    var height: UInt8 = 1
    var contents: Mapping.Contents = .memory([])

    /// No record.
    static let none = UInt32.max

    public init() {}

    init(_ mapping: Mapping) {
        start = mapping.range.lowerBound
        end = mapping.range.upperBound
        contents = mapping.contents
    }

    var mapping: Mapping { Mapping(range: start..<end, contents: contents) }
}
