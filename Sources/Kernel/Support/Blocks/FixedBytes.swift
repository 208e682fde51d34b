extension InlineArray where Element == UInt8 {
    /// Runs `body` with the bytes of `range`.
    ///
    /// - Precondition: They lie inside.
    @inline(__always)
    public func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(span.bytes.extracting(range))
    }

    /// Runs `body` with the bytes, to be changed.
    @inline(__always)
    public mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var elements = mutableSpan
        var bytes = unsafe elements.mutableBytes
        return try body(&bytes)
    }

    /// The same with those of `range`.
    ///
    /// - Precondition: They lie inside.
    @inline(__always)
    public mutating func withMutableBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var elements = mutableSpan
        var bytes = unsafe elements.mutableBytes
        var part = bytes._mutatingExtracting(range)
        return try body(&part)
    }
}
