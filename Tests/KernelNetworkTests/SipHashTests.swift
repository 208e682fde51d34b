import KernelWire
import NetworkSimulation
import Testing

@Suite("Network: SipHash-2-4")
struct SipHashTests {
    /// The key of the published vectors: the bytes 0 to 15.
    private let key = SipKey(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)

    /// The first of the reference implementation's `vectors.h`, bytes in order.
    private static let vectors = [
        "310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785",
        "b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab",
    ]

    @Test("The published vectors", arguments: vectors.indices)
    func published(length: Int) {
        let message = (0..<UInt8(length)).map { $0 }
        let hash = unsafe SipHash.hash(message.span.bytes, key: key)
        #expect(hash.byteSwapped == UInt64(Self.vectors[length], radix: 16))
    }

    @Test("The paper's example: fifteen bytes")
    func paper() {
        let message = (0..<15 as Range<UInt8>).map { $0 }
        let hash = unsafe SipHash.hash(message.span.bytes, key: key)
        #expect(hash == 0xa129_ca61_49be_45e5)
    }

    @Test("Words hash as their bytes")
    func words() {
        var generator = SeededGenerator(seed: 3)
        for count in 0..<20 {
            let message = generator.bytes(count * 8)
            var hash = SipHash(key: key)
            for i in 0..<count {
                hash.combine(message[i * 8..<i * 8 + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) })
            }
            let whole = unsafe SipHash.hash(message.span.bytes, key: key)
            #expect(hash.finish() == whole)
        }
    }

    /// As CPython's `hash` of bytes has it, whose key is all zeros with
    /// `PYTHONHASHSEED=0`, and an implementation after the paper for this key.
    @Test("SipHash-1-3 of words, for tables")
    func tables() {
        #expect(SipHash.tableHash(0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, key: key) == 0xcc4f_dd1a_7d90_8b66)
        let words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
            0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908, 0x1716_1514_1312_1110, 0x1f1e_1d1c_1b1a_1918,
            0x2726_2524_2322_2120
        )
        #expect(
            SipHash.tableHash(words.0, words.1, words.2, words.3, words.4, key: key) == 0xc1d2_3632_99e4_1531)
        #expect(
            SipHash.tableHash(words.0, words.1, words.2, words.3, words.4, key: SipKey(low: 0, high: 0))
                == 0x95bc_321a_b41d_8206)
    }
}
