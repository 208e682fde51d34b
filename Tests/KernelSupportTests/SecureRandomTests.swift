import Foundation
import KernelSupport
import Testing

@Suite struct SecureRandomTests {
    private func key(_ words: [UInt32]) -> ChaCha20.Key {
        var key = ChaCha20.Key(repeating: 0)
        for i in 0..<8 { key[i] = words[i] }
        return key
    }

    private func words(_ block: ChaCha20.Block) -> [UInt32] { (0..<16).map { block[$0] } }

    /// RFC 8439, 2.3.2.
    @Test func theBlockOfTheRFC() {
        let key = key((0..<8).map { 0x0302_0100 + 0x0404_0404 * UInt32($0) })
        let block = ChaCha20.block(key: key, counter: 1, nonce: (0x0900_0000, 0x4A00_0000, 0))
        #expect(
            words(block) == [
                0xE4E7_F110, 0x1559_3BD1, 0x1FDD_0F50, 0xC471_20A3, 0xC7F4_D1C7, 0x0368_C033,
                0x9AAA_2204, 0x4E6C_D4C3, 0x4664_82D2, 0x09AA_9F07, 0x05D7_C214, 0xA202_8BD9,
                0xD19C_12B5, 0xB94E_16DE, 0xE883_D0CB, 0x4E3C_50A2,
            ])
    }

    /// RFC 8439, A.1: test vectors 1, 2 and 4, the first words of each.
    @Test func moreBlocksOfTheRFC() {
        let zero = key([UInt32](repeating: 0, count: 8))
        #expect(
            words(ChaCha20.block(key: zero, counter: 0, nonce: (0, 0, 0))).prefix(4)
                == [0xADE0_B876, 0x903D_F1A0, 0xE56A_5D40, 0x28BD_8653])
        #expect(
            words(ChaCha20.block(key: zero, counter: 1, nonce: (0, 0, 0))).prefix(4)
                == [0xBEE7_079F, 0x7A38_5155, 0x7C97_BA98, 0x0D08_2D73])
        let second = key([0x0000_FF00] + [UInt32](repeating: 0, count: 7))
        #expect(
            words(ChaCha20.block(key: second, counter: 2, nonce: (0, 0, 0))).prefix(4)
                == [0xFB4D_D572, 0x4BC4_2EF1, 0xDF92_2636, 0x327F_1394])
    }

    private func bytes(
        _ generator: inout SecureGenerator, _ count: Int, nonce: UInt64 = 0
    ) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: count)
        result.withUnsafeMutableBytes { bytes in
            var span = bytes.mutableBytes
            generator.fill(&span, nonce: nonce)
        }
        return result
    }

    /// The scheme written down again: key stream of eight blocks, of which the
    /// first half block is the next key.
    private func expected(_ key: [UInt32], count: Int) -> [UInt8] {
        var key = key
        var result: [UInt8] = []
        while result.count < count {
            var stream: [UInt32] = []
            for i in 0..<8 {
                stream += words(
                    ChaCha20.block(key: self.key(key), counter: UInt32(i), nonce: (0, 0, 0)))
            }
            key = Array(stream[..<8])
            for word in stream[8...] {
                result += (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
            }
        }
        return Array(result[..<count])
    }

    @Test(arguments: [4, 64, 480, 484, 960, 4096])
    func theStreamIsChaChasWithTheKeyReplaced(count: Int) {
        var generator = SecureGenerator()
        generator.mix(0x1122_3344_5566_7788, 0x99AA_BBCC_DDEE_FF00)
        let mixed = words(
            ChaCha20.block(
                key: key([UInt32](repeating: 0, count: 8)), counter: 0x5566_7788,
                nonce: (0x1122_3344, 0xDDEE_FF00, 0x99AA_BBCC)))
        let stream = bytes(&generator, count)
        #expect(stream == expected(Array(mixed[..<8]), count: count))
        let produced = generator.produced
        #expect(produced == UInt64(count))
    }

    @Test func piecesAreTheStream() {
        var whole = SecureGenerator()
        var parts = SecureGenerator()
        let stream = bytes(&whole, 2000)
        var joined: [UInt8] = []
        while joined.count < 2000 { joined += bytes(&parts, min(40, 2000 - joined.count)) }
        #expect(joined == stream)
        // The rest of a word is dropped.
        var odd = SecureGenerator()
        #expect(bytes(&odd, 3) == Array(stream[..<3]))
        #expect(bytes(&odd, 5) == Array(stream[4..<9]))
        #expect(bytes(&odd, 0) == [])
        #expect(bytes(&odd, 4) == Array(stream[12..<16]))
    }

    @Test func everyInputAndNonceMatters() {
        var outputs: Set<[UInt8]> = []
        for bit in 0..<128 {
            var generator = SecureGenerator()
            generator.mix(bit < 64 ? 1 << bit : 0, bit < 64 ? 0 : 1 << (bit - 64))
            outputs.insert(bytes(&generator, 16))
        }
        for nonce: UInt64 in [0, 1, 1 << 63] {
            var generator = SecureGenerator()
            outputs.insert(bytes(&generator, 16, nonce: nonce))
        }
        #expect(outputs.count == 131)
    }

    @Test func mixingDropsWhatWasMadeBefore() {
        var mixed = SecureGenerator()
        var same = SecureGenerator()
        #expect(bytes(&mixed, 8) == bytes(&same, 8))
        mixed.mix(0, 0)
        #expect(bytes(&mixed, 8) != bytes(&same, 8))
    }

    /// A copy of a generator's memory knows nothing of what was handed out.
    @Test func whatWasHandedOutIsErased() {
        var generator = SecureGenerator()
        generator.mix(1, 2)
        for count in [4, 100, 480, 600] {
            let given = bytes(&generator, count)
            let memory = withUnsafeBytes(of: &generator) { Array($0) }
            for start in stride(from: 0, to: given.count - 3, by: 4) {
                let word = Array(given[start..<start + 4])
                let isThere = stride(from: 0, to: memory.count - 3, by: 4).contains {
                    Array(memory[$0..<$0 + 4]) == word
                }
                #expect(!isThere, "byte \(start) of \(count)")
            }
        }
    }
}

