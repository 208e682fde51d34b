import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio

/// What there is of a network card: its two queues, each with a lock of its own, so that
/// nobody who sends waits for who receives.
struct CardState: ~Copyable {
    let number: Int
    let limits: NetworkLimits
    let interrupts: Bool

    let receiving = CoreLock(.cardReceiving)
    /// `receiving` guards these.
    var receive: ReceiveQueue
    var receiveBell: Doorbell
    var device: NetworkDevice<DeviceTransport>

    let sending = CoreLock(.cardSending)
    /// `sending` guards these.
    var transmit: TransmitQueue
    var transmitBell: Doorbell
    let bus: DeviceTransport
    var counters = NetworkCard.Counters()
    /// The device has sent nothing while it was waited for: it is not waited for again until
    /// it has.
    var isStuck = false

    /// Buffers for what is received: a page holds two frames of the usual length, and one is
    /// not cut into more than 33.
    private static let receiveBufferSize = 2048
    private static let receiveBuffers = 256
    /// Frames that are on their way out at once.
    private static let transmitRequests = 256
    /// Bytes of a frame that is sent, with the device's header.
    static let transmitRoom = 2048

    enum Problem: Error {
        case device(DeviceError)
        case noMemory

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .noMemory: "there is no memory for a network card's buffers"
            }
        }
    }

    /// Makes a device ready.
    ///
    /// - Parameter interrupted: Is called, with the number, when it interrupts.
    static func open(
        _ number: Int, _ bus: DeviceTransport, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(Problem) -> CardState {
        do throws(DeviceError) {
            return try make(number, bus, interrupted)
        } catch {
            Device(bus).fail()
            if case .missesQueue = error { throw .noMemory }
            throw .device(error)
        }
    }

    private static func make(
        _ number: Int, _ bus: DeviceTransport, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(DeviceError) -> CardState {
        var bus = bus
        var device = try NetworkDevice(bus)
        let interrupts = DeviceInterrupts.start(&bus, UInt64(number), interrupted)
        device.changeBus(to: bus)
        let receive = try queue(
            NetworkDevice<DeviceTransport>.receiveNumber, of: device.device, wanted: receiveBuffers)
        let transmit = try queue(
            NetworkDevice<DeviceTransport>.transmitNumber, of: device.device, wanted: transmitRequests)
        let bells = (
            receive: try device.device.enable(NetworkDevice<DeviceTransport>.receiveNumber, receive),
            transmit: try device.device.enable(NetworkDevice<DeviceTransport>.transmitNumber, transmit)
        )
        var state = CardState(number, bus, device, receive, transmit, bells, interrupts: interrupts)
        guard state.start() else { throw .missesQueue }
        return state
    }

    private init(
        _ number: Int, _ bus: DeviceTransport, _ device: consuming NetworkDevice<DeviceTransport>,
        _ receive: consuming Queue, _ transmit: consuming Queue, _ bells: (receive: Doorbell, transmit: Doorbell),
        interrupts: Bool
    ) {
        self.number = number
        self.bus = bus
        self.interrupts = interrupts
        limits = device.limits
        self.receive = ReceiveQueue(receive, device.limits)
        self.transmit = TransmitQueue(transmit)
        receiveBell = bells.receive
        transmitBell = bells.transmit
        self.device = device
    }

    /// Gives both queues what they need, and the device its way.
    ///
    /// - Returns: `false`: there is no memory.
    private mutating func start() -> Bool {
        let size = max(Self.receiveBufferSize, (limits.leastBuffer + 15) & ~15)
        guard addBuffers(min(receive.queue.format.size, Self.receiveBuffers), size: size),
            addRequests(min(transmit.queue.format.size, Self.transmitRequests))
        else { return false }
        transmit.queue.setInterrupts(false)
        receive.queue.setInterrupts(false)
        device.start()
        if receive.queue.takeNotification() { bus.ring(receiveBell) }
        return true
    }

    private static func queue(
        _ number: UInt16, of device: Device<DeviceTransport>, wanted: Int
    ) throws(DeviceError) -> Queue {
        let format = try device.format(of: number, wanted: wanted)
        guard var frames = DeviceFrames(order: format.memorySize > 4096 ? 2 : 0),
            let memory = frames.ring(format.memorySize), let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        return Queue(format, memory: memory, slots: slots)
    }

    /// - Returns: `false`: there is no memory for one.
    private mutating func addBuffers(_ count: Int, size: Int) -> Bool {
        var memory: DeviceFrames? = nil
        var order = 0
        while 4096 << order < size { order += 1 }
        for index in 0..<count {
            if index % max(1, (4096 << order) / size) == 0 { memory = DeviceFrames(order: order) }
            // With fewer it works, too, as long as there is one.
            guard let part = memory?.memory(size), let block = DriverMemory.block(Request.blockSize(parts: 1))
            else { return index > 0 }
            var request = Request(block, tag: UInt64(index))
            request.appendWritable(part)
            receive.add(request)
        }
        return true
    }

    private mutating func addRequests(_ count: Int) -> Bool {
        var memory: DeviceFrames? = nil
        for index in 0..<count {
            if index % (4096 / Self.transmitRoom) == 0 { memory = DeviceFrames(order: 0) }
            guard let part = memory?.memory(Self.transmitRoom),
                let block = DriverMemory.block(Request.blockSize(parts: 1))
            else { return index > 0 }
            var request = Request(block, tag: UInt64(index))
            request.appendReadable(part)
            transmit.add(request)
        }
        return true
    }
}
