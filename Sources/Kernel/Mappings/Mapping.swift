/// Addresses with one protection.
public struct Mapping: Equatable, Sendable {
    /// Whole pages.
    public var range: Range<UInt64>
    public var protection: Protection

    public init(range: Range<UInt64>, protection: Protection) {
        self.range = range
        self.protection = protection
    }

    public static let pageSize: UInt64 = 4096

    /// The pages that `range` consists of.
    public static func pages(_ range: Range<UInt64>) -> Int {
        Int((range.upperBound - range.lowerBound) / pageSize)
    }

    /// What may not be touched needs no memory.
    var isUsable: Bool { !protection.isEmpty }
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
    var hasUsable = false
    var left = none
    var right = none
    var height: UInt8 = 1
    var protection: Protection = []

    /// No record.
    static let none = UInt32.max

    public init() {}

    init(_ mapping: Mapping) {
        start = mapping.range.lowerBound
        end = mapping.range.upperBound
        protection = mapping.protection
    }

    var mapping: Mapping { Mapping(range: start..<end, protection: protection) }
}
