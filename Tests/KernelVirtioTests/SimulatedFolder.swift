import KernelSupport

@testable import KernelVirtio

/// A device of files, written from virtio 1.2, 5.11, apart from the driver's end.
struct SimulatedFolder: Transport {
    final class State: @unchecked Sendable {
        var status: DeviceStatus = []
        var offered: Features
        var accepted: Features = []
        var configuration = [UInt8](repeating: 0, count: 40)
        var queues: [UInt16: SimulatedQueue] = [:]
        let memory: [UnsafeMutableRawBufferPointer]
        var rings: [UInt16] = []

        init(_ features: Features, tag: String, memory: [UnsafeMutableRawBufferPointer]) {
            offered = features
            self.memory = memory
            configuration.replaceSubrange(0..<min(tag.utf8.count, 36), with: Array(tag.utf8.prefix(36)))
            configuration[36] = 1
        }
    }

    let state: State

    var status: DeviceStatus {
        get { state.status }
        nonmutating set {
            if newValue == [] { state.queues = [:] }
            state.status = newValue
        }
    }

    func offeredFeatures() -> Features { state.offered }
    func accept(_ features: Features) { state.accepted = features }
    func queueLimit(_ queue: UInt16) -> Int { queue < 2 ? 64 : 0 }
    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        state.queues[queue] = SimulatedQueue(
            state.memory[Int(queue)], isPacked: state.accepted.contains(.packedRing), size: size,
            hasEvents: state.accepted.contains(.eventIndex))
        return Doorbell(queue: queue, place: 0)
    }
    func ring(_ doorbell: Doorbell) { state.rings.append(doorbell.queue) }
    func pause() {}
    func configuration(at offset: UInt64) -> UInt32? {
        let offset = Int(offset)
        guard offset + 4 <= state.configuration.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(state.configuration[offset + $1]) << UInt32(8 * $1) }
    }
}

/// A driver with such a device, and buffers with memory of their own.
final class FolderBench {
    let device: SimulatedFolder
    private let whole: UnsafeMutableRawBufferPointer
    private var slots: [UnsafeMutablePointer<QueueSlot>] = []
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    var driver: FolderDevice<SimulatedFolder>

    static let room = (header: 40, arguments: 96, data: 512, answer: 64)

    init(_ features: Features, buffers: Int) throws {
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: 16384, alignment: 64)
        self.whole = whole
        let parts = [0, 1].map { UnsafeMutableRawBufferPointer(rebasing: whole[$0 * 8192..<($0 + 1) * 8192]) }
        device = SimulatedFolder(state: .init(features, tag: "folder0", memory: parts))
        var known = Device(device)
        _ = try known.reset()
        try known.agree()
        let hasty = try Self.queue(0, of: known, wanted: 4, parts[0], &slots)
        let queue = try Self.queue(1, of: known, wanted: 64, parts[1], &slots)
        var question = Request(Self.block(Request.blockSize(parts: 2), &blocks))
        question.appendReadable(Self.memory(40, &blocks))
        driver = try FolderDevice(known, queue: queue, hasty: hasty, question: question)
        for number in 0..<buffers {
            let table = Self.block(FolderBuffer.tableSize, &blocks)
            driver.requests.add(
                FolderBuffer(
                    number, block: Self.block(FolderBuffer.blockSize, &blocks),
                    table: RingMemory(
                        table.address, count: table.count, deviceAddress: UInt64(UInt(bitPattern: table.address))),
                    header: Self.memory(Self.room.header, &blocks),
                    arguments: Self.memory(Self.room.arguments, &blocks),
                    data: Self.memory(Self.room.data, &blocks), answer: Self.memory(Self.room.answer, &blocks)))
        }
    }

    deinit {
        whole.deallocate()
        for slot in slots { slot.deallocate() }
        for block in blocks { block.deallocate() }
    }

    /// What has come back; `#expect` takes no values that can't be copied.
    func look() -> (came: [Int], isEnded: Bool) {
        var came: [Int] = []
        let problem = driver.look { came.append($0) }
        return (came, problem != nil)
    }

    func hasAnswer() -> Bool { driver.hasAnswer() }
    var isGone: Bool { driver.isGone }

    private static func queue(
        _ number: UInt16, of device: Device<SimulatedFolder>, wanted: Int, _ memory: UnsafeMutableRawBufferPointer,
        _ all: inout [UnsafeMutablePointer<QueueSlot>]
    ) throws -> Queue {
        let format = try device.format(of: number, wanted: wanted)
        let slots = UnsafeMutablePointer<QueueSlot>.allocate(capacity: format.size)
        slots.initialize(repeating: QueueSlot(), count: format.size)
        let base = memory.baseAddress!
        all.append(slots)
        return Queue(
            format,
            memory: RingMemory(base, count: format.memorySize, deviceAddress: UInt64(UInt(bitPattern: base))),
            slots: SlotStorage(slots, count: format.size))
    }

    private static func block(_ size: Int, _ blocks: inout [UnsafeMutableRawBufferPointer]) -> MemoryBlock {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0)
        blocks.append(block)
        return MemoryBlock(block.baseAddress!, count: size)
    }

    private static func memory(_ size: Int, _ blocks: inout [UnsafeMutableRawBufferPointer]) -> DeviceMemory {
        let block = block(size, &blocks)
        return DeviceMemory(block, deviceAddress: UInt64(UInt(bitPattern: block.address)))
    }
}
