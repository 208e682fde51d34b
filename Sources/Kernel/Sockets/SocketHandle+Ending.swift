import KernelDescriptors
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks

// Shutting and closing. None of these holds a lock when it begins.
extension SocketHandle {
    /// Ends one direction or both (POSIX, shutdown).
    func shut(reading: Bool, writing: Bool) -> Int {
        var work = NetworkWork()
        let flags = enter()
        var result = 0
        switch it.phase {
        case .listening:
            leave(flags, work)
            if reading { endListening(&work) }
            return 0
        case .connecting:
            // There is nothing to end by half (Linux).
            take(tcp.abort(), .nothing, &work)
            begin(&work)
            leave(flags, work)
            work.run()
            return 0
        case .connected: break
        // Of datagrams it counts although it is said that there is no other end (Linux).
        default: result = Errno.socketNotConnected.result
        }
        if !it.isStream || it.phase == .connected {
            if reading { it.marks.insert(.isReadShut) }
            if writing, !it.marks.contains(.isWriteShut) {
                it.marks.insert(.isWriteShut)
                if it.hasConnection {
                    take(tcp.shutdownSending(now: work.now), .nothing, &work)
                    begin(&work)
                }
            }
            wakeAll(&work)
        }
        leave(flags, work)
        work.run()
        return result
    }

    /// The descriptor is closed.
    func close() -> Int {
        var work = NetworkWork()
        close(resets: false, &work)
        work.run()
        return 0
    }

    /// Nobody has it any more.
    ///
    /// - Parameter resets: The connection ends at once.
    func close(resets: Bool, _ work: inout NetworkWork) {
        if it.phase == .listening { endListening(&work) }
        var flags = enter()
        guard it.hasConnection else {
            if !it.isStream { it.datagrams = 0 }
            release()
            return leave(flags, work)
        }
        let options = it.options
        let lingers = !resets && options.lingers
        if lingers, options.lingerSeconds > 0 {
            take(tcp.shutdownSending(now: work.now), .nothing, &work)
            begin(&work)
            leave(flags, work)
            work.run()
            flags = enter()
            linger(until: deadline(UInt64(options.lingerSeconds) * 1_000_000_000), work)
        }
        guard it.hasConnection else {
            release()
            return leave(flags, work)
        }
        it.marks.insert(.isOrphan)
        let effects =
            resets || lingers && options.lingerSeconds <= 0
            ? tcp.abort() : tcp.close(now: work.now)
        take(effects, .nothing, &work)
        if !it.receive.isEmpty { it.receive.consume(it.receive.count) }
        begin(&work)
        leave(flags, work)
    }

    /// SO_LINGER: waits until the other end has everything; with the lock.
    private func linger(until end: UInt64, _ work: borrowing NetworkWork) {
        while it.hasConnection {
            let isUnderWay: Bool =
                switch tcp.state {
                case .finWait1, .closing, .lastAck: true
                default: tcp.unacknowledgedBytes > 0
                }
            guard isUnderWay else { return }
            if wait(.write, until: end, work) != nil { return }
        }
    }
}
