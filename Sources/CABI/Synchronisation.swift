import CHermit
import CMachine
import KernelMain
import KernelScheduling
import KernelSupport
import KernelTasks

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

// MARK: - Semaphores

/// The handle that a semaphore holds.
private func handle(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>?
) throws(Errno) -> UInt64 {
    guard let semaphore = unsafe semaphore else { throw .invalidArgument }
    return try unsafe load(semaphore, as: UInt64.self)
}

@c @implementation
public func sys_sem_init(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!, _ shared: Int32, _ value: UInt32
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard value <= UInt32(Int32.max), unsafe semaphore != nil else { throw .invalidArgument }
        // Where the handle can't be stored, none is made.
        try unsafe store(0 as UInt64, at: semaphore)
        try unsafe store(try Semaphore.make(value: Int32(value)), at: semaphore)
        return 0
    }
}

@c @implementation
public func sys_sem_destroy(_ semaphore: UnsafeMutablePointer<hermit_sem_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Semaphore.destroy(try unsafe handle(semaphore))
        return 0
    }
}

@c @implementation
public func sys_sem_post(_ semaphore: UnsafeMutablePointer<hermit_sem_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Semaphore.post(try unsafe handle(semaphore))
        return 0
    }
}

@c @implementation
public func sys_sem_trywait(_ semaphore: UnsafeMutablePointer<hermit_sem_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Semaphore.wait(try unsafe handle(semaphore), until: 0)
        return 0
    }
}

@c @implementation
public func sys_sem_timedwait(
    _ semaphore: UnsafeMutablePointer<hermit_sem_t>!, _ deadline: UnsafePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let handle = try unsafe handle(semaphore)
        guard let deadline = unsafe deadline else {
            try Semaphore.wait(handle, until: .max)
            return 0
        }
        let until = try unsafe loadTime(deadline)
        // The time of day may be set while the task waits.
        while true {
            let (real, now) = (try Clock.realTime.now(), try Clock.monotonic.now())
            do throws(Errno) {
                let left = until > real ? until - real : 0
                try Semaphore.wait(handle, until: now.saturatingSum(left))
                return 0
            } catch {
                guard error == .timedOut, try Clock.realTime.now() < until else { throw error }
            }
        }
    }
}

// MARK: - Locks

private func makeLock(
    _ kind: WaitObject.Kind, at address: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let address = unsafe address else { throw .invalidArgument }
        try unsafe store(0 as UInt64, at: address)
        try unsafe store(try TaskLock.make(kind), at: address)
        return 0
    }
}

/// Does something with the lock of a handle.
private func withLock(
    _ handle: UnsafeMutableRawPointer?, _ kind: WaitObject.Kind,
    _ body: (UInt64, WaitObject.Kind) throws(Errno) -> Void
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try body(UInt64(UInt(bitPattern: handle)), kind)
        return 0
    }
}

@c @implementation
public func sys_recmutex_init(
    _ mutex: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { unsafe makeLock(.mutex, at: mutex) }

@c @implementation
public func sys_recmutex_lock(_ mutex: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(mutex, .mutex, TaskLock.lock)
}

@c @implementation
public func sys_recmutex_unlock(_ mutex: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(mutex, .mutex, TaskLock.unlock)
}

@c @implementation
public func sys_recmutex_destroy(_ mutex: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(mutex, .mutex, TaskLock.destroy)
}

@c @implementation
public func sys_spinlock_init(
    _ lock: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { unsafe makeLock(.spinLock, at: lock) }

@c @implementation
public func sys_spinlock_lock(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .spinLock, TaskLock.lock)
}

@c @implementation
public func sys_spinlock_unlock(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .spinLock, TaskLock.unlock)
}

@c @implementation
public func sys_spinlock_destroy(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .spinLock, TaskLock.destroy)
}

@c @implementation
public func sys_spinlock_irqsave_init(
    _ lock: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { unsafe makeLock(.maskingSpinLock, at: lock) }

@c @implementation
public func sys_spinlock_irqsave_lock(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .maskingSpinLock, TaskLock.lock)
}

@c @implementation
public func sys_spinlock_irqsave_unlock(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .maskingSpinLock, TaskLock.unlock)
}

@c @implementation
public func sys_spinlock_irqsave_destroy(_ lock: UnsafeMutableRawPointer!) -> Int32 {
    unsafe withLock(lock, .maskingSpinLock, TaskLock.destroy)
}

// MARK: - Queues

/// The handle of the queue that an address names.
private func queue(_ id: Int) throws(Errno) -> UInt64 {
    guard id != 0 else { throw .invalidArgument }
    return try unsafe load(UnsafeRawPointer(bitPattern: id), as: UInt64.self)
}

@c @implementation
public func sys_init_queue(_ id: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard id != 0 else { throw .invalidArgument }
        try unsafe store(0 as UInt64, at: UnsafeMutableRawPointer(bitPattern: id))
        try unsafe store(try WaitQueue.make(), at: UnsafeMutableRawPointer(bitPattern: id))
        return 0
    }
}

@c @implementation
public func sys_wait(_ id: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try WaitQueue.wait(try queue(id))
        return 0
    }
}

@c @implementation
public func sys_destroy_queue(_ id: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try WaitQueue.destroy(try queue(id))
        return 0
    }
}

@c @implementation
public func sys_add_queue(_ id: Int, _ timeout_ns: Int64) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let handle = try queue(id)
        let deadline =
            timeout_ns <= 0 ? UInt64.max : try Clock.monotonic.now().saturatingSum(UInt64(timeout_ns))
        try WaitQueue.enter(handle, until: deadline)
        return 0
    }
}

@c @implementation
public func sys_notify(_ id: Int, _ count: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard count >= -1 else { throw .invalidArgument }
        try WaitQueue.notify(try queue(id), count: count < 0 ? .max : Int(count))
        return 0
    }
}
