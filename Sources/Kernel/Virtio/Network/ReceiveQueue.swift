import KernelSupport

/// A queue of buffers that a network device fills with frames (virtio 1.2, 5.1.6.3).
///
/// Not for several cores at once: who shares it has a lock.
public struct ReceiveQueue: ~Copyable {
    public var queue: Queue
    private let mergesBuffers: Bool
    /// Buffers of a frame whose last has not come: they are told at once, but for a
    /// device that is slow with its own index.
    private var pending = RequestList()
    /// Buffers that the device does not have: the queue was full, or broken.
    private var spare = RequestList()
    /// Frames that were none: cut off, too long, or in more buffers than there may be.
    public private(set) var malformed: UInt64 = 0

    public init(_ queue: consuming Queue, _ limits: NetworkLimits) {
        self.queue = queue
        mergesBuffers = limits.mergesBuffers
    }

    /// Hands a buffer to the device: a request with one part, of `NetworkLimits.leastBuffer`
    /// or more, which it writes.
    ///
    /// The device is notified by the owner (`Queue.takeNotification`).
    public mutating func add(_ buffer: consuming Request) {
        precondition(buffer.partCount == 1 && buffer.readableCount == 0)
        var request: Request? = consume buffer
        do throws(QueueError) {
            try queue.submit(&request)
        } catch {
            if let back = request.take() { spare.append(back) }
        }
    }

    /// The next frame; `nil`: there is none now.
    ///
    /// - Throws: `broken`: the device has to be reset.
    public mutating func take() throws(QueueError) -> ReceivedFrame? {
        while let request = try queue.takeUsed() {
            pending.append(request)
            if let frame = whole() { return frame }
        }
        return nil
    }

    /// The frame whose buffers are pending, if all are there and it is one.
    private mutating func whole() -> ReceivedFrame? {
        let header = pending.withFirst { first in
            first.withBytes(part: 0, 0..<first.written) { ReceivedHeader($0) }
        }
        guard let found = header, let header = found else { return drop() }
        let wanted = mergesBuffers ? header.bufferCount : 1
        // A frame that fills its buffers can't need more of them.
        guard wanted <= queue.format.size else { return drop() }
        guard pending.count == wanted else { return nil }
        var (count, isSound, left) = (-ReceivedHeader.size, true, wanted)
        pending.forEach { request in
            left -= 1
            // Each is filled before the next is begun.
            if left > 0, request.written != request.size(ofPart: 0) { isSound = false }
            count += request.written
        }
        guard isSound, count >= NetworkLimits.frameHeaderSize, count <= NetworkLimits.longestFrame,
            let first = pending.removeFirst()
        else { return drop() }
        return ReceivedFrame(header, count: count, first: first, others: pending.removeAll())
    }

    private mutating func drop() -> ReceivedFrame? {
        malformed &+= 1
        while let request = pending.removeFirst() { add(request) }
        return nil
    }

    /// Gives a frame's buffers back, to be filled again.
    public mutating func give(_ frame: consuming ReceivedFrame) {
        var others = frame.others
        add(frame.first)
        while let request = others.removeFirst() { add(request) }
    }

    /// Takes back what was in flight when the device was reset.
    mutating func takeBack(_ proof: borrowing ResetProof) {
        while let request = queue.takeBack(proof) { spare.append(request) }
        while let request = pending.removeFirst() { spare.append(request) }
    }

    /// Hands all that it has to the device again, which may use the queue again.
    mutating func refill() {
        for _ in 0..<spare.count {
            guard let request = spare.removeFirst() else { return }
            add(request)
        }
    }
}
