import CHermit
import KernelMain

// hermit/errno.h.

@c @implementation
public func sys_errno_location() -> UnsafeMutablePointer<Int32>! {
    unsafe KernelServices.errnoLocation()
}

@c @implementation
public func sys_errno() -> Int32 { unsafe KernelServices.errnoLocation().pointee }

@c @implementation
public func sys_get_errno() -> Int32 { unsafe KernelServices.errnoLocation().pointee }
