import CHermit
import KernelSupport

// hermit/tasks.h: new tasks.

@c @implementation
public func sys_spawn2(
    _ function: (@convention(c) (Int) -> Void)!, _ argument: Int, _ priority: UInt8, _ stack_size: Int, _ core: hermit_ssize_t
) -> Int32 { notBuilt() }

@c @implementation
public func sys_spawn(
    _ id: UnsafeMutablePointer<Int32>!, _ function: (@convention(c) (Int) -> Void)!, _ argument: Int, _ priority: UInt8, _ core: hermit_ssize_t
) -> Int32 { notBuilt() }

@c @implementation
public func sys_clone(
    _ id: UnsafeMutablePointer<Int32>!, _ function: (@convention(c) (Int) -> Void)!, _ argument: Int
) -> Int32 { notBuilt() }

@c @implementation
public func sys_join(_ id: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_kill(_ id: Int32, _ signal: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_signal(_ handler: (@convention(c) (Int32) -> Void)!) -> Int32 { notBuilt() }

@c @implementation
public func sys_getprio(_ id: UnsafePointer<Int32>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_setprio(_ id: UnsafePointer<Int32>!, _ priority: Int32) -> Int32 { notBuilt() }
