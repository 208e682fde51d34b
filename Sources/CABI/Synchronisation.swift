import CHermit
import CMachine
import KernelMain
import KernelSupport

// hermit/synchronisation.h: waiting for others.

/// - Throws: `EINVAL` unless the address is a multiple of 4; `EFAULT` where it
///   is none of the application's.
private func word(_ address: UnsafeMutablePointer<UInt32>?) throws(Errno) -> ApplicationBuffer {
    guard UInt(bitPattern: address) & 3 == 0 else { throw .invalidArgument }
    return try unsafe ApplicationBuffer(address, count: 4)
}

@c @implementation
public func sys_futex_wait(
    _ address: UnsafeMutablePointer<UInt32>!, _ expected: UInt32,
    _ timeout: UnsafePointer<hermit_timespec>!, _ flags: UInt32
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let word = try unsafe word(address)
        guard flags & ~UInt32(HERMIT_FUTEX_RELATIVE_TIMEOUT) == 0 else { throw .invalidArgument }
        var deadline = UInt64.max
        if let timeout = unsafe timeout {
            deadline = try unsafe loadTime(timeout)
            if flags & UInt32(HERMIT_FUTEX_RELATIVE_TIMEOUT) != 0 {
                deadline = try Clock.monotonic.now().saturatingSum(deadline)
            }
        }
        if let operations = TaskOperations.current {
            let error = operations.futexWait(
                UInt64(UInt(bitPattern: address)), expected, deadline)
            if error != 0 { throw Errno(rawValue: error) }
            return 0
        }
        try waitAlone(word, expected, until: deadline)
        return 0
    }
}

/// The same where there has never been a second task: nobody wakes this one.
private func waitAlone(
    _ word: ApplicationBuffer, _ expected: UInt32, until deadline: UInt64
) throws(Errno) {
    var value: UInt32 = 0
    try word.load(into: &value)
    guard value == expected else { throw .resourceTemporarilyUnavailable }
    while deadline == .max { machine_pause() }
    while try Clock.monotonic.now() < deadline { machine_pause() }
    throw .timedOut
}

@c @implementation
public func sys_futex_wake(_ address: UnsafeMutablePointer<UInt32>!, _ count: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        _ = try unsafe word(address)
        guard count >= 0 else { throw .invalidArgument }
        guard let operations = TaskOperations.current else { return 0 }
        return Int32(
            truncatingIfNeeded: operations.futexWake(UInt64(UInt(bitPattern: address)), Int(count)))
    }
}

@c @implementation
public func sys_sem_init(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!, _ shared: Int32, _ value: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_sem_destroy(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_sem_post(_ semaphore: UnsafeMutablePointer<hermit_sem_t>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_sem_trywait(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_sem_timedwait(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!, _ deadline: UnsafePointer<hermit_timespec>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_recmutex_init(
    _ mutex: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_recmutex_lock(_ mutex: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_recmutex_unlock(_ mutex: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_recmutex_destroy(_ mutex: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_init(
    _ lock: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_lock(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_unlock(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_destroy(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_irqsave_init(
    _ lock: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_irqsave_lock(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_irqsave_unlock(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_spinlock_irqsave_destroy(_ lock: UnsafeMutableRawPointer!) -> Int32 { notBuilt() }

@c @implementation
public func sys_init_queue(_ id: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_wait(_ id: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_destroy_queue(_ id: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_add_queue(_ id: Int, _ timeout_ns: Int64) -> Int32 { notBuilt() }

@c @implementation
public func sys_notify(_ id: Int, _ count: Int32) -> Int32 { notBuilt() }
