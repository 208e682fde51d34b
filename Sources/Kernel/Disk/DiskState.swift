import KernelDevices
import KernelMachine
import KernelSupport
import KernelVirtio

/// What there is of a disk. Its lock guards all of it.
struct DiskState: ~Copyable {
    let lock = CoreLock(.disks)
    let number: Int
    var device: BlockDevice<DeviceTransport>
    /// Where what is small lies that the device reaches.
    private var frames: DeviceFrames
    /// Pages of a buffer's data, as a power of two.
    private let order: Int
    /// There is no memory for more buffers.
    private var isExhausted = false
    /// It interrupts; else it is looked at again and again.
    var interrupts: Bool
    /// Interrupts in a row that were for nothing.
    var idleInterrupts = 0
    /// Tasks that wait for a buffer, and those that sleep until the device interrupts.
    var waiting = 0
    var sleeping = 0
    /// For how long tasks look on: for what is read or written, and for what is flushed.
    var patience = DiskPatience()
    var flushPatience = DiskPatience()

    /// Sizes of a buffer's data that are tried, as powers of two of pages.
    private static let orders = [4, 2, 0] as InlineArray<3, Int>

    enum Problem: Error {
        case device(DeviceError)
        case noMemory

        var message: StaticString {
            switch self {
            case .device(let error): error.message
            case .noMemory: "there is no memory for a disk's buffers"
            }
        }
    }

    /// Makes a device ready.
    ///
    /// - Parameter interrupted: Is called, with the number, when it interrupts.
    static func open(
        _ number: Int, _ bus: DeviceTransport, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(Problem) -> DiskState {
        var memory: DeviceFrames? = nil
        var order = 0
        for index in 0..<3 where memory == nil {
            order = orders[index]
            memory = DeviceFrames(order: order)
        }
        guard let memory, let frames = DeviceFrames(order: 0) else { throw .noMemory }
        do throws(DeviceError) {
            return try make(number, bus, frames, memory, order, interrupted)
        } catch {
            Device(bus).fail()
            throw .device(error)
        }
    }

    private static func make(
        _ number: Int, _ bus: DeviceTransport, _ frames: DeviceFrames, _ memory: DeviceFrames,
        _ order: Int, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(DeviceError) -> DiskState {
        var bus = bus
        var frames = frames
        var device = Device(bus)
        _ = try device.reset()
        let room = 4096 << order
        let limits = try BlockDevice.agree(with: &device, room: room)
        let interrupts = DeviceInterrupts.start(&bus, UInt64(number), interrupted)
        device.bus = bus
        let descriptors = device.features.contains(.indirectDescriptors) ? 1 : 3
        // A power of two, as a table's size has to be.
        let format = try device.format(
            of: BlockDevice<DeviceTransport>.queueNumber,
            wanted: BlockRequests.most * (descriptors == 1 ? 1 : 4))
        guard format.size >= descriptors, let ring = frames.ring(format.memorySize),
            let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        guard let buffer = Self.buffer(0, in: &frames, memory, order) else { throw .missesQueue }
        var started = try BlockDevice(
            device, limits, room: room, queue: Queue(format, memory: ring, slots: slots))
        started.requests.add(buffer)
        return DiskState(number, started, frames, order, interrupts: interrupts)
    }

    private init(
        _ number: Int, _ device: consuming BlockDevice<DeviceTransport>, _ frames: DeviceFrames,
        _ order: Int, interrupts: Bool
    ) {
        self.number = number
        self.device = device
        self.frames = frames
        self.order = order
        self.interrupts = interrupts
    }

    /// Makes one more buffer, if there is use and memory for it.
    mutating func addBuffer() {
        guard !isExhausted, !device.requests.isFull else { return }
        guard let memory = DeviceFrames(order: order),
            let buffer = Self.buffer(device.requests.count, in: &frames, memory, order)
        else {
            isExhausted = true
            return
        }
        device.requests.add(buffer)
    }

    private static func buffer(
        _ number: Int, in frames: inout DeviceFrames, _ memory: DeviceFrames, _ order: Int
    ) -> BlockBuffer? {
        var memory = memory
        guard let block = DriverMemory.block(BlockBuffer.blockSize),
            let table = frames.ring(BlockBuffer.tableSize), let header = frames.memory(BlockBuffer.headerSize),
            let status = frames.memory(BlockBuffer.statusSize), let data = memory.memory(4096 << order)
        else { return nil }
        return BlockBuffer(number, block: block, table: table, header: header, data: data, status: status)
    }
}
