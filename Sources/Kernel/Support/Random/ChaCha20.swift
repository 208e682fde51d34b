/// The block function of ChaCha20 (RFC 8439, 2.3).
public enum ChaCha20 {
    public typealias Key = InlineArray<8, UInt32>
    public typealias Block = InlineArray<16, UInt32>

    /// One block of key stream.
    ///
    /// - Parameters:
    ///   - key: 256 bits, as eight little-endian words; so are all others here.
    ///   - counter: The block's number.
    ///   - nonce: 96 bits.
    @inline(never)
    public static func block(
        key: borrowing Key, counter: UInt32, nonce: (UInt32, UInt32, UInt32)
    ) -> Block {
        // "expand 32-byte k"
        let start: Block = [
            0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574, key[0], key[1], key[2], key[3],
            key[4], key[5], key[6], key[7], counter, nonce.0, nonce.1, nonce.2,
        ]
        var state = start
        for _ in 0..<10 {
            quarterRound(&state, 0, 4, 8, 12)
            quarterRound(&state, 1, 5, 9, 13)
            quarterRound(&state, 2, 6, 10, 14)
            quarterRound(&state, 3, 7, 11, 15)
            quarterRound(&state, 0, 5, 10, 15)
            quarterRound(&state, 1, 6, 11, 12)
            quarterRound(&state, 2, 7, 8, 13)
            quarterRound(&state, 3, 4, 9, 14)
        }
        for i in 0..<16 { state[i] &+= start[i] }
        return state
    }

    /// RFC 8439, 2.1.
    @inline(__always)
    private static func quarterRound(_ state: inout Block, _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], 16)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], 12)
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], 8)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], 7)
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }
}
