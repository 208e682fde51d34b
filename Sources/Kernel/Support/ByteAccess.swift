/// Checked access to foreign bytes: outside of the bounds there is `nil` or
/// `false`, never a trap. The one place where the readers of files, tables and
/// trees touch memory.
extension RawSpan {
    /// The little-endian value at `offset`, which need not be aligned; `nil` outside.
    @inline(__always)
    public func value<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type
    ) -> Value? {
        let size = UInt64(MemoryLayout<Value>.size)
        guard UInt64(byteCount) >= size, offset <= UInt64(byteCount) - size else { return nil }
        return unsafe Value(
            littleEndian: unsafeLoadUnaligned(fromByteOffset: Int(offset), as: type))
    }

    /// Little-endian words in a row, with one check for all; `nil` when not all lie inside.
    @inline(__always)
    public func words<let number: Int>(at offset: UInt64) -> InlineArray<number, UInt64>? {
        guard contains(offset: offset, count: UInt64(number) * 8) else { return nil }
        return InlineArray { index in
            unsafe UInt64(
                littleEndian: unsafeLoadUnaligned(
                    fromByteOffset: Int(offset) + index * 8, as: UInt64.self))
        }
    }

    /// The big-endian value at `offset`, which need not be aligned; `nil` outside.
    @inline(__always)
    public func bigEndianValue<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type
    ) -> Value? {
        value(at: offset, as: type)?.byteSwapped
    }

    /// The first offset in `range`, in steps of 16 from its start, at which a
    /// word equals `word` in the bits of `mask`; `nil` where none does, or where
    /// `range` does not lie inside.
    @inline(never)
    public func firstOffset(
        of word: UInt64, mask: UInt64, in range: Range<UInt64>
    ) -> UInt64? {
        guard contains(offset: range.lowerBound, count: UInt64(range.count)) else { return nil }
        var offset = range.lowerBound
        while range.upperBound &- offset >= 16 {
            let here = unsafe UInt64(
                littleEndian: unsafeLoadUnaligned(fromByteOffset: Int(offset), as: UInt64.self))
            if here & mask == word { return offset }
            offset &+= 16
        }
        return nil
    }

    /// Whether `count` bytes at `offset` lie inside.
    @inline(__always)
    public func contains(offset: UInt64, count: UInt64) -> Bool {
        count <= UInt64(byteCount) && offset <= UInt64(byteCount) - count
    }

    /// The sum of `count` bytes at `offset`, modulo 256; `nil` outside.
    /// Firmware tables are valid when it is 0.
    public func byteSum(at offset: UInt64, count: UInt64) -> UInt8? {
        guard contains(offset: offset, count: count) else { return nil }
        var sum: UInt8 = 0
        for i in Int(offset)..<Int(offset + count) {
            sum &+= unsafe unsafeLoad(fromByteOffset: i, as: UInt8.self)
        }
        return sum
    }

    /// Whether the bytes at `offset` are those of `text`.
    public func holds(_ text: StaticString, at offset: UInt64) -> Bool {
        guard contains(offset: offset, count: UInt64(text.utf8CodeUnitCount)) else { return false }
        for i in 0..<text.utf8CodeUnitCount
        where unsafe unsafeLoad(fromByteOffset: Int(offset) + i, as: UInt8.self)
            != text.utf8Start[i]
        {
            return false
        }
        return true
    }
}

extension StaticString {
    /// One byte of the text; 0 outside.
    @inline(__always)
    public func byte(at index: Int) -> UInt8 {
        guard index >= 0, index < utf8CodeUnitCount else { return 0 }
        return unsafe utf8Start[index]
    }
}

extension MutableRawSpan {
    /// Copies `count` bytes of `source` from `sourceOffset` to `offset`; `false` when
    /// either does not lie inside.
    @inline(never)
    public mutating func copy(
        _ source: RawSpan, at sourceOffset: UInt64, count: UInt64, to offset: UInt64
    ) -> Bool {
        guard source.contains(offset: sourceOffset, count: count),
            bytes.contains(offset: offset, count: count)
        else { return false }
        guard count > 0 else { return true }
        unsafe withUnsafeMutableBytes { to in
            unsafe source.withUnsafeBytes { from in
                unsafe (to.baseAddress! + Int(offset)).copyMemory(
                    from: from.baseAddress! + Int(sourceOffset), byteCount: Int(count))
            }
        }
        return true
    }

    /// Zeroes `count` bytes at `offset`; `false` when they do not lie inside.
    @inline(never)
    public mutating func zero(at offset: UInt64, count: UInt64) -> Bool {
        guard bytes.contains(offset: offset, count: count) else { return false }
        guard count > 0 else { return true }
        unsafe withUnsafeMutableBytes { to in
            _ = unsafe (to.baseAddress! + Int(offset)).initializeMemory(
                as: UInt8.self, repeating: 0, count: Int(count))
        }
        return true
    }

    /// Stores `value`, little-endian, at `offset`, which need not be aligned; `false` outside.
    @inline(__always)
    public mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: UInt64
    ) -> Bool {
        guard bytes.contains(offset: offset, count: UInt64(MemoryLayout<Value>.size)) else {
            return false
        }
        unsafe withUnsafeMutableBytes { to in
            unsafe to.storeBytes(
                of: value.littleEndian, toByteOffset: Int(offset), as: Value.self)
        }
        return true
    }
}
