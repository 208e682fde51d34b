import CHermit

/// Datagrams by UDP.
public struct UDPSocket: ~Copyable, Sendable {
    private let socket: Socket
    private var limit: Duration? = nil

    /// Makes a socket that receives at an address.
    ///
    /// - Parameter address: One of version 6 that is none in particular is for both versions;
    ///   a port of 0: one that the system chooses.
    /// - Throws: `SystemError.addressInUse`, `SystemError.addressNotAvailable`.
    ///
    /// The corresponding C functions are `sys_socket` and `sys_bind`.
    public init(_ address: SocketAddress = .any(port: 0)) throws(SystemError) {
        let socket = try Socket(family: address.family, type: HERMIT_SOCK_DGRAM | HERMIT_SOCK_CLOEXEC)
        try socket.bind(address)
        self.socket = socket
    }

    /// It is closed with the socket.
    public var descriptor: FileDescriptor { socket.descriptor }

    public var localAddress: SocketAddress {
        get throws(SystemError) { try socket.address(ofPeer: false) }
    }

    /// Sets to whom `send(_:)` sends, and from whom alone it receives.
    ///
    /// The corresponding C function is `sys_connect`.
    public func connect(to address: SocketAddress) throws(SystemError) { try socket.connect(address) }

    /// Sends a datagram to the other end that was set.
    ///
    /// - Throws: `SystemError.addressRequired`: there is none; `SystemError.messageTooLong`;
    ///   `SystemError.connectionRefused`: nobody has received an earlier one.
    ///
    /// The corresponding C function is `sys_send`.
    public func send(_ bytes: RawSpan) throws(SystemError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe sys_send(descriptor.rawValue, bytes.baseAddress, bytes.count, 0)
        }
        _ = try SystemError.check(result)
    }

    /// Sends a datagram. By a socket of version 6, an address of version 4 has to be a mapped one.
    ///
    /// - Throws: `SystemError.messageTooLong`, `SystemError.networkUnreachable`.
    ///
    /// The corresponding C function is `sys_sendto`.
    public func send(_ bytes: RawSpan, to address: SocketAddress) throws(SystemError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe address.withAddress { unsafe sys_sendto(descriptor.rawValue, bytes.baseAddress, bytes.count, 0, $0, $1) }
        }
        _ = try SystemError.check(result)
    }

    /// Receives a datagram; waits for one. What there is no room for is lost.
    ///
    /// - Returns: How many bytes of it are in the buffer, and who has sent it.
    /// - Throws: `SystemError.timedOut` where the time is over;
    ///   `SystemError.wouldBlock` where the socket does not wait.
    ///
    /// The corresponding C function is `sys_recvfrom`.
    public func receive(
        into buffer: inout MutableRawSpan
    ) throws(SystemError) -> (count: Int, sender: SocketAddress) {
        while true {
            var room = SocketAddress.Room()
            let result = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe room.fill { unsafe sys_recvfrom(descriptor.rawValue, bytes.baseAddress, bytes.count, 0, $0, $1) }
            }
            do throws(SystemError) {
                let count = try SystemError.check(result)
                guard let sender = room.address else { throw .addressFamilyNotSupported }
                return (count, sender)
            } catch .interrupted {
                continue
            } catch {
                throw error.afterWaiting(limit)
            }
        }
    }

    /// The same into the start of an array.
    public func receive(
        into buffer: inout [UInt8]
    ) throws(SystemError) -> (count: Int, sender: SocketAddress) {
        var span = buffer.mutableSpan
        var bytes = unsafe span.mutableBytes
        return try receive(into: &bytes)
    }

    /// How long `receive` waits at most; `nil`: for ever.
    public mutating func setTimeout(_ duration: Duration?) throws(SystemError) {
        try socket.set(HERMIT_SO_RCVTIMEO, duration)
        limit = duration
    }

    public func setNonBlocking(_ isOn: Bool) throws(SystemError) { try socket.setNonBlocking(isOn) }
}
