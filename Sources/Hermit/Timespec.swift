import CHermit

extension Duration {
    /// The span, or the point in time that it leads to, as C's functions take
    /// it. What is negative is zero; parts of a nanosecond count as one, so
    /// that no wait is too short.
    var timespec: hermit_timespec {
        var time = hermit_timespec()
        guard self > .zero else { return time }
        let (seconds, attoseconds) = components
        let nanoseconds = (attoseconds + 999_999_999) / 1_000_000_000
        let isWhole = nanoseconds == 1_000_000_000
        time.tv_sec = isWhole && seconds < .max ? seconds + 1 : seconds
        time.tv_nsec = isWhole ? 0 : Int32(nanoseconds)
        return time
    }
}
