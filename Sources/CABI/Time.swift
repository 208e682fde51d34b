import CHermit
import KernelSupport

// hermit/time.h: clocks and sleeping.

@c @implementation
public func sys_clock_getres(
    _ clock: Int32, _ resolution: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_clock_gettime(
    _ clock: Int32, _ time: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_clock_settime(
    _ clock: Int32, _ time: UnsafePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_clock_nanosleep(
    _ clock: Int32, _ flags: Int32, _ time: UnsafePointer<hermit_timespec>!, _ left: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_nanosleep(
    _ time: UnsafePointer<hermit_timespec>!, _ left: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_gettimeofday(
    _ time: UnsafeMutablePointer<hermit_timeval>!, _ zone: Int
) -> Int32 { notBuilt() }

@c @implementation
public func sys_setitimer(
    _ which: Int32, _ value: UnsafePointer<hermit_itimerval>!, _ old: UnsafeMutablePointer<hermit_itimerval>!
) -> Int32 { notBuilt() }
