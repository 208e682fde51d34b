import KernelDescriptors
import KernelSupport

// Packets that are sent, and moments.
extension VsockTable {
    /// Something is to be sent.
    mutating func send(_ due: VsockSocket.Due, for place: Place) {
        sockets[place].due.formUnion(due)
        queue(place)
    }

    private mutating func queue(_ place: Place) {
        guard !sockets[place].marks.contains(.isQueued) else { return }
        sockets[place].marks.insert(.isQueued)
        sockets[place].nextQueued = .none
        let isLocal = sockets[place].marks.contains(.isLocal)
        let last = isLocal ? toSelf.last : toDevice.last
        if !last.isNone { sockets[last].nextQueued = place }
        if isLocal {
            if last.isNone { toSelf.first = place }
            toSelf.last = place
        } else {
            if last.isNone { toDevice.first = place }
            toDevice.last = place
        }
    }

    /// The device has no room for bytes of a socket: it has its turn when there is.
    public mutating func awaitRoom(_ place: Place) {
        sockets[place].marks.insert(.awaitsRoom)
        queue(place)
    }

    private mutating func unqueueFirst(isLocal: Bool) {
        let place = isLocal ? toSelf.first : toDevice.first
        let next = sockets[place].nextQueued
        sockets[place].marks.remove(.isQueued)
        if isLocal {
            toSelf.first = next
            if next.isNone { toSelf.last = .none }
        } else {
            toDevice.first = next
            if next.isNone { toDevice.last = .none }
        }
    }

    /// Whether there are packets to this machine itself; for the device.
    public func hasPackets(isLocal: Bool) -> Bool { isLocal ? !toSelf.isEmpty : !toDevice.isEmpty }

    /// The next packet without bytes to be sent, which counts as sent; `nil`: there is none.
    public mutating func nextPacket(isLocal: Bool) -> VsockHeader? {
        if let answer = isLocal ? toSelf.takeAnswer() : toDevice.takeAnswer() { return answer }
        while true {
            let place = isLocal ? toSelf.first : toDevice.first
            if place.isNone { return nil }
            let isThere = sockets[place].marks.contains(.isLocal) == isLocal
            if isThere, let packet = takeDue(place) { return packet }
            unqueueFirst(isLocal: isLocal)
            sockets[place].marks.remove(.awaitsRoom)
            if !isThere {
                // It connects to somewhere else than it did.
                queue(place)
            } else if sockets[place].phase == .free {
                giveIfUnlisted(place)
            } else if sockets[place].marks.isSuperset(of: [.isOrphan, .isDone]) {
                release(place)
            } else {
                // Who waits to send may go on.
                change(place)
            }
        }
    }

    /// The first of a socket's, in the order in which the other end has to see them.
    private mutating func takeDue(_ place: Place) -> VsockHeader? {
        let due = sockets[place].due
        if due.isEmpty { return nil }
        var flags: UInt32 = 0
        let operation: VsockHeader.Operation
        let taken: VsockSocket.Due
        if due.contains(.request) {
            (operation, taken) = (.request, .request)
        } else if due.contains(.response) {
            (operation, taken) = (.response, .response)
        } else if due.contains(.creditRequest) {
            (operation, taken) = (.creditRequest, .creditRequest)
        } else if due.contains(.creditUpdate) {
            (operation, taken) = (.creditUpdate, .creditUpdate)
        } else if due.contains(.shutdown) {
            (operation, taken) = (.shutdown, .shutdown)
            var halves: VsockHeader.Halves = []
            if sockets[place].marks.contains(.isReadShut) { halves.insert(.receiving) }
            if sockets[place].marks.contains(.isWriteShut) { halves.insert(.sending) }
            flags = halves.rawValue
        } else {
            (operation, taken) = (.reset, .reset)
        }
        // Every packet tells credit.
        sockets[place].due.subtract(taken.union(.creditUpdate))
        return header(operation, for: place, flags: flags)
    }

    private mutating func header(
        _ operation: VsockHeader.Operation, for place: Place, count: Int = 0, flags: UInt32 = 0
    ) -> VsockHeader {
        let (buffer, forwarded) = sockets[place].credit.tell()
        let own = sockets[place].marks.contains(.isLocal) ? VsockAddress.localContext : context ?? VsockAddress.anyContext
        return VsockHeader(
            operation, from: VsockAddress(context: own, port: sockets[place].local.port), to: sockets[place].remote,
            count: UInt32(truncatingIfNeeded: count), flags: flags, buffer: buffer, forwarded: forwarded)
    }

    // MARK: - Bytes

    /// Bytes that a socket may send now: none before what has to be sent first.
    ///
    /// - Parameter hasMoved: Some were sent before: the connection's error is the next call's.
    /// - Throws: What ends sending: the connection's error; `EPIPE`; `ENOTCONN`.
    public mutating func room(_ place: Place, hasMoved: Bool = false) throws(Errno) -> Int {
        let socket = sockets[place]
        if socket.phase == .connected || socket.phase == .lost, !hasMoved, let error = takeError(place) { throw error }
        if socket.marks.contains(.isWriteShut) || socket.marks.contains(.peerReadShut) { throw .brokenPipe }
        guard socket.phase == .connected else { throw .socketNotConnected }
        return socket.canSend ? socket.credit.room : 0
    }

