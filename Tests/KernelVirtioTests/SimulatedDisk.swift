import KernelSupport

@testable import KernelVirtio

/// A block device, written from virtio 1.2, 5.2, apart from the driver's end.
struct SimulatedDisk: Transport {
    final class State: @unchecked Sendable {
        var status: DeviceStatus = []
        var offered: Features
        var accepted: Features = []
        var configuration = [UInt8](repeating: 0, count: 60)
        var generation: UInt32 = 0
        var resets = true
        var bytes: [UInt8]
        /// What is written and not flushed.
        var isDirty = false
        var flushes = 0
        var discarded: [Range<Int>] = []
        var memory: UnsafeMutableRawBufferPointer
        var queue: SimulatedQueue? = nil
        var queueLimit = 64
        var complaint: String? = nil

        init(_ features: Features, size: Int, memory: UnsafeMutableRawBufferPointer) {
            offered = features
            bytes = [UInt8](repeating: 0, count: size)
            self.memory = memory
            store(UInt64(size / 512), at: 0)
            store(4096 as UInt32, at: 8)
            store(512 as UInt32, at: 20)
            store(64 as UInt32, at: 36)
            store(1 as UInt32, at: 40)
            store(1 as UInt32, at: 44)
        }

        func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { bytes in
                for index in 0..<bytes.count { configuration[offset + index] = bytes[index] }
            }
        }
    }

    let state: State

    var status: DeviceStatus {
        get { state.status }
        nonmutating set {
            if newValue == [] {
                guard state.resets else { return }
                state.queue = nil
            }
            state.status = newValue
        }
    }

    func offeredFeatures() -> Features { state.offered }
    func accept(_ features: Features) { state.accepted = features }
    func queueLimit(_ queue: UInt16) -> Int { queue == 0 ? state.queueLimit : 0 }
    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        state.queue = SimulatedQueue(
            state.memory, isPacked: state.accepted.contains(.packedRing), size: size,
            hasEvents: state.accepted.contains(.eventIndex))
        return Doorbell(queue: queue, place: 0)
    }
    func ring(_ doorbell: Doorbell) {}
    func pause() {}
    var configurationGeneration: UInt32 { state.generation }
    func configuration(at offset: UInt64) -> UInt32? {
        let offset = Int(offset)
        guard offset + 4 <= state.configuration.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(state.configuration[offset + $1]) << UInt32(8 * $1) }
    }

    /// Does a request: its status, and how many bytes were written.
    func perform(_ element: SimulatedQueue.Element) -> UInt32 {
        guard let header = element.readable.first, header.count == 16, let status = element.writable.last,
            status.count == 1
        else {
            state.complaint = "no header, or no status"
            return 0
        }
        let type = header.load(as: UInt32.self)
        let place = Int(header.load(fromByteOffset: 8, as: UInt64.self)) * 512
        var written = 1
        var result: UInt8 = 0
        switch type {
        case 0:
            let data = element.writable[0]
            if element.writable.count != 2 || data.count % 512 != 0 { state.complaint = "a read's parts" }
            if place + data.count > state.bytes.count {
                result = 1
            } else {
                state.bytes.withUnsafeBytes { data.baseAddress!.copyMemory(from: $0.baseAddress! + place, byteCount: data.count) }
                written += data.count
            }
        case 1:
            let data = element.readable[1]
            if element.readable.count != 2 || data.count % 512 != 0 { state.complaint = "a write's parts" }
            if place + data.count > state.bytes.count {
                result = 1
            } else {
                state.bytes.withUnsafeMutableBytes { bytes in
                    (bytes.baseAddress! + place).copyMemory(from: data.baseAddress!, byteCount: data.count)
                }
                state.isDirty = true
            }
        case 4:
            if element.readable.count != 1 { state.complaint = "a flush's parts" }
            state.isDirty = false
            state.flushes += 1
        case 11:
            let range = element.readable[1]
            let start = Int(range.load(as: UInt64.self)) * 512
            let count = Int(range.load(fromByteOffset: 8, as: UInt32.self)) * 512
            if range.count != 16 || start + count > state.bytes.count { state.complaint = "a discard's range" }
            state.discarded.append(start..<start + count)
        default: result = 2
        }
        status[0] = result
        return UInt32(written)
    }
}

/// A block device's driver with memory for it all.
final class BlockBench {
    let disk: SimulatedDisk
    private let whole: UnsafeMutableRawBufferPointer
    private let slots: UnsafeMutablePointer<QueueSlot>
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    var driver: BlockDevice<SimulatedDisk>

    static let room = 4096

    init(_ features: Features, size: Int, buffers: Int, _ change: (SimulatedDisk.State) -> Void = { _ in }) throws {
        whole = .allocate(byteCount: 8192, alignment: 64)
        whole.initializeMemory(as: UInt8.self, repeating: 0xA7)
        slots = .allocate(capacity: 64)
        slots.initialize(repeating: QueueSlot(), count: 64)
        let memory = UnsafeMutableRawBufferPointer(rebasing: whole[64..<8128])
        disk = SimulatedDisk(state: .init(features, size: size, memory: memory))
        change(disk.state)
        do {
            var device = Device(disk)
            _ = try device.reset()
            let limits = try BlockDevice.agree(with: &device, room: Self.room)
            let format = try device.format(of: 0, wanted: 64)
            let base = memory.baseAddress!
            let queue = Queue(
                format,
                memory: RingMemory(base, count: format.memorySize, deviceAddress: UInt64(UInt(bitPattern: base))),
                slots: SlotStorage(slots, count: format.size))
            driver = try BlockDevice(device, limits, room: Self.room, queue: queue)
        } catch {
            whole.deallocate()
            slots.deallocate()
            throw error
        }
        for number in 0..<buffers {
            let table = block(BlockBuffer.tableSize)
            driver.requests.add(
                BlockBuffer(
                    number, block: MemoryBlock(block(BlockBuffer.blockSize).baseAddress!, count: BlockBuffer.blockSize),
                    table: RingMemory(
                        table.baseAddress!, count: table.count,
                        deviceAddress: UInt64(UInt(bitPattern: table.baseAddress!))),
                    header: self.memory(16), data: self.memory(Self.room), status: self.memory(1)))
        }
    }

    deinit {
        whole.deallocate()
        slots.deallocate()
        for block in blocks { block.deallocate() }
    }

    /// With 16 bytes on both sides that nobody may touch.
    private func block(_ size: Int) -> UnsafeMutableRawBufferPointer {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: (size + 15) / 16 * 16 + 32, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0xA7)
        blocks.append(block)
        return UnsafeMutableRawBufferPointer(rebasing: block[16..<16 + size])
    }

    private func memory(_ size: Int) -> DeviceMemory {
        let block = block(size)
        return DeviceMemory(
            MemoryBlock(block.baseAddress!, count: size),
            deviceAddress: UInt64(UInt(bitPattern: block.baseAddress!)))
    }

    var guardsAreWhole: Bool {
        whole[..<64].allSatisfy { $0 == 0xA7 }
            && blocks.allSatisfy { $0[..<16].allSatisfy { $0 == 0xA7 } && $0[($0.count - 16)...].allSatisfy { $0 == 0xA7 } }
    }
}
