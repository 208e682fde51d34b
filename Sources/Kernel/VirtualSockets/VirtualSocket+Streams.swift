import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVsock

// Bytes. None of these holds a lock when it begins.
extension VirtualSocket {
    // MARK: - Sending

    func write(_ transfer: inout Transfer) -> Int {
        var flags = VirtualSocketState.enter()
        let result = outcome { () throws(Errno) in
            try write(&transfer, &flags)
            return 0
        }
        VirtualSocketState.leave(flags)
        return transfer.done > 0 ? transfer.done : result
    }

    private func write(_ transfer: inout Transfer, _ flags: inout UInt64) throws(Errno) {
        if transfer.message != 0, SocketMessage[transfer.message].address.count > 0 {
            // It has an end, and takes no other (Linux).
            throw socket.isConnected ? .socketIsConnected : .notSupported
        }
        var end: UInt64? = nil
        while true {
            let room = try VirtualSocketState.shared.table.room(place, hasMoved: transfer.done > 0)
            if transfer.remaining == 0 { return }
            let count = min(room, transfer.remaining, Self.piece)
            if count > 0 {
                let moved = try socket.marks.contains(.isLocal)
                    ? sendLocally(count, &transfer) : VirtualSocketState.shared.send(count, of: place, &transfer)
                if moved > 0 {
                    // Others have a turn, and the other end is told.
                    VirtualSocketState.leave(flags)
                    flags = VirtualSocketState.enter()
                    continue
                }
            }
            if transfer.isNonBlocking { throw .resourceTemporarilyUnavailable }
            if end == nil { end = Self.deadline(record.options.sendLimit) }
            VirtualSocketState.shared.table.wantRoom(place)
            if let error = wait(.write, until: end ?? .max, &flags) {
                throw error == .timedOut ? .resourceTemporarilyUnavailable : error
            }
        }
    }

    /// Puts bytes into the buffer of the other end, which is on this machine; how many.
    ///
    /// - Throws: `EFAULT`; `ENOBUFS`.
    private func sendLocally(_ count: Int, _ transfer: inout Transfer) throws(Errno) -> Int {
        guard let peer = VirtualSocketState.shared.table.localPeer(of: place) else { return 0 }
        guard VirtualSocketState.shared.records[peer.index].buffer.ensure(count) else { throw .noBufferSpace }
        let moved = VirtualSocketState.shared.records[peer.index].buffer.take(count, from: &transfer)
        if moved == 0 { throw .badAddress }
        let header = VirtualSocketState.shared.table.sendData(place, count: moved)
        // Who reads no more throws them away.
        if VirtualSocketState.shared.table.receive(header, isLocal: true) != nil {
            VirtualSocketState.shared.records[peer.index].buffer.extend(moved)
        }
        return moved
    }

    // MARK: - Receiving

    func read(_ transfer: inout Transfer) -> Int {
        var flags = VirtualSocketState.enter()
        let result = outcome { () throws(Errno) in
            try read(&transfer, &flags)
            return 0
        }
        VirtualSocketState.leave(flags)
        return transfer.done > 0 ? transfer.done : result
    }

    private func read(_ transfer: inout Transfer, _ flags: inout UInt64) throws(Errno) {
        var end: UInt64? = nil
        let wanted =
            transfer.waitsAll && !transfer.peeks
            ? transfer.remaining : min(transfer.remaining, Int(socket.options.leastToRead))
        while true {
            let (count, isEnd) = try VirtualSocketState.shared.table.canRead(place, hasMoved: transfer.done > 0)
            if transfer.remaining == 0 { return }
            let skipped = transfer.peeks ? transfer.done : 0
            if count > skipped {
                let part = min(count - skipped, transfer.remaining, Self.piece)
                var moved = part
                if transfer.discards {
                    transfer.skip(part)
                } else {
                    moved = record.buffer.hand(part, at: skipped, to: &transfer)
                    if moved == 0 { throw .badAddress }
                }
                if !transfer.peeks {
                    record.buffer.consume(moved)
                    VirtualSocketState.shared.table.consume(place, moved)
                }
                if transfer.remaining == 0 || moved < part { return }
                if count > skipped + moved {
                    // Long copies let others in.
                    VirtualSocketState.leave(flags)
                    flags = VirtualSocketState.enter()
                    continue
                }
            }
            if transfer.done >= wanted || isEnd { return }
            if transfer.isNonBlocking { throw .resourceTemporarilyUnavailable }
            if end == nil { end = Self.deadline(record.options.receiveLimit) }
            VirtualSocketState.shared.table.wantBytes(place, transfer.peeks ? wanted : wanted - transfer.done)
            if let error = wait(.read, until: end ?? .max, &flags) {
                throw error == .timedOut ? .resourceTemporarilyUnavailable : error
            }
        }
    }
}
