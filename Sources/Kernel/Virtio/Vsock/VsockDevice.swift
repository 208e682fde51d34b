import KernelSupport

/// A socket device (virtio 1.2, 5.10): what its queues have in common.
public struct VsockDevice<Bus: Transport>: ~Copyable {
    public private(set) var device: Device<Bus>
    /// The machine's own context (5.10.4). It may be another one after `askContext`.
    public private(set) var context: UInt32
    /// It is used no more.
    public private(set) var isGone = false
    private var bells: InlineArray<3, Doorbell>
    public var queues: VsockQueues

    /// Its queues (5.10.2).
    public static var receiveNumber: UInt16 { 0 }
    public static var transmitNumber: UInt16 { 1 }
    public static var eventNumber: UInt16 { 2 }

    /// VIRTIO_VSOCK_F_STREAM (5.10.3).
    static var streams: Features { Features(rawValue: 1 << 0) }

    /// Makes a device ready, which was reset and has agreed (`agree`).
    ///
    /// - Throws: `missesQueue`.
    public init(_ device: Device<Bus>, context: UInt32, _ queues: consuming VsockQueues) throws(DeviceError) {
        self.device = device
        self.context = context
        bells = try Self.enable(device, queues)
        self.queues = queues
    }

    private static func enable(
        _ device: Device<Bus>, _ queues: borrowing VsockQueues
    ) throws(DeviceError) -> InlineArray<3, Doorbell> {
        [
            try device.enable(receiveNumber, queues.receive),
            try device.enable(transmitNumber, queues.transmit),
            try device.enable(eventNumber, queues.event),
        ]
    }

    /// Agrees with a device that was reset, and asks which context it has.
    ///
    /// - Throws: `missesFeatures` where it can't be what it says.
    public static func agree(with device: inout Device<Bus>) throws(DeviceError) -> UInt32 {
        try device.agree(on: streams)
        guard let context = context(of: device) else {
            device.fail()
            throw .missesFeatures
        }
        return context
    }

    /// `nil`: there is none, or one that no machine has (5.10.4).
    private static func context(of device: Device<Bus>) -> UInt32? {
        // The device may change what it says while it is read (2.5.3).
        for _ in 0..<64 {
            let before = device.bus.configurationGeneration
            let (low, high) = (device.bus.configuration(at: 0), device.bus.configuration(at: 4))
            guard device.bus.configurationGeneration == before else { continue }
            guard let low, let high, high == 0, low > 2, low != .max else { return nil }
            return low
        }
        return nil
    }

    /// All queues are there and have what they need: from now on packets come and go.
    public mutating func start() {
        device.start()
        notify()
    }

    /// Tells the device of what is new in its queues, where it wants to know.
    public mutating func notify() {
        if queues.receive.takeNotification() { device.bus.ring(bells[0]) }
        if queues.transmit.takeNotification() { device.bus.ring(bells[1]) }
        if queues.event.takeNotification() { device.bus.ring(bells[2]) }
    }

    /// Asks which context the machine has now: the device says that it is another one (5.10.6.7).
    ///
    /// - Returns: `false`: it can't be what it says, and is used no more.
    public mutating func askContext() -> Bool {
        guard let context = Self.context(of: device) else {
            fail()
            return false
        }
        self.context = context
        return true
    }

    /// Gives it up.
    public mutating func fail() {
        isGone = true
        device.fail()
    }

    /// Resets the device, which has lied or wants that, and lets it use its queues again: all
    /// connections are lost.
    ///
    /// - Throws: Why it is used no more. One that does not reset keeps the memory that it has, for
    ///   ever.
    public mutating func restart() throws(DeviceError) {
        do throws(DeviceError) {
            let proof = try device.reset()
            queues.takeBack(proof)
            let old = device.features
            let context = try Self.agree(with: &device)
            guard device.features == old,
                try device.format(of: Self.receiveNumber, wanted: queues.receive.format.size) == queues.receive.format,
                try device.format(of: Self.transmitNumber, wanted: queues.transmit.format.size)
                    == queues.transmit.format,
                try device.format(of: Self.eventNumber, wanted: queues.event.format.size) == queues.event.format
            else { throw .missesFeatures }
            self.context = context
            bells = try Self.enable(device, queues)
            queues.refill()
            start()
        } catch {
            fail()
            throw error
        }
    }
}
