/// Cuts a datagram (RFC 791, 3.2; RFC 8200, 4.5): all pieces but the last are of a
/// length that eight divides.
public struct Fragmentation: Sendable {
    public struct Piece: Equatable, Sendable, BitwiseCopyable {
        public var offset: Int
        public var count: Int
        public var hasMore: Bool
    }

    private var offset = 0
    private let length: Int
    private let room: Int

    /// `nil` when a packet has no room for eight bytes, or the length is none of a datagram.
    ///
    /// - Parameters:
    ///   - length: Of what is behind the IP header: of IPv6, behind the fragment header.
    ///   - room: How much of that a packet may carry.
    public init?(length: Int, room: Int) {
        guard length >= 0, length <= 65_535, room >= 8 else { return nil }
        self.length = length
        self.room = room
    }

    /// The next piece; `nil` behind the last. A datagram without bytes has one piece.
    public mutating func next() -> Piece? {
        guard offset < length || (length == 0 && offset == 0) else { return nil }
        let rest = length &- offset
        let piece = Piece(
            offset: offset, count: rest <= room ? rest : room & ~7, hasMore: rest > room)
        offset &+= max(piece.count, 1)
        return piece
    }
}
