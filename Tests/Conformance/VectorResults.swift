/// Results of the same calls with two C libraries, as Tests/Programs/vectors
/// prints them: `KIND FUNCTION LINE RESULT`, where the kind is `d` or `f` and
/// the result a number's bits, or `t` and text.
public struct VectorResults: Sendable {
    /// How far results are apart, by kind and function.
    public struct Distance: Equatable, Sendable {
        public var count = 0
        /// The most that a pair is apart, in units in the last place.
        public var largest: UInt64 = 0
        /// Pairs that are apart in another way: text, the sign of a zero, a
        /// NaN or an infinity beside something else. The first is told.
        public var different = 0
        public var example = ""
    }

    public private(set) var distances: [String: Distance] = [:]
    /// Lines without a partner of the same call.
    public private(set) var unpaired = 0

    public init(_ ours: String, _ theirs: String) {
        let left = ours.split(separator: "\n"), right = theirs.split(separator: "\n")
        unpaired = abs(left.count - right.count)
        for (a, b) in zip(left, right) { add(a, b) }
    }

    private mutating func add(_ a: Substring, _ b: Substring) {
        let left = a.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        let right = b.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard left.count == 4, right.count == 4, left[..<3] == right[..<3] else {
            unpaired += 1
            return
        }
        let name = "\(left[0]) \(left[1])"
        var distance = distances[name] ?? Distance()
        distance.count += 1
        let apart: UInt64?
        switch left[0] {
        case "d": apart = Self.distance(left[3], right[3]) { Double(bitPattern: $0) }
        case "f":
            apart = Self.distance(left[3], right[3]) { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
        default: apart = left[3] == right[3] ? 0 : nil
        }
        if let apart {
            distance.largest = max(distance.largest, apart)
        } else {
            distance.different += 1
            if distance.example.isEmpty { distance.example = "\(a), the other \(right[3])" }
        }
        distances[name] = distance
    }

    /// In units in the last place; `nil` where that says nothing.
    private static func distance<Number: BinaryFloatingPoint>(
        _ a: Substring, _ b: Substring, _ number: (UInt64) -> Number
    ) -> UInt64? {
        guard let first = UInt64(a, radix: 16), let second = UInt64(b, radix: 16) else { return nil }
        let x = number(first), y = number(second)
        if x.isNaN || y.isNaN { return x.isNaN && y.isNaN ? 0 : nil }
        if x == y { return x.sign == y.sign ? 0 : nil }
        if x.isInfinite || y.isInfinite { return nil }
        // Bits without the sign are in the numbers' order; two signs count from zero.
        let mask = (UInt64(1) << UInt64(Number.exponentBitCount + Number.significandBitCount)) - 1
        let left = first & mask, right = second & mask
        return x.sign == y.sign ? max(left, right) - min(left, right) : left + right
    }
}
