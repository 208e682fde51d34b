// Random numbers: Swift's own, which the system's secure generator feeds,
// repeatable ones, and secure bytes for a key.
import Hermit

/// A repeatable sequence (SplitMix64): the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
        text += byte < 16 ? "0" : ""
        text += String(byte, radix: 16)
    }
    return text
}

func run() throws(SystemError) {
    var rolls = [0, 0, 0, 0, 0, 0]
    for _ in 0..<6000 { rolls[Int.random(in: 0..<6)] += 1 }
    let isFair = rolls.min()! > 800 && rolls.max()! < 1200
    print("6000 rolls of a die, all sides about as often:", isFair)

    var generator = SystemRandomNumberGenerator()
    let shuffled = Array(1...20).shuffled(using: &generator)
    print("shuffled, nothing is lost:", shuffled.sorted() == Array(1...20))
    print("two numbers differ:", generator.next() != generator.next())

    var repeatable = SeededGenerator(state: 42)
    let numbers = (0..<5).map { _ in Int.random(in: 1...100, using: &repeatable) }
    print("seed 42: \(numbers)")

    print("key:", hexadecimal(try Entropy.bytes(count: 16)))
}

do throws(SystemError) {
    try run()
} catch {
    print("no secure numbers:", error.rawValue)
    exit(1)
}
