import KernelDescriptors
import KernelSupport

// What programs do with sockets.
extension VsockTable {
    /// How long the other end has to answer that a connection ends, in nanoseconds (Linux).
    private static var closingTime: UInt64 { 8_000_000_000 }
    /// Connections that may wait at most (Linux, SOMAXCONN).
    private static var mostWaiting: Int { 4096 }

    /// Begins to connect.
    ///
    /// - Returns: `false`: it was begun before.
    /// - Throws: `EISCONN`; `EALREADY`: it was begun before, and `isNonBlocking`; `EINVAL`: it listens,
    ///   or was shut; `ENODEV`: there is no device that leads there; `EADDRINUSE`: there is a
    ///   connection of these ends.
    public mutating func connect(
        _ place: Place, to remote: VsockAddress, isNonBlocking: Bool, now: UInt64
    ) throws(Errno) -> Bool {
        switch sockets[place].phase {
        case .free, .listening: throw .invalidArgument
        case .connected, .lost:
            throw sockets[place].marks.contains(.isDisconnecting) ? .invalidArgument : .socketIsConnected
        case .connecting:
            if isNonBlocking { throw .alreadyInProcess }
            return false
        case .idle: break
        }
        let isLocal = isOwn(remote.context)
        guard isLocal || context != nil else { throw .operationNotSupportedByDevice }
        if !sockets[place].marks.contains(.isBound) { try bind(place, to: .any) }
        let port = sockets[place].local.port
        guard connection(port, remote, isLocal: isLocal) == nil else { throw .addressInUse }
        if isLocal { sockets[place].marks.insert(.isLocal) } else { sockets[place].marks.remove(.isLocal) }
        sockets[place].marks.subtract([.isReadShut, .isWriteShut, .peerReadShut, .peerWriteShut, .isDone, .hasAsked])
        sockets[place].remote = remote
        sockets[place].error = nil
        sockets[place].credit = VsockCredit(buffer: sockets[place].credit.buffer)
        sockets[place].phase = .connecting
        enter(place)
        setDeadline(place, now.addingClamped(sockets[place].options.connectTime))
        send(.request, for: place)
        change(place)
        return true
    }

    /// The attempt to connect ends without success.
    ///
    /// - Parameter error: What SO_ERROR says of it; `nil`: nothing.
    public mutating func failConnect(_ place: Place, _ error: Errno?) {
        guard sockets[place].phase == .connecting else { return }
        leave(place)
        setDeadline(place, .max)
        sockets[place].due = []
        sockets[place].phase = .idle
        sockets[place].error = error
        change(place)
    }

    /// Lets others connect.
    ///
    /// - Throws: `EINVAL`: it has no port, or another end.
    public mutating func listen(_ place: Place, backlog: Int32) throws(Errno) {
        let phase = sockets[place].phase
        guard phase == .idle || phase == .listening, sockets[place].marks.contains(.isBound) else {
            throw .invalidArgument
        }
        sockets[place].phase = .listening
        // As many more than the backlog says wait as on Linux: one.
        sockets[place].most = (backlog < 0 ? Self.mostWaiting : min(Int(backlog), Self.mostWaiting)) + 1
        change(place)
    }

    /// A connection that waits; `nil`: none does.
    public mutating func accept(_ place: Place) -> Place? {
        let child = sockets[place].firstWaiting
        guard !child.isNone else { return nil }
        sockets[place].firstWaiting = sockets[child].nextWaiting
        if sockets[place].firstWaiting.isNone { sockets[place].lastWaiting = .none }
        sockets[place].waiting -= 1
        sockets[child].nextWaiting = .none
        sockets[child].listener = .none
        sockets[child].marks.remove(.isWaiting)
        change(place)
        return child
    }

    /// It waits again, before all others; if nobody listens any more, it ends.
    public mutating func putBack(_ child: Place, to place: Place, now: UInt64) {
        guard sockets[place].phase == .listening else { return close(child, now: now) }
        sockets[child].marks.insert(.isWaiting)
        sockets[child].listener = place
        sockets[child].nextWaiting = sockets[place].firstWaiting
        if sockets[place].firstWaiting.isNone { sockets[place].lastWaiting = child }
        sockets[place].firstWaiting = child
        sockets[place].waiting += 1
        change(place)
    }

    /// It waits to be accepted.
    mutating func wait(_ child: Place, for place: Place) {
        sockets[child].marks.insert(.isWaiting)
        sockets[child].listener = place
        let last = sockets[place].lastWaiting
        if last.isNone { sockets[place].firstWaiting = child } else { sockets[last].nextWaiting = child }
        sockets[place].lastWaiting = child
        sockets[place].waiting += 1
        sockets[place].marks.insert(.hasArrived)
        change(place)
    }

