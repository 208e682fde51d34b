import KernelSupport

/// Hashes of names: words are multiplied to 128 bits and folded, with a key, so
/// that names that come from elsewhere can't be chosen to collide.
struct NameHash: Sendable {
    private let key: UInt64

    init(key: UInt64) { self.key = key }

    @inline(__always)
    private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    // Odd, with half of the bits set.
    private static let first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let second: UInt64 = 0xD1B5_4A32_D192_ED03

    @inline(__always)
    func callAsFunction(_ name: borrowing FileName) -> UInt32 {
        let bytes = name.bytes
        let count = bytes.byteCount
        var state = key ^ UInt64(count)
        var offset = 0
        while count - offset > 8 {
            state = Self.mix(state ^ bytes.paddedWord(at: offset), Self.first)
            offset += 8
        }
        state = Self.mix(state ^ bytes.paddedWord(at: offset), Self.second)
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }
}
