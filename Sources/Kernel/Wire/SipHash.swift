import KernelSupport

/// A secret that makes a hash unpredictable for whoever sends packets.
public struct SipKey: Sendable, BitwiseCopyable {
    public let low: UInt64
    public let high: UInt64

    /// - Parameters:
    ///   - low: The first eight of the key's bytes, little-endian.
    ///   - high: The last eight.
    @inlinable
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inlinable
    public init(from generator: inout some RandomNumberGenerator) {
        low = generator.next()
        high = generator.next()
    }
}

/// SipHash-2-4 (Aumasson and Bernstein): the keyed hash of initial sequence
/// numbers, cookies, ports and tables.
public struct SipHash: Sendable, BitwiseCopyable {
    @usableFromInline var v0: UInt64
    @usableFromInline var v1: UInt64
    @usableFromInline var v2: UInt64
    @usableFromInline var v3: UInt64
    /// Of words that were added.
    @usableFromInline var count: UInt64 = 0

    @inlinable
    public init(key: SipKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    /// Adds eight bytes of the message, the first being the lowest.
    @inlinable
    public mutating func combine(_ word: UInt64) {
        compress(word)
        count &+= 1
    }

    @inlinable
    public mutating func combine(_ address: IPAddress) {
        let (high, low) = address.words
        combine(high)
        combine(low)
    }

    /// The hash of all words that were added.
    @inlinable
    public consuming func finish() -> UInt64 {
        finish(tail: 0, count: count &* 8)
    }

    /// The hash of a message of any length.
    public static func hash(_ message: RawSpan, key: SipKey) -> UInt64 {
        var hash = SipHash(key: key)
        let count = UInt64(bitPattern: Int64(message.byteCount))
        var offset: UInt64 = 0
        while let word = message.value(at: offset, as: UInt64.self) {
            hash.combine(word)
            offset &+= 8
        }
        var tail: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = message.value(at: offset, as: UInt8.self) {
            tail |= UInt64(byte) &<< shift
            shift &+= 8
            offset &+= 1
        }
        return hash.finish(tail: tail, count: count)
    }

    @inlinable
    consuming func finish(tail: UInt64, count: UInt64) -> UInt64 {
        compress(tail | count << 56)
        v2 ^= 0xff
        round()
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inlinable
    mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always) @inlinable
    mutating func round() {
        v0 &+= v1
        v1 = Self.rotate(v1, 13) ^ v0
        v0 = Self.rotate(v0, 32)
        v2 &+= v3
        v3 = Self.rotate(v3, 16) ^ v2
        v0 &+= v3
        v3 = Self.rotate(v3, 21) ^ v0
        v2 &+= v1
        v1 = Self.rotate(v1, 17) ^ v2
        v2 = Self.rotate(v2, 32)
    }

    @inline(__always) @inlinable
    static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word &<< count | word &>> (64 &- count)
    }
}

extension SipHash {
    /// SipHash-1-3 of two words: half of the work, for tables, whose users do not
    /// see what it yields.
    @inlinable
    public static func tableHash(_ first: UInt64, _ second: UInt64, key: SipKey) -> UInt64 {
        var hash = SipHash(key: key)
        hash.compressOnce(first)
        hash.compressOnce(second)
        return hash.finishTable(words: 2)
    }

    /// SipHash-1-3 of five words.
    @inlinable
    public static func tableHash(
        _ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64, _ fifth: UInt64, key: SipKey
    ) -> UInt64 {
        var hash = SipHash(key: key)
        hash.compressOnce(first)
        hash.compressOnce(second)
        hash.compressOnce(third)
        hash.compressOnce(fourth)
        hash.compressOnce(fifth)
        return hash.finishTable(words: 5)
    }

    @inline(__always) @inlinable
    mutating func compressOnce(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    @inline(__always) @inlinable
    consuming func finishTable(words: UInt64) -> UInt64 {
        compressOnce(words << 59)
        v2 ^= 0xff
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }
}
