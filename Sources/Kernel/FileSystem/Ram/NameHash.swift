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

    func callAsFunction(_ name: borrowing FileName) -> UInt32 {
        let bytes = name.bytes
        let count = UInt64(bytes.byteCount)
        var state = key ^ count
        var offset: UInt64 = 0
        while count - offset >= 8, let word = bytes.value(at: offset, as: UInt64.self) {
            state = Self.mix(state ^ word, Self.first)
            offset += 8
        }
        var last: UInt64 = 0
        while offset < count, let byte = bytes.value(at: offset, as: UInt8.self) {
            last = last << 8 | UInt64(byte)
            offset += 1
        }
        state = Self.mix(state ^ last, Self.second)
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }
}
