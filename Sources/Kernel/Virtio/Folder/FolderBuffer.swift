import KernelSupport

/// Which parts of a buffer a request has, in bytes. The header comes first in any case.
public struct FolderShape: Equatable, Sendable, BitwiseCopyable {
    /// What the server reads behind the header, and behind that of the data.
    public var arguments: Int
    public var dataOut: Int
    /// What it may write, and behind that of the data.
    public var answer: Int
    public var dataIn: Int

    public init(arguments: Int, dataOut: Int, answer: Int, dataIn: Int) {
        self.arguments = arguments
        self.dataOut = dataOut
        self.answer = answer
        self.dataIn = dataIn
    }
}

/// Memory for one request to a device of files (virtio 1.2, 5.11.6). Who has it fills or
/// reads its parts; from `FolderRequests.submit` on the device has it, until it comes back.
///
/// A server may take a request's parts for what they are by their bounds (virtiofsd takes
/// what is written so): header, arguments and data are parts of their own.
public struct FolderBuffer: ~Copyable {
    /// Its place among the device's buffers.
    public let number: Int
    public var header: DeviceMemory
    public var arguments: DeviceMemory
    public var data: DeviceMemory
    public var answer: DeviceMemory
    /// What the last request had, and how much the device has written of it.
    public internal(set) var shape = FolderShape(arguments: 0, dataOut: 0, answer: 0, dataIn: 0)
    public internal(set) var written = 0
    /// Without parts.
    var request: Request

    /// Parts of a request: the data are read or written, not both.
    private static let parts = 4
    public static let blockSize = Request.blockSize(parts: parts)
    public static let tableSize = Request.tableSize(parts: parts)
    /// Descriptors of a request to a device without tables.
    static let descriptors = parts

    /// - Parameters:
    ///   - block: Memory that no device can reach, of `blockSize`.
    ///   - table: Of `tableSize`.
    public init(
        _ number: Int, block: MemoryBlock, table: RingMemory?, header: consuming DeviceMemory,
        arguments: consuming DeviceMemory, data: consuming DeviceMemory, answer: consuming DeviceMemory
    ) {
        self.number = number
        self.header = header
        self.arguments = arguments
        self.data = data
        self.answer = answer
        request = Request(block, table: table, tag: UInt64(number))
    }

    init(
        _ number: Int, header: consuming DeviceMemory, arguments: consuming DeviceMemory,
        data: consuming DeviceMemory, answer: consuming DeviceMemory, _ request: consuming Request
    ) {
        self.number = number
        self.header = header
        self.arguments = arguments
        self.data = data
        self.answer = answer
        self.request = request
    }

    /// Whether a request may have that shape.
    func takes(_ shape: FolderShape) -> Bool {
        shape.arguments >= 0 && shape.arguments <= arguments.count && shape.answer >= 0
            && shape.answer <= answer.count && shape.dataOut >= 0 && shape.dataOut <= data.count
            && shape.dataIn >= 0 && shape.dataIn <= data.count && (shape.dataOut == 0 || shape.dataIn == 0)
            && (shape.dataIn == 0 || shape.answer > 0)
    }
}
