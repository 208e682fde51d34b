import CMachine
import KernelDescriptors
import KernelNetwork
import KernelSupport
import KernelWire

/// A segment on its way to a socket, with the text of the sender's that goes with it.
///
/// The text is read where it lies: it is the sender's that is not acknowledged, and stays
/// as long as the sender is marked with `isSending`.
struct Parcel {
    var segment: TCP.Segment
    var from: Endpoint
    var to: Endpoint
    var text = ByteRing()
    var start = 0
    /// The text, where another host has sent it.
    var received = ReceivedText()
    /// By which interface it has come, and from which station: answers go there, and need no
    /// neighbour.
    var interface = Network.loopback
    var station = EthernetAddress.zero
    /// By which interface alone it leaves (SO_BINDTODEVICE).
    var device = InterfaceNumber.none
    /// What its header says beside that.
    var marks = PacketMarks()

    /// The packet of such a segment.
    func packet(payloadLength: Int) -> OutgoingPacket {
        OutgoingPacket(
            source: from.address, destination: to.address, protocol: .tcp, payloadLength: payloadLength,
            hopLimit: marks.hopLimit, trafficClass: marks.trafficClass)
    }

    /// Becomes an answer, back to where it came from.
    mutating func turn(to segment: TCP.Segment, marks: PacketMarks) {
        self.segment = segment
        swap(&from, &to)
        text = ByteRing()
        start = 0
        received = ReceivedText()
        self.marks = marks
    }
}

extension SocketHandle {
    /// Segments that are handed on before others have their turn, and in an interrupt.
    private static var atOnce: Int { 64 }
    private static var atOnceInInterrupt: Int { 8 }
    /// Segments that are handed on before interrupts are let in. A task that is put off
    /// here keeps what others add waiting, so small messages are never at that mercy.
    private static var withoutInterrupts: Int { 4 }

    // MARK: - Sending

    /// Something has happened to the connection, with the lock: what it has to send is
    /// sent when `work` is run, or it rests.
    func begin(_ work: inout NetworkWork) {
        guard it.hasConnection, !it.marks.contains(.isSending) else { return }
        if let next = nextSegment(work.now) {
            it.outgoing = next
            it.marks.insert(.isSending)
            it.nextWork = work.first
            work.first = self
        } else {
            rest(&work)
        }
    }

    /// What TCP has to send next; with the lock.
    @inline(__always)
    private func nextSegment(_ now: Instant) -> TCP.Transmission? {
        // After most events there is nothing.
        if tcp.isAtRest() { return nil }
        let before = tcp.retransmittedSegments
        let next = tcp.nextSegment(now: now)
        if tcp.retransmittedSegments != before { HostCounts.tcp.retransmitted &+= 1 }
        return next
    }

    /// Hands the segments on, one after the other, without the lock meanwhile.
    func sendAll(_ work: inout NetworkWork) {
        let outer = machine_disable_interrupts()
        defer { machine_restore_interrupts(outer) }
        var left = work.isInterrupt ? Self.atOnceInInterrupt : Self.atOnce
        var flags = enter()
        while let next = it.outgoing {
            it.outgoing = nil
            let start = Int(truncatingIfNeeded: next.position &- it.sendPosition)
            var parcel = Parcel(
                segment: next.segment, from: it.local, to: it.remote, text: it.send, start: start)
            parcel.marks = it.options.marks(to: it.remote.address)
            parcel.device = it.options.device
            var found = it.peer
            let isRemote = it.marks.contains(.isRemote)
            var way = it.way
            leave(flags, work)
            // What was acknowledged meanwhile need not be sent.
            if next.segment.count == 0 || start >= 0 {
                if isRemote {
                    InterfaceState.send(parcel, segmentSize: Int(next.segmentSize), &way, at: work.now)
                } else {
                    found = work.hand(&parcel, to: found)
                }
            }
            left -= 1
            if left % Self.withoutInterrupts == 0 {
                machine_restore_interrupts(outer)
                _ = machine_disable_interrupts()
            }
            flags = enter()
            it.peer = found
            it.way = way
            if left == 0 {
                it.marks.remove(.isSending)
                it.send.releaseRetired()
                SocketTimers.arm(self, at: work.now)
                break
            }
            it.outgoing = nextSegment(work.now)
            if it.outgoing == nil {
                it.marks.remove(.isSending)
                rest(&work)
            }
        }
        leave(flags, work)
    }

    /// The connection has nothing to send now.
    private func rest(_ work: inout NetworkWork) {
        it.send.releaseRetired()
        let state = tcp.state
        if state == .closed { return finish(&work) }
        if state == .timeWait, it.marks.contains(.isOrphan), !it.marks.contains(.isWaiting) {
            enterTimeWait(&work)
        }
        SocketTimers.arm(self, at: tcp.deadline)
    }

    // MARK: - Receiving

    enum Reception {
        case done
        /// It is not the socket that the segment is for.
        case wrong
        /// This is to be sent back; a listener's SYN,ACK has what it has set of its packets.
        case answer(TCP.Segment, PacketMarks)
        /// The connection was at its end, and a new one begins in its place.
        case replaced
        /// A connection of a listener's is made, at a place that nobody else knows.
        case established(SocketHandle, TCP.Effects)
    }

