import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio
import Synchronization

/// What there is of a pair of a network card's queues: each has a lock of its own, so that nobody
/// who sends waits for who receives.
@safe struct PairState: ~Copyable {
    let card: UnsafeMutablePointer<CardState>
    /// How the device is notified; for nothing else.
    let bus: DeviceTransport
    /// Frames that the device cuts and that are on their way out at once.
    let mostLarge: Int

    /// A core takes frames.
    let isTaken = Atomic<Bool>(false)
    let receiving = CoreLock(.cardReceiving)
    /// `receiving` guards these.
    var received: UInt64 = 0
    var receivedBytes: UInt64 = 0
    /// A frame has come since the last `rest`: the device works.
    var hasTaken = false
    /// The device is to interrupt when something comes.
    var wantsInterrupts = false

    let sending = CoreLock(.cardSending)
    /// `sending` guards these.
    var sent: UInt64 = 0
    var sentBytes: UInt64 = 0
    /// Frames for which there was no room.
    var dropped: UInt64 = 0
    /// The device has sent nothing while it was waited for: it is not waited for again until
    /// it has.
    var isStuck = false
    /// Large requests that somebody has wanted to make, and those that there are.
    var largeWanted = 0
    var largeCount = 0

    /// The queues are not used, as the device is being reset, or for ever. Who changes these has both
    /// locks.
    var isStopped = false
    var isGone = false
    /// Each by its own lock.
    var queues: QueuePair

    /// Bytes from one pair to the next: a core's have no line of a cache in common with another's.
    static var stride: Int { (MemoryLayout<PairState>.size + 63) & ~63 }

    /// Bytes of the buffers for what is received. Where segments are put together one lies in
    /// 17 of them, and buffers are taken in order, so that these lie side by side; alone a
    /// frame of the usual length takes half as much.
    private static let joinedBufferSize = 4096
    private static let receiveBufferSize = 2048
    /// Descriptors of a queue, and so many buffers of the only pair; several have half as many each,
    /// as each has a part of what comes.
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
    private static let largeRequests = 16
    static let largeOrder = 4
    static let largeRoom = 4096 << largeOrder

    private static func share(_ count: Int, _ pairCount: Int) -> Int { pairCount > 1 ? count / 2 : count }

    /// Makes both queues, which the device may use from then on.
    ///
    /// - Throws: `missesQueue`, also where there is no memory.
    init(
        _ number: Int, of device: Device<DeviceTransport>, _ limits: NetworkLimits, pairCount: Int,
        _ bus: DeviceTransport, card: UnsafeMutablePointer<CardState>
    ) throws(DeviceError) {
        let receive = try Self.queue(
            QueuePair.receiveNumber(of: number), of: device, wanted: Self.share(Self.receiveBuffers, pairCount))
        let transmit = try Self.queue(
            QueuePair.transmitNumber(of: number), of: device, wanted: Self.share(Self.transmitRequests, pairCount))
        var queues = QueuePair(number, receive: receive, transmit: transmit, limits)
        try queues.enable(on: device)
        self.queues = queues
        self.bus = bus
        unsafe self.card = card
        mostLarge = Self.share(Self.largeRequests, pairCount)
        usual = max(limits.joinsSegments ? Self.joinedBufferSize : Self.receiveBufferSize, (limits.leastBuffer + 15) & ~15)
    }

    /// Bytes of a buffer for what is received.
    private let usual: Int

    private static func queue(
        _ number: UInt16, of device: Device<DeviceTransport>, wanted: Int
    ) throws(DeviceError) -> Queue {
        let format = try device.format(of: number, wanted: wanted)
        guard var frames = DeviceFrames(order: format.memorySize > 4096 ? 2 : 0),
            let memory = frames.ring(format.memorySize), let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        return Queue(format, memory: memory, slots: slots)
    }

    /// Gives both queues what they need. The device works.
    ///
    /// - Returns: `false`: there is no memory.
    mutating func start() -> Bool {
        queues.transmit.queue.setInterrupts(false)
        queues.receive.queue.setInterrupts(false)
        guard addBuffers(queues.receive.queue.format.size, size: usual),
            addRequests(queues.transmit.queue.format.size)
        else { return false }
        notifyOfBuffers()
        return true
    }

    /// Tells the device of buffers, with `receiving`.
    mutating func notifyOfBuffers() {
        if queues.receive.queue.takeNotification() { bus.ring(queues.receiveBell) }
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
            queues.receive.add(request)
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
            queues.transmit.add(request)
        }
        return true
    }
}
