/// Where in a list that may change meanwhile somebody is who goes through it step by step: what
/// its owner knows it again by. It begins as the start.
public struct ListPlace: Equatable, Sendable, BitwiseCopyable {
    /// Which record is the next one, and which part of it.
    public var record: UInt64 = 0
    public var part: UInt64 = 0
    /// Lines that were made.
    public var line: UInt64 = 0

    public init() {}
}
