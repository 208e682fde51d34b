import KernelSupport

/// A frame that has come, in the buffers that the device wrote it to: they are its
/// holder's until `ReceiveQueue.give`.
public struct ReceivedFrame: ~Copyable {
    public let header: ReceivedHeader
    /// Bytes of it, without the header.
    public let count: Int
    /// Bytes of it in the first buffer: at least all headers of a usual packet.
    public let firstCount: Int
    var first: Request
    var others: RequestList

    init(_ header: ReceivedHeader, count: Int, first: consuming Request, others: consuming RequestList) {
        self.header = header
        self.count = count
        firstCount = first.written - ReceivedHeader.size
        self.first = first
        self.others = others
    }

    /// Runs `body` with what of it lies in the first buffer.
    public borrowing func withFirst<Result>(_ body: (RawSpan) -> Result) -> Result {
        first.withBytes(part: 0, ReceivedHeader.size..<ReceivedHeader.size + firstCount, body)
    }

    /// Runs `body` with each piece of it behind a place, in order.
    ///
    /// - Parameter start: Bytes of the frame that are left out.
    public borrowing func forEachPiece(from start: Int = 0, _ body: (RawSpan) -> Void) {
        var skip = start
        if skip < firstCount {
            first.withBytes(part: 0, ReceivedHeader.size + skip..<ReceivedHeader.size + firstCount, body)
            skip = 0
        } else {
            skip -= firstCount
        }
        others.forEach { request in
            let count = request.written
            if skip < count {
                request.withBytes(part: 0, skip..<count, body)
                skip = 0
            } else {
                skip -= count
            }
        }
    }
}
