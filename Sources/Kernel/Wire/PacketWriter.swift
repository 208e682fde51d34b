import KernelSupport

/// Writes a packet from its first byte to its last into memory that the caller keeps.
///
/// What finds no room is not written, nor is anything behind it, and the packet
/// is not `isWhole`: whoever sends it asks once, at the end.
public struct PacketWriter: ~Copyable, ~Escapable {
    private var bytes: MutableRawSpan
    /// Of bytes that were written.
    public private(set) var count = 0
    /// Whether all that was to be written has found room.
    public private(set) var isWhole = true

    @_lifetime(copy bytes)
    public init(_ bytes: consuming MutableRawSpan) {
        self.bytes = bytes
    }

    /// How many bytes there is room for.
    public var capacity: Int { bytes.byteCount }

    /// How many more there is room for.
    public var room: Int { isWhole ? bytes.byteCount &- count : 0 }

    /// Begins again, with nothing written.
    @_lifetime(self: copy self)
    public mutating func clear() {
        count = 0
        isWhole = true
    }

    /// Takes back what is behind the first `count` bytes.
    @_lifetime(self: copy self)
    public mutating func truncate(to count: Int) {
        if count >= 0, count < self.count { self.count = count }
    }

    /// Appends a number, its highest byte first.
    @_lifetime(self: copy self)
    public mutating func append(_ value: UInt8) { put(value) }

    /// Appends a number, its highest byte first.
    @_lifetime(self: copy self)
    public mutating func append(_ value: UInt16) { put(value) }

    /// Appends a number, its highest byte first.
    @_lifetime(self: copy self)
    public mutating func append(_ value: UInt32) { put(value) }

    /// Appends a number, its highest byte first.
    @_lifetime(self: copy self)
    public mutating func append(_ value: UInt64) { put(value) }

    @inline(__always)
    @_lifetime(self: copy self)
    private mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        guard isWhole, bytes.store(value.byteSwapped, at: UInt64(bitPattern: Int64(count))) else {
            isWhole = false
            return
        }
        count &+= MemoryLayout<Value>.size
    }

    @_lifetime(self: copy self)
    public mutating func append(_ address: EthernetAddress) {
        append(UInt16(truncatingIfNeeded: address.bits >> 32))
        append(UInt32(truncatingIfNeeded: address.bits))
    }

    @_lifetime(self: copy self)
    public mutating func append(_ address: IPv4Address) {
        append(address.bits)
    }

    @_lifetime(self: copy self)
    public mutating func append(_ address: IPv6Address) {
        append(address.high)
        append(address.low)
    }

    /// Appends `source` as it is.
    @_lifetime(self: copy self)
    public mutating func append(contentsOf source: RawSpan) {
        let length = UInt64(bitPattern: Int64(source.byteCount))
        guard isWhole, bytes.copy(source, at: 0, count: length, to: UInt64(bitPattern: Int64(count))) else {
            isWhole = false
            return
        }
        count &+= source.byteCount
    }

    @_lifetime(self: copy self)
    public mutating func append(zeros number: Int) {
        guard isWhole, number >= 0,
            bytes.zero(at: UInt64(bitPattern: Int64(count)), count: UInt64(bitPattern: Int64(number)))
        else {
            isWhole = false
            return
        }
        count &+= number
    }

    /// Writes a number once more, at `offset` of what was written: a length or a
    /// checksum that is known at the end.
    @inline(__always)
    @_lifetime(self: copy self)
    public mutating func replace(at offset: Int, with value: UInt16) {
        guard offset >= 0, offset &+ 2 <= count else { return }
        _ = bytes.store(value.byteSwapped, at: UInt64(bitPattern: Int64(offset)))
    }

    /// What was written.
    public var written: RawSpan {
        @_lifetime(borrow self)
        get { bytes.bytes.extracting(0..<count) }
    }

    /// Puts a checksum into the two bytes at `offset`, which are 0: over what was
    /// written from `start` on, and `sum`, in which a pseudo-header may be.
    @_lifetime(self: copy self)
    public mutating func seal(from start: Int, at offset: Int, sum: InternetChecksum = InternetChecksum()) {
        var sum = sum
        sum.accumulate(written.piece(start..<count))
        replace(at: offset, with: sum.checksum)
    }
}
