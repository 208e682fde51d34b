/// Which bytes of a datagram have come: the pieces in their order, none of which
/// overlaps another.
struct FragmentMap {
    /// What a piece is to those that have come before.
    enum Outcome {
        case new
        /// It has come before, exactly so.
        case duplicate
        /// It overlaps others, ends elsewhere than the end that is known, or is one
        /// too many: the datagram is not to be believed (RFC 5722; RFC 8200, 4.5).
        case spoilt
    }

    /// In bytes; a datagram ends below 65,536.
    private struct Piece: BitwiseCopyable {
        var start: UInt16
        var end: UInt16
    }

    private var pieces = InlineArray<128, Piece>(repeating: Piece(start: 0, end: 0))
    private var count = 0
    private var received = 0
    /// Where the datagram ends; known with the last fragment.
    private(set) var length: Int?

    /// A datagram of 64 KiB in packets of 576 bytes has 119; of more, smaller ones
    /// nobody but an attacker makes use.
    static var maximumPieces: Int { 128 }

    /// Whether no byte is missing.
    var isComplete: Bool { received == length }

    /// Of bytes that have come.
    var byteCount: Int { received }

    /// Adds the bytes from `start` up to `end`, which is at most 65,535.
    mutating func insert(from start: Int, to end: Int, isLast: Bool) -> Outcome {
        guard start >= 0, start < end, end <= 65_535 else { return .spoilt }
        // Pieces come in their order mostly: look from the end.
        var place = count
        while place > 0, Int(pieces[place &- 1].start) > start { place &-= 1 }
        if place > 0 {
            let before = pieces[place &- 1]
            if Int(before.start) == start, Int(before.end) == end {
                return isLast == (end == length) ? .duplicate : .spoilt
            }
            guard Int(before.end) <= start else { return .spoilt }
        }
        guard place == count || end <= Int(pieces[place].start), count < Self.maximumPieces else { return .spoilt }
        if let length {
            guard end <= length, !isLast else { return .spoilt }
        } else if isLast {
            guard place == count else { return .spoilt }
            length = end
        }
        var i = count
        while i > place {
            pieces[i] = pieces[i &- 1]
            i &-= 1
        }
        pieces[place] = Piece(start: UInt16(truncatingIfNeeded: start), end: UInt16(truncatingIfNeeded: end))
        count &+= 1
        received &+= end &- start
        return .new
    }
}
