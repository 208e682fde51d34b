/// How much each end of a connection may send (virtio 1.2, 5.10.6.3). Bytes are counted from the
/// connection's start, modulo 2^32.
public struct VsockCredit: Sendable, BitwiseCopyable {
    /// Bytes that were sent.
    private var sent: UInt32 = 0
    /// What the other end has said last: bytes of its buffer, and bytes that it has taken from it.
    private var peerBuffer: UInt32 = 0
    private var peerForwarded: UInt32 = 0

    /// Bytes of the buffer for what comes.
    public private(set) var buffer: UInt32
    private var received: UInt32 = 0
    private var forwarded: UInt32 = 0
    /// The other end may send up to this place: it was told so. It is not taken back, as what is
    /// on its way was sent by right.
    private var edge: UInt32 = 0
    /// Up to where it was told last, which is before that where the buffer has become smaller.
    private var told: UInt32 = 0

    public init(buffer: UInt32) { self.buffer = buffer }

    // MARK: - Sending

    /// Bytes that may be sent now.
    public var room: Int {
        let underWay = sent &- peerForwarded
        return underWay >= peerBuffer ? 0 : Int(peerBuffer &- underWay)
    }

    /// Bytes that were sent and that the other end has not taken, as far as it has said.
    public var underWay: Int { Int(sent &- peerForwarded) }

    /// - Precondition: There is room.
    mutating func send(_ count: Int) {
        precondition(count >= 0 && count <= room)
        sent &+= UInt32(truncatingIfNeeded: count)
    }

    /// The other end has told its credit.
    mutating func told(buffer: UInt32, forwarded: UInt32) {
        peerBuffer = buffer
        peerForwarded = forwarded
    }

    // MARK: - Receiving

    /// Bytes that have come and were not taken.
    public var waiting: Int { Int(received &- forwarded) }
    /// Bytes that the other end may still send by right.
    private var acceptable: Int { Int(Int32(bitPattern: edge &- received)) }

    /// Bytes have come.
    ///
    /// - Returns: `false`: they are more than the other end may send.
    mutating func receive(_ count: UInt32) -> Bool {
        guard Int(count) <= acceptable else { return false }
        received &+= count
        return true
    }

    /// Bytes were taken.
    ///
    /// - Precondition: They have come.
    mutating func forward(_ count: Int) {
        precondition(count >= 0 && count <= waiting)
        forwarded &+= UInt32(truncatingIfNeeded: count)
    }

    /// The buffer has another size from now on.
    mutating func resize(to size: UInt32) { buffer = size }

    /// What a packet tells; the other end goes by it from now on.
    mutating func tell() -> (buffer: UInt32, forwarded: UInt32) {
        told = forwarded &+ buffer
        if Int32(bitPattern: told &- edge) > 0 { edge = told }
        return (buffer, forwarded)
    }

    /// Whether to tell of room that has been made: of a quarter of the buffer, or where a reader
    /// waits for more than the other end may send.
    ///
    /// - Parameter least: Bytes that a read waits for.
    func isUpdateDue(least: Int) -> Bool {
        let gain = Int(Int32(bitPattern: forwarded &+ buffer &- told))
        guard gain > 0 else { return false }
        let left = Int(Int32(bitPattern: told &- received))
        return gain >= max(Int(buffer) / 4, 1) || waiting + max(left, 0) < min(least, Int(buffer))
    }
}
