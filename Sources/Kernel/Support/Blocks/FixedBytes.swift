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
}
