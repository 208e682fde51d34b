import CMachine
import KernelMachine
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

/// The lists of `/proc/net`, one line at a time. A socket is looked at with its own lock alone, and
/// for as long as its numbers take to be read; one that is made or goes meanwhile is seen or not.
///
/// Places are gone through in order, so that a whole list costs one look at each, and two for
/// connections: those that listen come first, as on Linux.
enum SocketLines {
    private static var secondRound: UInt64 { 1 << 32 }

    /// Writes the line at a place of `tcp` or `tcp6`.
    static func writeConnection(isV6: Bool, _ place: inout ListPlace, to text: inout TextWindow) -> Bool {
        if place.line == 0 {
            SocketLine.writeConnectionsHeader(isV6: isV6, to: &text)
        } else {
            guard let line = nextConnection(isV6, &place) else { return false }
            line.writeConnection(isV6: isV6, to: &text)
        }
        place.line += 1
        return true
    }

    /// The same of `udp` or `udp6`.
    static func writeDatagrams(isV6: Bool, _ place: inout ListPlace, to text: inout TextWindow) -> Bool {
        if place.line == 0 {
            SocketLine.writeDatagramsHeader(isV6: isV6, to: &text)
        } else {
            guard let line = nextDatagrams(isV6, &place) else { return false }
            line.writeDatagrams(isV6: isV6, to: &text)
        }
        place.line += 1
        return true
    }

    private static func nextConnection(_ isV6: Bool, _ place: inout ListPlace) -> SocketLine? {
        let end = UInt64(SocketState.locked { $0.capacity })
        let number = place.line - 1
        if place.record < secondRound {
            while place.record < end {
                let socket = SocketHandle(number: UInt32(truncatingIfNeeded: place.record))
                place.record += 1
                if let line = socket.listenerLine(isV6, number) { return line }
            }
            place.record = secondRound
        }
        while place.record < secondRound + end {
            let socket = SocketHandle(number: UInt32(truncatingIfNeeded: place.record))
            // One that listens has as many lines as there are half-open connections of it.
            if let line = socket.halfOpenLine(isV6, &place.part, number) { return line }
            place.part = 0
            place.record += 1
            if let line = socket.connectionLine(isV6, number) { return line }
        }
        return nil
    }

    private static func nextDatagrams(_ isV6: Bool, _ place: inout ListPlace) -> SocketLine? {
        let end = UInt64(SocketState.locked { $0.capacity })
        while place.record < end {
            let socket = SocketHandle(number: UInt32(truncatingIfNeeded: place.record))
            place.record += 1
            if let line = socket.datagramsLine(isV6) { return line }
        }
        return nil
    }

    /// Connections that count as established, each looked at by itself.
    static var established: UInt64 {
        var count: UInt64 = 0
        for number in 0..<SocketState.locked({ $0.capacity }) {
            let socket = SocketHandle(number: number)
            let isEstablished = socket.look { $0.hasConnection && socket.tcp.countsAsEstablished }
            if isEstablished == true { count &+= 1 }
        }
        return count
    }
}

extension SocketHandle {
    /// Runs `body` with the socket and its lock; `nil`: nobody has the place.
    fileprivate func look<Value>(_ body: (borrowing InternetSocket) -> Value) -> Value? {
        // Read without the lock, as most places may be free.
        guard it.phase != .free else { return nil }
        let flags = machine_disable_interrupts()
        record.lock.lock()
        defer {
            record.lock.unlock()
            machine_restore_interrupts(flags)
        }
        return it.phase == .free ? nil : body(it)
    }

    /// The number of the socket's descriptor's file; with the lock.
    private var descriptorInode: UInt64 {
        it.source.isNone || it.marks.contains(.isOrphan) ? 0 : it.inode
    }

    fileprivate func listenerLine(_ isV6: Bool, _ number: UInt64) -> SocketLine? {
        look { socket -> SocketLine? in
            guard socket.phase == .listening, socket.isV6 == isV6 else { return nil }
            var line = SocketLine(
                number: number, local: socket.local, remote: .unspecified(isV6: isV6), state: SocketLine.listening)
            line.receiveQueue = UInt32(clamping: socket.listener.it.tcp.waiting)
            line.inode = descriptorInode
            // What a connection of it begins with.
            line.rest = .connection(timeout: 100, acknowledgment: 0, window: 10, threshold: 0)
            return line
        } ?? nil
    }

    fileprivate func halfOpenLine(_ isV6: Bool, _ slot: inout UInt64, _ number: UInt64) -> SocketLine? {
        var next = Int(slot)
        let now = Instant(nanoseconds: Tasks.now)
        let line = look { socket -> SocketLine? in
            guard socket.phase == .listening, socket.isV6 == isV6 else { return nil }
            return socket.listener.it.tcp.halfOpenLine(from: &next, number: number, now: now)
        } ?? nil
        slot = UInt64(next)
        return line
    }

    fileprivate func connectionLine(_ isV6: Bool, _ number: UInt64) -> SocketLine? {
        let now = Instant(nanoseconds: Tasks.now)
        return look { socket -> SocketLine? in
            guard socket.hasConnection, socket.isV6 == isV6, tcp.state != .closed else { return nil }
            var line = SocketLine(number: number, local: socket.local, remote: socket.remote, state: 0)
            tcp.describe(in: &line, now: now)
            // What is left for the end of a connection is nobody's.
            if line.timer != .timeWait { line.inode = descriptorInode }
            return line
        } ?? nil
    }

    fileprivate func datagramsLine(_ isV6: Bool) -> SocketLine? {
        look { socket -> SocketLine? in
            guard socket.style == .datagram, socket.isV6 == isV6, socket.bound != nil else { return nil }
            var line = SocketLine(
                number: UInt64(number), local: socket.local, remote: socket.remote,
                state: socket.phase == .connected ? SocketLine.established : SocketLine.unconnected)
            line.receiveQueue = UInt32(clamping: socket.receive.count)
            line.inode = descriptorInode
            line.rest = .drops(socket.dropped)
            return line
        } ?? nil
    }
}
