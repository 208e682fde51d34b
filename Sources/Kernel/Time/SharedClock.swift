import CMachine
import KernelSupport
import Synchronization

/// The words by which the clocks are read, in the order of hermit/clock.h:
/// programs read them as well, without a call.
struct SharedClock: ~Copyable {
    let timeline: Timeline
    /// Nanoseconds between 1970-01-01 00:00:00 and the monotonic clock's zero.
    let realTime: Atomic<Int64>

    /// The one there is, which is never moved.
    @inline(__always)
    static var line: UnsafePointer<SharedClock> {
        unsafe UnsafeRawPointer(machine_clock_line()).assumingMemoryBound(to: SharedClock.self)
    }
}
