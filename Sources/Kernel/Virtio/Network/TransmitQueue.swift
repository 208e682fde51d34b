import KernelSupport

/// A queue of frames to be sent by a network device (virtio 1.2, 5.1.6.2).
///
/// Each has a request whose first part is the sender's to fill, with the frame's headers
/// and what of its text is not lent; parts that are lent come behind it.
///
/// Not for several cores at once: who shares it has a lock. A request belongs to its
/// taker alone, who needs no lock for it.
public struct TransmitQueue: ~Copyable {
    public var queue: Queue
    private var spare = RequestList()
    /// Those whose first part has more room than `usualRoom`, for frames that the device cuts.
    private var largeSpare = RequestList()

    /// Bytes of the first part of a request for a frame of the usual length.
    public static let usualRoom = 2048

    public init(_ queue: consuming Queue) { self.queue = queue }

    /// Adds a request, of one part, which the device reads and which has room for the
    /// device's header and a frame's, and no lent ones.
    public mutating func add(_ request: consuming Request) {
        precondition(request.partCount == 1 && request.readableCount == 1)
        keep(request)
    }

    private mutating func keep(_ request: consuming Request) {
        if request.wholeSize(ofPart: 0) > Self.usualRoom {
            largeSpare.append(request)
        } else {
            spare.append(request)
        }
    }

    /// A request for a frame; `nil`: all are with the device, or its queue is full.
    ///
    /// - Parameter back: Is given the lent parts of each frame that the device has sent.
    public mutating func take(_ back: (consuming DeviceMemory) -> Void) throws(QueueError) -> Request? {
        if spare.count == 0 || queue.isFull { try collect(back) }
        return queue.isFull ? nil : spare.removeFirst()
    }

    /// The same of those with a large first part.
    public mutating func takeLarge(_ back: (consuming DeviceMemory) -> Void) throws(QueueError) -> Request? {
        if largeSpare.count == 0 || queue.isFull { try collect(back) }
        return queue.isFull ? nil : largeSpare.removeFirst()
    }

    /// Takes back what the device has sent.
    ///
    /// - Throws: `broken`: the device has to be reset.
    public mutating func collect(_ back: (consuming DeviceMemory) -> Void) throws(QueueError) {
        while let request = try queue.takeUsed() { finish(request, back) }
    }

    /// Gives a request back that is not sent after all.
    public mutating func give(_ request: consuming Request, _ back: (consuming DeviceMemory) -> Void) {
        finish(request, back)
    }

    /// Hands a frame to the device, which the owner notifies (`Queue.takeNotification`).
    ///
    /// - Parameters:
    ///   - request: Of `take`; its first part has room for the header and, behind it, the
    ///     frame's first bytes. `nil` from then on; kept where this throws.
    ///   - count: Bytes of the frame in the first part.
    /// - Throws: `full`; `unfit`; `broken`.
    public mutating func submit(
        _ request: inout Request?, _ header: TransmitHeader, count: Int
    ) throws(QueueError) {
        guard var taken = request.take() else { throw .unfit }
        guard taken.partCount > 0, count > 0, count <= taken.wholeSize(ofPart: 0) - TransmitHeader.size else {
            request = consume taken
            throw .unfit
        }
        taken.withMutableBytes(part: 0, 0..<TransmitHeader.size) { header.write(to: &$0) }
        taken.limit(part: 0, to: TransmitHeader.size + count)
        request = consume taken
        try queue.submit(&request)
    }

    /// Takes back what was in flight when the device was reset: whether it was sent is
    /// not known, and who needs that sends it again.
    mutating func takeBack(_ proof: borrowing ResetProof, _ back: (consuming DeviceMemory) -> Void) {
        while let request = queue.takeBack(proof) { finish(request, back) }
    }

    private mutating func finish(_ request: consuming Request, _ back: (consuming DeviceMemory) -> Void) {
        var request = request
        while request.partCount > 1, let part = request.removeLast() { back(part) }
        keep(request)
    }

    /// Requests that nobody has.
    public var free: Int { spare.count + largeSpare.count }
}
