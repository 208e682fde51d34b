import KernelSupport

@testable import KernelVirtio

/// A queue with its memory and requests, each with memory of its own.
final class DriverBench {
    let format: QueueFormat
    let memory: UnsafeMutableRawBufferPointer
    private let slots: UnsafeMutablePointer<QueueSlot>
    var queue: Queue
    private var blocks: [UnsafeMutableRawPointer] = []

    /// Bytes in front of the queue's memory and behind it that nobody may touch.
    static let guardSize = 64
    static let guardByte: UInt8 = 0xA7
    private let whole: UnsafeMutableRawBufferPointer

    init(_ features: Features, size: Int) {
        format = QueueFormat(features, limit: size, wanted: size)!
        let bytes = format.memorySize
        whole = .allocate(byteCount: bytes + 2 * Self.guardSize, alignment: 64)
        whole.initializeMemory(as: UInt8.self, repeating: Self.guardByte)
        memory = .init(rebasing: whole[Self.guardSize..<Self.guardSize + bytes])
        slots = .allocate(capacity: format.size)
        slots.initialize(repeating: QueueSlot(), count: format.size)
        queue = Queue(
            format,
            memory: RingMemory(
                memory.baseAddress!, count: bytes, deviceAddress: UInt64(UInt(bitPattern: memory.baseAddress!))),
            slots: SlotStorage(slots, count: format.size))
    }

    deinit {
        whole.deallocate()
        slots.deallocate()
        for block in blocks { block.deallocate() }
    }

    var guardsAreWhole: Bool {
        whole[..<Self.guardSize].allSatisfy { $0 == Self.guardByte }
            && whole[(Self.guardSize + memory.count)...].allSatisfy { $0 == Self.guardByte }
    }

    func block(_ size: Int) -> MemoryBlock {
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(size, 16), alignment: 16)
        blocks.append(block)
        return MemoryBlock(block, count: size)
    }

    /// A request with parts of such sizes.
    func request(tag: UInt64, readable: [Int], writable: [Int], hasTable: Bool) -> Request {
        let parts = readable.count + writable.count
        var table: RingMemory? = nil
        if hasTable {
            let memory = block(Request.tableSize(parts: parts))
            table = RingMemory(
                memory.address, count: memory.count, deviceAddress: UInt64(UInt(bitPattern: memory.address)))
        }
        var request = Request(block(Request.blockSize(parts: max(parts, 1))), table: table, tag: tag)
        for size in readable { request.appendReadable(deviceMemory(size)) }
        for size in writable { request.appendWritable(deviceMemory(size)) }
        return request
    }

    private func deviceMemory(_ size: Int) -> DeviceMemory {
        let block = block(size)
        return DeviceMemory(block, deviceAddress: UInt64(UInt(bitPattern: block.address)))
    }

    /// Ends a request.
    func end(_ request: consuming Request) {
        while let memory = request.removeLast() { _ = memory.release() }
        _ = request.release()
    }

    /// What the queue gives back next: `#expect` takes no values that can't be copied.
    func takeUsed() throws(QueueError) -> (tag: UInt64, written: Int)? {
        guard let request = try queue.takeUsed() else { return nil }
        return facts(request)
    }

    /// The same after a reset.
    func takeBack() -> (tag: UInt64, written: Int)? {
        guard let request = queue.takeBack(ResetProof()) else { return nil }
        return facts(request)
    }

    private func facts(_ request: consuming Request) -> (tag: UInt64, written: Int) {
        let facts = (request.tag, request.written)
        end(request)
        return facts
    }
}
