import KernelSupport

@testable import KernelVirtio

/// A socket device, written from virtio 1.2, 5.10, apart from the driver's end.
struct SimulatedSocketDevice: Transport {
    final class State: @unchecked Sendable {
        var status: DeviceStatus = []
        var offered: Features
        var accepted: Features = []
        /// The guest's context.
        var configuration: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0]
        var resets = true
        let memories: [UnsafeMutableRawBufferPointer]
        var queues: [SimulatedQueue?] = [nil, nil, nil]
        var rings: [UInt16] = []
        /// Packets that were sent.
        var sent: [[UInt8]] = []

        init(_ features: Features, _ memories: [UnsafeMutableRawBufferPointer]) {
            offered = features
            self.memories = memories
        }
    }

    let state: State
    static let queueLimit = 16

    var status: DeviceStatus {
        get { state.status }
        nonmutating set {
            if newValue == [] {
                guard state.resets else { return }
                state.queues = [nil, nil, nil]
            }
            state.status = newValue
        }
    }

    func offeredFeatures() -> Features { state.offered }
    func accept(_ features: Features) { state.accepted = features }
    func queueLimit(_ queue: UInt16) -> Int { queue < 3 ? Self.queueLimit : 0 }
    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        state.queues[Int(queue)] = SimulatedQueue(
            state.memories[Int(queue)], isPacked: state.accepted.contains(.packedRing), size: size,
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

    /// Takes what is to be sent, and gives the requests back.
    func send() {
        while let element = state.queues[1]!.take() {
            state.sent.append(element.readable.flatMap { Array($0) })
            state.queues[1]!.give([element], written: 0)
        }
    }

    /// Writes bytes to the next buffer of a queue.
    ///
    /// - Returns: Whether there was one.
    func write(_ bytes: [UInt8], to queue: Int, saying written: Int? = nil) -> Bool {
        guard let element = state.queues[queue]!.take() else { return false }
        element.writable[0].copyBytes(from: bytes.prefix(element.writable[0].count))
        state.queues[queue]!.give([element], written: UInt32(written ?? bytes.count))
        return true
    }
}

/// A socket device's driver with memory for it all.
final class SocketBench {
    let card: SimulatedSocketDevice
    private let slots: [UnsafeMutablePointer<QueueSlot>]
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    var driver: VsockDevice<SimulatedSocketDevice>
    /// What the owner holds of each kind.
    static let buffers = 4
    static let bufferSize = 256

    init(_ features: Features, _ change: (SimulatedSocketDevice.State) -> Void = { _ in }) throws {
        var memories: [UnsafeMutableRawBufferPointer] = []
        for _ in 0..<3 {
            let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
            whole.initializeMemory(as: UInt8.self, repeating: 0xA7)
            blocks.append(whole)
            memories.append(UnsafeMutableRawBufferPointer(rebasing: whole[16..<4080]))
        }
        card = SimulatedSocketDevice(state: .init(features, memories))
        change(card.state)
        slots = (0..<3).map { _ in
            let slots = UnsafeMutablePointer<QueueSlot>.allocate(capacity: 16)
            slots.initialize(repeating: QueueSlot(), count: 16)
            return slots
        }
        do {
            var device = Device(card)
            _ = try device.reset()
            let context = try VsockDevice.agree(with: &device)
            driver = try VsockDevice(
                device, context: context,
                VsockQueues(
                    receive: try Self.queue(0, device, memories, slots),
                    transmit: try Self.queue(1, device, memories, slots),
                    event: try Self.queue(2, device, memories, slots)))
        } catch {
            for slot in slots { slot.deallocate() }
            for block in blocks { block.deallocate() }
            throw error
        }
        for number in 0..<Self.buffers {
            driver.queues.addBuffer(request(number, Self.bufferSize, isReadable: false))
            driver.queues.addEvent(request(number, VsockQueues.eventSize, isReadable: false))
            driver.queues.addRequest(request(number, Self.bufferSize, isReadable: true))
        }
        driver.start()
    }

    private static func queue(
        _ number: UInt16, _ device: Device<SimulatedSocketDevice>, _ memories: [UnsafeMutableRawBufferPointer],
        _ slots: [UnsafeMutablePointer<QueueSlot>]
    ) throws -> Queue {
        let format = try device.format(of: number, wanted: 16)
        let base = memories[Int(number)].baseAddress!
        return Queue(
            format,
            memory: RingMemory(base, count: format.memorySize, deviceAddress: UInt64(UInt(bitPattern: base))),
            slots: SlotStorage(slots[Int(number)], count: format.size))
    }

    private func request(_ number: Int, _ size: Int, isReadable: Bool) -> Request {
        var request = Request(block(Request.blockSize(parts: 1)), tag: UInt64(number))
        let part = block(size)
        let memory = DeviceMemory(part, deviceAddress: UInt64(UInt(bitPattern: part.address)))
        if isReadable { request.appendReadable(memory) } else { request.appendWritable(memory) }
        return request
    }

    deinit {
        for slot in slots { slot.deallocate() }
        for block in blocks { block.deallocate() }
    }

    /// With 16 bytes on both sides that nobody may touch.
    private func block(_ size: Int) -> MemoryBlock {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: (size + 15) / 16 * 16 + 32, alignment: 16)
        block.initializeMemory(as: UInt8.self, repeating: 0xA7)
        blocks.append(block)
        return MemoryBlock(block.baseAddress! + 16, count: size)
    }

    var guardsAreWhole: Bool {
        blocks.allSatisfy { $0[..<16].allSatisfy { $0 == 0xA7 } && $0[($0.count - 16)...].allSatisfy { $0 == 0xA7 } }
    }

    // MARK: - What a driver does

    var hasRoom: Bool { get throws { try driver.queues.hasRoom() } }

    /// Sends a packet; `false`: there is no room.
    func send(_ bytes: [UInt8]) throws -> Bool {
        guard try driver.queues.hasRoom(), var request = driver.queues.takeRequest() else { return false }
        request.withMutableBytes(part: 0, 0..<bytes.count) { span in
            for index in 0..<bytes.count { _ = span.store(bytes[index], at: UInt64(index)) }
        }
        try driver.queues.submit(request, count: bytes.count)
        driver.notify()
        return true
    }

    /// The next packet, whose length its first byte says, as far as there is one; its buffer goes back.
    func next() throws(QueueError) -> [UInt8]? {
        let request = try driver.queues.take { span in
            span.byteCount < VsockQueues.headerSize ? nil : Int(span.value(at: 0, as: UInt8.self)!)
        }
        guard let request else { return nil }
        var bytes: [UInt8] = []
        request.withBytes(part: 0, 0..<request.written) { span in
            for index in 0..<span.byteCount { bytes.append(span.value(at: UInt64(index), as: UInt8.self)!) }
        }
        driver.queues.addBuffer(request)
        driver.notify()
        return bytes
    }

    func takeEvents() throws -> Bool { try driver.queues.takeEvents() }
    func askContext() -> Bool { driver.askContext() }
    func restart() throws { try driver.restart() }
}
