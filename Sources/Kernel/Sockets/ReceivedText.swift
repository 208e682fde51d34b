/// The bytes of a segment's text in the frame that it has come in, which stays as long as the
/// segment is dealt with.
@safe struct ReceivedText {
    private let bytes: UnsafeRawBufferPointer

    /// No bytes.
    init() { unsafe bytes = unsafe UnsafeRawBufferPointer(start: nil, count: 0) }

    /// Whoever makes it sees to it that the memory stays.
    @unsafe init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    var count: Int { unsafe bytes.count }

    /// Runs `body` with some of them.
    ///
    /// - Precondition: They are there.
    func withBytes(_ range: Range<Int>, _ body: (RawSpan) -> Void) {
        unsafe body(bytes.bytes.extracting(range))
    }
}
