import KernelSupport

/// Memory that a device can reach and that the holder of this value alone has.
///
/// It is handed on, never copied: who puts it into a `Request` and submits that
/// has no way to it until the device has given the request back.
@safe public struct DeviceMemory: ~Copyable, @unchecked Sendable {
    let block: MemoryBlock
    /// Where the device sees the first byte.
    public let deviceAddress: UInt64

    /// - Parameters:
    ///   - block: Memory that nobody else touches, and that stays until `release`.
    ///   - deviceAddress: Where the device sees it, in one piece.
    @unsafe public init(_ block: MemoryBlock, deviceAddress: UInt64) {
        self.block = block
        self.deviceAddress = deviceAddress
    }

    /// Bytes.
    public var count: Int { block.count }

    /// Runs `body` with the bytes of `range`.
    public borrowing func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try block.withBytes(range, body)
    }

    /// Runs `body` with the bytes of `range`, to be changed.
    public mutating func withMutableBytes<Result>(
        _ range: Range<Int>, _ body: (inout MutableRawSpan) -> Result
    ) -> Result {
        block.withMutableBytes(range, body)
    }

    /// Ends it; the memory is its owner's again.
    public consuming func release() -> MemoryBlock { block }
}
