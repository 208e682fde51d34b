import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio
import Synchronization

/// What there is of a network card: its two queues, each with a lock of its own, so that
/// nobody who sends waits for who receives.
struct CardState: ~Copyable {
    let number: Int
    let limits: NetworkLimits
    let interrupts: Bool

    /// A frame has come since the last `rest`: the device works. `receiving` guards it.
    var hasTaken = false
    /// A core takes frames.
    let isTaken = Atomic<Bool>(false)
    let receiving = CoreLock(.cardReceiving)
    /// `receiving` guards these.
    var received: UInt64 = 0
    var receivedBytes: UInt64 = 0
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

    /// Bytes of the buffers for what is received. Where segments are put together one lies in
    /// 17 of them, and buffers are taken in order, so that these lie side by side; alone a
    /// frame of the usual length takes half as much.
    private static let joinedBufferSize = 4096
    private static let receiveBufferSize = 2048
    private static let receiveBuffers = 256
    /// The largest piece of memory that buffers are made of, as a power of two of pages.
    private static let receiveOrder = 8
    /// Frames that are on their way out at once, those that the device cuts with them.
    private static let transmitRequests = 256
    /// Bytes of a frame that is sent, with the device's header.
    static let transmitRoom = TransmitQueue.usualRoom
    /// Frames that the device cuts and that are on their way out at once: enough for the
    /// device to be busy while more are written. Their memory, 64 KiB each, is taken when
    /// the first such frame has no other.
    static let largeRequests = 16
    static let largeOrder = 4
    static let largeRoom = 4096 << largeOrder
    /// How many somebody has wanted to make, and how many there are; `sending` guards these.
    var largeWanted = 0
    var largeCount = 0

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
        let usual = limits.joinsSegments ? Self.joinedBufferSize : Self.receiveBufferSize
        let size = max(usual, (limits.leastBuffer + 15) & ~15)
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
        var least = 0
        while 4096 << least < size { least += 1 }
        // As few pieces of memory as there are: buffers that follow each other are one, too.
        var order = max(Self.receiveOrder, least)
        while 4096 << order >= 2 * count * size, order > least { order -= 1 }
        var left = 0
        for index in 0..<count {
            while left == 0 {
                memory = DeviceFrames(order: order)
                if memory != nil { left = (4096 << order) / size }
                // With fewer it works, too, as long as there is one.
                if left == 0, order == least { return index > 0 }
                if left == 0 { order -= 1 }
            }
            left -= 1
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
