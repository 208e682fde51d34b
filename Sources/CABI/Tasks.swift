import CHermit
import KernelMain
import KernelSupport

// hermit/tasks.h. There is one task. What of it is about time is in Time.swift.

// MARK: - The end

@c @implementation
public func sys_exit(_ status: Int32) -> Never { KernelServices.exit(status: status) }

@c @implementation
public func sys_thread_exit(_ status: Int32) -> Never { KernelServices.exit(status: status) }

@c @implementation
public func sys_abort() -> Never { KernelServices.abort(status: HERMIT_ABORT_STATUS) }

// MARK: - New tasks

@c @implementation
public func sys_spawn2(
    _ function: (@convention(c) (Int) -> Void)!, _ argument: Int, _ priority: UInt8,
    _ stack_size: Int, _ core: hermit_ssize_t
) -> hermit_tid_t { notBuilt() }

@c @implementation
public func sys_spawn(
    _ id: UnsafeMutablePointer<hermit_tid_t>!, _ function: (@convention(c) (Int) -> Void)!,
    _ argument: Int, _ priority: UInt8, _ core: hermit_ssize_t
) -> Int32 { notBuilt() }

@c @implementation
public func sys_clone(
    _ id: UnsafeMutablePointer<hermit_tid_t>!, _ function: (@convention(c) (Int) -> Void)!,
    _ argument: Int
) -> Int32 { notBuilt() }

@c @implementation
public func sys_join(_ id: hermit_tid_t) -> Int32 { notBuilt() }

// MARK: - Running and waiting

@c @implementation
public func sys_yield() {}

@c @implementation
public func sys_block_current_task() { notBuilt() }

@c @implementation
public func sys_block_current_task_with_timeout(_ milliseconds: UInt64) { notBuilt() }

@c @implementation
public func sys_wakeup_task(_ id: hermit_tid_t) { notBuilt() }

// MARK: - Identity and priority

@c @implementation
public func sys_getpid() -> hermit_tid_t { KernelServices.taskIdentifier }

@c @implementation
public func sys_get_priority() -> UInt8 { UInt8(HERMIT_PRIO_NORMAL) }

@c @implementation
public func sys_set_priority(_ id: hermit_tid_t, _ priority: UInt8) { notBuilt() }

@c @implementation
public func sys_set_current_task_priority(_ priority: UInt8) { notBuilt() }

@c @implementation
public func sys_getprio(_ id: UnsafePointer<hermit_tid_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let task = unsafe id == nil ? 0 : try load(id, as: hermit_tid_t.self)
        guard task == 0 || task == KernelServices.taskIdentifier else { throw .noSuchProcess }
        return HERMIT_PRIO_NORMAL
    }
}

@c @implementation
public func sys_setprio(_ id: UnsafePointer<hermit_tid_t>!, _ priority: Int32) -> Int32 {
    notBuilt()
}

// MARK: - Signals

@c @implementation
public func sys_kill(_ id: hermit_tid_t, _ signal_number: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_signal(_ handler: (@convention(c) (Int32) -> Void)!) -> Int32 { notBuilt() }

// MARK: - Processors

@c @implementation
public func sys_get_processor_count() -> Int { KernelServices.processorCount }

@c @implementation
public func sys_available_parallelism() -> Int { KernelServices.processorCount }
