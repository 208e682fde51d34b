import KernelDevices
import KernelFileSystem
import KernelMachine
import KernelSupport
import KernelVirtio

/// What there is of a folder's device. Its lock guards all of it but what a taker of a buffer
/// has, and what says otherwise.
struct FolderState: ~Copyable {
    let lock = CoreLock(.folders)
    /// Guards the file system's own tables.
    let tableLock = CoreLock(.folders)
    let number: Int
    var device: FolderDevice<DeviceTransport>
    /// Where what is small lies that the device reaches.
    private var frames: DeviceFrames
    /// Pages of a buffer's data, as a power of two.
    let order: Int
    /// There is no memory for more buffers.
    private var isExhausted = false
    /// It interrupts; else it is looked at again and again.
    var interrupts: Bool
    /// Interrupts in a row that were for nothing.
    var idleInterrupts = 0
    /// Tasks that wait for a buffer.
    var waiting = 0
    /// Buffers that stay with the file system for longer than a request.
    var kept = 0
    /// When something came last, or nothing was asked; when the question was asked.
    var lastSign: UInt64 = 0
    var asked: UInt64? = nil
    /// What tasks have, each of its taker alone.
    let taken: TakenBuffers

    /// Sizes of a buffer's data that are tried, as powers of two of pages.
    private static let orders = [5, 3, 0] as InlineArray<3, Int>

    /// Makes a device ready.
    ///
    /// - Parameter interrupted: Is called, with the number, when it interrupts.
    static func open(
        _ number: Int, _ bus: DeviceTransport, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(DeviceError) -> FolderState {
        do throws(DeviceError) {
            return try make(number, bus, interrupted)
        } catch {
            Device(bus).fail()
            throw error
        }
    }

    private static func make(
        _ number: Int, _ bus: DeviceTransport, _ interrupted: @convention(c) (UInt64) -> Void
    ) throws(DeviceError) -> FolderState {
        var memory: DeviceFrames? = nil
        var order = 0
        for index in 0..<3 where memory == nil {
            order = orders[index]
            memory = DeviceFrames(order: order)
        }
        guard let memory, var rings = DeviceFrames(order: 1), var frames = DeviceFrames(order: 2),
            let taken = TakenBuffers(FolderRequests.most)
        else { throw .missesQueue }
        var bus = bus
        var device = Device(bus)
        _ = try device.reset()
        try device.agree()
        let interrupts = DeviceInterrupts.start(&bus, UInt64(number), interrupted)
        device.bus = bus
        let isTabled = device.features.contains(.indirectDescriptors)
        let hasty = try queue(
            FolderDevice<DeviceTransport>.hastyNumber, of: device,
            wanted: FolderDevice<DeviceTransport>.hastySize, in: &rings)
        let requests = try queue(
            FolderDevice<DeviceTransport>.queueNumber, of: device,
            wanted: FolderRequests.most * (isTabled ? 1 : 4), in: &rings)
        guard let question = question(in: &rings), let buffer = buffer(0, in: &frames, memory, order) else {
            throw .missesQueue
        }
        var started = try FolderDevice(device, queue: requests, hasty: hasty, question: question)
        started.requests.add(buffer)
        return FolderState(number, started, frames, order, taken, interrupts: interrupts)
    }

    private static func queue(
        _ number: UInt16, of device: Device<DeviceTransport>, wanted: Int, in frames: inout DeviceFrames
    ) throws(DeviceError) -> Queue {
        let format = try device.format(of: number, wanted: wanted)
        guard format.size >= 2 || format.hasTables, let ring = frames.ring(format.memorySize),
            let slots = DriverMemory.slots(format.size)
        else { throw .missesQueue }
        return Queue(format, memory: ring, slots: slots)
    }

    private static func question(in frames: inout DeviceFrames) -> Request? {
        guard let block = DriverMemory.block(Request.blockSize(parts: 2)),
            let table = frames.ring(Request.tableSize(parts: 2)),
            var header = frames.memory(FuseShape.header), var arguments = frames.memory(FuseQuestion.argumentsSize)
        else { return nil }
        header.withMutableBytes(0..<FuseShape.header) { FuseQuestion.writeHeader(to: &$0) }
        arguments.withMutableBytes(0..<FuseQuestion.argumentsSize) { FuseQuestion.writeArguments(to: &$0) }
        var request = Request(block, table: table)
        request.appendReadable(header)
        request.appendReadable(arguments)
        return request
    }

    private init(
        _ number: Int, _ device: consuming FolderDevice<DeviceTransport>, _ frames: DeviceFrames,
        _ order: Int, _ taken: TakenBuffers, interrupts: Bool
    ) {
        self.number = number
        self.device = device
        self.frames = frames
        self.order = order
        self.taken = taken
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

    /// What is small of a buffer is in frames that it shares with others, as far as they go.
    private static func buffer(
        _ number: Int, in frames: inout DeviceFrames, _ memory: DeviceFrames, _ order: Int
    ) -> FolderBuffer? {
        var memory = memory
        guard let block = DriverMemory.block(FolderBuffer.blockSize) else { return nil }
        if let small = parts(in: &frames) {
            guard let data = memory.memory(4096 << order) else { return nil }
            return small.buffer(number, block, data)
        }
        guard var more = DeviceFrames(order: 2), let small = parts(in: &more),
            let data = memory.memory(4096 << order)
        else { return nil }
        frames = more
        return small.buffer(number, block, data)
    }

    private struct Parts: ~Copyable {
        var table: RingMemory
        var header: DeviceMemory
        var arguments: DeviceMemory
        var answer: DeviceMemory

        consuming func buffer(_ number: Int, _ block: MemoryBlock, _ data: consuming DeviceMemory) -> FolderBuffer {
            FolderBuffer(
                number, block: block, table: table, header: header, arguments: arguments, data: data,
                answer: answer)
        }
    }

    private static func parts(in frames: inout DeviceFrames) -> Parts? {
        var rest = frames
        guard let table = rest.ring(FolderBuffer.tableSize), let header = rest.memory(FuseShape.header),
            let arguments = rest.memory(FuseShape.mostArguments), let answer = rest.memory(FuseShape.mostAnswer)
        else { return nil }
        frames = rest
        return Parts(table: table, header: header, arguments: arguments, answer: answer)
    }
}

/// The buffers that tasks have, by number. A place is its taker's, from taking to giving back.
@safe struct TakenBuffers: @unchecked Sendable, BitwiseCopyable {
    private let places: UnsafeMutablePointer<FolderBuffer?>

    /// `nil`: there is no memory.
    init?(_ count: Int) {
        guard let block = DriverMemory.block(count * MemoryLayout<FolderBuffer?>.stride) else { return nil }
        unsafe places = block.address.assumingMemoryBound(to: FolderBuffer?.self)
        for number in 0..<count { unsafe (places + number).initialize(to: nil) }
    }

    func put(_ buffer: consuming FolderBuffer) {
        let number = buffer.number
        unsafe places[number] = consume buffer
    }

    /// Puts one where it was, which may be with the device.
    func put(_ number: Int, _ buffer: inout FolderBuffer?) {
        if let back = buffer.take() { put(back) }
    }

    func take(_ number: Int) -> FolderBuffer? { unsafe places[number].take() }

    /// Runs `body` with a buffer that the caller has taken; `nil`: the device has it.
    func with<Value, Failure: Error>(
        _ number: Int, _ body: (inout FolderBuffer) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        guard var buffer = take(number) else { return nil }
        let value: Value
        do throws(Failure) {
            value = try body(&buffer)
        } catch {
            put(buffer)
            throw error
        }
        put(buffer)
        return value
    }
}
