import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

/// A socket of the kernel's own: of AF_INET6, for both versions, without a descriptor. One task
/// uses it, and waits in its functions.
public struct OwnSocket: ~Copyable {
    private let handle: SocketHandle

    /// - Throws: As `InternetSockets.make`, but for what descriptors are about.
    public init(isStream: Bool) throws(Errno) {
        try SocketState.start()
        handle = try SocketState.take()
        let work = NetworkWork()
        let flags = handle.enter()
        handle.it.style = isStream ? .stream : .datagram
        handle.it.phase = .idle
        handle.it.isV6 = true
        handle.it.local = .unspecified(isV6: true)
        handle.it.remote = .unspecified(isV6: true)
        handle.leave(flags, work)
    }

    deinit { _ = handle.close() }

    /// Binds it to a port, or to one of the system's choice where that is taken.
    ///
    /// - Throws: `EADDRINUSE`: there is no free one.
    public borrowing func bind(_ port: Port) throws(Errno) {
        let wanted = Endpoint(.v6(.unspecified), port)
        if handle.bind(InternetAddress.address(of: wanted, isV6: true)) == 0 { return }
        try check(handle.bind(InternetAddress.address(of: .unspecified(isV6: true), isV6: true)))
    }

    /// Connects it, or sets from whom alone it receives.
    ///
    /// - Parameter link: The interface of an address of a link, as programs count them, from 1
    ///   on; 0: the first card.
    /// - Throws: As `sys_connect`; `ENODEV`: there is no such interface; `EINPROGRESS`: the time
    ///   is over.
    public borrowing func connect(_ remote: Endpoint, link: UInt32 = 0, until deadline: UInt64) throws(Errno) {
        let firstCard = UInt32(Network.loopback + 2)
        let scope = remote.address.needsScope
            ? try InterfaceNumber(program: Int32(clamping: link == 0 ? firstCard : link)) : .none
        limit(deadline)
        try check(handle.connect(InternetAddress.address(of: remote, isV6: true, scope: scope), isNonBlocking: false))
    }

    /// It receives from everybody again.
    public borrowing func disconnect() throws(Errno) {
        var nobody = SocketAddress()
        nobody.count = SocketAddress.headerSize
        nobody.bytes[0] = UInt8(SocketAddress.headerSize)
        try check(handle.connect(nobody, isNonBlocking: false))
    }

    /// Sends bytes, all of them.
    ///
    /// - Parameter remote: Where to; `nil`: to the other end.
    /// - Throws: As `sys_sendto`; `EAGAIN`: the time is over.
    public borrowing func send(
        _ memory: MemoryBlock, _ range: Range<Int>, to remote: Endpoint? = nil, until deadline: UInt64
    ) throws(Errno) {
        limit(deadline)
        var message = SocketMessage()
        if let remote { message.address = InternetAddress.address(of: remote, isV6: true) }
        let result = memory.withMutableBytes(range) { bytes in
            message.withAddress { message in
                unsafe bytes.withUnsafeMutableBytes { bytes in
                    var transfer = unsafe Transfer(ApplicationBuffer(ofKernel: bytes), message: message)
                    return handle.write(&transfer)
                }
            }
        }
        try check(result)
        guard result == range.count else { throw .resourceTemporarilyUnavailable }
    }

    /// Receives what is there; waits for something.
    ///
    /// - Returns: How many bytes, 0 at a stream's end; and, of a datagram, who has sent it.
    /// - Throws: As `sys_recvfrom`; `EAGAIN`: the time is over.
    public borrowing func receive(
        _ memory: MemoryBlock, _ range: Range<Int>, until deadline: UInt64
    ) throws(Errno) -> (count: Int, sender: Endpoint) {
        limit(deadline)
        var message = SocketMessage()
        let result = memory.withMutableBytes(range) { bytes in
            message.withAddress { message in
                unsafe bytes.withUnsafeMutableBytes { bytes in
                    var transfer = unsafe Transfer(ApplicationBuffer(ofKernel: bytes), message: message)
                    return handle.read(&transfer)
                }
            }
        }
        try check(result)
        let sender = try? InternetAddress.parse(message.address, isV6: true)
        return (result, sender ?? .unspecified(isV6: true))
    }

    /// What waits ends then.
    private func limit(_ deadline: UInt64) {
        let now = Tasks.now
        let left: UInt64? = deadline == .max ? nil : deadline > now ? deadline - now : 0
        let work = NetworkWork()
        let flags = handle.enter()
        handle.it.options.sendLimit = left
        handle.it.options.receiveLimit = left
        handle.leave(flags, work)
    }

    private func check(_ result: Int) throws(Errno) {
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
    }
}
