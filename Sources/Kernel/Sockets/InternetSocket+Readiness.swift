import KernelDescriptors

extension InternetSocket {
    /// What it is ready for (Linux, tcp(7), udp(7); POSIX, poll).
    var readiness: Readiness {
        var ready: Readiness = error == nil ? [] : .failed
        let isReadShut = marks.contains(.isReadShut) || marks.contains(.peerHasEnded)
        let isWriteShut = marks.contains(.isWriteShut)
        switch phase {
        case .free: return []
        case _ where style != .stream:
            ready.insert(.writable)
            if datagrams > 0 || isReadShut { ready.insert(.readable) }
            if isReadShut { ready.insert(.readHungUp) }
            if isReadShut && isWriteShut { ready.insert(.hungUp) }
        case .idle:
            ready.formUnion([.writable, .hungUp])
            if !marks.contains(.isFresh) { ready.formUnion([.readable, .readHungUp]) }
        case .listening:
            if !listener.it.firstWaiting.isNone { ready.insert(.readable) }
        case .connecting: break
        case .connected:
            if receive.count >= Int(options.least) || isReadShut { ready.insert(.readable) }
            if isReadShut { ready.insert(.readHungUp) }
            if isWriteShut || hasRoom { ready.insert(.writable) }
            if isReadShut && isWriteShut { ready.insert(.hungUp) }
        case .ended: ready.formUnion([.readable, .writable, .readHungUp, .hungUp])
        }
        return ready
    }

    /// Bytes that the send buffer takes.
    var room: Int { max(Int(options.sendSize) - send.count, 0) }

    /// A writer gets on: a third is free, so that not each ACK wakes it.
    var hasRoom: Bool { room * 3 >= Int(options.sendSize) }
}
