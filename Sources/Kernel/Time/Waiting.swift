import CMachine

/// How a task waits for a time.
public enum Waiting {
    /// Waits until the monotonic clock shows `deadline` or more.
    ///
    /// The processor is kept meanwhile: nothing else can run on it.
    public static func wait(until deadline: UInt64) {
        while let now = MonotonicClock.now, now < deadline { machine_pause() }
    }
}
