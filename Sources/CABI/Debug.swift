import CHermit
import KernelMain
import KernelSupport

// hermit/debug.h.

@c @implementation
public func sys_debug_fault(_ kind: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        switch kind {
        case HERMIT_DEBUG_KERNEL_STACK: DebugFaults.overflowStack()
        case HERMIT_DEBUG_KERNEL_NULL: DebugFaults.readNull()
        case HERMIT_DEBUG_KERNEL_TRAP: DebugFaults.trap()
        case HERMIT_DEBUG_REPORT: DebugFaults.failInReport()
        case HERMIT_DEBUG_MEMORY_HELD: try held(DebugFaults.holdMemory())
        case HERMIT_DEBUG_CONSOLE_HELD: try held(DebugFaults.holdConsole())
        case HERMIT_DEBUG_LOCK_ORDER:
            #if CHECKS_LOCKS
                DebugFaults.breakLockOrder()
            #else
                throw .notSupported
            #endif
        default: throw .invalidArgument
        }
    }
}

private func held(_ hasWaited: Bool) throws(Errno) -> Int32 {
    guard hasWaited else { throw .timedOut }
    return 0
}
