// Arithmetic that the compiler leaves to the platform's functions. This file
// is compiled into the tests and into a program for the virtual machine:
// both must come to the same lines.

private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// Any number: often of middling size, often with few bits.
    mutating func double() -> Double {
        var bits = next()
        if next() & 1 == 0 { bits = bits & ~(0x7FF << 52) | (1000 + next() % 60) << 52 }
        if next() % 3 == 0 { bits &= ~0 << (next() % 52) }
        return Double(bitPattern: bits)
    }

    mutating func wide() -> UInt128 {
        (UInt128(next()) << 64 | UInt128(next())) >> UInt128(next() % 128)
    }
}

private struct Digest {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01B3 }
    /// All numbers that are none are one.
    mutating func add(_ number: Double) { add(number.isNaN ? 0 : number.bitPattern) }
    mutating func add(_ number: Float) { add(number.isNaN ? 0 : UInt64(number.bitPattern)) }
}

/// A line for every kind of arithmetic, over `count` seeded cases.
func numberLines(_ count: Int) -> [String] {
    var random = Generator(state: 88_172_645_463_325_252)
    var fused = Digest()
    var rests = Digest()
    var rounded = Digest()
    var divided = Digest()
    var read = Digest()
    for _ in 0..<count {
        let (a, b, c) = (random.double(), random.double(), random.double())
        fused.add(c.addingProduct(a, b))
        fused.add((-a * b).addingProduct(a, b))
        fused.add(Float(c).addingProduct(Float(a), Float(b)))
        rests.add(a.truncatingRemainder(dividingBy: b))
        rests.add(a.remainder(dividingBy: b))
        rests.add(Float(a).truncatingRemainder(dividingBy: Float(b)))
        for rule in [
            FloatingPointRoundingRule.up, .down, .towardZero, .toNearestOrAwayFromZero,
            .toNearestOrEven,
        ] {
            rounded.add(c.rounded(rule))
            rounded.add(Float(c).rounded(rule))
        }
        rounded.add(c.squareRoot())
        let (x, y) = (random.wide(), max(random.wide(), 1))
        for word in [x / y, x % y] {
            divided.add(UInt64(truncatingIfNeeded: word))
            divided.add(UInt64(truncatingIfNeeded: word >> 64))
        }
        let quotient = -Int128(x >> 1) / Int128(y >> 1 | 1)
        divided.add(UInt64(truncatingIfNeeded: quotient))
        read.add(Double(a.description) ?? 0)
        let digits = "\(random.next()).\(random.next())e\(Int(random.next() % 700) - 350)"
        read.add(Double(digits) ?? 0)
        read.add(Float(digits) ?? 0)
    }
    return [
        "fused \(fused.value)", "rests \(rests.value)", "rounded \(rounded.value)",
        "divided \(divided.value)", "read \(read.value)",
    ]
}

/// Texts that are numbers, and some that are none.
func readingLines() -> [String] {
    let texts = [
        "1.5", "-0", "inf", "-Infinity", "nan", "infin", "1e", "1e+", "0x", "0x1.8p3", ".", "1.",
        ".5", "+7", "e5", "1_0", " 1", "9007199254740993", "2.4703282292062327208e-324",
        "2.4703282292062328e-324", "1.7976931348623158e308", "1.7976931348623159e308",
    ]
    return texts.map { text in
        guard let number = Double(text) else { return text + ": none" }
        return text + ": " + number.description
    }
}
