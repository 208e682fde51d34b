/// Checked little-endian access to bytes: outside of the bounds there is
/// `nil`, never a trap. The one place where the readers of foreign bytes
/// touch memory.
extension RawSpan {
    /// The value at `offset`, which need not be aligned; `nil` outside.
    @inline(__always)
    public func value<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: UInt64, as type: Value.Type
    ) -> Value? {
        let size = UInt64(MemoryLayout<Value>.size)
        guard UInt64(byteCount) >= size, offset <= UInt64(byteCount) - size else { return nil }
        return unsafe Value(
            littleEndian: unsafeLoadUnaligned(fromByteOffset: Int(offset), as: type))
    }

    /// Whether `count` bytes at `offset` lie inside.
    public func contains(offset: UInt64, count: UInt64) -> Bool {
        count <= UInt64(byteCount) && offset <= UInt64(byteCount) - count
    }
}

extension MutableRawSpan {
    /// Copies `count` bytes of `source` from `sourceOffset` to `offset`; `false` when
    /// either does not lie inside.
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
    public mutating func zero(at offset: UInt64, count: UInt64) -> Bool {
        guard bytes.contains(offset: offset, count: count) else { return false }
        guard count > 0 else { return true }
        unsafe withUnsafeMutableBytes { to in
            _ = unsafe (to.baseAddress! + Int(offset)).initializeMemory(
                as: UInt8.self, repeating: 0, count: Int(count))
        }
        return true
    }

    /// Stores `value` at `offset`, which need not be aligned; `false` outside.
    @inline(__always)
    public mutating func store(_ value: UInt64, at offset: UInt64) -> Bool {
        guard bytes.contains(offset: offset, count: 8) else { return false }
        unsafe withUnsafeMutableBytes { to in
            unsafe to.storeBytes(of: value.littleEndian, toByteOffset: Int(offset), as: UInt64.self)
        }
        return true
    }
}