    /// Takes a segment, if it is for this socket.
    ///
    /// - Parameter isGuess: The table was not asked: one that listens is not meant.
    func receive(_ parcel: borrowing Parcel, isGuess: Bool, _ work: inout NetworkWork) -> Reception {
        let flags = enter()
        defer { leave(flags, work) }
        guard it.local.port == parcel.to.port, it.isStream else { return .wrong }
        if it.phase == .listening { return isGuess ? .wrong : hear(parcel, work.now) }
        guard it.hasConnection, it.remote == parcel.from, it.local == parcel.to, takes(parcel.interface)
        else { return .wrong }
        let effects = tcp.receive(parcel.segment, now: work.now)
        take(effects, parcel, &work)
        if effects.events.contains(.replaced) {
            // What is being sent is that of the old one.
            guard !it.marks.contains(.isSending) else { return .done }
            finish(&work)
            return .replaced
        }
        begin(&work)
        if effects.events.contains(.answerReset), let answer = parcel.segment.resetAnswer {
            return .answer(answer, PacketMarks())
        }
        return .done
    }

    /// Whether what has come by an interface is for it (SO_BINDTODEVICE); what is of the host itself
    /// always is.
    @inline(__always)
    private func takes(_ interface: Int) -> Bool {
        let device = it.options.device
        return device == .none || device == InterfaceNumber(interface) || interface == Network.loopback
    }

    /// A segment for one that listens.
    @inline(never)
    private func hear(_ parcel: borrowing Parcel, _ now: Instant) -> Reception {
        let parameters = opening(from: parcel.to, to: parcel.from, now)
        let refused = it.listener.it.tcp.counters.refused
        let outcome = it.listener.it.tcp.receive(
            parcel.segment, local: parcel.to, remote: parcel.from, parameters: parameters, now: now)
        SocketTimers.arm(self, at: it.listener.it.tcp.deadline)
        HostCounts.tcp.failedAttempts &+= it.listener.it.tcp.counters.refused &- refused
        switch outcome {
        case .none: return .done
        case .answer(let segment):
            return .answer(
                segment, segment.flags.contains(.syn) ? it.options.marks(to: parcel.from.address) : PacketMarks())
        case .established(let connection, let effects):
            return .established(makePlace(for: connection), effects)
        }
    }

    /// Puts a new connection at a free place; none: there is no memory.
    private func makePlace(for connection: TCP.Connection) -> SocketHandle {
        guard let child = try? SocketState.take() else { return .none }
        child.it.connection = connection
        child.it.hasConnection = true
        return child
    }

    /// What has come of an event, with the lock.
    func take(_ effects: TCP.Effects, _ parcel: borrowing Parcel, _ work: inout NetworkWork) {
        if effects.acknowledged > 0 {
            it.send.consume(Int(effects.acknowledged))
            it.sendPosition &+= UInt64(effects.acknowledged)
            if it.hasRoom { wakeWriters(&work) }
        }
        for index in 0..<effects.pieces.count {
            let piece = effects.pieces[index]
            let offset = Int(truncatingIfNeeded: piece.position &- tcp.readPosition)
            let count = Int(piece.count)
            guard it.receive.ensure(offset + count) else { return lackMemory(&work) }
            if parcel.received.count > 0 {
                let first = Int(piece.offset)
                parcel.received.withBytes(first..<first + count) { it.receive.copy($0, to: offset) }
            } else {
                it.receive.copy(count, of: parcel.text, from: parcel.start + Int(piece.offset), to: offset)
            }
        }
        if effects.delivered > 0 {
            it.receive.extend(Int(effects.delivered))
            it.pulse.insert(.readable)
            wakeReader(&work)
        }
        if effects.events.isEmpty { return }
        HostCounts.count(effects.events)
        if effects.events.contains(.wantsReceiveBuffer) { growReceiving() }
        if effects.events.contains(.established), it.phase == .connecting {
            it.phase = .connected
            it.marks.remove(.isFresh)
            wakeWriters(&work)
        }
        if effects.events.contains(.ended) {
            it.marks.insert(.peerHasEnded)
            it.pulse.insert(.readable)
            wakeAll(&work)
        }
        if let failure = effects.failure {
            fail(failure)
            wakeAll(&work)
        }
    }

    @inline(never)
    func growReceiving() {
        guard !it.options.switches.contains(.fixesReceive) else { return }
        tcp.receiveCapacityChanged(to: tcp.wantedReceiveCapacity)
    }

    /// What was acknowledged can't be kept: the connection ends.
    @inline(never)
    private func lackMemory(_ work: inout NetworkWork) {
        SocketState.locked { $0.counters.lackingMemory &+= 1 }
        HostCounts.count(tcp.abort().events)
        it.error = .noBufferSpace
        wakeAll(&work)
    }

