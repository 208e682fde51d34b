import KernelSupport

/// Fields of a header whose length was checked before.
extension RawSpan {
    /// The big-endian value at `offset`; 0 outside.
    ///
    /// A reader of headers has compared the length once, and so the compiler
    /// takes this comparison away.
    @inlinable @inline(__always)
    public func field<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type = Value.self
    ) -> Value {
        bigEndianValue(at: UInt64(bitPattern: Int64(offset)), as: type) ?? 0
    }

    @inlinable @inline(__always)
    public func ethernetAddress(at offset: Int) -> EthernetAddress {
        let high: UInt16 = field(at: offset)
        let low: UInt32 = field(at: offset &+ 2)
        return EthernetAddress(bits: UInt64(high) << 32 | UInt64(low))
    }

    @inlinable @inline(__always)
    public func ipv4Address(at offset: Int) -> IPv4Address {
        IPv4Address(bits: field(at: offset))
    }

    @inlinable @inline(__always)
    public func ipv6Address(at offset: Int) -> IPv6Address {
        IPv6Address(high: field(at: offset), low: field(at: offset &+ 8))
    }

    /// The part of `range` that lies inside.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func piece(_ range: Range<Int>) -> RawSpan {
        let end = Swift.max(0, Swift.min(range.upperBound, byteCount))
        let start = Swift.max(0, Swift.min(range.lowerBound, end))
        return extracting(start..<end)
    }

    /// What is behind the first `count` bytes.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func rest(after count: Int) -> RawSpan {
        piece(count..<Swift.max(count, byteCount))
    }
}
