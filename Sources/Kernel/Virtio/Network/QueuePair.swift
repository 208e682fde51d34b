/// Two queues of a network device: one for what it receives, one for what it sends (virtio 1.2,
/// 5.1.2). A core that has a pair of its own shares neither with others.
public struct QueuePair: ~Copyable {
    public let number: Int
    public var receive: ReceiveQueue
    public var transmit: TransmitQueue
    /// How the device is notified of each; as long as it is not reset.
    public private(set) var receiveBell = Doorbell(queue: 0, place: 0)
    public private(set) var transmitBell = Doorbell(queue: 0, place: 0)

    /// The numbers of a pair's queues.
    public static func receiveNumber(of pair: Int) -> UInt16 { UInt16(truncatingIfNeeded: 2 * pair) }
    public static func transmitNumber(of pair: Int) -> UInt16 { UInt16(truncatingIfNeeded: 2 * pair + 1) }

    /// Makes a pair of two queues, in the formats that the device has for them.
    public init(_ number: Int, receive: consuming Queue, transmit: consuming Queue, _ limits: NetworkLimits) {
        self.number = number
        self.receive = ReceiveQueue(receive, limits)
        self.transmit = TransmitQueue(transmit)
    }

    /// Lets the device use both.
    ///
    /// - Throws: `missesFeatures` where it has other formats for them than at first.
    public mutating func enable<Bus>(on device: Device<Bus>) throws(DeviceError) {
        let (receiving, sending) = (Self.receiveNumber(of: number), Self.transmitNumber(of: number))
        guard try device.format(of: receiving, wanted: receive.queue.format.size) == receive.queue.format,
            try device.format(of: sending, wanted: transmit.queue.format.size) == transmit.queue.format
        else { throw .missesFeatures }
        receiveBell = try device.enable(receiving, receive.queue)
        transmitBell = try device.enable(sending, transmit.queue)
    }

    /// Takes back what was in flight when the device was reset.
    mutating func takeBack(_ proof: borrowing ResetProof, _ back: (consuming DeviceMemory) -> Void) {
        receive.takeBack(proof)
        transmit.takeBack(proof, back)
    }
}
