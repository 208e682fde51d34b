/// Writes parts of a device tree to where `DeviceTreeWriter` has found room for all of
/// them: one check for many.
///
/// Whoever uses it writes no more bytes than were reserved.
@safe struct TreePieces {
    /// Where the next byte goes.
    private var place: UnsafeMutableRawPointer

    /// Bytes from `start` on.
    @inline(__always)
    func distance(from start: UnsafeMutableRawPointer) -> Int { unsafe place - start }

    /// Goes over bytes that somebody else writes.
    @inline(__always)
    mutating func skip(_ count: Int) { unsafe place += count }

    @unsafe init(_ place: UnsafeMutableRawPointer) { unsafe self.place = unsafe place }

    /// Bytes as they are.
    @inline(never)
    mutating func copy(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        unsafe place.copyMemory(from: text.utf8Start, byteCount: count)
        unsafe place += count
    }

    /// The same.
    @inline(__always)
    mutating func copy(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe place.copyMemory(from: start, byteCount: bytes.count)
        }
        unsafe place += bytes.byteCount
    }

    @inline(__always)
    mutating func put(_ word: UInt32) {
        unsafe place.storeBytes(of: word.bigEndian, as: UInt32.self)
        unsafe place += 4
    }

    @inline(__always)
    mutating func put(_ number: UInt64) {
        unsafe place.storeBytes(of: number.bigEndian, as: UInt64.self)
        unsafe place += 8
    }

    /// The largest number of bytes of a unit with what is behind it.
    static let largestUnit = 24

    /// The unit of a node whose name is there as far as its `@`: hexadecimal digits, a
    /// zero, and as many more as the next token's alignment takes.
    ///
    /// - Parameter count: Bytes of the name that are there, with its token.
    @inline(__always)
    mutating func unit(_ unit: UInt64, behind count: Int) {
        if unit < 10 {
            // One digit, the usual one.
            unsafe place.storeBytes(of: unit &+ 48, as: UInt64.self)
            unsafe place += (count &+ 5) & ~3 &- count
        } else {
            longUnit(unit, count)
        }
    }

    @inline(never)
    private mutating func longUnit(_ unit: UInt64, _ count: Int) {
        var shift = (63 &- unit.leadingZeroBitCount) & ~3
        var written = count
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: unit &>> UInt64(truncatingIfNeeded: shift) & 15)
            unsafe place.storeBytes(of: digit &+ (digit < 10 ? 48 : 87), as: UInt8.self)
            unsafe place += 1
            written &+= 1
            shift &-= 4
        }
        unsafe place.storeBytes(of: 0, as: UInt32.self)
        unsafe place += (written &+ 4) & ~3 &- written
    }
}
