import KernelSupport

/// Memory for one request to a block device. Who has it fills or reads `data`; from
/// `BlockRequests.submit` on the device has it, until it comes back.
public struct BlockBuffer: ~Copyable {
    /// Its place among the device's buffers.
    public let number: Int
    public var data: DeviceMemory
    /// How the last request has ended.
    public internal(set) var outcome = BlockOutcome.done
    var header: DeviceMemory
    var status: DeviceMemory
    /// Without parts.
    var request: Request

    /// Parts of a request: the header, the data and the status.
    private static let parts = 3
    public static let blockSize = Request.blockSize(parts: parts)
    public static let tableSize = Request.tableSize(parts: parts)
    public static let headerSize = BlockCommand.headerSize
    public static let statusSize = 1

    /// - Parameters:
    ///   - block: Memory that no device can reach, of `blockSize`.
    ///   - table: Of `tableSize`.
    public init(
        _ number: Int, block: MemoryBlock, table: RingMemory?, header: consuming DeviceMemory,
        data: consuming DeviceMemory, status: consuming DeviceMemory
    ) {
        self.init(
            number, header: header, data: data, status: status,
            Request(block, table: table, tag: UInt64(number)))
    }

    init(
        _ number: Int, header: consuming DeviceMemory, data: consuming DeviceMemory,
        status: consuming DeviceMemory, _ request: consuming Request
    ) {
        self.number = number
        self.header = header
        self.data = data
        self.status = status
        self.request = request
    }
}
