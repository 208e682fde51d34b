/// A choice that is the same at every run.
public enum SeededChoice {
    /// `count` of the elements, or all where there are no more, in their order.
    public static func choose<Element>(_ count: Int, of elements: [Element], seed: UInt64) -> [Element] {
        var generator = SplitMix(state: seed)
        let places = elements.indices.shuffled(using: &generator).prefix(count).sorted()
        return places.map { elements[$0] }
    }
}

/// Steele, Lea and Flood's SplitMix64 ("Fast splittable pseudorandom number
/// generators", 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
