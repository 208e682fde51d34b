import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks

// Bytes of streams. None of these holds a lock when it begins.
extension SocketHandle {
    /// Bytes that are copied with the lock.
    private static var piece: Int { 16_384 }

    // MARK: - Sending

    func write(_ transfer: inout Transfer) -> Int {
        guard it.isStream else {
            return it.style == .datagram ? send(&transfer) : sendMessage(&transfer)
        }
        var work = NetworkWork()
        var flags = enter()
        let result = write(&transfer, &work, &flags)
        leave(flags, work)
        work.run()
        return transfer.done > 0 ? transfer.done : result
    }

    /// - Returns: 0, or the negative of an error.
    private func write(
        _ transfer: inout Transfer, _ work: inout NetworkWork, _ flags: inout UInt64
    ) -> Int {
        var end: UInt64? = nil
        if transfer.hasMore != it.marks.contains(.awaitsMore) { setMore(transfer.hasMore) }
        while true {
            // What was sent before is told, and the error with the next call.
            if it.error != nil { return transfer.done > 0 ? 0 : takeError()!.result }
            if it.marks.contains(.isWriteShut) || (it.phase != .connected && it.phase != .connecting) {
                return Errno.brokenPipe.result
            }
            if transfer.remaining == 0 { return 0 }
            if it.phase == .connected, it.room > 0 {
                let result = append(&transfer, &work)
                if result < 0 { return result }
                if result > 0 {
                    begin(&work)
                    if transfer.remaining == 0 { return 0 }
                    leave(flags, work)
                    work.run()
                    flags = enter()
                    work.now = Instant(nanoseconds: Tasks.now)
                    continue
                }
            }
            if transfer.isNonBlocking { return Errno.resourceTemporarilyUnavailable.result }
            if end == nil { end = deadline(it.options.sendLimit) }
            if let error = wait(.write, until: end ?? .max, work) {
                return error == .timedOut ? Errno.resourceTemporarilyUnavailable.result : error.result
            }
            work.now = Instant(nanoseconds: Tasks.now)
        }
    }

    /// MSG_MORE: what does not fill a segment waits for the next write (Linux, send(2)); at most
    /// as long as it does for other reasons.
    @inline(never)
    private func setMore(_ isOn: Bool) {
        if isOn { it.marks.insert(.awaitsMore) } else { it.marks.remove(.awaitsMore) }
        changeTransport()
    }

    /// Puts bytes into the send buffer: how many, or the negative of an error; 0: it can't
    /// become larger now.
    private func append(_ transfer: inout Transfer, _ work: inout NetworkWork) -> Int {
        var count = min(transfer.remaining, it.room, Self.piece)
        let isRead = it.marks.contains(.isSending)
        if !it.send.ensure(it.send.count + count, isRead: isRead) {
            count = min(count, it.send.capacity - it.send.count)
            // What is there makes room when it is acknowledged.
            if count == 0 { return it.send.isEmpty ? Errno.noBufferSpace.result : 0 }
        }
        let moved = it.send.take(count, from: &transfer, at: it.send.count)
        if moved == 0 { return Errno.badAddress.result }
        it.send.extend(moved)
        let taken = tcp.append(moved)
        precondition(taken == moved, "a connection has taken less than there was room for")
        return moved
    }

    // MARK: - Receiving

    func read(_ transfer: inout Transfer) -> Int {
        guard it.isStream else { return receive(&transfer) }
        var work = NetworkWork()
        var flags = enter()
        let result = read(&transfer, &work, &flags)
        // What is left is the next one's.
        if !it.receive.isEmpty { wakeReader(&work) }
        leave(flags, work)
        work.run()
        return transfer.done > 0 ? transfer.done : result
    }

    /// - Returns: 0, or the negative of an error.
    private func read(
        _ transfer: inout Transfer, _ work: inout NetworkWork, _ flags: inout UInt64
    ) -> Int {
        var end: UInt64? = nil
        let wanted =
            transfer.waitsAll && !transfer.peeks
            ? transfer.remaining : min(transfer.remaining, Int(it.options.least))
        while true {
            if it.phase == .idle && it.marks.contains(.isFresh) || it.phase == .listening
                || it.phase == .connecting && transfer.isNonBlocking && it.error == nil
            {
                return it.phase == .connecting
                    ? Errno.resourceTemporarilyUnavailable.result : Errno.socketNotConnected.result
            }
            if transfer.remaining == 0 { return 0 }
            let skipped = transfer.peeks ? transfer.done : 0
            if it.receive.count > skipped {
                let count = min(it.receive.count - skipped, transfer.remaining, Self.piece)
                var moved = count
                if transfer.discards {
                    transfer.skip(count)
                } else {
                    moved = it.receive.hand(count, to: &transfer, at: skipped)
                }
                if moved == 0 { return Errno.badAddress.result }
                if !transfer.peeks { consume(moved, &work) }
                if transfer.remaining == 0 || moved < count { return 0 }
                if it.receive.count > (transfer.peeks ? transfer.done : 0) {
                    // Long copies let others in.
                    leave(flags, work)
                    work.run()
                    flags = enter()
                    continue
                }
            }
            if transfer.done >= wanted { return 0 }
            if it.error != nil { return transfer.done > 0 ? 0 : takeError()!.result }
            if it.marks.contains(.isReadShut) || it.marks.contains(.peerHasEnded) || it.phase == .ended
                || it.phase == .idle
            {
                return 0
            }
            if transfer.isNonBlocking { return Errno.resourceTemporarilyUnavailable.result }
            if end == nil { end = deadline(it.options.receiveLimit) }
            leave(flags, work)
            work.run()
            flags = enter()
            // Something may have come while the lock was not held.
            if it.receive.count > (transfer.peeks ? transfer.done : 0) || it.error != nil
                || it.phase != .connected && it.phase != .connecting || it.marks.contains(.peerHasEnded)
                || it.marks.contains(.isReadShut)
            {
                continue
            }
            if let error = wait(.read, until: end ?? .max, work) {
                return error == .timedOut ? Errno.resourceTemporarilyUnavailable.result : error.result
            }
            work.now = Instant(nanoseconds: Tasks.now)
        }
    }

    /// Bytes were taken out of the receive buffer.
    private func consume(_ count: Int, _ work: inout NetworkWork) {
        it.receive.consume(count)
        // What came before a reset is TCP's no more.
        guard it.hasConnection, tcp.readableBytes >= UInt32(count) else { return }
        let effects = tcp.read(count, now: work.now)
        if effects.events.contains(.wantsReceiveBuffer) { growReceiving() }
        begin(&work)
    }
}
