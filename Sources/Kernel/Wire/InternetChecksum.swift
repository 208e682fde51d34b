import KernelSupport

/// The sum of IP, TCP, UDP and ICMP (RFC 1071), collected piece by piece.
///
/// Kept as the sum of little-endian words: the sum of swapped bytes is the
/// swapped sum (RFC 1071, 2 (B)), so the bytes are swapped once, at the end.
public struct InternetChecksum: Sendable, BitwiseCopyable {
    @usableFromInline var sum: UInt64 = 0
    /// Whether an odd number of bytes was added: the next is a word's second one.
    @usableFromInline var isOdd = false

    @inlinable
    public init() {}

    /// Adds bytes. Where pieces follow each other, only the last may be thought
    /// of as padded: an odd piece's neighbour goes on in the middle of the word.
    @inlinable
    public mutating func accumulate(_ bytes: RawSpan) {
        var partial: UInt64 = 0
        let count = UInt64(bitPattern: Int64(bytes.byteCount))
        var offset: UInt64 = 0
        while count &- offset >= 32, let words: InlineArray<4, UInt64> = bytes.words(at: offset) {
            Self.add(words[0], to: &partial)
            Self.add(words[1], to: &partial)
            Self.add(words[2], to: &partial)
            Self.add(words[3], to: &partial)
            offset &+= 32
        }
        while count &- offset >= 8, let word = bytes.value(at: offset, as: UInt64.self) {
            Self.add(word, to: &partial)
            offset &+= 8
        }
        if count & 4 != 0, let word = bytes.value(at: offset, as: UInt32.self) {
            Self.add(UInt64(word), to: &partial)
            offset &+= 4
        }
        if count & 2 != 0, let word = bytes.value(at: offset, as: UInt16.self) {
            Self.add(UInt64(word), to: &partial)
            offset &+= 2
        }
        if count & 1 != 0, let byte = bytes.value(at: offset, as: UInt8.self) {
            Self.add(UInt64(byte), to: &partial)
        }
        if isOdd { partial = UInt64(Self.fold(partial).byteSwapped) }
        Self.add(partial, to: &sum)
        isOdd = isOdd != (count & 1 != 0)
    }

    /// Adds two bytes, the higher first.
    @inlinable
    public mutating func accumulate(_ value: UInt16) {
        accumulate(word: UInt64(value.byteSwapped))
    }

    /// Adds four bytes, the highest first.
    @inlinable
    public mutating func accumulate(_ value: UInt32) {
        accumulate(word: UInt64(value.byteSwapped))
    }

    /// Adds eight bytes, the highest first.
    @inlinable
    public mutating func accumulate(_ value: UInt64) {
        accumulate(word: value.byteSwapped)
    }

    @inlinable
    public mutating func accumulate(_ address: IPAddress) {
        switch address {
        case .v4(let address): accumulate(address.bits)
        case .v6(let address):
            accumulate(address.high)
            accumulate(address.low)
        }
    }

    /// Adds the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293, 3.1; RFC 768; RFC 8200, 8.1).
    /// Its sum is the same for both versions: the same fields, and zeros.
    ///
    /// - Parameter length: Of the header and what it carries.
    @inlinable
    public mutating func accumulatePseudoHeader(
        source: IPAddress, destination: IPAddress, protocol: IPProtocol, length: Int
    ) {
        accumulate(source)
        accumulate(destination)
        accumulate(UInt32(`protocol`.number))
        accumulate(UInt32(truncatingIfNeeded: length))
    }

    /// Takes an odd last byte as padded with 0: what follows begins a word.
    @inlinable
    public mutating func finishWord() {
        isOdd = false
    }

    /// The sum in 16 bits. Of bytes that have their checksum among them it is 0xffff.
    @inlinable
    public var folded: UInt16 { Self.fold(sum).byteSwapped }

    /// What a header's field gets: the complement.
    @inlinable
    public var checksum: UInt16 { ~folded }

    /// Whether bytes that have their checksum among them are sound.
    @inlinable
    public var isSound: Bool { folded == 0xffff }

    @inlinable
    mutating func accumulate(word: UInt64) {
        if isOdd {
            Self.add(UInt64(Self.fold(word).byteSwapped), to: &sum)
        } else {
            Self.add(word, to: &sum)
        }
    }

    /// The sum with the carry added at its end.
    @inline(__always) @inlinable
    static func add(_ word: UInt64, to sum: inout UInt64) {
        let (partial, carry) = sum.addingReportingOverflow(word)
        sum = partial &+ (carry ? 1 : 0)
    }

    @inlinable
    static func fold(_ sum: UInt64) -> UInt16 {
        // 64 bits to 33, to 18, to 17, to 16.
        var rest = (sum >> 32) &+ (sum & 0xffff_ffff)
        rest = (rest >> 16) &+ (rest & 0xffff)
        rest = (rest >> 16) &+ (rest & 0xffff)
        rest = (rest >> 16) &+ (rest & 0xffff)
        return UInt16(truncatingIfNeeded: rest)
    }
}

extension RawSpan {
    /// Whether these bytes, which have their checksum among them, are sound.
    @inlinable
    public var hasSoundChecksum: Bool {
        var sum = InternetChecksum()
        sum.accumulate(self)
        return sum.isSound
    }
}
