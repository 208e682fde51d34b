import KernelVirtio

/// A queue that a device uses, and how it is told of what is new there.
public struct ReadyQueue: ~Copyable {
    public var queue: Queue
    private let number: UInt16
    private var doorbell: Doorbell

    /// Makes a queue and lets the device use it.
    ///
    /// - Parameters:
    ///   - wanted: Descriptors at most.
    ///   - frames: Where its rings lie.
    /// - Throws: `missesQueue`, also where there is no memory for it.
    public init(
        _ number: UInt16, of device: Device<DeviceTransport>, wanted: Int, in frames: inout DeviceFrames
    ) throws(DeviceError) {
        let format = try device.format(of: number, wanted: wanted)
        guard let memory = frames.ring(format.memorySize), let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        let queue = Queue(format, memory: memory, slots: slots)
        doorbell = try device.enable(number, queue)
        self.queue = queue
        self.number = number
    }

    /// Lets the device use it again, which was reset, and has agreed on the same.
    public mutating func enableAgain(on device: Device<DeviceTransport>) throws(DeviceError) {
        guard let format = try? device.format(of: number, wanted: queue.format.size), format == queue.format
        else { throw .missesQueue }
        doorbell = try device.enable(number, queue)
    }

    /// Tells the device of what was submitted, where it wants to know.
    public mutating func notify(_ device: Device<DeviceTransport>) {
        if queue.takeNotification() { device.bus.ring(doorbell) }
    }
}
