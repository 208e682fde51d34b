/// A network device: what its queues have in common (virtio 1.2, 5.1).
///
/// Each of its queues has a lock of its own; this one is for its set-up, its reset, and what it
/// says of the link.
public struct NetworkDevice<Bus: Transport>: ~Copyable {
    public private(set) var device: Device<Bus>
    public let limits: NetworkLimits
    /// It is used no more.
    public private(set) var isGone = false

    /// The queues of the first pair (5.1.2).
    public static var receiveNumber: UInt16 { 0 }
    public static var transmitNumber: UInt16 { 1 }

    /// Resets a device, agrees with it, and asks what it is.
    ///
    /// - Throws: `missesFeatures` where it can't be what it says.
    public init(_ bus: Bus) throws(DeviceError) {
        var device = Device(bus)
        _ = try device.reset()
        limits = try Self.agree(with: &device)
        self.device = device
    }

    /// Goes on by a transport that has changed: the device interrupts.
    public mutating func changeBus(to bus: Bus) { device.bus = bus }

    private static func agree(with device: inout Device<Bus>) throws(DeviceError) -> NetworkLimits {
        try device.agree(on: NetworkLimits.features(of: device.bus.offeredFeatures()))
        // The device may change what it says while it is read (2.5.3).
        for _ in 0..<64 {
            let before = device.bus.configurationGeneration
            let limits = NetworkLimits(device.features) { device.bus.configuration(at: $0) }
            guard device.bus.configurationGeneration == before else { continue }
            guard let limits else { break }
            return limits
        }
        device.fail()
        throw .missesFeatures
    }

    /// All queues are there: from now on frames come and go.
    public func start() { device.start() }

    /// Whether there is a link.
    public var hasLink: Bool { limits.hasLink { device.bus.configuration(at: $0) } }

    /// Gives it up.
    public mutating func fail() {
        isGone = true
        device.fail()
    }

    /// Resets the device, which has lied or wants that, and lets it use its queues again.
    ///
    /// What was received and not taken is lost, as what was to be sent may be: to those who sent it,
    /// the link has lost it.
    ///
    /// - Parameter back: As for `TransmitQueue.take`.
    /// - Returns: How the device is notified of its queues from now on.
    /// - Throws: Why it is used no more. One that does not reset keeps the memory that it has, for
    ///   ever.
    public mutating func restart(
        _ receive: inout ReceiveQueue, _ transmit: inout TransmitQueue, _ back: (consuming DeviceMemory) -> Void
    ) throws(DeviceError) -> (receive: Doorbell, transmit: Doorbell) {
        do throws(DeviceError) {
            let proof = try device.reset()
            receive.takeBack(proof)
            transmit.takeBack(proof, back)
            let old = device.features
            let limits = try Self.agree(with: &device)
            guard device.features == old, limits == self.limits,
                try device.format(of: Self.receiveNumber, wanted: receive.queue.format.size) == receive.queue.format,
                try device.format(of: Self.transmitNumber, wanted: transmit.queue.format.size)
                    == transmit.queue.format
            else { throw .missesFeatures }
            let doorbells = (
                receive: try device.enable(Self.receiveNumber, receive.queue),
                transmit: try device.enable(Self.transmitNumber, transmit.queue)
            )
            receive.refill()
            device.start()
            return doorbells
        } catch {
            fail()
            throw error
        }
    }
}