    /// Sends bytes, which the owner puts behind this header.
    ///
    /// - Precondition: There is room for them.
    public mutating func sendData(_ place: Place, count: Int) -> VsockHeader {
        sockets[place].credit.send(count)
        return header(.data, for: place, count: count)
    }

    /// Somebody waits for room: the other end is asked for its credit, once until it tells some.
    public mutating func wantRoom(_ place: Place) {
        let socket = sockets[place]
        guard socket.phase == .connected, socket.credit.room == 0,
            socket.marks.isDisjoint(with: [.hasAsked, .isDone])
        else { return }
        sockets[place].marks.insert(.hasAsked)
        send(.creditRequest, for: place)
    }

    /// Bytes that there are, and whether there will be no more.
    ///
    /// - Parameter hasMoved: Some were read before: the connection's error is the next call's.
    /// - Throws: The connection's error; `ENOTCONN`.
    public mutating func canRead(
        _ place: Place, hasMoved: Bool = false
    ) throws(Errno) -> (count: Int, isEnd: Bool) {
        let socket = sockets[place]
        switch socket.phase {
        case .connected: break
        case .lost:
            if let error = takeError(place) { throw error }
            throw .socketNotConnected
        default: throw .socketNotConnected
        }
        if socket.marks.contains(.isReadShut) { return (0, true) }
        let count = socket.credit.waiting
        if count == 0, !hasMoved, let error = takeError(place) { throw error }
        return (count, socket.marks.contains(.peerWriteShut))
    }

    /// The program has taken bytes of what has come.
    public mutating func consume(_ place: Place, _ count: Int) {
        sockets[place].credit.forward(count)
        tellCredit(place)
        change(place)
    }

    /// A read waits for so many bytes.
    public mutating func wantBytes(_ place: Place, _ count: Int) {
        guard sockets[place].phase == .connected, !sockets[place].marks.contains(.isDone),
            sockets[place].credit.isUpdateDue(least: count)
        else { return }
        send(.creditUpdate, for: place)
    }

    mutating func tellCredit(_ place: Place) { wantBytes(place, Int(sockets[place].options.leastToRead)) }

    // MARK: - Readiness

    /// What a socket is ready for (Linux, vsock_poll).
    public func readiness(_ place: Place) -> Readiness {
        let socket = sockets[place]
        let marks = socket.marks
        var ready: Readiness = []
        if socket.error != nil { ready.insert(.failed) }
        if marks.isSuperset(of: VsockSocket.Marks.shut) || marks.isSuperset(of: [.isWriteShut, .peerWriteShut]) {
            ready.insert(.hungUp)
        }
        if marks.contains(.isReadShut) || marks.contains(.peerWriteShut) {
            ready.formUnion([.readHungUp, .readable])
        }
        switch socket.phase {
        case .free, .connecting: break
        case .listening: if socket.hasWaiting { ready.insert(.readable) }
        case .idle: ready.insert(.writable)
        case .lost: ready.formUnion([.readable, .writable])
        case .connected:
            let least = min(Int(socket.options.leastToRead), Int(socket.credit.buffer))
            if socket.credit.waiting >= max(least, 1) || socket.error != nil { ready.insert(.readable) }
            let isOver = marks.contains(.isDone) || marks.contains(.peerReadShut)
            if !marks.contains(.isWriteShut), isOver || socket.canSend && socket.credit.room > 0 {
                ready.insert(.writable)
            }
        }
        return ready
    }

    // MARK: - Time

    mutating func setDeadline(_ place: Place, _ deadline: UInt64) {
        sockets[place].deadline = deadline
        if deadline == .max { return removeTimed(place) }
        nextDeadline = min(nextDeadline, deadline)
        guard !sockets[place].marks.contains(.isTimed) else { return }
        sockets[place].marks.insert(.isTimed)
        sockets[place].previousTimed = .none
        sockets[place].nextTimed = firstTimed
        if !firstTimed.isNone { sockets[firstTimed].previousTimed = place }
        firstTimed = place
    }

    private mutating func removeTimed(_ place: Place) {
        guard sockets[place].marks.contains(.isTimed) else { return }
        sockets[place].marks.remove(.isTimed)
        let (previous, next) = (sockets[place].previousTimed, sockets[place].nextTimed)
        if previous.isNone { firstTimed = next } else { sockets[previous].nextTimed = next }
        if !next.isNone { sockets[next].previousTimed = previous }
    }

    /// The shortest time between two looks at all deadlines, in nanoseconds: however many there
    /// are, they cost a part of the time only.
    private static var grain: UInt64 { 10_000_000 }

    /// Does what is due.
    public mutating func expire(at now: UInt64) {
        guard nextDeadline <= now else { return }
        var next = UInt64.max
        var place = firstTimed
        while !place.isNone {
            let following = sockets[place].nextTimed
            if sockets[place].deadline <= now {
                if sockets[place].phase == .connecting {
                    failConnect(place, .timedOut)
                } else {
                    // The other end has not answered that the connection ends.
                    reset(place)
                }
            } else {
                next = min(next, sockets[place].deadline)
            }
            place = following
        }
        nextDeadline = next == .max ? .max : max(next, now.addingClamped(Self.grain))
    }
}
