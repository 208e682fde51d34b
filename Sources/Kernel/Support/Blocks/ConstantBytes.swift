/// Bytes that are there for ever and never change: a module that was loaded
/// beside the program.
@safe public struct ConstantBytes: BitwiseCopyable, @unchecked Sendable {
    private let base: UnsafeRawPointer?
    public let count: UInt64

    /// No bytes.
    public init() {
        unsafe base = nil
        count = 0
    }

    /// Whoever makes it vouches for the memory.
    @unsafe public init(_ bytes: UnsafeRawBufferPointer) {
        unsafe base = bytes.baseAddress
        count = UInt64(bytes.count)
    }

    /// Runs `body` with all bytes.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: Int(count)).bytes)
    }
}
