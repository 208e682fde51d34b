import CHermit

/// A connection by TCP: bytes in order, both ways. It is closed when it is dropped; what was
/// written is sent nevertheless.
public struct TCPStream: ~Copyable, Sendable {
    private let socket: Socket
    private var readLimit: Duration? = nil
    private var writeLimit: Duration? = nil

    init(_ socket: consuming Socket) { self.socket = socket }

    /// Connects to an address.
    ///
    /// - Parameter timeout: How long the other end is waited for at most; `nil`: as long as TCP
    ///   does.
    /// - Throws: `SystemError.connectionRefused`, `SystemError.timedOut`,
    ///   `SystemError.networkUnreachable`, `SystemError.noRouteToHost`.
    ///
    /// The corresponding C function is `sys_connect`.
    public init(to address: SocketAddress, timeout: Duration? = nil) throws(SystemError) {
        let socket = try Socket(family: address.family, type: HERMIT_SOCK_STREAM | HERMIT_SOCK_CLOEXEC)
        if let timeout { try socket.set(HERMIT_SO_SNDTIMEO, timeout) }
        do throws(SystemError) { try socket.connect(address) } catch { throw error.afterWaiting(timeout) }
        if timeout != nil { try socket.set(HERMIT_SO_SNDTIMEO, nil) }
        self.socket = socket
    }

    /// Connects to a host by its name, by the first of its addresses where somebody is.
    ///
    /// - Parameter timeout: For each of the addresses.
    /// - Throws: `NameError`: it has none; `.system`: what was said by the last of them.
    public static func connect(
        toHost host: String, port: UInt16, timeout: Duration? = nil
    ) throws(NameError) -> TCPStream {
        var last = SystemError.addressNotAvailable
        for address in try resolve(host, port: port) {
            do throws(SystemError) { return try TCPStream(to: address, timeout: timeout) } catch {
                last = error
            }
        }
        throw .system(last)
    }

    /// It is closed with the stream.
    public var descriptor: FileDescriptor { socket.descriptor }

    public var localAddress: SocketAddress {
        get throws(SystemError) { try socket.address(ofPeer: false) }
    }

    /// The other end's address. By a listener of version 6, one of version 4 is a mapped one:
    /// `IPAddress.unmapped`.
    public var peerAddress: SocketAddress {
        get throws(SystemError) { try socket.address(ofPeer: true) }
    }

    // MARK: - Reading and writing

    /// Reads what has come, at most as many bytes as there is room for; waits until there is
    /// something.
    ///
    /// - Returns: How many bytes; 0: the other end sends no more.
    /// - Throws: `SystemError.connectionReset`; `SystemError.timedOut` where the time is over;
    ///   `SystemError.wouldBlock` where the stream does not wait.
    ///
    /// The corresponding C function is `sys_recv`.
    public func read(into buffer: inout MutableRawSpan) throws(SystemError) -> Int {
        while true {
            let result = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe sys_recv(descriptor.rawValue, bytes.baseAddress, bytes.count, 0)
            }
            do throws(SystemError) { return try SystemError.check(result) } catch .interrupted {
                continue
            } catch {
                throw error.afterWaiting(readLimit)
            }
        }
    }

    /// The same into the start of an array.
    public func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        var span = buffer.mutableSpan
        var bytes = unsafe span.mutableBytes
        return try read(into: &bytes)
    }

    /// Writes bytes, perhaps only some of them.
    ///
    /// - Returns: How many were taken.
    /// - Throws: `SystemError.brokenPipe`, `SystemError.connectionReset`; as `read`.
    ///
    /// The corresponding C function is `sys_send`.
    public func write(_ bytes: RawSpan) throws(SystemError) -> Int {
        while true {
            let result = unsafe bytes.withUnsafeBytes { bytes in
                unsafe sys_send(descriptor.rawValue, bytes.baseAddress, bytes.count, HERMIT_MSG_NOSIGNAL)
            }
            do throws(SystemError) { return try SystemError.check(result) } catch .interrupted {
                continue
            } catch {
                throw error.afterWaiting(writeLimit)
            }
        }
    }

    /// Writes all of the bytes. What was written before an error stays so.
    public func writeAll(_ bytes: RawSpan) throws(SystemError) {
        var done = 0
        while done < bytes.byteCount { done += try write(bytes.extracting(droppingFirst: done)) }
    }

    /// Writes all of a string's UTF-8 bytes.
    public func writeAll(_ text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        try unsafe writeAll(bytes.span.bytes)
    }

    /// Sends no more: the other end reads to the end. What it sends still comes.
    ///
    /// The corresponding C function is `sys_shutdown`.
    public func shutdownWriting() throws(SystemError) {
        _ = try SystemError.check(sys_shutdown(descriptor.rawValue, HERMIT_SHUT_WR))
    }

    // MARK: - How it is used

    /// How long a read waits at most; `nil`: for ever.
    public mutating func setReadTimeout(_ duration: Duration?) throws(SystemError) {
        try socket.set(HERMIT_SO_RCVTIMEO, duration)
        readLimit = duration
    }

    /// How long a write waits at most; `nil`: for ever.
    public mutating func setWriteTimeout(_ duration: Duration?) throws(SystemError) {
        try socket.set(HERMIT_SO_SNDTIMEO, duration)
        writeLimit = duration
    }

    /// Whether what is short is sent at once, and not with what follows.
    public func setNoDelay(_ isOn: Bool) throws(SystemError) {
        try socket.set(HERMIT_TCP_NODELAY, level: HERMIT_IPPROTO_TCP, isOn)
    }

    /// Whether the other end is asked from time to time if it is still there.
    public func setKeepAlive(_ isOn: Bool) throws(SystemError) {
        try socket.set(HERMIT_SO_KEEPALIVE, isOn)
    }

    public func setNonBlocking(_ isOn: Bool) throws(SystemError) { try socket.setNonBlocking(isOn) }
}
