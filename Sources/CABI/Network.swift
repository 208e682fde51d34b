import CHermit
import KernelFiles
import KernelMain
import KernelSockets
import KernelStreams
import KernelSupport
import KernelVirtualSockets

// hermit/network.h: sockets, their names and connections. Which kind of socket it is
// decides what a function does; only `sys_socket` and `sys_socketpair` know the
// families.

/// How a new socket's descriptor is used.
struct SocketFlags {
    let isNonBlocking: Bool
    let closesOnExec: Bool

    static let all = HERMIT_SOCK_NONBLOCK | HERMIT_SOCK_CLOEXEC

    init(_ numbers: Int32) {
        isNonBlocking = numbers & HERMIT_SOCK_NONBLOCK != 0
        closesOnExec = numbers & HERMIT_SOCK_CLOEXEC != 0
    }
}

/// The type of a socket to be made.
///
/// - Throws: `EINVAL`: there are other bits.
private func type(_ numbers: Int32) throws(Errno) -> Int32 {
    let type = numbers & ~SocketFlags.all
    guard type & ~0xF == 0 else { throw .invalidArgument }
    return type
}

/// - Throws: `EPROTONOSUPPORT`: sockets of AF_UNIX have one protocol.
private func checkLocal(_ protocolNumber: Int32) throws(Errno) {
    guard protocolNumber == 0 else { throw .protocolNotSupported }
}

@c @implementation
public func sys_socket(_ family: Int32, _ type: Int32, _ protocol_number: Int32) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let (number, flags) = (try KernelABI.type(type), SocketFlags(type))
        switch family {
        case HERMIT_AF_UNIX:
            try checkLocal(protocol_number)
            return try Descriptors.makeLocalSocket(
                type: number, isNonBlocking: flags.isNonBlocking, closesOnExec: flags.closesOnExec)
        case HERMIT_AF_INET, HERMIT_AF_INET6:
            return try InternetSockets.make(
                isV6: family == HERMIT_AF_INET6, type: number, protocolNumber: protocol_number,
                isNonBlocking: flags.isNonBlocking, closesOnExec: flags.closesOnExec)
        case HERMIT_AF_VSOCK:
            return try VirtualSockets.make(
                type: number, protocolNumber: protocol_number, isNonBlocking: flags.isNonBlocking,
                closesOnExec: flags.closesOnExec)
        default: throw .addressFamilyNotSupported
        }
    }
}

@c @implementation
public func sys_socketpair(
    _ family: Int32, _ type: Int32, _ protocol_number: Int32, _ fds: UnsafeMutablePointer<Int32>!
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        let (number, flags) = (try KernelABI.type(type), SocketFlags(type))
        switch family {
        case HERMIT_AF_UNIX: break
        case HERMIT_AF_INET, HERMIT_AF_INET6, HERMIT_AF_VSOCK: throw .notSupported
        default: throw .addressFamilyNotSupported
        }
        try checkLocal(protocol_number)
        let (first, second) = try Descriptors.makeSocketPair(
            type: number, isNonBlocking: flags.isNonBlocking, closesOnExec: flags.closesOnExec)
        return try unsafe hand(first, second, to: fds)
    }
}

// MARK: - Addresses

/// An address that the program passes; the files' names can be such.
func loadAddress(
    _ address: UnsafePointer<hermit_sockaddr>?, _ length: hermit_socklen_t
) throws(Errno) -> SocketAddress {
    let loaded = try SocketAddress(at: unsafe KernelABI.address(address), count: length)
    SocketNames.use()
    return loaded
}

/// Where an address is to be handed to, and how much room the program has there.
struct AddressPlace {
    private let address: UInt64
    private let length: UInt64
    private let room: Int32

    /// - Throws: `EFAULT`; `EINVAL`: the room is negative.
    init(
        _ address: UnsafeMutablePointer<hermit_sockaddr>?,
        _ length: UnsafeMutablePointer<hermit_socklen_t>?
    ) throws(Errno) {
        self.address = unsafe KernelABI.address(address)
        self.length = unsafe KernelABI.address(length)
        room = try unsafe load(length, as: Int32.self)
        guard room >= 0 else { throw .invalidArgument }
    }

    /// - Throws: `EFAULT`.
    func store(_ known: SocketAddress) throws(Errno) {
        try known.store(at: address, room: Int(room))
        try unsafe KernelABI.store(
            UInt32(known.count), at: UnsafeMutableRawPointer(bitPattern: UInt(length)))
    }
}

@c @implementation
public func sys_bind(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ length: hermit_socklen_t
) -> Int32 {
    let source = unsafe UnsafePointer(address)
    return done { () throws(Errno) in
        try Descriptors.checkSocket(fd)
        try Descriptors.bind(fd, try unsafe loadAddress(source, length))
    }
}

