import KernelDescriptors
import KernelMain
import KernelSupport

// Sockets by their descriptors, of whatever kind.
extension Descriptors {
    // MARK: - Making

    /// Makes a socket of AF_UNIX.
    ///
    /// - Parameter type: HERMIT_SOCK_*.
    /// - Throws: `ESOCKTNOSUPPORT`; `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makeLocalSocket(
        type: Int32, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        guard let style = LocalSocket.Style(number: type) else { throw .socketTypeNotSupported }
        try start()
        let kind = LocalSocket.kind
        return try locked { state throws(Errno) in
            var socket = LocalSocket()
            socket.style = style
            return try state.open(
                kind, socket, isNonBlocking: isNonBlocking, closesOnExec: closesOnExec)
        }
    }

    /// Makes two sockets of AF_UNIX that are connected with each other.
    ///
    /// - Throws: As `makeLocalSocket`.
    public static func makeSocketPair(
        type: Int32, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> (Int32, Int32) {
        guard let style = LocalSocket.Style(number: type) else { throw .socketTypeNotSupported }
        try start()
        let kind = LocalSocket.kind
        let flags = socketFlags(isNonBlocking)
        return try locked { state throws(Errno) in
            try StreamTable.sockets.prepare(&state.sockets)
            let one = state.sockets.take(LocalSocket())
            var other = Place.none
            do throws(Errno) {
                try StreamTable.sockets.prepare(&state.sockets)
                other = state.sockets.take(LocalSocket())
                let (first, second) = try state.openPair(
                    kind, (UInt64(one.index), UInt64(other.index)), flags: (flags, flags),
                    closesOnExec: closesOnExec)
                state.pair(one, with: other, style, state.source(of: first))
                state.pair(other, with: one, style, state.source(of: second))
                return (first, second)
            } catch {
                if !other.isNone { state.sockets.give(other) }
                state.sockets.give(one)
                throw error
            }
        }
    }

    private static func socketFlags(_ isNonBlocking: Bool) -> OpenFlags {
        isNonBlocking ? [.read, .write, .nonBlocking] : [.read, .write]
    }

    /// Lets sockets of AF_UNIX have files' names.
    public static func setSocketFiles(_ files: SocketFiles) { LocalSocket.setFiles(files) }

    // MARK: - Using

    /// Runs `body` with what a socket does, its object and how its descriptor is used.
    ///
    /// - Throws: `EBADF`; `ENOTSOCK`; what `body` returns as a negative number.
    private static func socket(
        _ number: Int32, _ body: (borrowing SocketOperations, UInt64, OpenFlags) -> Int
    ) throws(Errno) -> Int {
        let result = try with(number, of: nil, wrongKind: .notSocket) { kind, object, flags throws(Errno) in
            guard let operations = kind.operations.socket else { throw .notSocket }
            return body(operations, object, flags)
        }
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
        return result
    }

    /// - Throws: `EBADF`; `ENOTSOCK`.
    public static func checkSocket(_ number: Int32) throws(Errno) {
        _ = try socket(number) { _, _, _ in 0 }
    }

    public static func bind(_ number: Int32, _ address: SocketAddress) throws(Errno) {
        var address = address
        _ = try address.withAddress { place throws(Errno) in
            try socket(number) { operations, object, _ in operations.bind(object, place) }
        }
    }

    public static func listen(_ number: Int32, _ backlog: Int32) throws(Errno) {
        _ = try socket(number) { operations, object, _ in operations.listen(object, backlog) }
    }

    public static func connect(_ number: Int32, _ address: SocketAddress) throws(Errno) {
        var address = address
        _ = try address.withAddress { place throws(Errno) in
            try socket(number) { operations, object, flags in
                operations.connect(object, place, flags.contains(.nonBlocking))
            }
        }
    }

    /// Accepts a connection: its descriptor, and the other end's address.
    public static func accept(
        _ number: Int32, isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> (Int32, SocketAddress) {
        var request = AcceptRequest(
            flags: socketFlags(isNonBlocking), closesOnExec: closesOnExec)
        let new = try request.withAddress { place throws(Errno) in
            try socket(number) { operations, object, flags in
                AcceptRequest[place].isNonBlocking = flags.contains(.nonBlocking)
                return operations.accept(object, place)
            }
        }
        return (Int32(new), request.address)
    }

    /// The address of a socket, or of its other end.
    public static func socketName(_ number: Int32, isPeer: Bool) throws(Errno) -> SocketAddress {
        var address = SocketAddress()
        _ = try address.withAddress { place throws(Errno) in
            try socket(number) { operations, object, _ in operations.name(object, place, isPeer) }
        }
        return address
    }

    /// Ends one direction of a socket, or both.
    public static func shut(_ number: Int32, reading: Bool, writing: Bool) throws(Errno) {
        _ = try socket(number) { operations, object, _ in
            operations.shut(object, reading, writing)
        }
    }

    public static func setOption(_ number: Int32, _ option: SocketOption) throws(Errno) {
        var option = option
        _ = try option.withAddress { place throws(Errno) in
            try socket(number) { operations, object, _ in operations.setOption(object, place) }
        }
    }

    /// Asks for an option's value.
    public static func option(_ number: Int32, _ option: inout SocketOption) throws(Errno) {
        _ = try option.withAddress { place throws(Errno) in
            try socket(number) { operations, object, _ in operations.option(object, place) }
        }
    }

    // MARK: - Messages

    /// Sends by a socket. What was to go with it and did not is closed.
    ///
    /// - Returns: Bytes that were sent.
    public static func send(
        _ number: Int32, _ transfer: inout Transfer, _ message: inout SocketMessage, waits: Bool
    ) throws(Errno) -> Int {
        defer { message.closeDescriptors() }
        if message.address.count > 0 {
            _ = try message.address.withAddress { place throws(Errno) in
                try socket(number) { operations, object, _ in
                    operations.resolve?(object, place) ?? 0
                }
            }
        }
        return try moveBySocket(number, &transfer, &message, .write, waits: waits)
    }

    /// Receives by a socket, and what came with it.
    ///
    /// - Parameters:
    ///   - peeks: What is received stays there.
    ///   - waitsAll: Of a stream: it waits until the transfer is full.
    /// - Returns: Bytes that were received.
    public static func receive(
        _ number: Int32, _ transfer: inout Transfer, _ message: inout SocketMessage, peeks: Bool,
        waits: Bool, waitsAll: Bool
    ) throws(Errno) -> Int {
        transfer.peeks = peeks
        transfer.waitsAll = waitsAll && !peeks
        transfer.wantsAll = transfer.waitsAll
        return try moveBySocket(number, &transfer, &message, .read, waits: waits)
    }

    private static func moveBySocket(
        _ number: Int32, _ transfer: inout Transfer, _ message: inout SocketMessage,
        _ direction: Direction, waits: Bool
    ) throws(Errno) -> Int {
        try checkSocket(number)
        transfer.neverWaits = !waits
        let moved = message.withAddress { message in
            transfer.message = message
            return move(number, &transfer, direction)
        }
        transfer.message = 0
        if moved < 0 { throw Errno(rawValue: Int32(-moved)) }
        return moved
    }

    /// Sends or receives by a socket bytes alone: bytes, or the negative of an error.
    ///
    /// - Throws: `EBADF`; `ENOTSOCK`.
    public static func moveBySocket(
        _ number: Int32, _ transfer: inout Transfer, isRead: Bool, peeks: Bool, waits: Bool,
        waitsAll: Bool
    ) throws(Errno) -> Int {
        try checkSocket(number)
        transfer.peeks = peeks
        transfer.neverWaits = !waits
        transfer.waitsAll = waitsAll && !peeks
        transfer.wantsAll = transfer.waitsAll
        return move(number, &transfer, isRead ? .read : .write)
    }
}

extension StreamState {
    /// A new socket has another end.
    fileprivate mutating func pair(
        _ one: Place, with other: Place, _ style: LocalSocket.Style, _ source: Place
    ) {
        sockets[one].style = style
        sockets[one].state = .connected
        sockets[one].isPair = true
        sockets[one].peer = other
        sockets[one].source = source
        if style == .datagram { sockets[other].firstSender = one }
    }
}
