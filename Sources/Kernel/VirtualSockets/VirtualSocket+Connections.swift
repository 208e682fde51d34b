import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport
import KernelTasks
import KernelVsock

// Names and connections. None of these holds a lock when it begins.
extension VirtualSocket {
    func bind(_ address: SocketAddress) -> Int {
        changing { () throws(Errno) in
            try VirtualSocketState.shared.table.bind(place, to: VirtualAddress.parse(address))
        }
    }

    func listen(_ backlog: Int32) -> Int {
        changing { () throws(Errno) in try VirtualSocketState.shared.table.listen(place, backlog: backlog) }
    }

    func shut(reading: Bool, writing: Bool) -> Int {
        changing { () throws(Errno) in
            try VirtualSocketState.shared.table.shut(place, reading: reading, writing: writing)
        }
    }

    /// Runs `body` with the lock.
    func changing(_ body: () throws(Errno) -> Void) -> Int {
        let flags = VirtualSocketState.enter()
        defer { VirtualSocketState.leave(flags) }
        return outcome { () throws(Errno) in
            try body()
            return 0
        }
    }

    func name(_ address: inout SocketAddress, isPeer: Bool) -> Int {
        let flags = VirtualSocketState.enter()
        let socket = socket
        VirtualSocketState.leaveInside(flags)
        if isPeer {
            // As on Linux there is none any more once the connection was shut.
            guard socket.phase == .connected || socket.phase == .lost, !socket.marks.contains(.isDisconnecting)
            else { return Errno.socketNotConnected.result }
            address = VirtualAddress.address(of: socket.remote)
        } else {
            address = VirtualAddress.address(of: socket.local)
        }
        return 0
    }

    // MARK: - Connecting

    func connect(_ address: SocketAddress, isNonBlocking: Bool) -> Int {
        var flags = VirtualSocketState.enter()
        defer { VirtualSocketState.leave(flags) }
        return outcome { () throws(Errno) in
            // The state counts before the address (Linux).
            switch socket.phase {
            case .idle, .free, .listening, .connecting: break
            case .connected, .lost:
                throw socket.marks.contains(.isDisconnecting) ? .invalidArgument : .socketIsConnected
            }
            let isBegun = socket.phase == .connecting
            let remote = isBegun ? socket.remote : try VirtualAddress.parse(address)
            _ = try VirtualSocketState.shared.table.connect(
                place, to: remote, isNonBlocking: isNonBlocking, now: Tasks.now)
            // As on Linux even where this machine itself answers at once.
            if isNonBlocking { throw .nowInProgress }
            while socket.phase == .connecting {
                if let error = wait(.write, until: .max, &flags) {
                    VirtualSocketState.shared.table.failConnect(place, nil)
                    throw error
                }
            }
            if socket.phase == .idle {
                throw VirtualSocketState.shared.table.takeError(place) ?? .connectionAbort
            }
            return 0
        }
    }

    // MARK: - Accepting

    func accept(_ request: inout AcceptRequest) -> Int {
        var flags = VirtualSocketState.enter()
        var end: UInt64? = nil
        var accepted: Place? = nil
        while accepted == nil {
            guard socket.phase == .listening else {
                VirtualSocketState.leave(flags)
                return Errno.invalidArgument.result
            }
            accepted = VirtualSocketState.shared.table.accept(place)
            if accepted != nil { break }
            if request.isNonBlocking {
                VirtualSocketState.leave(flags)
                return Errno.resourceTemporarilyUnavailable.result
            }
            if end == nil { end = Self.deadline(record.options.receiveLimit) }
            if let error = wait(.read, until: end ?? .max, &flags) {
                VirtualSocketState.leave(flags)
                return error == .timedOut ? Errno.resourceTemporarilyUnavailable.result : error.result
            }
        }
        guard let accepted else { return Errno.connectionAbort.result }
        let child = VirtualSocket(accepted)
        VirtualSocketState.shared.adopt(accepted)
        request.address = VirtualAddress.address(of: child.socket.remote)
        VirtualSocketState.leave(flags)
        do throws(Errno) {
            let number = try Descriptors.open(
                Self.kind, object: child.word, flags: request.flags, closesOnExec: request.closesOnExec
            ) { child.record.source = $0 }
            return Int(number)
        } catch {
            let flags = VirtualSocketState.enter()
            if socket.phase == .listening {
                VirtualSocketState.shared.table.putBack(accepted, to: place, now: Tasks.now)
            } else {
                VirtualSocketState.shared.end(accepted)
            }
            VirtualSocketState.leave(flags)
            return error.result
        }
    }

    // MARK: - The end

    /// The descriptor is closed.
    func close() -> Int {
        var flags = VirtualSocketState.enter()
        let options = record.options
        if options.lingers, options.lingerSeconds > 0, socket.isConnected {
            try? VirtualSocketState.shared.table.shut(place, reading: true, writing: true)
            let end = Self.deadline(UInt64(options.lingerSeconds) * 1_000_000_000)
            while socket.isConnected, !socket.marks.contains(.isDone) {
                if wait(.write, until: end, &flags) != nil { break }
            }
        }
        while let child = VirtualSocketState.shared.table.accept(place) { VirtualSocketState.shared.end(child) }
        VirtualSocketState.shared.end(place)
        VirtualSocketState.leave(flags)
        return 0
    }
}

extension VirtualSocketState {
    /// Nobody has a socket any more.
    mutating func end(_ place: Place) {
        records[place.index].buffer.release()
        records[place.index] = VirtualSocketRecord()
        table.close(place, now: Tasks.now)
    }
}
