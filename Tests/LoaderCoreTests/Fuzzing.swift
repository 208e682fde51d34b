import Foundation

/// How many cases each fuzz test runs; `HERMIT_FUZZ_CASES` asks for more.
let fuzzCases =
    ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000

/// A generator whose numbers a seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number in 0..<`bound`, nearly evenly: quicker than the library's in a debug build.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Values at which bounds checks go wrong, when they do.
private let edges: [UInt64] = [
    0, 1, 7, 8, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
    0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_F000, 0xFFFF_FFFF_FFFF_FFF8,
    0xFFFF_FFFF_FFFF_FFFF,
]

/// Damages one place of `bytes`: a byte, or a number of two, four or eight bytes.
func mutate(_ bytes: inout [UInt8], in range: Range<Int>, _ generator: inout SeededGenerator) {
    guard range.count >= 8 else { return }
    let width = 1 << generator.below(4)
    let at = range.lowerBound + generator.below(range.count - 7) & ~(width - 1)
    guard at >= range.lowerBound else { return }
    var old: UInt64 = 0
    for i in 0..<width { old |= UInt64(bytes[at + i]) << UInt64(8 * i) }
    let new: UInt64 =
        switch generator.below(6) {
        case 0: generator.next()
        case 1: old &+ 1
        case 2: old &- 1
        case 3: old ^ 1 << UInt64(generator.below(8 * width))
        case 4: old &+ edges[generator.below(edges.count)]
        default: edges[generator.below(edges.count)]
        }
    for i in 0..<width { bytes[at + i] = UInt8(truncatingIfNeeded: new >> UInt64(8 * i)) }
}

extension [UInt8] {
    /// Writes a little-endian number.
    mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        for i in 0..<MemoryLayout<Value>.size {
            self[offset + i] = UInt8(truncatingIfNeeded: value >> Value(8 * i))
        }
    }

    mutating func put(_ text: String, at offset: Int) {
        for (i, byte) in text.utf8.enumerated() { self[offset + i] = byte }
    }

    /// Reads a little-endian number.
    func word(at offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }

    /// Sets the byte at `place` so that the sum of `range` is 0.
    mutating func fixSum(_ range: Range<Int>, at place: Int) {
        self[place] = 0
        self[place] = 0 &- self[range].reduce(0, &+)
    }
}
