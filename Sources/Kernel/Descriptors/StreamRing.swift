/// Where bytes of a stream are in a ring: those that are there, from the stream's next
/// byte on, and others that have come before what is in front of them.
///
/// The bytes are the caller's. A capacity is a power of two, or 0.
public struct StreamRing: Sendable, BitwiseCopyable {
    /// Bytes that there is memory for.
    public private(set) var capacity = 0
    /// Where the first byte is.
    private var start = 0
    /// Bytes in a row that are there.
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// The first run of up to `limit` places, `offset` behind the first byte.
    ///
    /// - Precondition: `offset` is below the capacity.
    @inline(__always)
    public func run(at offset: Int, limit: Int) -> Range<Int> {
        precondition(offset >= 0 && offset < capacity)
        let first = (start &+ offset) & (capacity &- 1)
        return first..<first &+ min(limit, capacity &- first, capacity &- offset)
    }

    /// So many bytes more are there, in a row with the others.
    ///
    /// - Precondition: There is memory for them.
    public mutating func extend(_ number: Int) {
        precondition(number >= 0 && number <= capacity &- count)
        count &+= number
    }

    /// The first bytes are not needed any more.
    ///
    /// - Precondition: So many are there.
    public mutating func consume(_ number: Int) {
        precondition(number >= 0 && number <= count)
        count &-= number
        start = capacity == 0 ? 0 : (start &+ number) & (capacity &- 1)
    }

    /// The least capacity for so many bytes, that is not below `least`.
    public static func capacity(for bytes: Int, least: Int) -> Int {
        var size = max(least, 1)
        while size < bytes { size &*= 2 }
        return size
    }

    /// The same bytes are in other memory, the first one at its beginning; also those
    /// that are not in a row yet: all `capacity` places of it were copied.
    ///
    /// - Precondition: The capacity is a power of two, and no smaller than it was.
    public mutating func move(to capacity: Int) {
        precondition(capacity >= self.capacity && capacity & (capacity &- 1) == 0)
        self.capacity = capacity
        start = 0
    }
}
