import CHermit
import CMachine
import KernelMain
import KernelSupport
import KernelTasks
import KernelTime

// hermit/time.h: clocks and sleeping.

// MARK: - Clocks

@c @implementation
public func sys_clock_getres(
    _ clock: Int32, _ resolution: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        _ = try Clock(clock)
        guard let resolution = unsafe resolution else { return 0 }
        return try unsafe storeTime(1, at: resolution)
    }
}

@c @implementation
public func sys_clock_gettime(
    _ clock: Int32, _ time: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 {
    // The usual case calls nothing, so that it saves no registers.
    guard let clockRead = try? Clock(clock), let now = clockRead.nowIfSettled,
        let result = try? unsafe storeTime(now, at: time)
    else { return unsafe getTime(clock, time) }
    return result
}

@inline(never)
private func getTime(_ clock: Int32, _ time: UnsafeMutablePointer<hermit_timespec>?) -> Int32 {
    Int32(
        truncatingIfNeeded: machine_get_time(UInt64(UInt32(bitPattern: clock)), UInt64(UInt(bitPattern: time))))
}

/// Every case of `sys_clock_gettime`, on a kernel stack.
@c(kernel_get_time)
public func kernelGetTime(_ clock: UInt64, _ time: UInt64) -> UInt64 {
    let outcome = result { () throws(Errno) -> Int32 in
        try unsafe storeTime(
            try Clock(Int32(truncatingIfNeeded: clock)).now(),
            at: UnsafeMutablePointer(bitPattern: UInt(time)))
    }
    return UInt64(UInt32(bitPattern: outcome))
}

@c @implementation
public func sys_clock_settime(
    _ clock: Int32, _ time: UnsafePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard try Clock(clock) == .realTime else { throw .invalidArgument }
        let time = try unsafe loadTime(time)
        guard TimeSpan.parts(time).seconds <= WallClock.latest else { throw .invalidArgument }
        _ = try Clock.monotonic.now()
        WallClock.set(to: time)
        return 0
    }
}

@c @implementation
public func sys_gettimeofday(
    _ time: UnsafeMutablePointer<hermit_timeval>!, _ zone: Int
) -> Int32 {
    guard zone == 0, let now = Clock.realTime.nowIfSettled,
        let result = try? unsafe storeTimeOfDay(now, at: time)
    else { return unsafe getTimeOfDay(time, zone) }
    return result
}

@inline(__always)
private func storeTimeOfDay(
    _ now: UInt64, at time: UnsafeMutablePointer<hermit_timeval>?
) throws(Errno) -> Int32 {
    let (seconds, nanoseconds) = TimeSpan.parts(now)
    return try unsafe ApplicationBuffer(time, count: MemoryLayout<hermit_timeval>.size)
        .storeResult(UInt64(bitPattern: seconds), UInt64(nanoseconds / 1000))
}

@inline(never)
private func getTimeOfDay(_ time: UnsafeMutablePointer<hermit_timeval>?, _ zone: Int) -> Int32 {
    Int32(
        truncatingIfNeeded: machine_get_time_of_day(
            UInt64(UInt(bitPattern: time)), UInt64(UInt(bitPattern: zone))))
}

/// Every case of `sys_gettimeofday`, on a kernel stack.
@c(kernel_get_time_of_day)
public func kernelGetTimeOfDay(_ time: UInt64, _ zone: UInt64) -> UInt64 {
    let outcome = result { () throws(Errno) -> Int32 in
        guard zone == 0 else { throw .invalidArgument }
        return try unsafe storeTimeOfDay(
            try Clock.realTime.now(), at: UnsafeMutablePointer(bitPattern: UInt(time)))
    }
    return UInt64(UInt32(bitPattern: outcome))
}

// MARK: - Sleeping

@c @implementation
public func sys_nanosleep(
    _ time: UnsafePointer<hermit_timespec>!, _ left: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe sleep(for: try loadTime(time), left: left)
        return 0
    }
}

@c @implementation
public func sys_clock_nanosleep(
    _ clock: Int32, _ flags: Int32, _ time: UnsafePointer<hermit_timespec>!,
    _ left: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard clock != HERMIT_CLOCK_THREAD_CPUTIME_ID, flags & ~HERMIT_TIMER_ABSTIME == 0 else {
            throw .invalidArgument
        }
        let clock = try Clock(clock)
        let time = try unsafe loadTime(time)
        guard clock != .programTime else { throw .notSupported }
        if flags & HERMIT_TIMER_ABSTIME == 0 {
            // Setting the time of day changes no span.
            try unsafe sleep(for: time, left: left)
            return 0
        }
        // The clock may be set meanwhile.
        var now = try clock.now()
        while now < time {
            try sleep(for: time - now)
            now = try clock.now()
        }
        return 0
    }
}

@c @implementation
public func sys_usleep(_ microseconds: UInt64) {
    let (span, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
    sleepOrSetErrno(for: overflow ? .max : span)
}

@c @implementation
public func sys_msleep(_ milliseconds: UInt32) {
    sleepOrSetErrno(for: UInt64(milliseconds) * 1_000_000)
}

private func sleepOrSetErrno(for span: UInt64) {
    do throws(Errno) { try sleep(for: span) } catch { setErrno(error) }
}

/// Waits so many nanoseconds.
///
/// - Parameter left: Where the time goes that a signal has left, if one ends the wait.
/// - Throws: `EINTR` then.
private func sleep(
    for span: UInt64, left: UnsafeMutablePointer<hermit_timespec>? = nil
) throws(Errno) {
    let deadline = try Clock.monotonic.now().saturatingSum(span)
    if span == 0 { return }
    do throws(Errno) { try Tasks.sleep(until: deadline) } catch {
        if error == .interrupted, let left = unsafe left {
            let now = try Clock.monotonic.now()
            let (seconds, nanoseconds) = TimeSpan.parts(deadline > now ? deadline - now : 0)
            try unsafe store(
                hermit_timespec(tv_sec: seconds, tv_nsec: nanoseconds, tv_zero: 0), at: left)
        }
        throw error
    }
}

// MARK: - The processor's frequency

/// Known once the clock runs; the counter's frequency is the processor's nominal one.
@c @implementation
public func sys_get_processor_frequency() -> UInt16 {
    do throws(Errno) {
        _ = try Clock.monotonic.now()
        return UInt16(clamping: (MonotonicClock.frequency + 500_000) / 1_000_000)
    } catch {
        setErrno(error)
        return 0
    }
}
