import CHermit
import KernelSupport

// hermit/memory.h: mappings.

@c @implementation
public func sys_mmap(
    _ size: Int, _ prot: UInt32, _ ret: UnsafeMutablePointer<UnsafeMutableRawPointer?>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_munmap(_ block: UnsafeMutableRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_mprotect(
    _ block: UnsafeMutableRawPointer!, _ size: Int, _ prot: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_mlock(_ block: UnsafeRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_munlock(_ block: UnsafeRawPointer!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_mlockall(_ flags: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_munlockall(_ flags: Int32) -> Int32 { notBuilt() }
