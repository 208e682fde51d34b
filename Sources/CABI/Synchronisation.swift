import CHermit
import KernelSupport

// hermit/synchronisation.h: waiting for others.

@c @implementation
public func sys_futex_wait(
    _ word: UnsafeMutablePointer<UInt32>!, _ expected: UInt32, _ timeout: UnsafePointer<hermit_timespec>!, _ flags: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_futex_wake(
    _ word: UnsafeMutablePointer<UInt32>!, _ count: Int32
) -> Int32 { notBuilt() }

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
