import KernelSupport

@testable import KernelVirtio

/// A network device, written from virtio 1.2, 5.1, apart from the driver's end.
struct SimulatedNetworkCard: Transport {
    final class State: @unchecked Sendable {
        var status: DeviceStatus = []
        var offered: Features
        var accepted: Features = []
        /// Station, status, pairs of queues, MTU.
        var configuration: [UInt8] = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 1, 0, 1, 0, 0xDC, 0x05]
        var resets = true
        let memories: [UnsafeMutableRawBufferPointer]
        var queues: [SimulatedQueue?] = [nil, nil]
        var rings: [UInt16] = []
        /// Frames that were sent, each with its twelve bytes.
        var sent: [[UInt8]] = []

        init(_ features: Features, _ memories: [UnsafeMutableRawBufferPointer]) {
            offered = features
            self.memories = memories
        }
    }

    let state: State
    static let queueLimit = 32

    var status: DeviceStatus {
        get { state.status }
        nonmutating set {
            if newValue == [] {
                guard state.resets else { return }
                state.queues = [nil, nil]
            }
            state.status = newValue
        }
    }

    func offeredFeatures() -> Features { state.offered }
    func accept(_ features: Features) { state.accepted = features }
    func queueLimit(_ queue: UInt16) -> Int { queue < 2 ? Self.queueLimit : 0 }
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
    func send(most: Int = .max) {
        var elements: [SimulatedQueue.Element] = []
        while elements.count < most, let element = state.queues[1]!.take() {
            state.sent.append(element.readable.flatMap { Array($0) })
            elements.append(element)
        }
        if state.accepted.contains(.inOrder), !elements.isEmpty {
            state.queues[1]!.give(elements, written: 0)
        } else {
            for element in elements { state.queues[1]!.give([element], written: 0) }
        }
    }

    /// Writes a frame to as many buffers as it needs.
    ///
    /// - Returns: Whether there were enough.
    func deliver(_ frame: [UInt8], flags: UInt8 = 0, kind: UInt8 = 0, segment: UInt16 = 0) -> Bool {
        var header = [UInt8](repeating: 0, count: 12)
        (header[0], header[1]) = (flags, kind)
        (header[4], header[5]) = (UInt8(segment & 0xFF), UInt8(segment >> 8))
        var bytes = header + frame
        var elements: [(SimulatedQueue.Element, Int)] = []
        var place = 0
        while place < bytes.count {
            guard let element = state.queues[0]!.take() else { return false }
            let count = min(element.writable[0].count, bytes.count - place)
            elements.append((element, count))
            place += count
        }
        bytes[10] = UInt8(elements.count)
        place = 0
        for (element, count) in elements {
            element.writable[0].copyBytes(from: bytes[place..<place + count])
            place += count
            state.queues[0]!.give([element], written: UInt32(count))
        }
        return true
    }
}

/// A network device's driver with memory for it all.
final class NetworkBench {
    let card: SimulatedNetworkCard
    private let slots: [UnsafeMutablePointer<QueueSlot>]
    private var blocks: [UnsafeMutableRawBufferPointer] = []
    var driver: NetworkDevice<SimulatedNetworkCard>
    var limits: NetworkLimits { driver.limits }
    var hasLink: Bool { driver.hasLink }
    var receive: ReceiveQueue
    var transmit: TransmitQueue
    /// Sizes of the lent parts that have come back, in order.
    var returned: [Int] = []
    /// Parts that were lent.
    private(set) var lentCount = 0

    static let headerRoom = 256
    static let mostParts = 4

