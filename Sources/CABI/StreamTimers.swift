import CHermit
import KernelMain
import KernelStreams
import KernelSupport

// hermit/descriptors.h: timers behind descriptors.

private func span(_ time: hermit_timespec) throws(Errno) -> UInt64 {
    guard let span = TimeSpan.nanoseconds(seconds: time.tv_sec, nanoseconds: time.tv_nsec) else {
        throw .invalidArgument
    }
    return span
}

private func time(_ span: UInt64) -> hermit_timespec {
    let (seconds, nanoseconds) = TimeSpan.parts(span)
    return hermit_timespec(tv_sec: seconds, tv_nsec: nanoseconds, tv_zero: 0)
}

@c @implementation
public func sys_timerfd_create(_ clock: Int32, _ flags: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let known = try Clock(clock)
        guard known == .realTime || known == .monotonic,
            flags & ~(HERMIT_TFD_NONBLOCK | HERMIT_TFD_CLOEXEC) == 0
        else { throw .invalidArgument }
        return try Descriptors.makeTimer(
            followsTimeOfDay: known == .realTime,
            isNonBlocking: flags & HERMIT_TFD_NONBLOCK != 0,
            closesOnExec: flags & HERMIT_TFD_CLOEXEC != 0)
    }
}

@c @implementation
public func sys_timerfd_settime(
    _ fd: Int32, _ flags: Int32, _ value: UnsafePointer<hermit_itimerspec>!,
    _ old: UnsafeMutablePointer<hermit_itimerspec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        var wanted = hermit_itimerspec()
        try unsafe ApplicationBuffer(value, count: MemoryLayout<hermit_itimerspec>.size)
            .load(into: &wanted)
        guard flags & ~HERMIT_TFD_TIMER_ABSTIME == 0 else { throw .invalidArgument }
        let (first, period) = (try span(wanted.it_value), try span(wanted.it_interval))
        if let old = unsafe old { try unsafe store(hermit_itimerspec(), at: old) }
        var deadline: UInt64 = 0
        if first != 0 {
            let now = try Clock.monotonic.now()
            deadline = now.saturatingSum(first)
            if flags != 0 {
                let isOfDay = try Descriptors.followsTimeOfDay(fd)
                deadline = isOfDay ? now.following(first, of: try Clock.realTime.now()) : first
            }
        }
        let before = try Descriptors.setTimer(
            fd, deadline: deadline, period: period, changes: true)
        if let old = unsafe old {
            try unsafe store(
                hermit_itimerspec(it_interval: time(before.period), it_value: time(before.left)),
                at: old)
        }
        return 0
    }
}

extension UInt64 {
    /// When another clock, which shows `other` now, shows `time`; 1 at least.
    fileprivate func following(_ time: UInt64, of other: UInt64) -> UInt64 {
        time >= other ? saturatingSum(time - other) : Swift.max(self - Swift.min(other - time, self), 1)
    }
}

@c @implementation
public func sys_timerfd_gettime(
    _ fd: Int32, _ value: UnsafeMutablePointer<hermit_itimerspec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let setting = try Descriptors.setTimer(fd, deadline: 0, period: 0, changes: false)
        try unsafe store(
            hermit_itimerspec(it_interval: time(setting.period), it_value: time(setting.left)),
            at: value)
        return 0
    }
}
