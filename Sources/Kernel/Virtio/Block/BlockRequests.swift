import KernelSupport

/// The buffers of a block device, and what of them is in flight.
///
/// Not for several cores at once: who shares it has a lock. A buffer belongs to its
/// taker alone, who needs no lock for it.
public struct BlockRequests: ~Copyable {
    public var queue: Queue
    private let slots = Slots()
    /// Buffers that there are.
    public private(set) var count = 0

    /// The most of them.
    public static let most = 16

    /// The slots are too large for a value that is handed about on a kernel's stack.
    private final class Slots {
        var places: InlineArray<16, Slot> = InlineArray { _ in Slot() }
    }

    private struct Slot: ~Copyable {
        /// `nil`: its taker or the device has it.
        var buffer: BlockBuffer? = nil
        /// The device has done with it, and its taker has not seen that.
        var isFinished = false
        var isInFlight = false
        /// What of a buffer is not with the device while its request is.
        var data: DeviceMemory? = nil
        /// What its taker writes to.
        var written: Range<UInt64>? = nil
        var isRead = false
        var dataSize = 0
    }

    public init(_ queue: consuming Queue) { self.queue = queue }

    /// More of them make no difference: the queue takes no more at a time.
    public var isFull: Bool {
        let descriptors = queue.format.hasTables ? 1 : 3
        return count == Self.most || (count + 1) * descriptors > queue.format.size
    }

    /// - Precondition: It is not full; the buffer has `count` as its number.
    public mutating func add(_ buffer: consuming BlockBuffer) {
        let number = buffer.number
        precondition(number == count && number < Self.most)
        slots.places[number].buffer = consume buffer
        count += 1
    }

    // MARK: - Buffers

    /// A buffer that nobody has; `nil`: there is none, or somebody writes to a part of
    /// what is to be written.
    ///
    /// - Parameter written: What its taker will write to.
    public mutating func take(toWrite written: Range<UInt64>? = nil) -> BlockBuffer? {
        var free: Int? = nil
        for number in 0..<count {
            if let other = slots.places[number].written, let written, other.overlaps(written) { return nil }
            if free == nil, slots.places[number].buffer != nil, !slots.places[number].isFinished { free = number }
        }
        guard let free else { return nil }
        slots.places[free].written = written
        return slots.places[free].buffer.take()
    }

    /// Gives back what `take` has given.
    public mutating func give(_ buffer: consuming BlockBuffer) {
        let number = buffer.number
        slots.places[number].written = nil
        slots.places[number].buffer = consume buffer
    }

    // MARK: - Requests

    /// Hands a buffer to the device.
    ///
    /// - Parameters:
    ///   - buffer: `nil` from then on; kept where this throws.
    ///   - start: Where in the buffer's data what is read or written is.
    public mutating func submit(
        _ buffer: inout BlockBuffer?, _ command: BlockCommand, at start: Int = 0
    ) throws(QueueError) {
        guard let taken = buffer.take() else { throw .unfit }
        let number = taken.number
        let size = command.dataSize
        guard start >= 0, start <= taken.data.count, size <= taken.data.count - start else {
            buffer = consume taken
            throw .unfit
        }
        var (isRead, range): (Bool, Range<UInt64>?) = (false, nil)
        switch command {
        case .read: isRead = true
        case .discard(let discarded): range = discarded
        case .write, .flush: break
        }
        var whole = consume taken
        whole.header.withMutableBytes(0..<BlockCommand.headerSize) { command.writeHeader(to: &$0) }
        whole.status.withMutableBytes(0..<1) { _ = $0.store(BlockOutcome.unwritten, at: 0) }
        if let range {
            whole.data.withMutableBytes(0..<BlockCommand.rangeSize) { BlockCommand.write(range, to: &$0) }
        }
        var request: Request? = Self.request(
            consume whole, isRead: isRead, start..<start + size, &slots.places[number].data)
        do throws(QueueError) {
            try queue.submit(&request)
        } catch {
            if let back = request.take() {
                buffer = Self.buffer(consume back, isRead: isRead, &slots.places[number].data)
            }
            throw error
        }
        slots.places[number].isRead = isRead
        slots.places[number].dataSize = size
        slots.places[number].isInFlight = true
    }

    /// A buffer's parts as a request.
    ///
    /// - Parameter spare: Where the data stays that is no part.
    private static func request(
        _ buffer: consuming BlockBuffer, isRead: Bool, _ range: Range<Int>, _ spare: inout DeviceMemory?
    ) -> Request {
        var request = buffer.request
        let data = buffer.data
        let status = buffer.status
        request.appendReadable(buffer.header)
        if range.isEmpty {
            spare = consume data
        } else {
            if isRead { request.appendWritable(data) } else { request.appendReadable(data) }
            request.limit(part: 1, to: range.count, from: range.lowerBound)
        }
        request.appendWritable(status)
        return request
    }

    /// The buffer that a request was made of.
    private static func buffer(
        _ request: consuming Request, isRead: Bool, _ spare: inout DeviceMemory?
    ) -> BlockBuffer {
        var request = request
        let number = Int(request.tag)
        let status = request.removeLast()!
        let data = spare.take() ?? request.removeLast()!
        let header = request.removeLast()!
        return BlockBuffer(number, header: header, data: data, status: status, request)
    }

    /// Takes what the device has done; `body` is told the number of each.
    ///
    /// - Throws: `broken`, as the queue.
    public mutating func collect(_ body: (Int) -> Void) throws(QueueError) {
        while let request = try queue.takeUsed() { finish(request, isLost: false, body) }
    }

    /// Takes all back that was in flight, the oldest first, which is lost.
    public mutating func takeBack(_ proof: borrowing ResetProof, _ body: (Int) -> Void) {
        while let request = queue.takeBack(proof) { finish(request, isLost: true, body) }
    }

    private mutating func finish(_ request: consuming Request, isLost: Bool, _ body: (Int) -> Void) {
        let number = Int(request.tag)
        let written = request.written
        let isRead = slots.places[number].isRead
        var buffer = Self.buffer(request, isRead: isRead, &slots.places[number].data)
        if isLost {
            buffer.outcome = .lost
        } else {
            let status = buffer.status.withBytes(0..<1) { $0.value(at: 0, as: UInt8.self) }
            buffer.outcome = BlockOutcome(status: status ?? BlockOutcome.unwritten)
            // What the device has not written is no data of its.
            let wanted = 1 + (isRead ? slots.places[number].dataSize : 0)
            if buffer.outcome == .done, written < wanted { buffer.outcome = .failed }
        }
        slots.places[number].isInFlight = false
        slots.places[number].isFinished = true
        slots.places[number].buffer = consume buffer
        body(number)
    }

    /// The buffer of that number, which was submitted, when it has come back.
    public mutating func takeFinished(_ number: Int) -> BlockBuffer? {
        guard slots.places[number].isFinished else { return nil }
        slots.places[number].isFinished = false
        return slots.places[number].buffer.take()
    }

    /// Whether it has.
    public func isFinished(_ number: Int) -> Bool { slots.places[number].isFinished }

    /// Requests in flight.
    public var inFlight: Int { queue.inFlight }
}