    init(
        _ features: Features, buffers: Int, bufferSize: Int, requests: Int, isOnePiece: Bool = false,
        _ change: (SimulatedNetworkCard.State) -> Void = { _ in }
    ) throws {
        var memories: [UnsafeMutableRawBufferPointer] = []
        for _ in 0..<2 {
            let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
            whole.initializeMemory(as: UInt8.self, repeating: 0xA7)
            blocks.append(whole)
            memories.append(UnsafeMutableRawBufferPointer(rebasing: whole[16..<4080]))
        }
        card = SimulatedNetworkCard(state: .init(features, memories))
        change(card.state)
        slots = (0..<2).map { _ in
            let slots = UnsafeMutablePointer<QueueSlot>.allocate(capacity: 32)
            slots.initialize(repeating: QueueSlot(), count: 32)
            return slots
        }
        do {
            driver = try NetworkDevice(card)
            let formats = (try driver.device.format(of: 0, wanted: 32), try driver.device.format(of: 1, wanted: 32))
            receive = ReceiveQueue(Self.queue(formats.0, memories[0], slots[0]), driver.limits)
            transmit = TransmitQueue(Self.queue(formats.1, memories[1], slots[1]))
        } catch {
            for slot in slots { slot.deallocate() }
            for block in blocks { block.deallocate() }
            throw error
        }
        _ = try driver.device.enable(0, receive.queue)
        _ = try driver.device.enable(1, transmit.queue)
        let piece = isOnePiece ? block(buffers * bufferSize) : nil
        for number in 0..<buffers {
            var request = Request(block(Request.blockSize(parts: 1)), tag: UInt64(number))
            if let piece {
                let start = piece.address + number * bufferSize
                request.appendWritable(
                    DeviceMemory(
                        MemoryBlock(start, count: bufferSize), deviceAddress: UInt64(UInt(bitPattern: start))))
            } else {
                request.appendWritable(memory(bufferSize))
            }
            receive.add(request)
        }
        for number in 0..<requests {
            let table = block(Request.tableSize(parts: Self.mostParts))
            var request = Request(
                block(Request.blockSize(parts: Self.mostParts)),
                table: RingMemory(
                    table.address, count: table.count, deviceAddress: UInt64(UInt(bitPattern: table.address))),
                tag: UInt64(number))
            request.appendReadable(memory(Self.headerRoom))
            transmit.add(request)
        }
        driver.start()
    }

    /// Adds a request for long frames.
    func addLargeRequest(room: Int) {
        var request = Request(block(Request.blockSize(parts: 1)))
        request.appendReadable(memory(room))
        transmit.add(request)
    }

    private static func queue(
        _ format: QueueFormat, _ memory: UnsafeMutableRawBufferPointer, _ slots: UnsafeMutablePointer<QueueSlot>
    ) -> Queue {
        let base = memory.baseAddress!
        return Queue(
            format,
            memory: RingMemory(base, count: format.memorySize, deviceAddress: UInt64(UInt(bitPattern: base))),
            slots: SlotStorage(slots, count: format.size))
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

    func memory(_ size: Int) -> DeviceMemory {
        let block = block(size)
        return DeviceMemory(block, deviceAddress: UInt64(UInt(bitPattern: block.address)))
    }

    var guardsAreWhole: Bool {
        blocks.allSatisfy { $0[..<16].allSatisfy { $0 == 0xA7 } && $0[($0.count - 16)...].allSatisfy { $0 == 0xA7 } }
    }

    // MARK: - What a driver does

    func back(_ memory: consuming DeviceMemory) { returned.append(memory.release().count) }

    /// Sends a frame: its first bytes copied, the others in lent parts.
    ///
    /// - Returns: Whether there was a request for it.
    func send(_ first: [UInt8], lent: [[UInt8]] = [], _ header: TransmitHeader = TransmitHeader()) throws -> Bool {
        guard let taken = try transmit.take({ back($0) }) else { return false }
        var request: Request? = consume taken
        fill(&request, first, lent)
        do {
            try transmit.submit(&request, header, count: first.count)
        } catch {
            if let unsent = request.take() { transmit.give(unsent) { back($0) } }
            throw error
        }
        if transmit.queue.takeNotification() { card.ring(Doorbell(queue: 1, place: 0)) }
        return true
    }

    private func fill(_ request: inout Request?, _ first: [UInt8], _ lent: [[UInt8]]) {
        guard var taken = request.take() else { return }
        taken.withMutableBytes(part: 0, 12..<12 + first.count) { span in
            for index in 0..<first.count { _ = span.store(first[index], at: UInt64(index)) }
        }
        for bytes in lent {
            var part = memory(bytes.count)
            part.withMutableBytes(0..<bytes.count) { span in
                for index in 0..<bytes.count { _ = span.store(bytes[index], at: UInt64(index)) }
            }
            taken.appendReadable(part)
            lentCount += 1
        }
        request = consume taken
    }

    /// The next frame, whose buffers go back.
    func next() throws(QueueError) -> (header: ReceivedHeader, bytes: [UInt8])? {
        guard let frame = try receive.take() else { return nil }
        var bytes: [UInt8] = []
        frame.forEachPiece { piece in
            for index in 0..<piece.byteCount { bytes.append(piece.value(at: UInt64(index), as: UInt8.self)!) }
        }
        let header = frame.header
        var first: [UInt8] = []
        frame.withFirst { piece in
            for index in 0..<piece.byteCount { first.append(piece.value(at: UInt64(index), as: UInt8.self)!) }
        }
        let isSame = bytes.count == frame.count && bytes.starts(with: first) && first.count == frame.firstCount
        receive.give(frame)
        return isSame ? (header, bytes) : (header, [])
    }

    func restart() throws(DeviceError) {
        _ = try driver.restart(&receive, &transmit) { back($0) }
    }
}