@c @implementation
public func sys_getsockname(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { unsafe name(fd, unsafe address, unsafe length, isPeer: false) }

@c @implementation
public func sys_getpeername(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { unsafe name(fd, unsafe address, unsafe length, isPeer: true) }

private func name(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>?,
    _ length: UnsafeMutablePointer<hermit_socklen_t>?, isPeer: Bool
) -> Int32 {
    done { () throws(Errno) in
        let name = try Descriptors.socketName(fd, isPeer: isPeer)
        try unsafe AddressPlace(address, length).store(name)
    }
}

// MARK: - Connections

@c @implementation
public func sys_listen(_ fd: Int32, _ backlog: Int32) -> Int32 {
    done { () throws(Errno) in try Descriptors.listen(fd, backlog) }
}

@c @implementation
public func sys_accept(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 { unsafe accept(fd, address, length, 0) }

@c @implementation
public func sys_accept4(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!, _ flags: Int32
) -> Int32 { unsafe accept(fd, address, length, flags) }

private func accept(
    _ fd: Int32, _ address: UnsafeMutablePointer<hermit_sockaddr>?,
    _ length: UnsafeMutablePointer<hermit_socklen_t>?, _ flags: Int32
) -> Int32 {
    result { () throws(Errno) -> Int32 in
        guard flags & ~SocketFlags.all == 0 else { throw .invalidArgument }
        let wanted = SocketFlags(flags)
        let (number, known) = try Descriptors.accept(
            fd, isNonBlocking: wanted.isNonBlocking, closesOnExec: wanted.closesOnExec)
        guard unsafe address != nil else { return number }
        do throws(Errno) {
            try unsafe AddressPlace(address, length).store(known)
        } catch {
            try? Descriptors.close(number)
            throw error
        }
        return number
    }
}

@c @implementation
public func sys_connect(
    _ fd: Int32, _ address: UnsafePointer<hermit_sockaddr>!, _ length: hermit_socklen_t
) -> Int32 {
    let source = unsafe UnsafePointer(address)
    return done { () throws(Errno) in
        try Descriptors.checkSocket(fd)
        try Descriptors.connect(fd, try unsafe loadAddress(source, length))
    }
}

@c @implementation
public func sys_shutdown(_ fd: Int32, _ how: Int32) -> Int32 {
    done { () throws(Errno) in
        try Descriptors.checkSocket(fd)
        guard HERMIT_SHUT_RD...HERMIT_SHUT_RDWR ~= how else { throw .invalidArgument }
        try Descriptors.shut(
            fd, reading: how != HERMIT_SHUT_WR, writing: how != HERMIT_SHUT_RD)
    }
}

@c @implementation
public func sys_shutdown_socket(_ fd: Int32, _ how: Int32) -> Int32 { sys_shutdown(fd, how) }

// MARK: - Options

@c @implementation
public func sys_setsockopt(
    _ fd: Int32, _ level: Int32, _ option: Int32, _ value: UnsafeRawPointer!,
    _ length: hermit_socklen_t
) -> Int32 {
    let source = unsafe address(value)
    return done { () throws(Errno) in
        try Descriptors.checkSocket(fd)
        guard length <= hermit_socklen_t(Int32.max) else { throw .invalidArgument }
        var wanted = SocketOption(level: level, number: option)
        wanted.count = min(Int(length), SocketOption.longest)
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(source)), count: wanted.count
        ).loadPart(of: &wanted.value)
        try Descriptors.setOption(fd, wanted)
    }
}

@c @implementation
public func sys_getsockopt(
    _ fd: Int32, _ level: Int32, _ option: Int32, _ value: UnsafeMutableRawPointer!,
    _ length: UnsafeMutablePointer<hermit_socklen_t>!
) -> Int32 {
    let target = unsafe address(value)
    let room = UnsafeMutablePointer(length)
    return done { () throws(Errno) in
        try Descriptors.checkSocket(fd)
        let count = try unsafe load(room, as: Int32.self)
        guard count >= 0 else { throw .invalidArgument }
        var known = SocketOption(level: level, number: option)
        known.room = Int(count)
        if level == HERMIT_IPPROTO_TCP && option == HERMIT_TCP_INFO {
            var information = hermit_tcp_info()
            try unsafe withUnsafeMutablePointer(to: &information) { place throws(Errno) in
                known.information = UInt(bitPattern: place)
                try Descriptors.option(fd, &known)
                let given = min(Int(count), known.count)
                try unsafe ApplicationBuffer(UnsafeRawPointer(bitPattern: UInt(target)), count: given)
                    .storePart(of: &place.pointee)
                try unsafe store(UInt32(given), at: room)
            }
            return
        }
        try Descriptors.option(fd, &known)
        let given = min(Int(count), known.count)
        try unsafe ApplicationBuffer(UnsafeRawPointer(bitPattern: UInt(target)), count: given)
            .storePart(of: &known.value)
        try unsafe store(UInt32(given), at: room)
    }
}
