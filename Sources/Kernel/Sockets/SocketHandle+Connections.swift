import KernelDescriptors
import KernelNetwork
import KernelNetworkCards
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

// Connections: made, accepted. None of these holds a lock when it begins.
extension SocketHandle {
    /// The loopback's packets: their text is as much as is copied at once.
    private static var loopbackPath: UInt32 { 16_384 + 60 }

    /// What a connection between these ends begins with; with the lock.
    func opening(from local: Endpoint, to remote: Endpoint, _ now: Instant) -> TCP.Opening {
        let (initial, offset) = unsafe SocketState.shared.pointee.sequence.numbers(
            local: local, remote: remote, now: now)
        return TCP.Opening(
            initialSequence: initial, timestampOffset: offset,
            options: transportOptions(to: remote.address),
            path: path(from: local, to: remote),
            receiveCapacity: UInt32(
                it.options.switches.contains(.fixesReceive) ? it.options.receiveSize : 65_536))
    }

    /// Bytes of text that go at once: what the device cuts, or 16 KiB that are cut here.
    static func greatestText(by way: Network.Way, isV6: Bool) -> UInt32 {
        let longest = NetworkCards.card(way.interface - 1)?.longestText(isV6: isV6) ?? 0
        return longest > 0 ? UInt32(longest) : 16_384
    }

    private func path(from local: Endpoint, to remote: Endpoint) -> TCP.Path {
        let isV6 = remote.address.isV6
        if InterfaceState.isOwn(remote.address) { return TCP.Path(mtu: Self.loopbackPath, isV6: isV6) }
        let device = it.options.device.interface
        guard let way = try? InterfaceState.way(to: remote.address, from: local.address, by: device) else {
            // The address or the route has gone meanwhile.
            return TCP.Path(mtu: isV6 ? 1280 : 576, isV6: isV6)
        }
        return TCP.Path(mtu: UInt32(way.unit), isV6: isV6, greatestPayload: Self.greatestText(by: way, isV6: isV6))
    }

    /// What the program has set of TCP, and what the way allows: small segments that are
    /// only handed over have nothing to wait for.
    func transportOptions(to remote: IPAddress) -> TCP.Options {
        var options = it.options.tcp
        if it.marks.contains(.awaitsMore) { options.switches.insert(.cork) }
        if remote.isLoopback { options.switches.insert(.noDelay) }
        return options
    }

    // MARK: - Connecting

    func connect(_ address: SocketAddress, isNonBlocking: Bool) -> Int {
        outcome { () throws(Errno) in
            guard let family = address.family else { throw .invalidArgument }
            if family == InternetAddress.unspecifiedFamily { return try disconnect() }
            var remote = try InternetAddress.parse(address, isV6: it.isV6)
            remote.address = remote.address.asDestination
            let scope = try InternetAddress.scope(of: address)
            InterfaceState.waitForAddress(
                to: remote.address, by: scope == .none ? it.options.device.interface : scope.interface)
            guard it.isStream else { return try connectDatagrams(remote, scope) }
            var work = NetworkWork()
            var flags = enter()
            let begins: Bool
            do throws(Errno) {
                begins = try beginConnect(remote, scope, isNonBlocking: isNonBlocking, &work)
            } catch {
                leave(flags, work)
                work.run()
                throw error
            }
            leave(flags, work)
            work.run()
            if !begins { return 0 }
            flags = enter()
            if isNonBlocking {
                it.marks.insert(.reportsConnect)
                leave(flags, work)
                throw .nowInProgress
            }
            let end = deadline(it.options.sendLimit)
            var error: Errno? = nil
            while it.phase == .connecting, error == nil { error = wait(.write, until: end, work) }
            if it.phase == .connecting {
                it.marks.insert(.reportsConnect)
                if error == .timedOut { error = .nowInProgress }
            } else {
                error = it.phase == .idle ? failConnect() : nil
                it.marks.remove(.reportsConnect)
            }
            leave(flags, work)
            work.settle()
            if let error { throw error }
            return 0
        }
    }

    /// Sends the SYN, unless there is a connection; with the lock.
    ///
    /// - Returns: `false`: one that was begun before is there.
    @inline(never)
    private func beginConnect(
        _ remote: Endpoint, _ scope: InterfaceNumber, isNonBlocking: Bool, _ work: inout NetworkWork
    ) throws(Errno) -> Bool {
        switch it.phase {
        case .free, .listening: throw .socketIsConnected
        case .connected, .ended:
            guard it.marks.contains(.reportsConnect) else { throw .socketIsConnected }
            it.marks.remove(.reportsConnect)
            if let error = takeError() { throw error }
            return false
        case .connecting:
            // Who waits goes on with it, as after a signal.
            if isNonBlocking { throw .alreadyInProcess }
            return true
        case .idle:
            if it.marks.contains(.reportsConnect) {
                throw failConnect()
            }
        }
        guard !remote.address.isMulticast, !InterfaceState.isBroadcast(remote.address) else {
            throw .networkUnreachable
        }
        try use(scope, for: remote.address)
        let source = try sourceOfConnection(to: remote.address)
        try enterEnds(from: source, to: remote)
        it.error = nil
        it.phase = .connecting
        it.marks.subtract([.peerHasEnded, .isReadShut, .isWriteShut, .isRemote])
        if !InterfaceState.isOwn(remote.address) { it.marks.insert(.isRemote) }
        it.receive.release()
        it.sendPosition = 0
        it.hasConnection = true
        HostCounts.tcp.activeOpens &+= 1
        it.connection = TCP.Connection(
            opening: opening(from: it.local, to: remote, work.now), now: work.now)
        begin(&work)
        return true
    }

