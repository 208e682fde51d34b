/// Where bytes are in a ring: those that were written and not yet read.
///
/// The bytes are the caller's; what is here says which are next, in at most
/// two runs.
public struct Ring: Sendable, BitwiseCopyable {
    /// Bytes that there is memory for.
    public private(set) var capacity: Int
    /// Where the next byte to read is.
    private var start = 0
    /// Bytes in the ring.
    public private(set) var count = 0

    public init(capacity: Int) { self.capacity = capacity }

    public var room: Int { capacity - count }
    public var isEmpty: Bool { count == 0 }

    /// The first run of bytes to read, no longer than `limit`.
    @inline(__always)
    public func readable(_ limit: Int) -> Range<Int> {
        start..<start &+ min(min(limit, count), capacity &- start)
    }

    /// The bytes of the run were read.
    ///
    /// - Precondition: No more than are there.
    @inline(__always)
    public mutating func consume(_ number: Int) {
        precondition(number >= 0 && number <= count)
        count &-= number
        let next = start &+ number
        // An empty ring starts anew, so that what comes next is one run.
        start = count == 0 ? 0 : next >= capacity ? next &- capacity : next
    }

    /// The first run of free bytes behind `skipped` others, no longer than `limit`.
    @inline(__always)
    public func writable(_ limit: Int, skipping skipped: Int = 0) -> Range<Int> {
        let taken = count &+ skipped
        let next = start &+ taken
        let end = next >= capacity ? next &- capacity : next
        return end..<end &+ min(min(limit, capacity &- taken), capacity &- end)
    }

    /// Bytes were written to the next free places.
    ///
    /// - Precondition: No more than there is room.
    @inline(__always)
    public mutating func produce(_ number: Int) {
        precondition(number >= 0 && number <= room)
        count &+= number
    }

    /// The first run of bytes to read, and of free bytes, no longer than `limit`: where it
    /// begins, and its length.
    @inline(__always)
    public func nextToRead(_ limit: Int) -> (start: Int, count: Int) {
        (start, min(min(limit, count), capacity &- start))
    }

    @inline(__always)
    public func nextToWrite(_ limit: Int) -> (start: Int, count: Int) {
        let next = start &+ count
        let end = next >= capacity ? next &- capacity : next
        return (end, min(min(limit, capacity &- count), capacity &- end))
    }

    /// So many bytes of such a run, or fewer, were read.
    ///
    /// - Precondition: No more than the run has.
    @inline(__always)
    public mutating func consume(first number: Int) {
        count &-= number
        let next = start &+ number
        let wrapped = next >= capacity ? next &- capacity : next
        start = count == 0 ? 0 : wrapped
    }

    /// The same of bytes that were written.
    @inline(__always)
    public mutating func produce(first number: Int) { count &+= number }

    /// The same bytes in other memory, from its start on, where there is more
    /// room: `readable` of all of them, twice at most, is what to copy before.
    public mutating func move(to capacity: Int) {
        precondition(capacity >= count)
        self.capacity = capacity
        start = 0
    }
}
