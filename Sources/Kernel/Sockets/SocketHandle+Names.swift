import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

// Ports and addresses. With the socket's lock.
extension SocketHandle {
    private var transport: IPProtocol { it.isStream ? .tcp : .udp }

    private func binding(_ address: IPAddress, _ port: Port) -> SocketBinding {
        var flags: SocketBinding.Flags = []
        if it.options.switches.contains(.reusesAddress) { flags.insert(.reusesAddress) }
        if it.options.switches.contains(.sharesPort) { flags.insert(.sharesPort) }
        if it.options.switches.contains(.onlyV6) { flags.insert(.onlyV6) }
        return SocketBinding(transport, address, port, flags: flags)
    }

    /// Binds it to an address of this host's (POSIX, bind).
    func bind(_ address: SocketAddress) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        return outcome { () throws(Errno) in
            let wanted = try parse(address)
            guard wanted.address.isUnspecified || wanted.address.isForMany || InterfaceState.isOwn(wanted.address)
            else { throw .addressNotAvailable }
            guard it.phase == .idle, !it.marks.contains(.isBound), it.bound == nil else {
                throw .invalidArgument
            }
            try choosePort(wanted.address, wanted.port)
            it.marks.insert(.isBound)
            return 0
        }
    }

    private func parse(_ address: SocketAddress) throws(Errno) -> Endpoint {
        var address = address
        // Of IPv4 no family is as good as its own for any address (Linux).
        if !it.isV6, address.family == InternetAddress.unspecifiedFamily, address.count >= 16 {
            address.bytes[1] = InternetAddress.familyV4
            let wanted = try InternetAddress.parse(address, isV6: false)
            guard wanted.address.isUnspecified else { throw .addressFamilyNotSupported }
            return wanted
        }
        let wanted = try InternetAddress.parse(address, isV6: it.isV6)
        guard !wanted.address.isMulticast || !wanted.address.isV6 || !it.isStream else {
            throw .invalidArgument
        }
        if it.isV6, it.options.switches.contains(.onlyV6), !wanted.address.isV6 { throw .invalidArgument }
        return wanted
    }

    /// Enters it with a port, of the system's choice where that is 0.
    ///
    /// - Throws: `EADDRINUSE`.
    func choosePort(_ address: IPAddress, _ port: Port) throws(Errno) {
        let number = number
        let (chosen, entry) = try SocketState.locked { state throws(Errno) in
            var port = port
            if port == .any {
                var ports = state.ports
                port = try PortSelection.random(from: &ports) { state.table.isFree(binding(address, $0)) }
                state.ports = ports
            }
            return (port, try state.table.bind(number, binding(address, port)))
        }
        it.bound = entry
        it.local = Endpoint(address, chosen)
    }

    /// A port that was chosen for a connection is given back.
    func unbindChosen() {
        guard !it.marks.contains(.isBound), let bound = it.bound else { return }
        it.bound = nil
        it.local = .unspecified(isV6: it.isV6)
        it.remote = .unspecified(isV6: it.isV6)
        SocketState.locked { $0.table.remove(bound) }
    }

    // MARK: - Asking

    /// Its own address, or the other end's.
    func name(_ address: inout SocketAddress, isPeer: Bool) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        guard isPeer else {
            address = InternetAddress.address(of: it.local, isV6: it.isV6)
            return 0
        }
        guard it.phase == .connected else { return Errno.socketNotConnected.result }
        address = InternetAddress.address(of: it.remote, isV6: it.isV6)
        return 0
    }

    // MARK: - Ways

    /// The address that packets to another one leave with, by a way that there is.
    ///
    /// - Throws: `ENETUNREACH`; `EINVAL`: the two can't be one packet's.
    func source(for destination: IPAddress) throws(Errno) -> IPAddress {
        if it.isV6, it.options.switches.contains(.onlyV6), !destination.isV6 {
            throw .networkUnreachable
        }
        if !it.isV6, destination.isV6 { throw .networkUnreachable }
        let bound = it.local.address
        let isFree = bound.isUnspecified || bound.isForMany
        if !destination.isLoopback {
            guard isFree || bound.isV6 == destination.isV6 else { throw .invalidArgument }
            return try InterfaceState.way(to: destination, from: isFree ? nil : bound).source
        }
        guard isFree else {
            guard bound.isV6 == destination.isV6 else { throw .invalidArgument }
            return bound
        }
        return destination.isV6 ? .v6(.loopback) : .v4(.loopback)
    }

    func outcome(_ body: () throws(Errno) -> Int) -> Int {
        do throws(Errno) { return try body() } catch { return error.result }
    }
}
