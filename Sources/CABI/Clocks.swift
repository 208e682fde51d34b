import CHermit
import KernelMain
import KernelSupport
import KernelTime

/// The clocks of hermit/time.h, in nanoseconds.
enum Clock {
    case realTime
    case monotonic
    /// There is one task, which keeps its processor while it waits: its
    /// processor time, and the program's, is all the time there was.
    case processorTime

    /// - Throws: `EINVAL` where there is no such clock.
    @inline(__always)
    init(_ number: Int32) throws(Errno) {
        switch number {
        case HERMIT_CLOCK_MONOTONIC: self = .monotonic
        case HERMIT_CLOCK_REALTIME: self = .realTime
        case HERMIT_CLOCK_PROCESS_CPUTIME_ID, HERMIT_CLOCK_THREAD_CPUTIME_ID: self = .processorTime
        default: throw .invalidArgument
        }
    }

    /// What the clock shows.
    ///
    /// - Throws: `ENOSYS` where the machine's counter has no frequency.
    @inline(__always)
    func now() throws(Errno) -> UInt64 {
        guard let monotonic = MonotonicClock.now else { return try startAndRead() }
        guard self == .realTime else { return monotonic }
        guard let time = WallClock.time(at: monotonic) else { return try startAndRead() }
        return time
    }

    /// What the clock shows, where nothing but reading is to be done; else `nil`.
    @inline(__always)
    var nowIfSettled: UInt64? {
        guard let monotonic = MonotonicClock.nowIfSettled else { return nil }
        return self == .realTime ? WallClock.time(at: monotonic) : monotonic
    }

    /// Starts what the clock needs, and reads it.
    @inline(never)
    private func startAndRead() throws(Errno) -> UInt64 {
        // Zero is when the loader was entered.
        guard MonotonicClock.start(origin: KernelServices.bootTicks),
            let monotonic = MonotonicClock.now
        else { throw .noFunction }
        guard self == .realTime else { return monotonic }
        if WallClock.start() == .unknown {
            KernelServices.log(
                .warning,
                "the machine has no clock with the time of day: it is 1970-01-01 until it is set")
        }
        return WallClock.time(at: MonotonicClock.now ?? monotonic) ?? monotonic
    }
}

/// A span or a point in time that the application passes by address.
///
/// - Throws: `EFAULT`, and `EINVAL` where it is negative or its nanoseconds
///   are no part of a second.
func loadTime(_ address: UnsafePointer<hermit_timespec>?) throws(Errno) -> UInt64 {
    var time = hermit_timespec()
    try unsafe ApplicationBuffer(address, count: MemoryLayout<hermit_timespec>.size)
        .load(into: &time)
    guard let span = TimeSpan.nanoseconds(seconds: time.tv_sec, nanoseconds: time.tv_nsec) else {
        throw .invalidArgument
    }
    return span
}

/// Hands a time to the application as a `hermit_timespec`; the function's result.
@inline(__always)
func storeTime(
    _ time: UInt64, at address: UnsafeMutablePointer<hermit_timespec>?
) throws(Errno) -> Int32 {
    let (seconds, nanoseconds) = TimeSpan.parts(time)
    return try unsafe ApplicationBuffer(address, count: MemoryLayout<hermit_timespec>.size)
        .storeResult(UInt64(bitPattern: seconds), UInt64(UInt32(bitPattern: nanoseconds)))
}
