import CHermit
import KernelSupport

// hermit/network.h: sockets.

@c @implementation
public func sys_socket(_ family: Int32, _ type: Int32, _ protocol: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_listen(_ fd: Int32, _ backlog: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_bind(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ size: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_connect(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ size: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_accept(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!, _ size: UnsafeMutablePointer<UInt32>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_getsockname(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!, _ size: UnsafeMutablePointer<UInt32>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_getpeername(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!, _ size: UnsafeMutablePointer<UInt32>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_shutdown(_ fd: Int32, _ how: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_shutdown_socket(_ fd: Int32, _ how: Int32) -> Int32 { notBuilt() }

@c @implementation
public func sys_setsockopt(
    _ fd: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeRawPointer!, _ size: UInt32
) -> Int32 { notBuilt() }

@c @implementation
public func sys_getsockopt(
    _ fd: Int32, _ level: Int32, _ name: Int32, _ value: UnsafeMutableRawPointer!, _ size: UnsafeMutablePointer<UInt32>!
) -> Int32 { notBuilt() }

@c @implementation
public func sys_send(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ size: Int, _ flags: Int32
) -> hermit_ssize_t { notBuilt() }

@c @implementation
public func sys_recv(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ size: Int, _ flags: Int32
) -> hermit_ssize_t { notBuilt() }

@c @implementation
public func sys_sendto(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ size: Int, _ flags: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ address_size: UInt32
) -> hermit_ssize_t { notBuilt() }

@c @implementation
public func sys_recvfrom(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ size: Int, _ flags: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!, _ address_size: UnsafeMutablePointer<UInt32>!
) -> hermit_ssize_t { notBuilt() }

@c @implementation
public func sys_getaddrbyname(
    _ name: UnsafePointer<CChar>!, _ address: UnsafeMutablePointer<UInt8>!, _ size: Int
) -> Int32 { notBuilt() }
