/// Which numbers have arrived ahead of RCV.NXT: ranges that do not touch, that which
/// has changed last first, as the SACK option tells them (RFC 2018, 4).
struct SequenceReassembly: Sendable, BitwiseCopyable {
    /// Holes behind each other that a connection can keep apart. Text that would make
    /// one more is refused, and the peer sends it again.
    static var capacity: Int { 10 }

    private var ranges = InlineArray<10, SequenceRange>(repeating: .none)
    private var number: UInt8 = 0

    var count: Int { Int(number) }
    var isEmpty: Bool { number == 0 }

    subscript(index: Int) -> SequenceRange { ranges[index] }

    /// The first run of `range` that is not there; `nil` when all of it is.
    func firstGap(in range: SequenceRange) -> SequenceRange? {
        var lower = range.lower
        var upper = range.upper
        var i = 0
        while i < count {
            // Ranges do not touch: the end of one lies in no other.
            if ranges[i].contains(lower) {
                lower = ranges[i].upper
                break
            }
            i &+= 1
        }
        guard lower.isBefore(upper) else { return nil }
        i = 0
        while i < count {
            let start = ranges[i].lower
            if start.isAtOrAfter(lower), start.isBefore(upper) { upper = start }
            i &+= 1
        }
        return SequenceRange(lower, upper)
    }

    /// The range that holds `number`.
    func range(with number: SequenceNumber) -> SequenceRange? {
        var i = 0
        while i < count {
            if ranges[i].contains(number) { return ranges[i] }
            i &+= 1
        }
        return nil
    }

    /// The highest number that has arrived, plus one; `nil` when none has.
    var end: SequenceNumber? {
        guard count > 0 else { return nil }
        var end = ranges[0].upper
        var i = 1
        while i < count {
            end = SequenceNumber.later(end, ranges[i].upper)
            i &+= 1
        }
        return end
    }

    /// Whether `insert` finds room for the range.
    func canInsert(_ range: SequenceRange) -> Bool {
        if count < Self.capacity { return true }
        var i = 0
        while i < count {
            if ranges[i].touches(range) { return true }
            i &+= 1
        }
        return false
    }

    /// Adds a range, together with those that it touches.
    ///
    /// - Precondition: `canInsert(range)`.
    mutating func insert(_ range: SequenceRange) {
        var merged = range
        var kept = 0
        var i = 0
        while i < count {
            let other = ranges[i]
            if other.touches(merged) {
                merged = merged.union(other)
            } else {
                ranges[kept] = other
                kept &+= 1
            }
            i &+= 1
        }
        precondition(kept < Self.capacity)
        i = kept
        while i > 0 {
            ranges[i] = ranges[i &- 1]
            i &-= 1
        }
        ranges[0] = merged
        number = UInt8(truncatingIfNeeded: kept &+ 1)
    }

    /// RCV.NXT has come to `next`: takes away what is before it and the range that it
    /// touches, and returns where that ends.
    mutating func absorb(from next: SequenceNumber) -> SequenceNumber {
        guard count > 0 else { return next }
        var next = next
        var kept = 0
        var i = 0
        while i < count {
            let range = ranges[i]
            if range.lower.isAtOrBefore(next) {
                next = SequenceNumber.later(next, range.upper)
            } else {
                ranges[kept] = range
                kept &+= 1
            }
            i &+= 1
        }
        number = UInt8(truncatingIfNeeded: kept)
        return next
    }
}