    /// That there is no connection is told: it is as it was before; with the lock.
    private func failConnect() -> Errno {
        it.marks.remove(.reportsConnect)
        it.marks.insert(.isFresh)
        return takeError() ?? .connectionAbort
    }

    /// Enters both ends into the table, with a port of the system's choice if it has none.
    ///
    /// - Throws: `EADDRNOTAVAIL`: no port is free for that end.
    func enterEnds(from source: IPAddress, to remote: Endpoint) throws(Errno) {
        let number = number
        let known = it.bound == nil ? nil : it.local.port
        let transport = it.transport
        let (port, bound, ends) = try SocketState.locked { state throws(Errno) in
            var port = known ?? .any
            var bound: SocketTable.Entry? = nil
            if known == nil {
                var counter = state.portCounter
                let key = state.key
                port = try PortSelection.connection(
                    from: source, to: remote, key: key, counter: &counter
                ) { port in
                    state.table.isFree(SocketBinding(transport, source, port))
                        && state.table.find(
                            connected: transport, local: Endpoint(source, port), remote: remote) == nil
                }
                state.portCounter = counter
                bound = try state.table.bind(number, SocketBinding(transport, source, port))
            }
            do throws(Errno) {
                return (
                    port, bound,
                    try state.table.connect(
                        number, transport, local: Endpoint(source, port), remote: remote)
                )
            } catch {
                if let bound { state.table.remove(bound) }
                throw error
            }
        }
        if let bound { it.bound = bound }
        it.ends = ends
        it.local = Endpoint(source, port)
        it.remote = remote
        it.peer = .none
    }

    /// Connects no more (POSIX, connect with AF_UNSPEC): of a stream the connection is reset.
    @inline(never)
    private func disconnect() throws(Errno) -> Int {
        var work = NetworkWork()
        let flags = enter()
        if it.isStream {
            if it.phase == .listening {
                leave(flags, work)
                endListening(&work)
                return 0
            }
            if it.hasConnection { take(tcp.abort(), .nothing, &work) }
            it.error = nil
            begin(&work)
            leave(flags, work)
            work.run()
            let again = enter()
            // Another task may be handing its segments on: then it is over soon.
            while it.hasConnection {
                if let error = wait(.write, until: .max, work) {
                    leave(again, work)
                    throw error
                }
            }
            it.phase = .idle
            it.marks.subtract([.reportsConnect, .peerHasEnded, .isReadShut, .isWriteShut])
            it.marks.insert(.isFresh)
            it.receive.release()
            unbindChosen()
            leave(again, work)
            return 0
        }
        if let ends = it.ends {
            it.ends = nil
            SocketState.locked { $0.table.remove(ends) }
        }
        if it.phase == .connected {
            it.phase = .idle
            it.remote = .unspecified(isV6: it.isV6)
            unbindChosen()
        }
        it.peer = .none
        leave(flags, work)
        return 0
    }

    /// SO_ERROR, which is told once; with the lock.
    func takeError() -> Errno? {
        let error = it.error
        it.error = nil
        return error
    }

    // MARK: - Listening

    /// Connections that may wait at most (Linux, SOMAXCONN).
    private static var mostWaiting: Int { 4096 }

