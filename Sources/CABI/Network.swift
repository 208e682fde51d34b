import CHermit
import KernelSupport

// hermit/network.h: sockets.

@c @implementation
public func sys_socket(_ family: Int32, _ type: Int32, _ protocol: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_bind(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ length: hermit_socklen_t
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_listen(_ fd: Int32, _ backlog: Int32) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_accept(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_connect(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ length: hermit_socklen_t
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_getsockname(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_getpeername(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_shutdown(_ fd: Int32, _ how: Int32) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_shutdown_socket(_ fd: Int32, _ how: Int32) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_setsockopt(
    _ fd: Int32, _ level: Int32, _ option: Int32, _ value: UnsafeRawPointer!,
    _ length: hermit_socklen_t
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_getsockopt(
    _ fd: Int32, _ level: Int32, _ option: Int32, _ value: UnsafeMutableRawPointer!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { notBuilt(for: fd) }

@c @implementation
public func sys_send(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ flags: Int32
) -> hermit_ssize_t { notBuilt(for: fd) }

@c @implementation
public func sys_sendto(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafePointer<hermit_sockaddr>!, _ address_length: hermit_socklen_t
) -> hermit_ssize_t { notBuilt(for: fd) }

@c @implementation
public func sys_recv(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32
) -> hermit_ssize_t { notBuilt(for: fd) }

@c @implementation
public func sys_recvfrom(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ address_length: UnsafeMutablePointer<hermit_socklen_t>!
) -> hermit_ssize_t { notBuilt(for: fd) }
