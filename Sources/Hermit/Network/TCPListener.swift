import CHermit

/// Where others connect to.
///
/// ```swift
/// let listener = try TCPListener(.any(port: 8080))
/// while true { serve(try listener.accept()) }
/// ```
public struct TCPListener: ~Copyable, Sendable {
    private let socket: Socket
    private var limit: Duration? = nil

    /// Listens at an address.
    ///
    /// - Parameters:
    ///   - address: One of version 6 that is none in particular is for both versions.
    ///   - backlog: How many connections may wait to be accepted.
    ///   - sharesPort: Others that have said so, too, listen at the same port, and connections are
    ///     divided among them.
    /// - Throws: `SystemError.addressInUse`, `SystemError.addressNotAvailable`.
    ///
    /// The corresponding C functions are `sys_socket`, `sys_bind` and `sys_listen`.
    public init(
        _ address: SocketAddress, backlog: Int = 128, sharesPort: Bool = false
    ) throws(SystemError) {
        let socket = try Socket(family: address.family, type: HERMIT_SOCK_STREAM | HERMIT_SOCK_CLOEXEC)
        try socket.set(HERMIT_SO_REUSEADDR, true)
        if sharesPort { try socket.set(HERMIT_SO_REUSEPORT, true) }
        try socket.bind(address)
        _ = try SystemError.check(sys_listen(socket.descriptor.rawValue, Int32(clamping: backlog)))
        self.socket = socket
    }

    /// It is closed with the listener.
    public var descriptor: FileDescriptor { socket.descriptor }

    /// Where it listens, with the port that the system has chosen.
    public var localAddress: SocketAddress {
        get throws(SystemError) { try socket.address(ofPeer: false) }
    }

    /// Takes a connection; waits for one.
    ///
    /// - Parameter isNonBlocking: How the connection is used.
    /// - Throws: `SystemError.timedOut` where the time is over;
    ///   `SystemError.wouldBlock` where the listener does not wait.
    ///
    /// The corresponding C function is `sys_accept4`.
    public func accept(isNonBlocking: Bool = false) throws(SystemError) -> TCPStream {
        let flags = HERMIT_SOCK_CLOEXEC | (isNonBlocking ? HERMIT_SOCK_NONBLOCK : 0)
        while true {
            let result = sys_accept4(descriptor.rawValue, nil, nil, flags)
            do throws(SystemError) {
                return TCPStream(Socket(FileDescriptor(rawValue: try SystemError.check(result))))
            } catch .interrupted {
                continue
            } catch {
                throw error.afterWaiting(limit)
            }
        }
    }

    /// How long `accept` waits at most; `nil`: for ever.
    public mutating func setTimeout(_ duration: Duration?) throws(SystemError) {
        try socket.set(HERMIT_SO_RCVTIMEO, duration)
        limit = duration
    }

    public func setNonBlocking(_ isOn: Bool) throws(SystemError) { try socket.setNonBlocking(isOn) }
}
