import CHermit
import KernelMain
import KernelSupport

// hermit/faults.h.

@c @implementation
public func sys_fault_handler(
    _ handler: (@convention(c) (UnsafeMutablePointer<hermit_fault>?) -> Void)!
) -> Int32 {
    let address = unsafe unsafeBitCast(handler, to: UInt.self)
    ProgramFaults.setHandler(UInt64(address))
    return 0
}

@c @implementation
public func sys_fault_stack(_ start: UnsafeMutableRawPointer!, _ size: Int) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard let start = unsafe start else {
            ProgramFaults.setStack(top: 0, size: 0)
            return 0
        }
        guard let size = UInt32(exactly: size) else { throw .invalidArgument }
        ProgramFaults.setStack(
            top: UInt64(UInt(bitPattern: start)) &+ UInt64(size), size: size)
        return 0
    }
}
