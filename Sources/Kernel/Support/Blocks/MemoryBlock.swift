/// Memory of one owner: an address and a size.
///
/// A handle: copies are the same memory. Whoever makes one sees to it that the
/// memory is there until it is given back; every access is compared with the size.
@safe public struct MemoryBlock: BitwiseCopyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    public let count: Int

    /// - Parameters:
    ///   - base: The first byte, aligned to 16 bytes.
    ///   - count: Bytes that are there.
    @unsafe public init(_ base: UnsafeMutableRawPointer, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// The first byte's address.
    public var address: UnsafeMutableRawPointer { unsafe base }

    /// Runs `body` with the bytes of `range`.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return try unsafe body(
            UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count).bytes)
    }

    /// Runs `body` with the bytes of `range`, to be changed.
    @inline(__always)
    public func withMutableBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        let bytes = unsafe UnsafeMutableRawBufferPointer(
            start: base + range.lowerBound, count: range.count)
        var span = unsafe bytes.mutableBytes
        return try body(&span)
    }

    /// Whether so many bytes from a place on are its own.
    @inline(__always)
    private func holds(_ offset: Int, _ count: Int) -> Bool {
        UInt(bitPattern: offset) <= UInt(bitPattern: self.count)
            && UInt(bitPattern: count) <= UInt(bitPattern: self.count &- offset)
    }

    /// Runs `body` with so many bytes from `offset` on.
    @inline(__always)
    public func withBytes<Result>(
        at offset: Int, count: Int, _ body: (RawSpan) -> Result
    ) -> Result {
        precondition(holds(offset, count))
        return unsafe body(UnsafeRawBufferPointer(start: base + offset, count: count).bytes)
    }

    /// The same, to be changed.
    @inline(__always)
    public func withMutableBytes<Result>(
        at offset: Int, count: Int, _ body: (inout MutableRawSpan) -> Result
    ) -> Result {
        precondition(holds(offset, count))
        let bytes = unsafe UnsafeMutableRawBufferPointer(start: base + offset, count: count)
        var span = unsafe bytes.mutableBytes
        return body(&span)
    }

    /// Zeroes the bytes of `range`.
    public func zero(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        unsafe (base + range.lowerBound).initializeMemory(
            as: UInt8.self, repeating: 0, count: range.count)
    }

    /// Copies all bytes of a block that is not larger to this one's start.
    public func copy(_ other: MemoryBlock) {
        precondition(other.count <= count)
        unsafe base.copyMemory(from: other.base, byteCount: other.count)
    }
}

/// Where memory for the parts of a data structure comes from.
///
/// It may be asked from several cores at once, and while locks are held.
public protocol BlockSource: ~Copyable, Sendable {
    /// A block of exactly `size` bytes, 1 to 4096, aligned to 16 bytes; of a
    /// whole page, to 4096. Its contents are undefined; `nil`: there is no memory.
    func allocate(_ size: Int) -> MemoryBlock?
    /// Takes a block back that it has given.
    func free(_ block: MemoryBlock)
}
