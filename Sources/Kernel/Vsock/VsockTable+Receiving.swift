import KernelDescriptors
import KernelSupport

// Packets that come. Nothing in them is trusted.
extension VsockTable {
    /// Takes a packet.
    ///
    /// - Parameters:
    ///   - header: Its `count` is that of the bytes that have come behind it: who knows that it is
    ///     not has thrown the packet away (`countMalformed`).
    ///   - isLocal: It is this machine's own.
    /// - Returns: The socket whose buffer its bytes belong to; `nil`: there are none that count.
    public mutating func receive(_ header: VsockHeader, isLocal: Bool) -> Place? {
        let isForUs = isLocal ? isOwn(header.destination.context) : header.destination.context == context
        guard isForUs else {
            countMalformed()
            return nil
        }
        // Of a type that is not known (5.10.6.4.1).
        guard header.type == VsockHeader.stream else {
            countMalformed()
            answer(header, isLocal: isLocal)
            return nil
        }
        if let place = connection(header.destination.port, header.source, isLocal: isLocal) {
            let old = sockets[place].credit.room
            sockets[place].credit.told(buffer: header.buffer, forwarded: header.forwarded)
            if sockets[place].credit.room > old {
                sockets[place].marks.remove(.hasAsked)
                change(place)
            }
            if sockets[place].phase == .connecting {
                receiveAnswer(header, place)
                return nil
            }
            return receive(header, for: place)
        }
        guard header.operation == .request, let listener = listener(at: header.destination) else {
            answer(header, isLocal: isLocal)
            return nil
        }
        open(header, for: listener, isLocal: isLocal)
        return nil
    }

    /// A packet was none.
    public mutating func countMalformed() { counters.malformed &+= 1 }

    /// Says that there is no such connection.
    private mutating func answer(_ header: VsockHeader, isLocal: Bool) {
        guard let answer = header.resetAnswer else { return }
        let hasRoom = isLocal ? toSelf.append(answer) : toDevice.append(answer)
        if !hasRoom { counters.unanswered &+= 1 }
    }

    /// The other end wants a connection.
    private mutating func open(_ header: VsockHeader, for listener: Place, isLocal: Bool) {
        guard sockets[listener].waiting < sockets[listener].most, sockets.hasPlace else {
            counters.refused &+= 1
            return answer(header, isLocal: isLocal)
        }
        let parent = sockets[listener]
        let child = make()
        sockets[child].phase = .connected
        sockets[child].options = parent.options
        sockets[child].credit = VsockCredit(buffer: parent.credit.buffer)
        sockets[child].credit.told(buffer: header.buffer, forwarded: header.forwarded)
        sockets[child].local = header.destination
        sockets[child].remote = header.source
        if isLocal { sockets[child].marks.insert(.isLocal) }
        enter(child)
        send(.response, for: child)
        wait(child, for: listener)
    }

    /// An attempt to connect is answered.
    private mutating func receiveAnswer(_ header: VsockHeader, _ place: Place) {
        switch header.operation {
        case .response:
            setDeadline(place, .max)
            sockets[place].phase = .connected
            change(place)
        case .reset: failConnect(place, .connectionReset)
        default:
            // What no connection has yet ends the attempt (Linux).
            failConnect(place, .protocolError)
            answer(header, isLocal: sockets[place].marks.contains(.isLocal))
        }
    }

    private mutating func receive(_ header: VsockHeader, for place: Place) -> Place? {
        switch header.operation {
        case .data: return receiveData(header.count, for: place)
        case .creditRequest: send(.creditUpdate, for: place)
        case .shutdown: receiveShutdown(VsockHeader.Halves(rawValue: header.flags), for: place)
        case .reset: finish(place)
        // Credit is told by every packet; and what is not known means nothing (Linux).
        default: break
        }
        return nil
    }

    private mutating func receiveData(_ count: UInt32, for place: Place) -> Place? {
        let marks = sockets[place].marks
        guard !marks.contains(.peerWriteShut), sockets[place].credit.receive(count) else {
            counters.violations &+= 1
            reset(place, .connectionReset)
            return nil
        }
        if count == 0 { return nil }
        if marks.contains(.isReadShut) || marks.contains(.isOrphan) {
            sockets[place].credit.forward(Int(count))
            tellCredit(place)
            return nil
        }
        sockets[place].marks.insert(.hasArrived)
        change(place)
        return place
    }

    private mutating func receiveShutdown(_ halves: VsockHeader.Halves, for place: Place) {
        if halves.contains(.receiving) { sockets[place].marks.insert(.peerReadShut) }
        if halves.contains(.sending) { sockets[place].marks.insert(.peerWriteShut) }
        guard sockets[place].marks.isSuperset(of: VsockSocket.Marks.peerShut) else { return change(place) }
        // The other end waits for a reset; what has come can be read after it, and the ends be used
        // again (5.10.6.5).
        reset(place)
    }

    /// The bytes of a packet that `receive` has taken found no memory: the connection ends.
    public mutating func lackMemory(_ place: Place, count: Int) {
        counters.refused &+= 1
        sockets[place].credit.forward(count)
        reset(place, .noBufferSpace)
    }
}
