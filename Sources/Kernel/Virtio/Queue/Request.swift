import KernelSupport

/// What a driver asks of a device: parts that the device reads, and behind them
/// parts that it writes (virtio 1.2, 2.7.4.2).
///
/// One holder has it at a time: the driver, or, from `Queue.submit` to
/// `Queue.takeUsed`, the queue. Its parts are reached through it alone.
@safe public struct Request: ~Copyable, @unchecked Sendable {
    let record: UnsafeMutablePointer<RequestRecord>

    init(_ record: UnsafeMutablePointer<RequestRecord>) { unsafe self.record = unsafe record }

    /// Bytes of the block for a request of so many parts at most.
    public static func blockSize(parts: Int) -> Int {
        MemoryLayout<RequestRecord>.stride + parts * MemoryLayout<RequestPart>.stride
    }

    /// Bytes of the table for a request of so many parts at most.
    public static func tableSize(parts: Int) -> Int { parts * Descriptor.size }

    /// A request without parts.
    ///
    /// - Parameters:
    ///   - block: Where it is kept: memory that no device can reach, of
    ///     `blockSize`; it stays until `release`.
    ///   - table: Room for descriptors of its parts, of `tableSize`; with it the request
    ///     takes one descriptor of a queue whose device knows tables.
    ///   - tag: What the driver knows it by.
    public init(_ block: MemoryBlock, table: RingMemory? = nil, tag: UInt64 = 0) {
        let room = block.count - MemoryLayout<RequestRecord>.stride
        precondition(room >= MemoryLayout<RequestPart>.stride)
        unsafe record = block.address.assumingMemoryBound(to: RequestRecord.self)
        unsafe record.initialize(
            to: RequestRecord(
                tag: tag, table: table, blockSize: block.count,
                limit: min(room / MemoryLayout<RequestPart>.stride, Int(UInt16.max))))
    }

    /// What the driver knows it by.
    public var tag: UInt64 {
        get { unsafe record.pointee.tag }
        nonmutating set { unsafe record.pointee.tag = newValue }
    }

    /// Bytes that the device says it has written to the parts that it may write,
    /// from the first one on; not more than these have.
    public var written: Int { unsafe record.pointee.written }

    /// Parts, and those of them that the device reads: the first ones.
    public var partCount: Int { unsafe record.pointee.count }
    public var readableCount: Int { unsafe record.pointee.readable }

    /// Adds a part that the device reads.
    ///
    /// - Precondition: There is room, and no part that it writes.
    public mutating func appendReadable(_ memory: consuming DeviceMemory) {
        unsafe precondition(record.pointee.readable == record.pointee.count)
        append(memory)
        unsafe record.pointee.readable += 1
    }

    /// Adds a part that the device writes.
    ///
    /// - Precondition: There is room.
    public mutating func appendWritable(_ memory: consuming DeviceMemory) { append(memory) }

    private mutating func append(_ memory: consuming DeviceMemory) {
        let count = unsafe record.pointee.count
        unsafe precondition(count < record.pointee.limit)
        let address = memory.deviceAddress
        let block = memory.release()
        precondition(block.count > 0 && block.count <= Int(UInt32.max))
        unsafe record.part(count).initialize(
            to: RequestPart(block: block, blockAddress: address, used: block.count))
        unsafe record.pointee.count = count + 1
    }

    /// Takes the last part out; `nil`: there is none.
    public mutating func removeLast() -> DeviceMemory? {
        let count = unsafe record.pointee.count
        guard count > 0 else { return nil }
        unsafe record.pointee.count = count - 1
        unsafe record.pointee.readable = min(record.pointee.readable, count - 1)
        let part = unsafe record.part(count - 1).pointee
        return unsafe DeviceMemory(part.block, deviceAddress: part.blockAddress)
    }

    /// Lets the device have no more than some bytes of a part.
    ///
    /// - Parameter start: The first of them.
    /// - Precondition: The part has them, and `count` is not 0.
    public mutating func limit(part: Int, to count: Int, from start: Int = 0) {
        let part = unsafe partAddress(part)
        let size = unsafe part.pointee.block.count
        precondition(count > 0 && start >= 0 && start <= size && count <= size - start)
        unsafe part.pointee.used = count
        unsafe part.pointee.start = start
    }

    /// Bytes of a part that the device may have.
    public borrowing func size(ofPart part: Int) -> Int { unsafe partAddress(part).pointee.used }

    /// Where a part's memory begins, if the device may have it from there on; `nil`: it may not.
    borrowing func wholeAddress(ofPart part: Int) -> UnsafeRawPointer? {
        let part = unsafe partAddress(part)
        return unsafe part.pointee.start == 0 ? UnsafeRawPointer(part.pointee.block.address) : nil
    }

    /// Bytes of a part, whatever of it the device may have.
    public borrowing func wholeSize(ofPart part: Int) -> Int { unsafe partAddress(part).pointee.block.count }

    private borrowing func partAddress(_ index: Int) -> UnsafeMutablePointer<RequestPart> {
        unsafe precondition(index >= 0 && index < record.pointee.count)
        return unsafe record.part(index)
    }

    /// Runs `body` with the bytes of a part.
    public borrowing func withBytes<Result>(
        part: Int, _ range: Range<Int>, _ body: (RawSpan) -> Result
    ) -> Result {
        unsafe partAddress(part).pointee.block.withBytes(range, body)
    }

    /// Runs `body` with the bytes of a part, to be changed.
    public mutating func withMutableBytes<Result>(
        part: Int, _ range: Range<Int>, _ body: (inout MutableRawSpan) -> Result
    ) -> Result {
        unsafe partAddress(part).pointee.block.withMutableBytes(range, body)
    }

    /// Ends it; the block is its owner's again. It must have no parts any more.
    public consuming func release() -> MemoryBlock {
        unsafe precondition(record.pointee.count == 0)
        return unsafe MemoryBlock(
            UnsafeMutableRawPointer(record), count: record.pointee.blockSize)
    }
}

/// A part of a request.
struct RequestPart: BitwiseCopyable {
    let block: MemoryBlock
    /// Where the device sees the block.
    let blockAddress: UInt64
    /// Bytes that the device may have, and where in the block they start.
    var used: Int
    var start = 0

    @inline(__always)
    var deviceAddress: UInt64 { blockAddress + UInt64(start) }
}

/// A request in memory; its parts are behind it.
@safe struct RequestRecord: BitwiseCopyable {
    var tag: UInt64
    let table: RingMemory?
    let blockSize: Int
    let limit: Int
    var count = 0
    /// Parts that the device reads; the others it writes.
    var readable = 0
    var written = 0
    /// The one behind it in a `RequestList`.
    var next: UnsafeMutablePointer<RequestRecord>? = nil
}

extension UnsafeMutablePointer where Pointee == RequestRecord {
    @inline(__always)
    func part(_ index: Int) -> UnsafeMutablePointer<RequestPart> {
        unsafe UnsafeMutableRawPointer(self + 1).assumingMemoryBound(to: RequestPart.self) + index
    }

    /// Bytes that the device may write.
    var writableBytes: Int {
        var bytes = 0
        var index = unsafe pointee.readable
        while unsafe index < pointee.count {
            unsafe bytes += part(index).pointee.used
            index += 1
        }
        return bytes
    }
}
