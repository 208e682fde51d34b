import KernelSupport

/// The buffers of a device of files, and what of them is in flight.
///
/// Not for several cores at once: who shares it has a lock. A buffer belongs to its
/// taker alone, who needs no lock for it.
public struct FolderRequests: ~Copyable {
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
        var buffer: FolderBuffer? = nil
        /// The device has done with it, and its taker has not seen that.
        var isFinished = false
        /// Nobody waits for it: it is free when it comes back.
        var isAbandoned = false
        var isInFlight = false
        var shape = FolderShape(arguments: 0, dataOut: 0, answer: 0, dataIn: 0)
        /// What of a buffer is not with the device while its request is.
        var arguments: DeviceMemory? = nil
        var data: DeviceMemory? = nil
        var answer: DeviceMemory? = nil
    }

    public init(_ queue: consuming Queue) { self.queue = queue }

    /// More of them make no difference: the queue takes no more at a time.
    public var isFull: Bool {
        let descriptors = queue.format.hasTables ? 1 : FolderBuffer.descriptors
        return count == Self.most || (count + 1) * descriptors > queue.format.size
    }

    /// - Precondition: It is not full; the buffer has `count` as its number.
    public mutating func add(_ buffer: consuming FolderBuffer) {
        let number = buffer.number
        precondition(number == count && number < Self.most)
        slots.places[number].buffer = consume buffer
        count += 1
    }

    // MARK: - Buffers

    /// A buffer that nobody has; `nil`: there is none.
    public mutating func take() -> FolderBuffer? {
        for number in 0..<count where !slots.places[number].isFinished {
            if let buffer = slots.places[number].buffer.take() { return buffer }
        }
        return nil
    }

    /// Gives back what `take` has given.
    public mutating func give(_ buffer: consuming FolderBuffer) {
        let number = buffer.number
        slots.places[number].buffer = consume buffer
    }

    /// Gives the buffer of that number back, whose request may be in flight: what comes of it
    /// is of no interest.
    public mutating func abandon(_ number: Int) {
        if slots.places[number].isInFlight {
            slots.places[number].isAbandoned = true
        } else {
            slots.places[number].isFinished = false
        }
    }

    // MARK: - Requests

    /// Hands a buffer to the device.
    ///
    /// - Parameter buffer: `nil` from then on; kept where this throws.
    public mutating func submit(
        _ buffer: inout FolderBuffer?, _ shape: FolderShape
    ) throws(QueueError) {
        guard let taken = buffer.take() else { throw .unfit }
        let number = taken.number
        guard taken.takes(shape) else {
            buffer = consume taken
            throw .unfit
        }
        var request: Request? = request(consume taken, shape)
        do throws(QueueError) {
            try queue.submit(&request)
        } catch {
            if let back = request.take() { buffer = self.buffer(consume back, shape) }
            throw error
        }
        slots.places[number].shape = shape
        slots.places[number].isInFlight = true
    }

    /// A buffer's parts as a request; the others stay in its slot.
    private mutating func request(_ buffer: consuming FolderBuffer, _ shape: FolderShape) -> Request {
        let number = buffer.number
        var request = buffer.request
        let header = buffer.header
        let arguments = buffer.arguments
        let data = buffer.data
        let answer = buffer.answer
        request.appendReadable(header)
        if shape.arguments > 0 {
            request.appendReadable(arguments)
            request.limit(part: request.partCount - 1, to: shape.arguments)
        } else {
            slots.places[number].arguments = consume arguments
        }
        var rest: DeviceMemory? = consume data
        if shape.dataOut > 0, let data = rest.take() {
            request.appendReadable(data)
            request.limit(part: request.partCount - 1, to: shape.dataOut)
        }
        if shape.answer > 0 {
            request.appendWritable(answer)
            request.limit(part: request.partCount - 1, to: shape.answer)
        } else {
            slots.places[number].answer = consume answer
        }
        if shape.dataIn > 0, let data = rest.take() {
            request.appendWritable(data)
            request.limit(part: request.partCount - 1, to: shape.dataIn)
        }
        slots.places[number].data = rest.take()
        return request
    }

    /// The buffer that a request was made of.
    private mutating func buffer(_ request: consuming Request, _ shape: FolderShape) -> FolderBuffer {
        var request = request
        let number = Int(request.tag)
        var data = slots.places[number].data.take()
        if shape.dataIn > 0 { data = request.removeLast() }
        let answer = shape.answer > 0 ? request.removeLast()! : slots.places[number].answer.take()!
        if shape.dataOut > 0 { data = request.removeLast() }
        let arguments = shape.arguments > 0 ? request.removeLast()! : slots.places[number].arguments.take()!
        let header = request.removeLast()!
        return FolderBuffer(
            number, header: header, arguments: arguments, data: data.take()!, answer: answer, request)
    }

    /// Takes what the device has done; `body` is told the number of each.
    ///
    /// - Throws: `broken`, as the queue.
    public mutating func collect(_ body: (Int) -> Void) throws(QueueError) {
        while let request = try queue.takeUsed() {
            let number = Int(request.tag)
            let written = request.written
            let shape = slots.places[number].shape
            var buffer = self.buffer(request, shape)
            buffer.shape = shape
            buffer.written = written
            slots.places[number].isInFlight = false
            slots.places[number].isFinished = !slots.places[number].isAbandoned
            slots.places[number].isAbandoned = false
            slots.places[number].buffer = consume buffer
            body(number)
        }
    }

    /// The buffer of that number, which was submitted, when it has come back.
    public mutating func takeFinished(_ number: Int) -> FolderBuffer? {
        guard slots.places[number].isFinished else { return nil }
        slots.places[number].isFinished = false
        return slots.places[number].buffer.take()
    }

    /// Requests in flight.
    public var inFlight: Int { queue.inFlight }
}
