import CHermit
import KernelMain
import KernelStreams
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
public func sys_socketpair(
    _ family: Int32, _ type: Int32, _ protocol_number: Int32, _ fds: UnsafeMutablePointer<Int32>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let flags = type & (HERMIT_SOCK_NONBLOCK | HERMIT_SOCK_CLOEXEC)
        let type = type & ~flags
        guard type & ~0xF == 0 else { throw .invalidArgument }
        switch family {
        case HERMIT_AF_UNIX: break
        case HERMIT_AF_INET, HERMIT_AF_INET6, HERMIT_AF_VSOCK: throw .notSupported
        default: throw .addressFamilyNotSupported
        }
        guard protocol_number == 0 else { throw .protocolNotSupported }
        guard type == HERMIT_SOCK_STREAM || type == HERMIT_SOCK_DGRAM else {
            throw .socketTypeNotSupported
        }
        let (first, second) = try Descriptors.makeSocketPair(
            hasMessages: type == HERMIT_SOCK_DGRAM,
            isNonBlocking: flags & HERMIT_SOCK_NONBLOCK != 0,
            closesOnExec: flags & HERMIT_SOCK_CLOEXEC != 0)
        return try unsafe hand(first, second, to: fds)
    }
}

@c @implementation
public func sys_shutdown(_ fd: Int32, _ how: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        try Descriptors.checkSocket(fd)
        guard HERMIT_SHUT_RD...HERMIT_SHUT_RDWR ~= how else { throw .invalidArgument }
        try Descriptors.shut(
            fd, reading: how != HERMIT_SHUT_WR, writing: how != HERMIT_SHUT_RD)
        return 0
    }
}

@c @implementation
public func sys_shutdown_socket(_ fd: Int32, _ how: Int32) -> Int32 { sys_shutdown(fd, how) }

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
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    return move(fd, start, length, flags, isRead: false)
}

/// Sends or receives by a socket.
private func move(
    _ fd: Int32, _ start: UInt64, _ length: Int, _ flags: Int32, isRead: Bool
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let known =
            HERMIT_MSG_DONTWAIT | HERMIT_MSG_NOSIGNAL | (isRead ? HERMIT_MSG_PEEK : 0)
        guard flags & ~known == 0 else { throw .notSupported }
        var transfer = try Transfer(start, count: length)
        let moved = try Descriptors.moveBySocket(
            fd, &transfer, isRead: isRead, peeks: flags & HERMIT_MSG_PEEK != 0,
            waits: flags & HERMIT_MSG_DONTWAIT == 0)
        if moved < 0 { throw Errno(rawValue: Int32(truncatingIfNeeded: -moved)) }
        return moved
    }
}

@c @implementation
public func sys_sendto(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafePointer<hermit_sockaddr>!, _ address_length: hermit_socklen_t
) -> hermit_ssize_t { notBuilt(for: fd) }

@c @implementation
public func sys_recv(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    return move(fd, start, length, flags, isRead: true)
}

@c @implementation
public func sys_recvfrom(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ address_length: UnsafeMutablePointer<hermit_socklen_t>!
) -> hermit_ssize_t { notBuilt(for: fd) }
