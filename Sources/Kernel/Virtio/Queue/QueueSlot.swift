/// What a queue knows, in memory that the device can't reach, of each of its
/// descriptors, and by the same numbers of requests.
@safe public struct QueueSlot: BitwiseCopyable, @unchecked Sendable {
    /// The request in flight of this number.
    var request: UnsafeMutablePointer<RequestRecord>? = nil
    /// When it was submitted.
    var turn: UInt64 = 0
    /// Bytes that the device may write of it.
    var writable = 0
    /// Descriptors that it takes.
    var count: UInt16 = 0
    /// The next free number, or the next descriptor of the same request.
    var next: UInt16 = 0
    /// A queue that keeps order: the number of the request that was submitted
    /// at this place.
    var submitted: UInt16 = 0

    public init() { unsafe request = nil }
}
