import KernelDescriptors
import KernelSupport

// Connections. None of these holds the lock when it begins.
extension LocalSocket {
    /// Connections that may wait at most (Linux, SOMAXCONN).
    private static let mostWaiting = 4096

    static func listen(_ place: Place, _ backlog: Int32) -> Int {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let socket = place.socket
        guard socket.style.isConnected else { return Errno.notSupported.result }
        guard !socket.name.isNone, socket.state == .alone || socket.state == .listening else {
            return Errno.invalidArgument.result
        }
        place.socket.state = .listening
        place.socket.backlog = backlog < 0 ? mostWaiting : min(Int(backlog), mostWaiting)
        wakeSenders(place)
        // It is no end that has hung up any more; whoever waits looks again.
        tell(place, .writable)
        return 0
    }

    // MARK: - Connecting

    static func connect(_ place: Place, _ address: SocketAddress, isNonBlocking: Bool) -> Int {
        outcome { () throws(Errno) in
            let isDatagram = !place.socket.style.isConnected
            if isDatagram, address.family == LocalName.unspecified {
                try changePeer(place, to: nil)
                return 0
            }
            var address = address
            let resolved = resolve(&address)
            if resolved < 0 { throw Errno(rawValue: Int32(-resolved)) }
            if isDatagram {
                try changePeer(place, to: address)
            } else {
                try connectStream(place, address, isNonBlocking: isNonBlocking)
            }
            return 0
        }
    }

    private static func connectStream(
        _ place: Place, _ address: SocketAddress, isNonBlocking: Bool
    ) throws(Errno) {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let end = deadline(place.socket.options.sendLimit)
        while true {
            let listener = try find(address, style: place.socket.style)
            guard listener.socket.state == .listening, !listener.socket.isReadShut else {
                throw .connectionRefused
            }
            if listener.socket.waiting <= listener.socket.backlog {
                return try join(place, listener)
            }
            if isNonBlocking { throw .resourceTemporarilyUnavailable }
            listener.socket.hasSenders = true
            let error = StreamState.wait(for: .senders(listener), until: end)
            if let error { throw error == .timedOut ? .resourceTemporarilyUnavailable : error }
        }
    }

    /// Makes the other end of a connection, which waits to be accepted; with the lock.
    ///
    /// - Throws: `EISCONN`; `EINVAL`: it listens; `ENOMEM`.
    private static func join(_ place: Place, _ listener: Place) throws(Errno) {
        switch place.socket.state {
        case .connected, .left: throw .socketIsConnected
        case .listening: throw .invalidArgument
        case .alone: break
        }
        try StreamTable.sockets.prepare(&StreamState.shared.sockets)
        let name = listener.socket.name
        name.localName.references += 1
        var other = LocalSocket()
        other.style = place.socket.style
        other.state = .connected
        other.peer = place
        other.name = name
        let new = StreamState.shared.sockets.take(other)
        place.socket.state = .connected
        place.socket.peer = new
        if listener.socket.lastWaiting.isNone {
            listener.socket.firstWaiting = new
        } else {
            listener.socket.lastWaiting.socket.nextWaiting = new
        }
        listener.socket.lastWaiting = new
        listener.socket.waiting += 1
        tell(listener, .readable)
        tell(place, .writable)
    }

    // MARK: - Accepting

    static func accept(_ place: Place, _ request: inout AcceptRequest) -> Int {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let end = deadline(place.socket.options.receiveLimit)
        while true {
            guard place.socket.style.isConnected else { return Errno.notSupported.result }
            guard place.socket.state == .listening else { return Errno.invalidArgument.result }
            if !place.socket.firstWaiting.isNone {
                let number = outcome { () throws(Errno) in
                    Int(try takeConnection(place, &request))
                }
                passOn(place)
                return number
            }
            if place.socket.isReadShut { return Errno.invalidArgument.result }
            if request.isNonBlocking { return mustWait }
            let source = place.socket.source
            StreamState.shared.observation.sources[source].readers += 1
            let error = StreamState.wait(for: .readers(source), until: end)
            StreamState.shared.observation.sources[source].readers -= 1
            if let error { return error == .timedOut ? mustWait : error.result }
        }
    }

