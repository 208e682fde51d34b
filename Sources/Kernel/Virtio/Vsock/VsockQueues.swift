import KernelSupport

/// The queues of a socket device: of packets that come, of packets that are sent, and of events
/// (virtio 1.2, 5.10.6).
///
/// What a packet's header says is its holder's to understand; only its length is looked at here.
///
/// Not for several cores at once: who shares it has a lock.
public struct VsockQueues: ~Copyable {
    public var receive: Queue
    public var transmit: Queue
    public var event: Queue
    /// Buffers that the device does not have: its queue was full, or broken.
    private var spareBuffers = RequestList()
    private var spareEvents = RequestList()
    /// Requests for packets that are sent.
    private var spare = RequestList()
    /// Packets that were none: cut off, or with fewer bytes than they say.
    public private(set) var malformed: UInt64 = 0

    /// Bytes of a packet's header, and of an event.
    public static let headerSize = 44
    public static let eventSize = 4
    /// VIRTIO_VSOCK_EVENT_TRANSPORT_RESET.
    private static let transportReset: UInt32 = 0

    public init(receive: consuming Queue, transmit: consuming Queue, event: consuming Queue) {
        self.receive = receive
        self.transmit = transmit
        self.event = event
    }

    // MARK: - What they are given at first

    /// Hands a buffer for packets to the device: a request with one part, which it writes.
    public mutating func addBuffer(_ buffer: consuming Request) {
        precondition(
            buffer.partCount == 1 && buffer.readableCount == 0 && buffer.wholeSize(ofPart: 0) > Self.headerSize)
        var request: Request? = consume buffer
        do throws(QueueError) {
            try receive.submit(&request)
        } catch {
            if let back = request.take() { spareBuffers.append(back) }
        }
    }

    /// The same for an event.
    public mutating func addEvent(_ buffer: consuming Request) {
        precondition(
            buffer.partCount == 1 && buffer.readableCount == 0 && buffer.wholeSize(ofPart: 0) == Self.eventSize)
        var request: Request? = consume buffer
        do throws(QueueError) {
            try event.submit(&request)
        } catch {
            if let back = request.take() { spareEvents.append(back) }
        }
    }

    /// Adds a request for a packet that is sent: of one part, which the device reads.
    public mutating func addRequest(_ request: consuming Request) {
        precondition(
            request.partCount == 1 && request.readableCount == 1 && request.wholeSize(ofPart: 0) > Self.headerSize)
        spare.append(request)
    }

    // MARK: - Receiving

    /// The next packet, in its holder's hands until `addBuffer`; `nil`: there is none now.
    ///
    /// - Parameter length: Reads from a header how many bytes the packet has behind it; `nil`: it is
    ///   none.
    /// - Throws: `broken`: the device has to be reset.
    public mutating func take(_ length: (RawSpan) -> Int?) throws(QueueError) -> Request? {
        while let request = try receive.takeUsed() {
            let count = request.withBytes(part: 0, 0..<request.written) { length($0) }
            if let count, count <= request.written - Self.headerSize { return request }
            malformed &+= 1
            addBuffer(request)
        }
        return nil
    }

    /// Takes the events that have come; whether the device has forgotten all connections.
    ///
    /// - Throws: `broken`: the device has to be reset.
    public mutating func takeEvents() throws(QueueError) -> Bool {
        var wasReset = false
        while let request = try event.takeUsed() {
            let number = request.withBytes(part: 0, 0..<request.written) { $0.value(at: 0, as: UInt32.self) }
            if number == Self.transportReset { wasReset = true }
            addEvent(request)
        }
        return wasReset
    }

    // MARK: - Sending

    /// Takes back what the device has sent.
    ///
    /// - Returns: Whether there is a request for a packet.
    /// - Throws: `broken`: the device has to be reset.
    public mutating func hasRoom() throws(QueueError) -> Bool {
        if spare.count > 0, !transmit.isFull { return true }
        while let request = try transmit.takeUsed() { spare.append(request) }
        return spare.count > 0 && !transmit.isFull
    }

    /// A request for a packet.
    ///
    /// - Precondition: `hasRoom`.
    public mutating func takeRequest() -> Request? { spare.removeFirst() }

    /// Gives one back that is not sent after all.
    public mutating func give(_ request: consuming Request) { spare.append(request) }

    /// Hands a packet to the device, which is then to be notified.
    ///
    /// - Parameters:
    ///   - request: Its part begins with the packet.
    ///   - count: Bytes of the packet, with its header.
    /// - Throws: `broken`, `full`: it was not sent, and the request is spare again.
    public mutating func submit(_ request: consuming Request, count: Int) throws(QueueError) {
        var request = request
        request.limit(part: 0, to: count)
        var taken: Request? = consume request
        do throws(QueueError) {
            try transmit.submit(&taken)
        } catch {
            if let back = taken.take() { spare.append(back) }
            throw error
        }
    }

    /// Requests that nobody has.
    public var free: Int { spare.count }

    // MARK: - Interrupts

    /// Has the device interrupt when packets or events come, and when packets were sent, or not.
    ///
    /// - Returns: Whether something may have come before it knew.
    @discardableResult
    public mutating func setInterrupts(_ isOn: Bool, forSent: Bool = false) -> Bool {
        let hasPackets = receive.setInterrupts(isOn)
        let hasEvents = event.setInterrupts(isOn)
        let hasSent = transmit.setInterrupts(isOn && forSent)
        return hasPackets || hasEvents || forSent && hasSent
    }

    /// Whether the device seems to have done something.
    public var hasUsed: Bool { receive.hasUsed || event.hasUsed }

    // MARK: - After a reset

    /// Takes back what was in flight when the device was reset.
    mutating func takeBack(_ proof: borrowing ResetProof) {
        while let request = receive.takeBack(proof) { spareBuffers.append(request) }
        while let request = transmit.takeBack(proof) { spare.append(request) }
        while let request = event.takeBack(proof) { spareEvents.append(request) }
    }

    /// Hands all buffers to the device again, which may use the queues again.
    mutating func refill() {
        for _ in 0..<spareBuffers.count {
            guard let request = spareBuffers.removeFirst() else { break }
            addBuffer(request)
        }
        for _ in 0..<spareEvents.count {
            guard let request = spareEvents.removeFirst() else { break }
            addEvent(request)
        }
    }
}