    func listen(_ backlog: Int32) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        return outcome { () throws(Errno) in
            guard it.isStream else { throw .notSupported }
            // As many more than the backlog says wait as on Linux: one.
            let most = (backlog < 0 ? Self.mostWaiting : min(Int(backlog), Self.mostWaiting)) + 1
            if it.phase == .listening {
                it.listener.it.tcp.backlog = most
                return 0
            }
            guard it.phase == .idle, !it.marks.contains(.reportsConnect) else { throw .invalidArgument }
            if it.bound == nil { try choosePort(it.local.address, .any) }
            let listener = try ListenerHandle(backlog: most)
            let entry = it.bound!
            let isAlone = SocketState.locked { $0.table.listen(entry) }
            guard isAlone else {
                listener.give()
                throw .addressInUse
            }
            listener.it.tcp.deferral = TCPInformation.retransmissions(it.options.deferral)
            it.listener = listener
            it.phase = .listening
            return 0
        }
    }

    /// The handshake of a connection is done: it waits to be accepted.
    ///
    /// - Returns: What is sent back where there is no room for it.
    @inline(never)
    func adopt(
        _ child: SocketHandle, _ effects: TCP.Effects, _ parcel: borrowing Parcel,
        _ work: inout NetworkWork
    ) -> TCP.Segment? {
        var listening = enter()
        let (options, isV6) = (it.options, it.isV6)
        if child.isNone, it.phase == .listening { it.listener.it.tcp.accepted() }
        leave(listening, work)
        // Without memory for a connection the other end is told that there is none.
        if child.isNone { return parcel.segment.resetAnswer }
        let flags = child.enter()
        HostCounts.tcp.passiveOpens &+= 1
        child.it.phase = .connected
        child.it.isV6 = isV6
        child.it.marks = parcel.interface == Network.loopback ? [] : .isRemote
        child.it.options = options
        child.it.local = parcel.to
        child.it.remote = parcel.from
        let (local, remote) = (parcel.to, parcel.from)
        child.it.ends = SocketState.locked { state in
            try? state.table.connect(child.number, .tcp, local: local, remote: remote)
        }
        child.take(effects, parcel, &work)
        child.begin(&work)
        child.leave(flags, work)
        listening = enter()
        guard it.phase == .listening, it.local.port == local.port else {
            leave(listening, work)
            child.close(resets: true, &work)
            return nil
        }
        let last = it.listener.it.lastWaiting
        if last.isNone { it.listener.it.firstWaiting = child } else { last.it.nextWaiting = child }
        it.listener.it.lastWaiting = child
        it.pulse.insert(.readable)
        wakeReader(&work)
        leave(listening, work)
        return nil
    }

    // MARK: - Accepting

    func accept(_ request: inout AcceptRequest) -> Int {
        guard it.isStream else { return Errno.notSupported.result }
        let work = NetworkWork()
        var end: UInt64? = nil
        var flags = enter()
        while true {
            guard it.phase == .listening else {
                leave(flags, work)
                return Errno.invalidArgument.result
            }
            if !it.listener.it.firstWaiting.isNone { break }
            if request.isNonBlocking {
                leave(flags, work)
                return Errno.resourceTemporarilyUnavailable.result
            }
            if end == nil { end = deadline(it.options.receiveLimit) }
            if let error = wait(.read, until: end ?? .max, work) {
                leave(flags, work)
                return error == .timedOut ? Errno.resourceTemporarilyUnavailable.result : error.result
            }
        }
        let child = it.listener.it.firstWaiting
        takeWaiting(child)
        var more = NetworkWork()
        // One more is for the next task.
        if !it.listener.it.firstWaiting.isNone { wakeReader(&more) }
        leave(flags, work)
        more.settle()
        return outcome { () throws(Errno) in
            do throws(Errno) {
                let number = try Descriptors.open(
                    Self.kind, object: UInt64(child.number), flags: request.flags,
                    closesOnExec: request.closesOnExec
                ) { child.it.source = $0 }
                flags = child.enter()
                request.address = InternetAddress.address(of: child.it.remote, isV6: child.it.isV6)
                child.leave(flags, work)
                return Int(number)
            } catch {
                flags = enter()
                let stays = it.phase == .listening
                if stays { putBack(child) }
                leave(flags, work)
                if !stays { child.close(resets: true, &more) }
                more.run()
                throw error
            }
        }
    }

    /// Takes the first of those that wait; with the listener's lock.
    private func takeWaiting(_ child: SocketHandle) {
        let next = child.it.nextWaiting
        child.it.nextWaiting = .none
        it.listener.it.firstWaiting = next
        if next.isNone { it.listener.it.lastWaiting = .none }
        it.listener.it.tcp.accepted()
    }

    /// It waits again, before all others, as there was no descriptor for it.
    private func putBack(_ child: SocketHandle) {
        child.it.nextWaiting = it.listener.it.firstWaiting
        if it.listener.it.firstWaiting.isNone { it.listener.it.lastWaiting = child }
        it.listener.it.firstWaiting = child
        it.listener.it.tcp.returned()
    }

    /// It listens no more; connections that wait are reset.
    @inline(never)
    func endListening(_ work: inout NetworkWork) {
        let flags = enter()
        guard it.phase == .listening else { return leave(flags, work) }
        let listener = it.listener
        var child = listener.it.firstWaiting
        it.phase = .idle
        it.listener = .none
        it.marks.remove(.isFresh)
        let bound = it.bound
        let isChosen = !it.marks.contains(.isBound)
        if let bound { SocketState.locked { $0.table.endListening(bound) } }
        if isChosen { unbindChosen() }
        wakeAll(&work)
        leave(flags, work)
        listener.give()
        while !child.isNone {
            let next = child.it.nextWaiting
            child.it.nextWaiting = .none
            child.close(resets: true, &work)
            child = next
        }
        work.run()
    }
}

extension Parcel {
    /// For what happens without a segment.
    static var nothing: Parcel {
        Parcel(
            segment: TCP.Segment(sequence: SequenceNumber(0), flags: []),
            from: .unspecified(isV6: false), to: .unspecified(isV6: false))
    }
}
