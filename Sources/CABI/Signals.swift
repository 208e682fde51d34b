import CHermit
import KernelMain
import KernelStreams
import KernelSupport
import KernelTasks

// hermit/tasks.h: signals; hermit/time.h: the timer that sends one.

@c @implementation
public func sys_kill(_ id: hermit_tid_t, _ signal_number: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard 0..<Int32(Signals.count) ~= signal_number else { throw .invalidArgument }
        guard KernelServices.priority(of: id) != nil else { throw .noSuchProcess }
        if signal_number != 0 { try Signals.send(Int(signal_number), to: id) }
        return 0
    }
}

@c @implementation
public func sys_signal(_ handler: (@convention(c) (Int32) -> Void)!) -> Int32 {
    let address = unsafe unsafeBitCast(handler, to: UInt.self)
    Signals.setHandler(UInt64(address))
    return 0
}

@c @implementation
public func sys_signal_registers(
    _ handler: (@convention(c) (Int32, UnsafeMutablePointer<hermit_fault>?) -> Void)!
) -> Int32 {
    let address = unsafe unsafeBitCast(handler, to: UInt.self)
    Signals.setHandler(UInt64(address))
    return 0
}

@c @implementation
public func sys_signal_mask(_ set: UInt64, _ old: UnsafeMutablePointer<UInt64>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let old = unsafe old else {
            _ = Signals.block(set)
            return 0
        }
        // An address that is none changes nothing.
        try unsafe store(0 as UInt64, at: old)
        try unsafe store(Signals.block(set), at: old)
        return 0
    }
}

@c @implementation
public func sys_power_request() -> Int32 {
    result { () throws(Errno) -> Int32 in try PowerRequest.take() ? 1 : 0 }
}

@c @implementation
public func sys_terminal_events() -> Int32 { done { () throws(Errno) in try Descriptors.takeTerminalEvents() } }

// MARK: - The interval timer

/// The nanoseconds of a `timeval`.
private func span(_ time: hermit_timeval) throws(Errno) -> UInt64 {
    guard 0..<1_000_000 ~= time.tv_usec,
        let span = TimeSpan.nanoseconds(seconds: time.tv_sec, nanoseconds: time.tv_usec * 1000)
    else { throw .invalidArgument }
    return span
}

/// The same the other way; what is no whole microsecond is one more.
private func time(_ span: UInt64) -> hermit_timeval {
    let (seconds, nanoseconds) = TimeSpan.parts(span.saturatingSum(999))
    return hermit_timeval(tv_sec: seconds, tv_usec: nanoseconds / 1000, tv_zero: 0)
}

private func loadSetting(
    _ address: UnsafePointer<hermit_itimerval>?
) throws(Errno) -> AlarmTimer.Setting? {
    guard unsafe address != nil else { return nil }
    var value = hermit_itimerval()
    try unsafe ApplicationBuffer(address, count: MemoryLayout<hermit_itimerval>.size)
        .load(into: &value)
    return AlarmTimer.Setting(left: try span(value.it_value), period: try span(value.it_interval))
}

@c @implementation
public func sys_setitimer(
    _ which: Int32, _ value: UnsafePointer<hermit_itimerval>!,
    _ old: UnsafeMutablePointer<hermit_itimerval>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        switch which {
        case HERMIT_ITIMER_REAL: break
        case HERMIT_ITIMER_VIRTUAL, HERMIT_ITIMER_PROF: throw .notSupported
        default: throw .invalidArgument
        }
        let setting = try unsafe loadSetting(value)
        if let old = unsafe old { try unsafe store(hermit_itimerval(), at: old) }
        let before = try AlarmTimer.set(setting)
        if let old = unsafe old {
            try unsafe store(
                hermit_itimerval(it_interval: time(before.period), it_value: time(before.left)),
                at: old)
        }
        return 0
    }
}
