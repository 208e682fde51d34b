/// Checked access to foreign bytes: outside of the bounds there is `nil` or
/// `false`, never a trap. The one place where the readers of files, tables and
/// trees touch memory: `contains` has found each place that is loaded from.
extension RawSpan {
    /// The little-endian value at `offset`, which need not be aligned; `nil` outside.
    @inlinable @inline(__always)
    public func value<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type
    ) -> Value? {
        guard contains(offset: offset, count: UInt64(MemoryLayout<Value>.size)) else { return nil }
        return unsafe Value(
            littleEndian: unsafeLoadUnaligned(
                fromUncheckedByteOffset: Int(truncatingIfNeeded: offset), as: type))
    }

    /// Little-endian words in a row, with one check for all; `nil` when not all lie inside.
    @inlinable @inline(__always)
    public func words<let number: Int>(at offset: UInt64) -> InlineArray<number, UInt64>? {
        guard contains(offset: offset, count: UInt64(number) * 8) else { return nil }
        return InlineArray { index in
            unsafe UInt64(
                littleEndian: unsafeLoadUnaligned(
                    fromUncheckedByteOffset: Int(truncatingIfNeeded: offset) &+ index &* 8,
                    as: UInt64.self))
        }
    }

    /// The big-endian value at `offset`, which need not be aligned; `nil` outside.
    @inlinable @inline(__always)
    public func bigEndianValue<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type
    ) -> Value? {
        value(at: offset, as: type)?.byteSwapped
    }

    /// The first offset in `range`, in steps of 16 from its start, at which the
    /// eight bytes are `word` or the first four of them are `half`, little-endian;
    /// `nil` where none does, or where `range` does not lie inside.
    @inline(never)
    public func firstOffset(of word: UInt64, or half: UInt32, in range: Range<UInt64>) -> UInt64? {
        var offset = range.lowerBound
        guard contains(offset: offset, count: range.upperBound &- offset) else { return nil }
        while range.upperBound &- offset >= 16 {
            let here = unsafe UInt64(
                littleEndian: unsafeLoadUnaligned(
                    fromUncheckedByteOffset: Int(truncatingIfNeeded: offset), as: UInt64.self))
            if here == word || UInt32(truncatingIfNeeded: here) == half { return offset }
            offset &+= 16
        }
        return nil
    }

    /// Whether `count` bytes at `offset` lie inside.
    ///
    /// One branch, where two comparisons make two: code that runs once costs by
    /// its branches.
    @inlinable @inline(__always)
    public func contains(offset: UInt64, count: UInt64) -> Bool {
        let size = UInt64(bitPattern: Int64(byteCount))
        // Of places for that many bytes; a span's size is less than 2^63.
        let places = count <= size ? size &- count &+ 1 : 0
        return offset < places
    }

    /// The sum of `count` bytes at `offset`, modulo 256; `nil` outside.
    /// Firmware tables are valid when it is 0.
    @inline(never)
    public func byteSum(at offset: UInt64, count: UInt64) -> UInt8? {
        guard contains(offset: offset, count: count) else { return nil }
        var sum: UInt8 = 0
        var i = Int(truncatingIfNeeded: offset)
        let end = i &+ Int(truncatingIfNeeded: count)
        while i < end {
            sum &+= unsafe unsafeLoad(fromUncheckedByteOffset: i, as: UInt8.self)
            i &+= 1
        }
        return sum
    }

    /// Which of the words in `list` the bytes in `range` are; `nil`: none, or the
    /// range does not lie inside.
    ///
    /// - Parameter list: Words without spaces in them, and a space behind each.
    @inline(never)
    public func place(of range: Range<Int>, in list: StaticString) -> Int? {
        let (start, end) = (range.lowerBound, range.upperBound)
        guard start < end,
            contains(
                offset: UInt64(bitPattern: Int64(start)),
                count: UInt64(bitPattern: Int64(end &- start)))
        else { return nil }
        var place = 0
        var at = start
        var difference: UInt8 = 0
        var i = 0
        while i < list.utf8CodeUnitCount {
            let wanted = unsafe list.utf8Start[i]
            i &+= 1
            if wanted == 0x20 {
                if difference == 0 && at == end { return place }
                place &+= 1
                at = start
                difference = 0
            } else {
                let byte = unsafe unsafeLoad(fromUncheckedByteOffset: min(at, end &- 1), as: UInt8.self)
                difference |= byte ^ wanted | (at < end ? 0 : 1)
                at &+= 1
            }
        }
        return nil
    }

    /// Whether the bytes at `offset` are those of `text`.
    @inline(never)
    public func holds(_ text: StaticString, at offset: UInt64) -> Bool {
        let count = text.utf8CodeUnitCount
        guard contains(offset: offset, count: UInt64(bitPattern: Int64(count))) else { return false }
        let start = Int(truncatingIfNeeded: offset)
        var difference: UInt8 = 0
        var i = 0
        while i < count {
            difference |=
                unsafe unsafeLoad(fromUncheckedByteOffset: start &+ i, as: UInt8.self) ^ text.utf8Start[i]
            i &+= 1
        }
        return difference == 0
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
                unsafe (to.baseAddress.unsafelyUnwrapped + Int(truncatingIfNeeded: offset)).copyMemory(
                    from: from.baseAddress.unsafelyUnwrapped + Int(truncatingIfNeeded: sourceOffset),
                    byteCount: Int(truncatingIfNeeded: count))
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
            _ = unsafe (to.baseAddress.unsafelyUnwrapped + Int(truncatingIfNeeded: offset)).initializeMemory(
                as: UInt8.self, repeating: 0, count: Int(truncatingIfNeeded: count))
        }
        return true
    }

    /// Stores `value`, little-endian, at `offset`, which need not be aligned; `false` outside.
    @inlinable @inline(__always)
    public mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: UInt64
    ) -> Bool {
        guard bytes.contains(offset: offset, count: UInt64(MemoryLayout<Value>.size)) else {
            return false
        }
        unsafe withUnsafeMutableBytes { to in
            unsafe to.storeBytes(
                of: value.littleEndian, toByteOffset: Int(truncatingIfNeeded: offset), as: Value.self)
        }
        return true
    }
}