    /// Ends one direction or both (POSIX, shutdown).
    ///
    /// - Throws: `ENOTCONN`.
    public mutating func shut(_ place: Place, reading: Bool, writing: Bool) throws(Errno) {
        switch sockets[place].phase {
        case .free, .idle, .listening: throw .socketNotConnected
        case .connecting:
            // The other end would not know what is ended: there is no connection.
            failConnect(place, nil)
            return
        case .connected, .lost: break
        }
        sockets[place].marks.insert(.isDisconnecting)
        if reading { sockets[place].marks.insert(.isReadShut) }
        if writing { sockets[place].marks.insert(.isWriteShut) }
        if sockets[place].phase == .connected, !sockets[place].marks.contains(.isDone) { send(.shutdown, for: place) }
        change(place)
    }

    /// Nobody has it any more: the connection ends, and the place is given back when that is done.
    public mutating func close(_ place: Place, now: UInt64) {
        switch sockets[place].phase {
        case .free: return
        case .listening:
            while let child = accept(place) { close(child, now: now) }
            return release(place)
        case .idle, .connecting, .lost: return release(place)
        case .connected: break
        }
        sockets[place].marks.insert(.isOrphan)
        if sockets[place].marks.contains(.isDone) {
            if sockets[place].due.contains(.reset) { return }
            return release(place)
        }
        discard(place)
        if sockets[place].marks.isSuperset(of: VsockSocket.Marks.peerShut) {
            // The other end has ended both halves already, and waits for this (5.10.6.5).
            return reset(place)
        }
        sockets[place].marks.formUnion(VsockSocket.Marks.shut)
        send(.shutdown, for: place)
        setDeadline(place, now.addingClamped(Self.closingTime))
    }

    /// Bytes that nobody will read count as read.
    mutating func discard(_ place: Place) {
        sockets[place].credit.forward(sockets[place].credit.waiting)
    }

    /// The connection ends at once: the other end is told so.
    ///
    /// - Parameter error: What the program is told, if it is not just the end.
    public mutating func reset(_ place: Place, _ error: Errno? = nil) {
        guard sockets[place].phase == .connected, !sockets[place].marks.contains(.isDone) else { return }
        sockets[place].due = []
        send(.reset, for: place)
        if let error { sockets[place].error = error }
        finish(place)
    }

    /// The connection is over, and what has come can still be read.
    mutating func finish(_ place: Place) {
        leave(place)
        setDeadline(place, .max)
        sockets[place].marks.formUnion([.isDone, .peerReadShut, .peerWriteShut])
        sockets[place].due.formIntersection(.reset)
        if sockets[place].marks.contains(.isOrphan) {
            if sockets[place].due.isEmpty { release(place) }
            return
        }
        change(place)
    }

    /// The other end of a connection of this machine with itself; `nil`: it is gone.
    public func localPeer(of place: Place) -> Place? {
        let socket = sockets[place]
        guard socket.marks.contains(.isLocal), socket.phase == .connected else { return nil }
        let own = VsockAddress(context: VsockAddress.localContext, port: socket.local.port)
        return connection(socket.remote.port, own, isLocal: true)
    }

    // MARK: - Options

    /// SO_ERROR, which is told once.
    public mutating func takeError(_ place: Place) -> Errno? {
        let error = sockets[place].error
        sockets[place].error = nil
        if error != nil { change(place) }
        return error
    }

    /// Changes the buffer's size within its bounds, or the bounds (SO_VM_SOCKETS_BUFFER_SIZE and its
    /// kin). What is more than `VsockOptions.greatest` counts as that.
    public mutating func setBuffer(_ place: Place, size: UInt64? = nil, least: UInt64? = nil, most: UInt64? = nil) {
        if let least { sockets[place].options.least = min(least, VsockOptions.greatest) }
        if let most { sockets[place].options.most = min(most, VsockOptions.greatest) }
        let options = sockets[place].options
        // As on Linux the upper bound counts where it is below the lower one.
        let wanted = min(max(size ?? UInt64(sockets[place].credit.buffer), options.least), options.most)
        let new = UInt32(truncatingIfNeeded: wanted)
        guard new != sockets[place].credit.buffer else { return }
        sockets[place].credit.resize(to: new)
        if sockets[place].phase == .connected, !sockets[place].marks.contains(.isDone) {
            send(.creditUpdate, for: place)
        }
        change(place)
    }

    /// SO_VM_SOCKETS_CONNECT_TIMEOUT, SO_RCVLOWAT.
    public mutating func changeOptions(_ place: Place, _ body: (inout VsockOptions) -> Void) {
        body(&sockets[place].options)
        change(place)
    }
}

extension UInt64 {
    /// The sum; the greatest number where there is none.
    func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }
}
