/// Why a device is not used.
public enum DeviceError: Error, Equatable, Sendable {
    /// It does not become as it was at first.
    case doesNotReset
    /// It offers no modern interface, or not what the driver needs.
    case missesFeatures
    /// It does not take what the driver has chosen.
    case refusesFeatures
    /// It has no such queue, or does not take it.
    case missesQueue
    /// It does not use more than one pair of queues, which it has offered.
    case refusesPairs

    public var message: StaticString {
        switch self {
        case .doesNotReset: "the device does not reset"
        case .missesFeatures: "the device does not offer what is needed"
        case .refusesFeatures: "the device refuses the features that were chosen"
        case .missesQueue: "the device does not have its queue"
        case .refusesPairs: "a network card's device refuses several pairs of queues"
        }
    }
}

/// A device on its way from reset to work (virtio 1.2, 3.1.1).
public struct Device<Bus: Transport>: Sendable {
    public var bus: Bus
    /// What was agreed on.
    public private(set) var features: Features = []

    /// Looks at a status until a device counts as one that does not reset.
    private static var patience: Int { 1_000_000 }

    public init(_ bus: Bus) { self.bus = bus }

    /// Brings the device back to how it was at first: it forgets all queues
    /// (2.4, 4.1.4.3.2).
    public func reset() throws(DeviceError) -> ResetProof {
        bus.status = []
        for _ in 0..<Self.patience {
            // What is not there reads as all ones, and never as this.
            if bus.status == [] { return ResetProof() }
            bus.pause()
        }
        throw .doesNotReset
    }

    /// Agrees on features; the device has been reset.
    ///
    /// - Parameters:
    ///   - wanted: Of the kind of device, where they are offered; queues' come to them.
    ///   - avoided: What is left out even where it is offered.
    public mutating func agree(
        on wanted: Features = [], avoiding avoided: Features = []
    ) throws(DeviceError) {
        bus.status = .acknowledge
        bus.status = [.acknowledge, .driver]
        let offered = bus.offeredFeatures()
        guard offered.contains(.version1) else {
            fail()
            throw .missesFeatures
        }
        // The device sees memory at the addresses that the processor does, with
        // and without a translation of the platform's.
        features = offered.intersection(
            wanted.union(Features.queues).union([.version1, .accessPlatform]).subtracting(avoided))
        bus.accept(features)
        bus.status = [.acknowledge, .driver, .featuresWork]
        guard bus.status.contains(.featuresWork) else {
            fail()
            throw .refusesFeatures
        }
    }

    /// The format of a queue of up to so many descriptors.
    public func format(of queue: UInt16, wanted: Int) throws(DeviceError) -> QueueFormat {
        guard let format = QueueFormat(features, limit: bus.queueLimit(queue), wanted: wanted) else {
            throw .missesQueue
        }
        return format
    }

    /// Lets the device use a queue.
    public func enable(_ number: UInt16, _ queue: borrowing Queue) throws(DeviceError) -> Doorbell {
        let (descriptors, driver, device) = queue.deviceAddresses
        guard
            let doorbell = bus.enable(
                number, size: queue.format.size, descriptors: descriptors, driver: driver, device: device)
        else { throw .missesQueue }
        return doorbell
    }

    /// All queues are there: from now on the device works.
    public func start() {
        bus.status = [.acknowledge, .driver, .featuresWork, .driverWorks]
    }

    /// Gives the device up.
    public func fail() { bus.status = .failed }

    /// Whether the device has met an error and wants to be reset (2.1.2).
    public var needsReset: Bool { bus.status.contains(.needsReset) }
}
