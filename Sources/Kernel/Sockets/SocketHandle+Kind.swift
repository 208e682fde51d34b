import KernelDescriptors
import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire
import Synchronization

// Sockets of the internet's as descriptors.
extension SocketHandle {
    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: false, type: FileType.socket,
                read: { SocketHandle(word: $0).read(&Transfer[$1]) },
                write: { SocketHandle(word: $0).write(&Transfer[$1]) },
                close: { SocketHandle(word: $0).close() },
                tellsAll: true,
                readiness: { SocketHandle(word: $0).observedReadiness },
                status: { object, status in
                    FileStatus[status].number = SocketHandle(word: object).it.inode
                    return 0
                },
                control: { SocketHandle(word: $0).control($1, $2) },
                readShort: { SocketHandle.readShort($0, $1, $2, $3) },
                writeShort: { SocketHandle.writeShort($0, $1, $2, $3) },
                socket: SocketOperations(
                    bind: { SocketHandle(word: $0).bind(SocketAddress[$1]) },
                    listen: { SocketHandle(word: $0).listen($1) },
                    accept: { SocketHandle(word: $0).accept(&AcceptRequest[$1]) },
                    connect: {
                        SocketHandle(word: $0).connect(
                            SocketAddress[$1], isNonBlocking: $2)
                    },
                    name: {
                        SocketHandle(word: $0).name(&SocketAddress[$1], isPeer: $2)
                    },
                    shut: { SocketHandle(word: $0).shut(reading: $1, writing: $2) },
                    setOption: { SocketHandle(word: $0).setOption(SocketOption[$1]) },
                    option: { SocketHandle(word: $0).option(&SocketOption[$1]) }))
        }
    }

    private func control(_ request: UInt32, _ argument: UInt64) -> Int {
        if let request = InterfaceRequest(rawValue: request) {
            guard !it.isV6 || !request.isV4Alone else { return Errno.inappropriateIOControl.result }
            return request.answer(at: argument)
        }
        let work = NetworkWork()
        let flags = enter()
        let isListening = it.phase == .listening
        let count: Int?
        switch request {
        case ControlRequest.bytesToRead: count = it.isStream ? it.receive.count : nextLength
        // A datagram is on its way when the call returns.
        case ControlRequest.bytesToWrite: count = it.hasConnection ? Int(tcp.unacknowledgedBytes) : 0
        case ControlRequest.bytesNotSent where it.isStream: count = it.hasConnection ? Int(tcp.unsentBytes) : 0
        default: count = nil
        }
        leave(flags, work)
        guard let count else { return Errno.inappropriateIOControl.result }
        if isListening { return Errno.invalidArgument.result }
        return ControlRequest.store(count, at: argument)
    }
}

/// Sockets of AF_INET and AF_INET6.
public enum InternetSockets {
    /// Makes one.
    ///
    /// - Parameters:
    ///   - type: HERMIT_SOCK_*.
    ///   - protocolNumber: HERMIT_IPPROTO_*, or 0 for the type's.
    /// - Throws: `ESOCKTNOSUPPORT`, `EPROTONOSUPPORT`, `EINVAL`; `EMFILE`, `ENFILE`,
    ///   `ENOBUFS`, `ENOMEM`.
    public static func make(
        isV6: Bool, type: Int32, protocolNumber: Int32, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        guard 0...255 ~= protocolNumber else { throw .invalidArgument }
        let style: InternetSocket.Style
        let usual: Int32
        let control = Int32((isV6 ? IPProtocol.icmpv6 : .icmp).number)
        switch type {
        case 1: (style, usual) = (.stream, Int32(IPProtocol.tcp.number))
        case 2 where protocolNumber == control: (style, usual) = (.echo, control)
        case 2: (style, usual) = (.datagram, Int32(IPProtocol.udp.number))
        case 3:
            // Those of other protocols are not there.
            guard protocolNumber == control else { throw .protocolNotSupported }
            (style, usual) = (.raw, control)
        default: throw .socketTypeNotSupported
        }
        guard protocolNumber == 0 || protocolNumber == usual else { throw .protocolNotSupported }
        try SocketState.start()
        let socket = try SocketState.take()
        let work = NetworkWork()
        let entered = socket.enter()
        socket.it.style = style
        socket.it.phase = .idle
        socket.it.isV6 = isV6
        socket.it.local = .unspecified(isV6: isV6)
        socket.it.remote = .unspecified(isV6: isV6)
        let entry = style == .raw ? socket.outcome { () throws(Errno) in
            try socket.bindRaw(socket.it.local.address)
            return 0
        } : 0
        socket.leave(entered, work)
        do throws(Errno) {
            if entry < 0 { throw .noBufferSpace }
            return try Descriptors.open(
                SocketHandle.kind, object: UInt64(socket.number),
                flags: isNonBlocking ? [.read, .write, .nonBlocking] : [.read, .write],
                closesOnExec: closesOnExec
            ) { socket.it.source = $0 }
        } catch {
            _ = socket.close()
            throw error
        }
    }
}
