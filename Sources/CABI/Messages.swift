import CHermit
import KernelMain
import KernelStreams
import KernelSupport

// hermit/network.h: sending and receiving.

/// What a function that sends or receives is asked for by its flags.
private struct MessageFlags {
    let numbers: Int32

    private static let both = HERMIT_MSG_DONTWAIT | HERMIT_MSG_NOSIGNAL
    private static let sending = both | HERMIT_MSG_EOR | HERMIT_MSG_MORE
    private static let receiving =
        both | HERMIT_MSG_PEEK | HERMIT_MSG_TRUNC | HERMIT_MSG_WAITALL | HERMIT_MSG_CMSG_CLOEXEC

    /// - Throws: `EOPNOTSUPP`: there are others.
    init(_ numbers: Int32, isRead: Bool) throws(Errno) {
        guard numbers & ~(isRead ? Self.receiving : Self.sending) == 0 else { throw .notSupported }
        self.numbers = numbers
    }

    func contains(_ flag: Int32) -> Bool { numbers & flag != 0 }
    var waits: Bool { !contains(HERMIT_MSG_DONTWAIT) }

    /// Says in a transfer what it has to know.
    func mark(_ transfer: inout Transfer) {
        transfer.hasMore = contains(HERMIT_MSG_MORE)
        transfer.discards = contains(HERMIT_MSG_TRUNC)
    }
}

/// Sends or receives bytes alone.
private func move(
    _ fd: Int32, _ start: UInt64, _ length: Int, _ flags: Int32, isRead: Bool
) -> hermit_ssize_t {
    result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let flags = try MessageFlags(flags, isRead: isRead)
        if flags.contains(HERMIT_MSG_TRUNC) {
            var message = SocketMessage()
            return try receive(fd, try Transfer(start, count: length), &message, flags)
        }
        var transfer = try Transfer(start, count: length)
        flags.mark(&transfer)
        let moved = try Descriptors.moveBySocket(
            fd, &transfer, isRead: isRead, peeks: flags.contains(HERMIT_MSG_PEEK),
            waits: flags.waits, waitsAll: flags.contains(HERMIT_MSG_WAITALL))
        if moved < 0 { throw Errno(rawValue: Int32(truncatingIfNeeded: -moved)) }
        return moved
    }
}

/// Receives a message: what the function returns. Descriptors that came with it are
/// still to be taken.
private func receive(
    _ fd: Int32, _ transfer: Transfer, _ message: inout SocketMessage, _ flags: MessageFlags
) throws(Errno) -> hermit_ssize_t {
    var transfer = transfer
    flags.mark(&transfer)
    let moved = try Descriptors.receive(
        fd, &transfer, &message, peeks: flags.contains(HERMIT_MSG_PEEK), waits: flags.waits,
        waitsAll: flags.contains(HERMIT_MSG_WAITALL))
    return flags.contains(HERMIT_MSG_TRUNC) && message.isTruncated ? message.length : moved
}

/// The end of a function that has failed.
///
/// - Parameter result: The negative of the error.
@inline(never)
private func fail(_ result: Int) -> hermit_ssize_t {
    setErrno(Errno(rawValue: Int32(truncatingIfNeeded: 0 &- result)))
    return result
}

@c @implementation
public func sys_send(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ flags: Int32
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    if flags & ~HERMIT_MSG_NOSIGNAL == 0 {
        let moved = Descriptors.moveQuicklyBySocket(fd, isRead: false, start, length)
        if moved >= 0 { return moved }
        if moved != ObjectOperations.refused { return fail(moved) }
    }
    return move(fd, start, length, flags, isRead: false)
}

@c @implementation
public func sys_recv(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32
) -> hermit_ssize_t {
    let start = unsafe address(buffer)
    if flags & ~HERMIT_MSG_NOSIGNAL == 0 {
        let moved = Descriptors.moveQuicklyBySocket(fd, isRead: true, start, length)
        if moved >= 0 { return moved }
        if moved != ObjectOperations.refused { return fail(moved) }
    }
    return move(fd, start, length, flags, isRead: true)
}

@c @implementation
public func sys_sendto(
    _ fd: Int32, _ buffer: UnsafeRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafePointer<hermit_sockaddr>!, _ address_length: hermit_socklen_t
) -> hermit_ssize_t {
    let start = unsafe KernelABI.address(buffer)
    let target = unsafe UnsafePointer(address)
    return result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let flags = try MessageFlags(flags, isRead: false)
        var transfer = try Transfer(start, count: length)
        flags.mark(&transfer)
        var message = SocketMessage()
        if unsafe target != nil { message.address = try unsafe loadAddress(target, address_length) }
        return try Descriptors.send(fd, &transfer, &message, waits: flags.waits)
    }
}

