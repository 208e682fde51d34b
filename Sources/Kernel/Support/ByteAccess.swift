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

    /// The eight bytes at `offset`, little-endian; behind the span's end there are zeros.
    @inlinable @inline(__always)
    public func paddedWord(at offset: Int) -> UInt64 {
        guard offset >= 0, offset < byteCount else { return 0 }
        // At most four loads, each of which lies inside.
        let left = byteCount &- offset
        if left >= 8 {
            return unsafe UInt64(
                littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
        }
        if left >= 4 {
            let low = unsafe UInt32(
                littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
            let high = unsafe UInt32(
                littleEndian: unsafeLoadUnaligned(
                    fromUncheckedByteOffset: byteCount &- 4, as: UInt32.self))
            return UInt64(low) | UInt64(high) &<< UInt64(8 &* (left &- 4))
        }
        let low = unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
        let middle = unsafe unsafeLoad(
            fromUncheckedByteOffset: offset &+ left / 2, as: UInt8.self)
        let high = unsafe unsafeLoad(fromUncheckedByteOffset: byteCount &- 1, as: UInt8.self)
        return UInt64(low) | UInt64(middle) &<< UInt64(8 &* (left / 2))
            | UInt64(high) &<< UInt64(8 &* (left &- 1))
    }

    /// Where the first byte is that is `byte`, from `start` on; the span's end where none is.
    @inlinable @inline(__always)
    public func firstOffset(of byte: UInt8, from start: Int = 0) -> Int {
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        var offset = start
        while offset < byteCount {
            let difference = paddedWord(at: offset) ^ pattern
            // A byte is zero where taking 1 from it borrows for a bit that was not set.
            let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if zeros != 0 { return min(offset &+ zeros.trailingZeroBitCount / 8, byteCount) }
            offset &+= 8
        }
        return byteCount
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

    /// Runs `body` with the text's bytes.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount).bytes)
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
