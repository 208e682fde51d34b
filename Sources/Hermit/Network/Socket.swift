import CHermit

/// What all sockets have: a descriptor that is closed with them, options, names. Public, as whoever
/// drops a socket has to see what that does.
public struct Socket: ~Copyable, Sendable {
    let descriptor: FileDescriptor

    /// The corresponding C function is `sys_socket`.
    init(family: Int32, type: Int32) throws(SystemError) {
        descriptor = FileDescriptor(rawValue: try SystemError.check(sys_socket(family, type, 0)))
    }

    init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

    deinit { _ = sys_close(descriptor.rawValue) }

    private var number: Int32 { descriptor.rawValue }

    func bind(_ address: SocketAddress) throws(SystemError) {
        let result = unsafe address.withAddress { unsafe sys_bind(number, $0, $1) }
        _ = try SystemError.check(result)
    }

    func connect(_ address: SocketAddress) throws(SystemError) {
        let result = unsafe address.withAddress { unsafe sys_connect(number, $0, $1) }
        _ = try SystemError.check(result)
    }

    /// The socket's address, or that of its other end.
    func address(ofPeer: Bool) throws(SystemError) -> SocketAddress {
        var room = SocketAddress.Room()
        let result = unsafe room.fill {
            unsafe ofPeer ? sys_getpeername(number, $0, $1) : sys_getsockname(number, $0, $1)
        }
        _ = try SystemError.check(result)
        guard let address = room.address else { throw .addressFamilyNotSupported }
        return address
    }

    // MARK: - Options

    func set(_ option: Int32, level: Int32 = HERMIT_SOL_SOCKET, _ isOn: Bool) throws(SystemError) {
        var value: Int32 = isOn ? 1 : 0
        _ = try SystemError.check(unsafe sys_setsockopt(number, level, option, &value, 4))
    }

    /// - Parameter duration: `nil`: for ever. What is shorter than a microsecond is one.
    func set(_ option: Int32, _ duration: Duration?) throws(SystemError) {
        var time = hermit_timeval()
        if let duration {
            let (seconds, attoseconds) = max(duration, .microseconds(1)).components
            time.tv_sec = seconds
            time.tv_usec = .init(attoseconds / 1_000_000_000_000)
        }
        let size = hermit_socklen_t(MemoryLayout<hermit_timeval>.size)
        _ = try SystemError.check(unsafe sys_setsockopt(number, HERMIT_SOL_SOCKET, option, &time, size))
    }

    /// Whether what would have to wait fails with `SystemError.wouldBlock` instead.
    func setNonBlocking(_ isOn: Bool) throws(SystemError) {
        let flags = try SystemError.check(sys_fcntl(number, HERMIT_F_GETFL, 0))
        let wanted = isOn ? flags | HERMIT_O_NONBLOCK : flags & ~HERMIT_O_NONBLOCK
        _ = try SystemError.check(sys_fcntl(number, HERMIT_F_SETFL, wanted))
    }
}

extension SystemError {
    /// That a socket's time is over, which the system tells as if it were non-blocking.
    func afterWaiting(_ limit: Duration?) -> SystemError {
        limit != nil && (self == .wouldBlock || self == .nowInProgress) ? .timedOut : self
    }
}