@c @implementation
public func sys_recvfrom(
    _ fd: Int32, _ buffer: UnsafeMutableRawPointer!, _ length: Int, _ flags: Int32,
    _ address: UnsafeMutablePointer<hermit_sockaddr>!,
    _ address_length: UnsafeMutablePointer<hermit_socklen_t>!
) -> hermit_ssize_t {
    let start = unsafe KernelABI.address(buffer)
    let target = UnsafeMutablePointer(address)
    let room = UnsafeMutablePointer(address_length)
    return result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let flags = try MessageFlags(flags, isRead: true)
        let transfer = try Transfer(start, count: length)
        var message = SocketMessage()
        let moved = try receive(fd, transfer, &message, flags)
        message.closeDescriptors()
        if unsafe target != nil { try unsafe AddressPlace(target, room).store(message.address) }
        return moved
    }
}

// MARK: - Messages with everything

private func load(_ header: UnsafeRawPointer?) throws(Errno) -> hermit_msghdr {
    var message = unsafe hermit_msghdr()
    try unsafe ApplicationBuffer(header, count: MemoryLayout<hermit_msghdr>.size).load(into: &message)
    return unsafe message
}

/// The parts of a message.
///
/// - Throws: `EMSGSIZE`: there are too many; as `Transfer`.
private func parts(_ message: hermit_msghdr) throws(Errno) -> Transfer {
    guard unsafe 0...Int(HERMIT_IOV_MAX) ~= message.msg_iovlen else { throw .messageTooLong }
    return try Transfer(parts: unsafe address(message.msg_iov), count: unsafe message.msg_iovlen)
}

@c @implementation
public func sys_sendmsg(
    _ fd: Int32, _ message: UnsafePointer<hermit_msghdr>!, _ flags: Int32
) -> hermit_ssize_t {
    let source = unsafe UnsafeRawPointer(message)
    return result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let flags = try MessageFlags(flags, isRead: false)
        let header = try unsafe load(source)
        var transfer = try unsafe parts(header)
        flags.mark(&transfer)
        var message = SocketMessage()
        var items = SocketControl()
        if unsafe header.msg_name != nil && header.msg_namelen > 0 {
            message.address = try unsafe loadAddress(
                header.msg_name.assumingMemoryBound(to: hermit_sockaddr.self), header.msg_namelen)
        }
        do throws(Errno) {
            try ControlMessages.send(
                unsafe address(header.msg_control), count: unsafe header.msg_controllen, with: &message,
                &items)
        } catch {
            message.closeDescriptors()
            throw error
        }
        let hasItems = items.count > 0
        return try items.withAddress { place throws(Errno) in
            message.control = hasItems ? place : 0
            return try Descriptors.send(fd, &transfer, &message, waits: flags.waits)
        }
    }
}

@c @implementation
public func sys_recvmsg(
    _ fd: Int32, _ message: UnsafeMutablePointer<hermit_msghdr>!, _ flags: Int32
) -> hermit_ssize_t {
    let place = UnsafeMutableRawPointer(message)
    return result { () throws(Errno) -> hermit_ssize_t in
        try Descriptors.checkSocket(fd)
        let flags = try MessageFlags(flags, isRead: true)
        var header = try unsafe load(place)
        let room = unsafe Int(Int32(bitPattern: header.msg_namelen))
        guard room >= 0 else { throw .invalidArgument }
        var received = SocketMessage()
        var items = SocketControl()
        let bytes = try unsafe parts(header)
        let moved = try items.withAddress { place throws(Errno) in
            received.control = place
            return try receive(fd, bytes, &received, flags)
        }
        defer { received.closeDescriptors() }
        unsafe header.msg_flags =
            (received.isTruncated ? HERMIT_MSG_TRUNC : 0)
            | (flags.contains(HERMIT_MSG_CMSG_CLOEXEC) ? HERMIT_MSG_CMSG_CLOEXEC : 0)
        if unsafe header.msg_name != nil {
            try received.address.store(at: unsafe address(header.msg_name), room: room)
            unsafe header.msg_namelen = UInt32(received.address.count)
        }
        var control = ControlMessages(
            at: unsafe address(header.msg_control), room: unsafe header.msg_controllen)
        for index in 0..<items.count { try control.put(items[index]) }
        try control.receive(
            &received, fd, closesOnExec: flags.contains(HERMIT_MSG_CMSG_CLOEXEC))
        if control.isTruncated { unsafe header.msg_flags |= HERMIT_MSG_CTRUNC }
        unsafe header.msg_controllen = control.count
        try unsafe ApplicationBuffer(place, count: MemoryLayout<hermit_msghdr>.size).store(header)
        return moved
    }
}
