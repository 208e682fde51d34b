import KernelSupport

/// A frame that has come, in the buffers that the device wrote it to: they are its
/// holder's until `ReceiveQueue.give`.
@safe public struct ReceivedFrame: ~Copyable {
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

    /// Runs `body` with all of it, where its buffers lie side by side in memory.
    ///
    /// - Returns: `nil`: they do not.
    public borrowing func withWhole<Result>(_ body: (RawSpan) -> Result) -> Result? {
        if firstCount == count { return withFirst(body) }
        guard let start = unsafe first.wholeAddress(ofPart: 0) else { return nil }
        var (end, isOnePiece) = unsafe (start + first.written, true)
        others.forEach { request in
            if unsafe request.wholeAddress(ofPart: 0) != end { isOnePiece = false }
            unsafe end = unsafe end + request.written
        }
        guard isOnePiece else { return nil }
        // Each buffer but the last is full (ReceiveQueue), and is this frame's.
        return unsafe body(UnsafeRawBufferPointer(start: start + ReceivedHeader.size, count: count).bytes)
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
