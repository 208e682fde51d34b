/// A generator of secure random bytes: ChaCha20 with fast key erasure
/// (D. J. Bernstein, "Fast-key-erasure random-number generators", 2017).
///
/// Key stream is made eight blocks at a time. Its first 32 bytes are the next
/// key at once, the others are handed out and overwritten as they are: who
/// reads the generator's memory learns nothing of what it gave before.
///
/// What is mixed in goes through the block function, too: the key so far
/// keys it, 128 bits of input are its counter and nonce, and half of the
/// block is the new key. A cascade of a pseudo-random function: the key is as
/// hard to guess as all inputs together, whoever chose some of them.
public struct SecureGenerator: ~Copyable, Sendable {
    private var key: ChaCha20.Key = .init(repeating: 0)
    private var stream: InlineArray<120, UInt32> = .init(repeating: 0)
    /// Words at the end of `stream` that were not handed out.
    private var available = 0
    private static let streamWords = 120

    /// Bytes handed out since the last `reseeded`.
    public private(set) var produced: UInt64 = 0

    public init() {}

    /// Mixes 128 bits in. What was made before and is not handed out yet is dropped.
    public mutating func mix(_ first: UInt64, _ second: UInt64) {
        let block = ChaCha20.block(
            key: key, counter: UInt32(truncatingIfNeeded: first),
            nonce: (
                UInt32(truncatingIfNeeded: first >> 32), UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: second >> 32)
            ))
        for i in 0..<8 { key[i] = block[i] }
        while available > 0 {
            stream[Self.streamWords - available] = 0
            available -= 1
        }
    }

    /// Counts `produced` from zero again.
    public mutating func reseeded() { produced = 0 }

    /// Fills `bytes`.
    ///
    /// - Parameter nonce: Need not be secret or different each time. That it
    ///   usually is lets two copies of a machine part ways.
    public mutating func fill(_ bytes: inout MutableRawSpan, nonce: UInt64) {
        produced = produced.saturatingSum(UInt64(bytes.byteCount))
        var done = 0
        while done < bytes.byteCount {
            if available == 0 { refill(nonce: nonce) }
            let place = Self.streamWords - available
            let word = stream[place]
            stream[place] = 0
            available -= 1
            let rest = bytes.byteCount - done
            if rest >= 4 {
                bytes.storeBytes(of: word, toByteOffset: done, as: UInt32.self)
                done += 4
                continue
            }
            // The word's other bytes are nobody's.
            for i in 0..<rest {
                bytes.storeBytes(
                    of: UInt8(truncatingIfNeeded: word >> UInt32(8 * i)), toByteOffset: done + i,
                    as: UInt8.self)
            }
            done += rest
        }
    }

    private mutating func refill(nonce: UInt64) {
        let nonce = (
            UInt32(truncatingIfNeeded: nonce), UInt32(truncatingIfNeeded: nonce >> 32), UInt32(0)
        )
        let first = ChaCha20.block(key: key, counter: 0, nonce: nonce)
        for i in 0..<8 { stream[i] = first[8 + i] }
        for number in 1..<8 {
            let block = ChaCha20.block(key: key, counter: UInt32(number), nonce: nonce)
            for i in 0..<16 { stream[16 * number - 8 + i] = block[i] }
        }
        for i in 0..<8 { key[i] = first[i] }
        available = Self.streamWords
    }
}