    @inline(never)
    private func fail(_ failure: TCP.Failure) {
        it.error =
            switch failure {
            case .refused: .connectionRefused
            // Nobody is there any more for whom it could be sent (Linux, tcp_reset).
            case .reset: it.marks.contains(.peerHasEnded) ? .brokenPipe : .connectionReset
            case .timedOut: .timedOut
            case .aborted: nil
            case .hostUnreachable: .noRouteToHost
            case .networkUnreachable: .networkUnreachable
            case .prohibited: .protocolNotAvailable
            }
    }

    // MARK: - Time

    /// The socket's timer has expired.
    func expire(_ work: inout NetworkWork) {
        let flags = enter()
        it.armed = .never
        if it.phase == .listening {
            leave(flags, work)
            return retransmitAnswers(&work)
        }
        if it.hasConnection {
            if tcp.deadline <= work.now {
                let effects = tcp.expire(now: work.now)
                let nothing = Parcel(
                    segment: TCP.Segment(sequence: SequenceNumber(0), flags: []), from: it.remote,
                    to: it.local)
                take(effects, nothing, &work)
            }
            begin(&work)
        }
        leave(flags, work)
    }

    /// Sends again what half-open connections have not answered.
    @inline(never)
    private func retransmitAnswers(_ work: inout NetworkWork) {
        for _ in 0..<Self.atOnce {
            let flags = enter()
            var parcel: Parcel? = nil
            if it.phase == .listening {
                let abandoned = it.listener.it.tcp.counters.abandoned
                let again = it.listener.it.tcp.nextRetransmission(now: work.now) { remote in
                    opening(from: it.local, to: remote, work.now)
                }
                HostCounts.tcp.failedAttempts &+= it.listener.it.tcp.counters.abandoned &- abandoned
                if again != nil { HostCounts.tcp.retransmitted &+= 1 }
                if let again {
                    var answer = Parcel(segment: again.segment, from: again.local, to: again.remote)
                    answer.marks = it.options.marks(to: again.remote.address)
                    answer.device = it.options.device
                    parcel = answer
                }
                SocketTimers.arm(self, at: it.listener.it.tcp.deadline)
            }
            leave(flags, work)
            guard var parcel else { return }
            if InterfaceState.isOwn(parcel.to.address) {
                _ = work.hand(&parcel, to: .none)
            } else {
                var way = KnownWay.none
                InterfaceState.send(parcel, segmentSize: 1, &way, at: work.now)
            }
        }
    }

    // MARK: - The end

    /// TCP has forgotten the connection, and nobody sends of it; with the lock.
    @inline(never)
    func finish(_ work: inout NetworkWork) {
        leaveTimeWait()
        it.connection = nil
        it.hasConnection = false
        it.outgoing = nil
        it.way = .none
        it.send.release()
        let ends = it.ends
        it.ends = nil
        let wasMade = it.phase != .connecting
        it.phase = wasMade ? .ended : .idle
        it.marks.remove(.isFresh)
        if let ends { SocketState.locked { $0.table.remove(ends) } }
        if it.marks.contains(.isOrphan) { return release() }
        if !wasMade { unbindChosen() }
        wakeAll(&work)
    }

    /// The socket goes: nobody has it, and TCP does not know it. With the lock.
    @inline(never)
    func release() {
        let (bound, ends) = (it.bound, it.ends)
        SocketState.locked { state in
            if let bound { state.table.remove(bound) }
            if let ends { state.table.remove(ends) }
        }
        it.send.release()
        it.receive.release()
        leaveGroups()
        SocketState.give(self)
    }

    @inline(never)
    private func enterTimeWait(_ work: inout NetworkWork) {
        it.marks.insert(.isWaiting)
        // Nobody reads or writes any more.
        it.receive.release()
        it.send.release()
        SocketState.locked { state in
            let last = state.lastInTimeWait
            it.previousInTimeWait = last
            it.nextInTimeWait = .none
            if last.isNone { state.firstInTimeWait = self } else { last.it.nextInTimeWait = self }
            state.lastInTimeWait = self
            state.inTimeWait += 1
            if state.inTimeWait > SocketState.mostInTimeWait {
                state.counters.shortenedTimeWaits &+= 1
                work.tooOld = state.firstInTimeWait
            }
        }
    }

    @inline(never)
    private func leaveTimeWait() {
        guard it.marks.contains(.isWaiting) else { return }
        it.marks.remove(.isWaiting)
        SocketState.locked { state in
            let (next, previous) = (it.nextInTimeWait, it.previousInTimeWait)
            if previous.isNone { state.firstInTimeWait = next } else { previous.it.nextInTimeWait = next }
            if next.isNone { state.lastInTimeWait = previous } else { next.it.previousInTimeWait = previous }
            state.inTimeWait -= 1
        }
    }

    /// There are too many in TIME-WAIT: this one leaves it, if it still is.
    @inline(never)
    func leaveEarly(_ work: inout NetworkWork) {
        let flags = enter()
        if it.marks.contains(.isWaiting), !it.marks.contains(.isSending) { finish(&work) }
        leave(flags, work)
    }
}
