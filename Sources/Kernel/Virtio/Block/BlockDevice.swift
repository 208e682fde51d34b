import KernelSupport

/// A block device and its one queue (virtio 1.2, 5.2).
///
/// Not for several cores at once: who shares it has a lock.
public struct BlockDevice<Bus: Transport>: ~Copyable {
    public private(set) var device: Device<Bus>
    public let limits: BlockLimits
    public var requests: BlockRequests
    private var doorbell: Doorbell
    private let room: Int
    /// It is used no more.
    public private(set) var isGone = false

    public static var queueNumber: UInt16 { 0 }

    /// What a look at the device has shown.
    public enum Finding: Equatable, Sendable {
        case nothing
        /// It was reset: what was in flight is lost, and it works again.
        case restarted(StaticString)
        /// It is used no more; what was in flight is lost.
        case gone(StaticString)

        public static func == (left: Finding, right: Finding) -> Bool {
            switch (left, right) {
            case (.nothing, .nothing), (.restarted, .restarted), (.gone, .gone): true
            default: false
            }
        }
    }

    /// Resets a device, agrees with it, and asks what it is.
    ///
    /// - Parameter room: Bytes that there is memory for in one request.
    /// - Throws: `missesFeatures` where it can't be what it says.
    public static func agree(
        with device: inout Device<Bus>, room: Int
    ) throws(DeviceError) -> BlockLimits {
        try device.agree(on: BlockLimits.features)
        // The device may change what it says while it is read (2.5.3).
        for _ in 0..<64 {
            let before = device.bus.configurationGeneration
            let limits = BlockLimits(device.features, room: room) { device.bus.configuration(at: $0) }
            guard device.bus.configurationGeneration == before else { continue }
            guard let limits else { break }
            return limits
        }
        device.fail()
        throw .missesFeatures
    }

    /// Starts a device that has agreed.
    public init(
        _ device: Device<Bus>, _ limits: BlockLimits, room: Int, queue: consuming Queue
    ) throws(DeviceError) {
        doorbell = try device.enable(Self.queueNumber, queue)
        self.device = device
        self.limits = limits
        self.room = room
        requests = BlockRequests(queue)
        device.start()
        requests.queue.setInterrupts(true)
    }

    /// Hands a buffer to the device, as `BlockRequests.submit`.
    public mutating func submit(
        _ buffer: inout BlockBuffer?, _ command: BlockCommand, at start: Int = 0
    ) throws(QueueError) {
        guard !isGone else { throw .unfit }
        try requests.submit(&buffer, command, at: start)
        if requests.queue.takeNotification() { device.bus.ring(doorbell) }
    }

    /// Takes what the device has done, and has it interrupt for what it does next.
    ///
    /// - Parameter body: Is told the number of each buffer that has come back.
    /// - Returns: Whether there is more to say: `look` has to.
    public mutating func collect(_ body: (Int) -> Void) -> Bool {
        guard !isGone else { return false }
        var isIdle = true
        do throws(QueueError) {
            repeat {
                try requests.collect { number in
                    isIdle = false
                    body(number)
                }
            } while requests.queue.setInterrupts(true)
        } catch {
            return true
        }
        // It costs a look at a register, which who has done something need not have.
        return isIdle && device.needsReset
    }

    /// Takes what the device has done, which need not interrupt for what it does next.
    ///
    /// - Returns: Whether there is more to say: `look` has to.
    public mutating func poll(_ body: (Int) -> Void) -> Bool {
        guard !isGone, requests.queue.hasUsed else { return false }
        do throws(QueueError) { try requests.collect(body) } catch { return true }
        return false
    }

    /// The same as `collect`, and resets the device where it has lied or wants that.
    ///
    /// - Parameter isLate: What is in flight is not waited for any longer.
    public mutating func look(isLate: Bool = false, _ body: (Int) -> Void) -> Finding {
        guard !isGone else { return .nothing }
        if collect(body) {
            if let damage = requests.queue.damage { return restart(damage.message, body) }
            return restart("a disk's device has met an error", body)
        }
        if isLate && requests.inFlight > 0 { return restart("a disk's device does not answer", body) }
        return .nothing
    }

    private mutating func restart(_ message: StaticString, _ body: (Int) -> Void) -> Finding {
        do throws(DeviceError) {
            let proof = try device.reset()
            requests.takeBack(proof, body)
            let old = device.features
            let limits = try Self.agree(with: &device, room: room)
            let format = try device.format(of: Self.queueNumber, wanted: requests.queue.format.size)
            guard device.features == old, limits == self.limits, format == requests.queue.format
            else { throw .missesFeatures }
            doorbell = try device.enable(Self.queueNumber, requests.queue)
            device.start()
            requests.queue.setInterrupts(true)
            return .restarted(message)
        } catch {
            // One that does not reset keeps the memory that it has, for ever.
            isGone = true
            device.fail()
            return .gone(error.message)
        }
    }
}
