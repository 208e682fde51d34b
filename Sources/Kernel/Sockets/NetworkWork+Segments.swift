import KernelNetwork
import KernelSupport
import KernelWire

extension NetworkWork {
    /// Hands on what sockets have to send, until there is nothing; no lock is held.
    mutating func run() {
        if !first.isNone {
            // Also those that wait for many descriptors, of whom nothing is told here.
            hasWoken = true
            isRunning = true
        }
        while true {
            while !first.isNone {
                let socket = first
                // It is in this list alone.
                first = socket.it.nextWork
                socket.it.nextWork = .none
                socket.sendAll(&self)
            }
            if tooOld.isNone { break }
            let socket = tooOld
            tooOld = .none
            socket.leaveEarly(&self)
        }
        isRunning = false
        settle()
    }

    /// Hands a segment to the socket that it is for, and what is answered at once to who
    /// has sent it; no lock is held. A reset is not answered, so it comes to an end.
    ///
    /// - Parameters:
    ///   - parcel: The segment; an answer from then on, where there was one.
    ///   - guess: The socket that it is likely for.
    /// - Returns: The one that it was for; none: there was none.
    mutating func hand(_ parcel: inout Parcel, to guess: SocketHandle) -> SocketHandle {
        var guess = guess
        var receiver: SocketHandle? = nil
        let isLocal = parcel.interface == Network.loopback
        if isLocal { HostCounts.countLocal(parcel.segment, isV6: parcel.to.address.isV6) }
        // A handshake answers three times.
        for _ in 0..<8 {
            var (found, outcome) = (guess, SocketHandle.Reception.wrong)
            if !guess.isNone { outcome = guess.receive(parcel, isGuess: true, &self) }
            // Between the table and the lock it may have become another one.
            var looks = 0
            while case .wrong = outcome, looks < 3 {
                looks += 1
                let (local, remote, interface) = (parcel.to, parcel.from, parcel.interface)
                found = SocketState.locked { state in
                    state.table.find(.tcp, local: local, remote: remote, interface: interface)
                        .map { SocketHandle(number: $0) } ?? .none
                }
                if found.isNone { break }
                outcome = found.receive(parcel, isGuess: false, &self)
            }
            if receiver == nil { receiver = found }
            let answer: TCP.Segment?
            var marks = PacketMarks()
            switch outcome {
            case .done: return receiver ?? .none
            case .wrong: answer = parcel.segment.resetAnswer
            case .answer(let segment, let its): (answer, marks) = (segment, its)
            case .replaced:
                guess = .none
                continue
            case .established(let child, let effects):
                receiver = child
                answer = found.adopt(child, effects, parcel, &self)
            }
            guard let answer else { break }
            parcel.turn(to: answer, marks: marks)
            if isLocal {
                HostCounts.countLocal(answer, isV6: parcel.to.address.isV6)
            } else {
                var way = KnownWay.none
                InterfaceState.send(parcel, segmentSize: 1, &way, at: now)
                break
            }
            guess = .none
        }
        return receiver ?? .none
    }
}
