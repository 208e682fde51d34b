/// Which of the numbers sent the peer has told that it has them (RFC 2018, RFC 6675):
/// ranges in order that do not touch, all behind SND.UNA.
struct Scoreboard: Sendable, BitwiseCopyable {
    /// What is told beyond that many ranges is not kept, and so sent once more at worst.
    static var capacity: Int { 10 }

    private var ranges = InlineArray<10, SequenceRange>(repeating: .none)
    private var number: UInt8 = 0

    var count: Int { Int(number) }
    var isEmpty: Bool { number == 0 }

    subscript(index: Int) -> SequenceRange { ranges[index] }

    mutating func clear() { number = 0 }

    /// Adds what a block says; `true` when it said something new.
    mutating func add(_ range: SequenceRange) -> Bool {
        var merged = range
        // The first that is not wholly before it, and the first that is wholly behind.
        var first = 0
        while first < count, ranges[first].upper.isBefore(range.lower) { first &+= 1 }
        var last = first
        while last < count, ranges[last].lower.isAtOrBefore(range.upper) {
            if ranges[last].contains(range) { return false }
            merged = merged.union(ranges[last])
            last &+= 1
        }
        if first == last {
            guard count < Self.capacity else { return false }
            var i = count
            while i > first {
                ranges[i] = ranges[i &- 1]
                i &-= 1
            }
            number &+= 1
        } else {
            var from = last
            var to = first &+ 1
            while from < count {
                ranges[to] = ranges[from]
                from &+= 1
                to &+= 1
            }
            number = UInt8(truncatingIfNeeded: to)
        }
        ranges[first] = merged
        return true
    }

    /// SND.UNA has come to `number`. `false` when it lies in a range or at one's start:
    /// then the peer has given up what it had told (RFC 2018, 8), for else it had
    /// acknowledged the whole range; nothing is kept.
    mutating func advance(to number: SequenceNumber) -> Bool {
        guard count > 0 else { return true }
        var gone = 0
        while gone < count, ranges[gone].upper.isAtOrBefore(number) { gone &+= 1 }
        if gone < count, ranges[gone].lower.isAtOrBefore(number) {
            clear()
            return false
        }
        if gone > 0 {
            var i = gone
            while i < count {
                ranges[i &- gone] = ranges[i]
                i &+= 1
            }
            self.number = UInt8(truncatingIfNeeded: count &- gone)
        }
        return true
    }

    /// How many of the numbers in `range` the peer has.
    func held(in range: SequenceRange) -> UInt32 {
        var sum: UInt32 = 0
        var i = 0
        while i < count {
            sum &+= ranges[i].overlap(range)
            i &+= 1
        }
        return sum
    }

    /// How many of the numbers in `range` it has not.
    func missing(in range: SequenceRange) -> UInt32 { range.count &- held(in: range) }

    /// The first run from `start` on, up to `end`, that the peer has not.
    func firstHole(from start: SequenceNumber, to end: SequenceNumber) -> SequenceRange? {
        var lower = start
        var i = 0
        while i < count {
            if lower.isBefore(ranges[i].lower) {
                guard lower.isBefore(end) else { return nil }
                return SequenceRange(lower, SequenceNumber.earlier(ranges[i].lower, end))
            }
            lower = SequenceNumber.later(lower, ranges[i].upper)
            i &+= 1
        }
        return lower.isBefore(end) ? SequenceRange(lower, end) : nil
    }

    /// IsLost of RFC 6675, 4: a number is lost when three ranges behind it have arrived,
    /// or more than two segments' bytes. What is before this number and has not arrived
    /// is lost; `nil` when nothing is.
    func lossEdge(segmentSize: UInt32) -> SequenceNumber? {
        var bytes: UInt32 = 0
        var i = count
        while i > 0 {
            i &-= 1
            bytes &+= ranges[i].count
            if count &- i >= 3 || bytes > 2 &* segmentSize { return ranges[i].lower }
        }
        return nil
    }
}
