import CHermit
import KernelMain
import KernelSupport

// hermit/tasks.h: the one task there is.

@c @implementation
public func sys_getpid() -> Int32 { KernelServices.taskIdentifier }

@c @implementation
public func sys_exit(_ status: Int32) -> Never { KernelServices.exit(status: status) }

@c @implementation
public func sys_thread_exit(_ status: Int32) -> Never { KernelServices.exit(status: status) }

@c @implementation
public func sys_abort() -> Never {
    KernelServices.log(.error, "the program aborted")
    // 128 and SIGABRT's number, as a shell shows it.
    KernelServices.exit(status: 134)
}

@c @implementation
public func sys_yield() {}

@c @implementation
public func sys_get_priority() -> UInt8 { UInt8(HERMIT_PRIO_NORMAL) }

@c @implementation
public func sys_get_processor_count() -> Int { KernelServices.processorCount }

@c @implementation
public func sys_available_parallelism() -> Int { KernelServices.processorCount }