@Suite struct JitterHealthTests {
    private func isGood(_ samples: (Int) -> UInt8, count: Int = JitterHealth.sampleCount) -> Bool {
        var health = JitterHealth()
        for i in 0..<count { health.consume(samples(i)) }
        return health.isGood()
    }

    @Test func noiseIsGood() {
        for seed in 1...200 {
            var generator = SeededGenerator(state: UInt64(seed))
            #expect(isGood { _ in UInt8.random(in: 0...255, using: &generator) })
            // Two bits a sample.
            #expect(isGood { _ in UInt8.random(in: 90...93, using: &generator) })
        }
    }

    @Test func whatDoesNotVaryOrRepeatsIsNot() {
        #expect(!isGood { _ in 7 })
        for period in 1...16 {
            #expect(!isGood { UInt8(truncatingIfNeeded: $0 % period * 37) }, "period \(period)")
        }
        var generator = SeededGenerator(state: 5)
        // Half a bit a sample: nine of ten are the same.
        #expect(!isGood { _ in UInt8.random(in: 0..<10, using: &generator) == 0 ? 1 : 0 })
        // Noise that stops.
        #expect(!isGood { $0 < 900 ? UInt8.random(in: 0...255, using: &generator) : 9 })
        #expect(!isGood { $0 < 512 ? UInt8.random(in: 0...255, using: &generator) : UInt8($0 % 2) })
    }

    @Test func aTestOfTooFewSamplesHasNotPassed() {
        var generator = SeededGenerator(state: 5)
        #expect(!isGood({ _ in UInt8.random(in: 0...255, using: &generator) }, count: 1023))
        #expect(!isGood({ _ in UInt8.random(in: 0...255, using: &generator) }, count: 0))
    }

    @Test func aRunIsAsLongAsItMayBe() {
        for (length, isFine) in [(JitterHealth.longestRun - 1, true), (JitterHealth.longestRun, false)] {
            var generator = SeededGenerator(state: 8)
            let good = isGood {
                200..<200 + length ~= $0 ? 77 : UInt8.random(in: 100...255, using: &generator)
            }
            #expect(good == isFine)
        }
    }

    /// SP 800-90B, 4.4.1 and 4.4.2, from the exact distribution.
    @Test func theLimitsAreThoseOfOneBitASample() {
        let alpha = 1.0 / 1_048_576
        #expect(pow(0.5, Double(JitterHealth.longestRun - 1)) <= alpha)
        #expect(pow(0.5, Double(JitterHealth.longestRun - 2)) > alpha)
        var tail = 0.0
        var k = JitterHealth.window
        // More than k - 1 of the window's samples are its first one, by chance.
        while tail + binomial(JitterHealth.window, k) <= alpha {
            tail += binomial(JitterHealth.window, k)
            k -= 1
        }
        #expect(JitterHealth.mostInWindow == k + 1)
        let n = Double(JitterHealth.sampleCount)
        func bound(_ count: Int) -> Double {
            let p = Double(count) / n
            return p + 2.576 * (p * (1 - p) / (n - 1)).squareRoot()
        }
        #expect(bound(JitterHealth.mostGuessed) <= 0.5)
        #expect(bound(JitterHealth.mostGuessed + 1) > 0.5)
    }

    /// The probability of k heads in n throws.
    private func binomial(_ n: Int, _ k: Int) -> Double {
        exp(lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1)) - Double(n) * log(2.0))
    }
}
