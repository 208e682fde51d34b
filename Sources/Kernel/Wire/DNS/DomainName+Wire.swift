import KernelSupport

/// Names in messages.
extension DomainName {
    /// Reads the name at `offset` of a message, and puts `offset` behind it. `nil`: it is
    /// none, and `offset` is anywhere.
    ///
    /// A pointer has to lead in front of the place where the labels before it began
    /// (RFC 1035, 4.1.4: "a prior occurrence"), so there is no loop. No name needs more
    /// pointers than it can have labels.
    public init?(parsing message: RawSpan, at offset: inout Int) {
        self.init()
        var at = offset
        // Where these labels began: pointers lead in front of it.
        var start = at
        var jumps = 0
        while true {
            guard at >= 0, at < message.byteCount else { return nil }
            let length: UInt8 = message.field(at: at)
            switch length >> 6 {
            case 0:
                let end = at &+ 1 &+ Int(length)
                guard end <= message.byteCount else { return nil }
                if length == 0 {
                    if jumps == 0 { offset = end }
                    return
                }
                guard append(message.piece(at &+ 1..<end)) else { return nil }
                at = end
            case 3:
                guard at &+ 2 <= message.byteCount else { return nil }
                let target = Int(message.field(at: at, as: UInt16.self) & 0x3fff)
                guard target < start, jumps < Self.mostLabels else { return nil }
                if jumps == 0 { offset = at &+ 2 }
                jumps &+= 1
                at = target
                start = target
            default:
                // Of the kinds that were once thought of (RFC 6891, 5).
                return nil
            }
        }
    }

    /// Appends the name, uncompressed.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        storage.withBytes(0..<count) { writer.append(contentsOf: $0) }
    }
}
