/// For how long a task looks itself for what a disk answers, before it sleeps: an interrupt that wakes
/// it costs more than what a quick disk takes to answer.
///
/// That is worth it as long as answers come in that time. Where they do not it becomes less, down to
/// nothing, until one would have come in time again.
struct DiskPatience: BitwiseCopyable {
    /// In nanoseconds.
    private(set) var limit = Self.greatest

    private static var greatest: UInt64 { 200_000 }
    private static var least: UInt64 { 10_000 }

    /// An answer has come.
    ///
    /// - Parameter duration: Behind the moment at which it was waited for first, in nanoseconds.
    mutating func answered(after duration: UInt64) {
        if duration <= Self.greatest {
            limit = Self.greatest
        } else {
            limit = limit / 2 < Self.least ? 0 : limit / 2
        }
    }
}
