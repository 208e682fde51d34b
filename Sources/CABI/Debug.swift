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
        default: throw .invalidArgument
        }
    }
}
