import CHermit
import CMachine
import KernelMain
import KernelSupport
import KernelTasks

// hermit/tasks.h. What of it is about time is in Time.swift.

// MARK: - The end

@c @implementation
public func sys_exit(_ status: Int32) -> Never { KernelServices.exit(status: status) }

@c @implementation
public func sys_thread_exit(_ status: Int32) -> Never {
    if let operations = TaskOperations.current { operations.exit(status) }
    KernelServices.exit(status: status)
}

@c @implementation
public func sys_abort() -> Never { KernelServices.abort(status: HERMIT_ABORT_STATUS) }

// MARK: - New tasks

/// Starts a task; its number.
///
/// - Parameter core: -1: any.
private func spawn(
    _ function: (@convention(c) (Int) -> Void)?, _ argument: Int, priority: UInt8,
    stackSize: Int, core: Int
) throws(Errno) -> hermit_tid_t {
    guard core >= -1, stackSize >= 0 else { throw .invalidArgument }
    guard let function else { throw .badAddress }
    return try Tasks.spawn(
        unsafe UInt64(UInt(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self))),
        UInt64(UInt(bitPattern: argument)), priority: priority, stackSize: UInt64(stackSize),
        core: core < 0 ? nil : core)
}

/// The same for the functions that hand the number over by address, which is
/// written to before anything is done: an address that is none makes no task.
private func spawn(
    id: UnsafeMutablePointer<hermit_tid_t>?, _ function: (@convention(c) (Int) -> Void)?,
    _ argument: Int, priority: UInt8, core: Int
) throws(Errno) {
    if let id = unsafe id { try unsafe store(0 as hermit_tid_t, at: id) }
    let number = try spawn(function, argument, priority: priority, stackSize: 0, core: core)
    if let id = unsafe id { try unsafe store(number, at: id) }
}

@c @implementation
public func sys_spawn2(
    _ function: (@convention(c) (Int) -> Void)!, _ argument: Int, _ priority: UInt8,
    _ stack_size: Int, _ core: hermit_ssize_t
) -> hermit_tid_t {
    result { () throws(Errno) -> hermit_tid_t in
        try spawn(function, argument, priority: priority, stackSize: stack_size, core: core)
    }
}

@c @implementation
public func sys_spawn(
    _ id: UnsafeMutablePointer<hermit_tid_t>!, _ function: (@convention(c) (Int) -> Void)!,
    _ argument: Int, _ priority: UInt8, _ core: hermit_ssize_t
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe spawn(id: id, function, argument, priority: priority, core: core)
        return 0
    }
}

@c @implementation
public func sys_clone(
    _ id: UnsafeMutablePointer<hermit_tid_t>!, _ function: (@convention(c) (Int) -> Void)!,
    _ argument: Int
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe spawn(
            id: id, function, argument, priority: KernelServices.taskPriority, core: -1)
        return 0
    }
}

@c @implementation
public func sys_join(_ id: hermit_tid_t) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Tasks.join(id)
        return 0
    }
}

// MARK: - Running and waiting

@c @implementation
public func sys_yield() {
    if KernelServices.isContended { TaskOperations.current?.yield() }
}

@c @implementation
public func sys_block_current_task() {
    do throws(Errno) { try Tasks.stopAtYield(until: .max) } catch { setErrno(error) }
}

@c @implementation
public func sys_block_current_task_with_timeout(_ milliseconds: UInt64) {
    do throws(Errno) {
        let (span, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let now = try Clock.monotonic.now()
        try Tasks.stopAtYield(until: overflow ? .max : now.saturatingSum(span))
    } catch { setErrno(error) }
}

@c @implementation
public func sys_wakeup_task(_ id: hermit_tid_t) { Tasks.resume(id) }

// MARK: - Stack

@c @implementation
public func sys_get_stack(
    _ start: UnsafeMutablePointer<UnsafeMutableRawPointer?>!, _ size: UnsafeMutablePointer<Int>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let stack = KernelServices.applicationStack
        try unsafe store(stack.bottom, at: start)
        try unsafe store(stack.size, at: size)
        return 0
    }
}

// MARK: - Identity and priority

@c @implementation
public func sys_getpid() -> hermit_tid_t { machine_task_number() }

@c @implementation
public func sys_get_priority() -> UInt8 { KernelServices.taskPriority }

private func setPriority(of id: hermit_tid_t, _ priority: Int32) throws(Errno) {
    guard 0...HERMIT_PRIO_MAX ~= priority else { throw .invalidArgument }
    guard let operations = TaskOperations.current else {
        guard id == KernelServices.taskIdentifier else { throw .noSuchProcess }
        KernelServices.setTaskPriority(UInt8(priority))
        return
    }
    guard operations.setPriority(id, UInt8(priority)) else { throw .noSuchProcess }
}

@c @implementation
public func sys_set_priority(_ id: hermit_tid_t, _ priority: UInt8) {
    do throws(Errno) { try setPriority(of: id, Int32(priority)) } catch { setErrno(error) }
}

@c @implementation
public func sys_set_current_task_priority(_ priority: UInt8) {
    sys_set_priority(KernelServices.taskIdentifier, priority)
}

/// The task that a pointer to its number names; none, and 0, are the caller.
private func task(_ id: UnsafePointer<hermit_tid_t>?) throws(Errno) -> hermit_tid_t {
    let task = unsafe id == nil ? 0 : try load(id, as: hermit_tid_t.self)
    return task == 0 ? KernelServices.taskIdentifier : task
}

@c @implementation
public func sys_getprio(_ id: UnsafePointer<hermit_tid_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let priority = KernelServices.priority(of: try unsafe task(id)) else {
            throw .noSuchProcess
        }
        return Int32(priority)
    }
}

@c @implementation
public func sys_setprio(_ id: UnsafePointer<hermit_tid_t>!, _ priority: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try setPriority(of: try unsafe task(id), priority)
        return 0
    }
}

@c @implementation
public func sys_get_turns(_ id: UnsafePointer<hermit_tid_t>!) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let takesTurns = KernelServices.takesTurns(try unsafe task(id)) else {
            throw .noSuchProcess
        }
        return takesTurns ? 1 : 0
    }
}

@c @implementation
public func sys_set_turns(_ id: UnsafePointer<hermit_tid_t>!, _ takes_turns: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Tasks.setTakesTurns(try unsafe task(id), takes_turns != 0)
        return 0
    }
}

@c @implementation
public func sys_get_task_time(
    _ id: UnsafePointer<hermit_tid_t>!, _ time: UnsafeMutablePointer<hermit_timespec>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try unsafe storeTime(try TaskTime.spent(by: try unsafe task(id)), at: time)
    }
}

// MARK: - Processors

@c @implementation
public func sys_get_affinity(
    _ id: UnsafePointer<hermit_tid_t>!, _ cores: UnsafeMutablePointer<UInt64>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let found = try Affinity.get(try unsafe task(id))
        try unsafe store(found, at: cores)
        return 0
    }
}

@c @implementation
public func sys_set_affinity(_ id: UnsafePointer<hermit_tid_t>!, _ cores: UInt64) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Affinity.set(try unsafe task(id), cores)
        return 0
    }
}

@c @implementation
public func sys_get_processor_count() -> Int { KernelServices.processorCount }

@c @implementation
public func sys_get_core() -> Int { KernelServices.core }

@c @implementation
public func sys_available_parallelism() -> Int { KernelServices.processorCount }
