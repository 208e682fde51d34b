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
        var queues: [SimulatedQueue?]
        var rings: [UInt16] = []
        /// Pairs of queues that it uses, as it was told (5.1.6.5.5).
        var usedPairs = 1
        /// What it answers commands; `nil`: nothing.
        var answer: UInt8? = 0
        /// Commands that it was given, each with its bytes.
        var commands: [[UInt8]] = []
        /// Notifications before it was started, or of a queue that it did not know.
        var earlyRings = 0
        /// Frames that were sent, each with its twelve bytes.
        var sent: [[UInt8]] = []

        init(_ features: Features, _ memories: [UnsafeMutableRawBufferPointer]) {
            offered = features
            self.memories = memories
            queues = memories.map { _ in nil }
        }

        /// Pairs of queues that it has, if that was agreed on.
        var pairs: Int {
            accepted.contains(SimulatedNetworkCard.severalPairs)
                ? Int(configuration[8]) | Int(configuration[9]) << 8 : 1
        }
        var controlNumber: Int { 2 * pairs }
    }
    /// VIRTIO_NET_F_MQ.
    static let severalPairs = Features(rawValue: 1 << 22)

    let state: State
    static let queueLimit = 32

    var status: DeviceStatus {
        get { state.status }
        nonmutating set {
            if newValue == [] {
                guard state.resets else { return }
                state.queues = state.queues.map { _ in nil }
                state.usedPairs = 1
            }
            state.status = newValue
        }
    }

    func offeredFeatures() -> Features { state.offered }
    func accept(_ features: Features) { state.accepted = features }
    func queueLimit(_ queue: UInt16) -> Int { queue < 2 * state.pairs + (state.pairs > 1 ? 1 : 0) ? Self.queueLimit : 0 }
    func enable(
        _ queue: UInt16, size: Int, descriptors: UInt64, driver: UInt64, device: UInt64
    ) -> Doorbell? {
        state.queues[Int(queue)] = SimulatedQueue(
            state.memories[Int(queue)], isPacked: state.accepted.contains(.packedRing), size: size,
            hasEvents: state.accepted.contains(.eventIndex))
        return Doorbell(queue: queue, place: 0)
    }
    func ring(_ doorbell: Doorbell) {
        state.rings.append(doorbell.queue)
        guard state.status.contains(.driverWorks), let queue = state.queues[Int(doorbell.queue)] else {
            state.earlyRings += 1
            return
        }
        guard state.pairs > 1, Int(doorbell.queue) == state.controlNumber else { return }
        while let answer = state.answer, let element = queue.take() {
            let command = element.readable.flatMap { Array($0) }
            state.commands.append(command)
            let wanted = command.count == 4 ? Int(command[2]) | Int(command[3]) << 8 : 0
            // Only what was set up before can be used.
            let isSound =
                command.starts(with: [4, 0]) && (1...state.pairs).contains(wanted)
                && (0..<2 * wanted).allSatisfy { state.queues[$0] != nil }
            if isSound, answer == 0 { state.usedPairs = wanted }
            element.writable[0][0] = isSound ? answer : 1
            queue.give([element], written: 1)
        }
    }
    func pause() {}
    func configuration(at offset: UInt64) -> UInt32? {
        let offset = Int(offset)
        guard offset + 4 <= state.configuration.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(state.configuration[offset + $1]) << UInt32(8 * $1) }
    }
    func halfConfiguration(at offset: UInt64) -> UInt16? {
        let offset = Int(offset)
        guard offset + 2 <= state.configuration.count else { return nil }
        return UInt16(state.configuration[offset]) | UInt16(state.configuration[offset + 1]) << 8
    }

    /// Takes what is to be sent by a pair that is used, and gives the requests back.
    func send(most: Int = .max, pair: Int = 0) {
        guard pair < state.usedPairs, let queue = state.queues[2 * pair + 1] else { return }
        var elements: [SimulatedQueue.Element] = []
        while elements.count < most, let element = queue.take() {
            state.sent.append(element.readable.flatMap { Array($0) })
            elements.append(element)
        }
        if state.accepted.contains(.inOrder), !elements.isEmpty {
            queue.give(elements, written: 0)
        } else {
            for element in elements { queue.give([element], written: 0) }
        }
    }

    /// Writes a frame to as many buffers as it needs, of a pair that is used.
    ///
    /// - Returns: Whether there were enough.
    func deliver(
        _ frame: [UInt8], flags: UInt8 = 0, kind: UInt8 = 0, segment: UInt16 = 0, pair: Int = 0
    ) -> Bool {
        guard pair < state.usedPairs, let queue = state.queues[2 * pair] else { return false }
        var header = [UInt8](repeating: 0, count: 12)
        (header[0], header[1]) = (flags, kind)
        (header[4], header[5]) = (UInt8(segment & 0xFF), UInt8(segment >> 8))
        var bytes = header + frame
        var elements: [(SimulatedQueue.Element, Int)] = []
        var place = 0
        while place < bytes.count {
            guard let element = queue.take() else { return false }
            let count = min(element.writable[0].count, bytes.count - place)
            elements.append((element, count))
            place += count
        }
        bytes[10] = UInt8(elements.count)
        place = 0
        for (element, count) in elements {
            element.writable[0].copyBytes(from: bytes[place..<place + count])
            place += count
            queue.give([element], written: UInt32(count))
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
    let pairs: UnsafeMutablePointer<QueuePair>
    private var madePairs = 0
    var control: ControlQueue? = nil
    var receive: ReceiveQueue {
        _read { yield pairs[0].receive }
        _modify { yield &pairs[0].receive }
    }
    var transmit: TransmitQueue {
        _read { yield pairs[0].transmit }
        _modify { yield &pairs[0].transmit }
    }
    /// Sizes of the lent parts that have come back, in order.
    var returned: [Int] = []
    /// Parts that were lent.
    private(set) var lentCount = 0

    static let headerRoom = 256
    static let mostParts = 4

    /// - Parameters:
    ///   - cores: Pairs of queues that are wanted.
    ///   - offered: Pairs that the device has.
    init(
        _ features: Features, buffers: Int, bufferSize: Int, requests: Int, isOnePiece: Bool = false,
        cores: Int = 1, offered: Int = 1, _ change: (SimulatedNetworkCard.State) -> Void = { _ in }
    ) throws {
        var memories: [UnsafeMutableRawBufferPointer] = []
        for _ in 0..<2 * offered + 1 {
            let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
            whole.initializeMemory(as: UInt8.self, repeating: 0xA7)
            blocks.append(whole)
            memories.append(UnsafeMutableRawBufferPointer(rebasing: whole[16..<4080]))
        }
        card = SimulatedNetworkCard(state: .init(features, memories))
        card.state.configuration[8] = UInt8(offered)
        change(card.state)
        pairs = .allocate(capacity: cores)
        slots = memories.map { _ in
            let slots = UnsafeMutablePointer<QueueSlot>.allocate(capacity: 32)
            slots.initialize(repeating: QueueSlot(), count: 32)
            return slots
        }
        do {
            driver = try NetworkDevice(card, mostPairs: cores)
            for number in 0..<driver.pairs {
                let formats = (
                    try driver.device.format(of: UInt16(2 * number), wanted: 32),
                    try driver.device.format(of: UInt16(2 * number + 1), wanted: 32)
                )
                var pair = QueuePair(
                    number, receive: Self.queue(formats.0, memories[2 * number], slots[2 * number]),
                    transmit: Self.queue(formats.1, memories[2 * number + 1], slots[2 * number + 1]), driver.limits)
                try pair.enable(on: driver.device)
                (pairs + number).initialize(to: pair)
                madePairs += 1
            }
        } catch {
            pairs.deinitialize(count: madePairs)
            pairs.deallocate()
            for slot in slots { slot.deallocate() }
            for block in blocks { block.deallocate() }
            throw error
        }
        if let number = driver.controlNumber {
            let format = try driver.device.format(of: number, wanted: ControlQueue.size)
            control = ControlQueue(
                Self.queue(format, memories[Int(number)], slots[Int(number)]), number: number,
                Request(block(Request.blockSize(parts: 2))), command: memory(ControlQueue.commandSize),
                answer: memory(ControlQueue.answerSize))
            try control!.enable(on: driver.device)
        }
        driver.start()
        try driver.usePairs(&control, Self.patience())
        for number in 0..<driver.pairs {
            fill(number, buffers: buffers, bufferSize: bufferSize, requests: requests, isOnePiece: isOnePiece)
        }
    }

    /// Looks at the device's answer a few times.
    private static func patience() -> () -> Bool {
        var looks = 0
        return {
            looks += 1
            return looks < 100
        }
    }

    /// Gives a pair's queues what they need.
    private func fill(_ pair: Int, buffers: Int, bufferSize: Int, requests: Int, isOnePiece: Bool) {
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
            pairs[pair].receive.add(request)
        }
        for number in 0..<requests {
            let table = block(Request.tableSize(parts: Self.mostParts))
            var request = Request(
                block(Request.blockSize(parts: Self.mostParts)),
                table: RingMemory(
                    table.address, count: table.count, deviceAddress: UInt64(UInt(bitPattern: table.address))),
                tag: UInt64(number))
            request.appendReadable(memory(Self.headerRoom))
            pairs[pair].transmit.add(request)
        }
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
        pairs.deinitialize(count: madePairs)
        pairs.deallocate()
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
    func send(
        _ first: [UInt8], lent: [[UInt8]] = [], _ header: TransmitHeader = TransmitHeader(), pair: Int = 0
    ) throws -> Bool {
        guard let taken = try pairs[pair].transmit.take({ back($0) }) else { return false }
        var request: Request? = consume taken
        fill(&request, first, lent)
        do {
            try pairs[pair].transmit.submit(&request, header, count: first.count)
        } catch {
            if let unsent = request.take() { pairs[pair].transmit.give(unsent) { back($0) } }
            throw error
        }
        if pairs[pair].transmit.queue.takeNotification() { card.ring(pairs[pair].transmitBell) }
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
    func next(pair: Int = 0) throws(QueueError) -> (header: ReceivedHeader, bytes: [UInt8])? {
        guard let frame = try pairs[pair].receive.take() else { return nil }
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
        pairs[pair].receive.give(frame)
        return isSame ? (header, bytes) : (header, [])
    }

    func restart() throws(DeviceError) {
        try driver.restart(&control, Self.patience()) { number, body in body(&pairs[number]) { back($0) } }
    }
}
