/// A moment of the clock that the caller keeps.
///
/// Nothing in this module reads a clock: time is an argument.
public struct Instant: Equatable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since the clock's start.
    public let nanoseconds: UInt64

    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
