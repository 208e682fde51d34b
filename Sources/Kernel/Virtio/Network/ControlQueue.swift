import KernelSupport

/// The queue by which a network device is told how it is to work: one command at a time (virtio 1.2,
/// 5.1.6.5).
public struct ControlQueue: ~Copyable {
    private var queue: Queue
    private let number: UInt16
    /// How the device is notified of it; as long as it is not reset.
    private var bell = Doorbell(queue: 0, place: 0)
    /// `nil`: the device has it.
    private var request: Request?

    /// Descriptors that are used: the command's, and its answer's.
    public static let size = 2
    /// Bytes of a command, and of its answer.
    public static let commandSize = 4
    public static let answerSize = 1

    /// VIRTIO_NET_CTRL_MQ and VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET (5.1.6.5.5).
    private static let pairsCommand: UInt16 = 4 | 0 << 8
    /// VIRTIO_NET_OK, and what no device answers.
    private static let accepted: UInt8 = 0
    private static let unanswered: UInt8 = 0xFF

    /// - Parameters:
    ///   - number: Which of the device's queues it is.
    ///   - request: Of no parts yet, with room for two.
    ///   - command: Of `commandSize`, which the device reads.
    ///   - answer: Of `answerSize`, which it writes.
    public init(
        _ queue: consuming Queue, number: UInt16, _ request: consuming Request,
        command: consuming DeviceMemory, answer: consuming DeviceMemory
    ) {
        self.queue = queue
        self.number = number
        var request = request
        request.appendReadable(command)
        request.appendWritable(answer)
        self.request = consume request
    }

    /// Lets the device use it.
    ///
    /// - Throws: `missesFeatures` where it has another format for it than at first.
    public mutating func enable<Bus>(on device: Device<Bus>) throws(DeviceError) {
        guard try device.format(of: number, wanted: queue.format.size) == queue.format else { throw .missesFeatures }
        bell = try device.enable(number, queue)
        queue.setInterrupts(false)
    }

    /// How the device is to be notified of a command; `nil`: it need not be.
    mutating func takeNotification() -> Doorbell? { queue.takeNotification() ? bell : nil }

    /// Asks for so many pairs of queues. The device is notified by the owner.
    ///
    /// - Throws: `unfit`: the device has not answered the last command; `broken`.
    mutating func askForPairs(_ count: UInt16) throws(QueueError) {
        guard var command = request.take() else { throw .unfit }
        command.withMutableBytes(part: 0, 0..<Self.commandSize) { bytes in
            _ = bytes.store(UInt32(Self.pairsCommand) | UInt32(count) << 16, at: 0)
        }
        command.withMutableBytes(part: 1, 0..<Self.answerSize) { _ = $0.store(Self.unanswered, at: 0) }
        request = consume command
        try queue.submit(&request)
    }

    /// Whether the device does as it was asked; `nil`: it has not answered.
    ///
    /// - Throws: `broken`: the device has to be reset.
    mutating func takeAnswer() throws(QueueError) -> Bool? {
        guard let answered = try queue.takeUsed() else { return nil }
        let answer = answered.withBytes(part: 1, 0..<Self.answerSize) { $0.value(at: 0, as: UInt8.self) }
        let isWhole = answered.written == Self.answerSize
        request = consume answered
        return isWhole && answer == Self.accepted
    }

    /// Takes back what was in flight when the device was reset.
    mutating func takeBack(_ proof: borrowing ResetProof) {
        while let back = queue.takeBack(proof) { request = consume back }
    }
}