    /// Gives the first connection that waits a number, with the lock.
    ///
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`; it still waits.
    private static func takeConnection(
        _ place: Place, _ request: inout AcceptRequest
    ) throws(Errno) -> Int32 {
        let new = place.socket.firstWaiting
        let number = try StreamState.shared.open(
            kind, object: UInt64(new.index), flags: request.flags,
            closesOnExec: request.closesOnExec)
        new.socket.source = StreamState.shared.source(of: number)
        place.socket.firstWaiting = new.socket.nextWaiting
        if new.socket.nextWaiting.isNone { place.socket.lastWaiting = .none }
        new.socket.nextWaiting = .none
        place.socket.waiting -= 1
        wakeSenders(place)
        let peer = new.socket.peer
        let name = peer.isNone ? new.socket.leftName : peer.socket.name
        request.address =
            name.isNone ? SocketAddress(family: LocalName.family) : name.localName.address
        return number
    }

    /// A connection is left for the next task that waits for one.
    private static func passOn(_ place: Place) {
        let source = place.socket.source
        guard !place.socket.firstWaiting.isNone,
            StreamState.shared.observation.sources[source].readers > 0
        else { return }
        _ = StreamState.wake(.readers(source), 1)
    }

    // MARK: - Datagrams

    /// Sets to whom a socket for datagrams sends, and from whom alone it receives.
    ///
    /// - Throws: `EPERM`: that one has another end; as `find`.
    private static func changePeer(_ place: Place, to address: SocketAddress?) throws(Errno) {
        var descriptors = Place.none
        defer { PassedDescriptor.closeAll(descriptors) }
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        var receiver = Place.none
        if let address {
            receiver = try find(address, style: .datagram)
            guard maySend(place, to: receiver) else { throw .notPermitted }
        }
        let old = place.socket.peer
        if old == receiver && !old.isNone { return }
        let wasConnected = place.socket.state != .alone
        disconnect(place)
        if wasConnected {
            // What others have sent before is lost, and its other end is told so.
            dropAll(place, &descriptors)
            if !old.isNone, old.socket.peer == place {
                old.socket.isReset = true
                tell(old, [.readable, .failed])
            }
            tell(place, .writable)
        }
        if !receiver.isNone {
            place.socket.peer = receiver
            place.socket.state = .connected
            let next = receiver.socket.firstSender
            place.socket.nextSender = next
            if !next.isNone { next.socket.previousSender = place }
            receiver.socket.firstSender = place
        }
    }

    /// Takes a socket for datagrams out of the list of its other end's, with the lock.
    static func disconnect(_ place: Place) {
        let (peer, next, previous) = (
            place.socket.peer, place.socket.nextSender, place.socket.previousSender
        )
        release(name: place.socket.leftName)
        place.socket.leftName = .none
        place.socket.state = .alone
        if peer.isNone { return }
        if previous.isNone {
            peer.socket.firstSender = next
        } else {
            previous.socket.nextSender = next
        }
        if !next.isNone { next.socket.previousSender = previous }
        place.socket.peer = .none
        place.socket.nextSender = .none
        place.socket.previousSender = .none
    }

    /// Ends one direction or both (POSIX, shutdown), and tells both ends.
    static func shut(_ place: Place, reading: Bool, writing: Bool) -> Int {
        locked {
            let peer = place.socket.peer
            if reading { place.socket.isReadShut = true }
            if writing { place.socket.isWriteShut = true }
            tellOfEnd(place)
            if reading { wakeSenders(place) }
            guard !peer.isNone, place.socket.style.isConnected else { return }
            if writing { peer.socket.isReadShut = true }
            if reading { peer.socket.isWriteShut = true }
            tellOfEnd(peer)
        }
        return 0
    }
}
