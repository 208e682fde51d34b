import CHermit
import KernelSupport

// hermit/files.h: paths.

// MARK: - Files

@c @implementation
public func sys_open(
    _ path: UnsafePointer<CChar>!, _ flags: Int32, _ mode: hermit_mode_t
) -> Int32 { notBuilt() }

@c @implementation
public func sys_opendir(_ path: UnsafePointer<CChar>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_unlink(_ path: UnsafePointer<CChar>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_rmdir(_ path: UnsafePointer<CChar>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_mkdir(_ path: UnsafePointer<CChar>!, _ mode: hermit_mode_t) -> Int32 { notBuilt() }

@c @implementation
public func sys_stat(
    _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_stat>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_lstat(
    _ path: UnsafePointer<CChar>!, _ status: UnsafeMutablePointer<hermit_stat>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_truncate(_ path: UnsafePointer<CChar>!, _ size: Int) -> Int32 { notBuilt() }

@c @implementation
public func sys_ftruncate(_ fd: Int32, _ size: Int) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_access(_ path: UnsafePointer<CChar>!, _ mode: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_faccessat(
    _ fd: Int32, _ path: UnsafePointer<CChar>!, _ mode: Int32, _ flags: Int32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_fchmod(_ fd: Int32, _ mode: hermit_mode_t) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_umask(_ mask: UInt32) -> UInt32 {
    notBuilt()
    return 0
}

// MARK: - Directories

@c @implementation
public func sys_chdir(_ path: UnsafePointer<CChar>!) -> Int32 { notBuilt() }

@c @implementation
public func sys_fchdir(_ fd: Int32) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_getcwd(
    _ buffer: UnsafeMutablePointer<CChar>!, _ length: Int
) -> UnsafePointer<CChar>! {
    notBuilt()
    return nil
}

@c @implementation
public func sys_getdents64(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int
) -> Int64 { notBuilt(for: fd) }
