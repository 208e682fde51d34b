import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

// Ports and addresses. With the socket's lock.
extension SocketHandle {
    private func binding(_ address: IPAddress, _ port: Port) -> SocketBinding {
        var flags: SocketBinding.Flags = []
        if it.options.switches.contains(.reusesAddress) { flags.insert(.reusesAddress) }
        if it.options.switches.contains(.sharesPort) { flags.insert(.sharesPort) }
        if it.options.switches.contains(.onlyV6) { flags.insert(.onlyV6) }
        // All raw sockets get what comes.
        if it.style == .raw { flags.insert(.sharesPort) }
        return SocketBinding(
            it.transport, address, port, flags: flags, interface: it.options.device.interface)
    }

    /// Binds it to an address of this host's (POSIX, bind).
    func bind(_ address: SocketAddress) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        return outcome { () throws(Errno) in
            let wanted = try parse(address)
            guard let scope = try? InternetAddress.scope(of: address) else {
                throw .operationNotSupportedByDevice
            }
            if wanted.address.needsScope, scope == .none, it.options.device == .none { throw .invalidArgument }
            guard wanted.address.isUnspecified || wanted.address.isMulticast
                || InterfaceState.isOwn(wanted.address) || InterfaceState.isBroadcast(wanted.address)
            else { throw .addressNotAvailable }
            guard it.phase == .idle, it.style == .raw || !it.marks.contains(.isBound) && it.bound == nil else {
                throw .invalidArgument
            }
            try use(scope, for: wanted.address)
            if it.style == .raw {
                try bindRaw(wanted.address)
                return 0
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

    /// Enters a raw socket, which has no port, with another address.
    func bindRaw(_ address: IPAddress) throws(Errno) {
        let (number, old, binding) = (number, it.bound, binding(address, .any))
        it.bound = try SocketState.locked { state throws(Errno) in
            if let old { state.table.remove(old) }
            return try state.table.bind(number, binding)
        }
        it.local = Endpoint(address, .any)
    }

    /// A port that was chosen for a connection is given back.
    func unbindChosen() {
        if it.style == .raw { return }
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
            address = InternetAddress.address(of: it.local, isV6: it.isV6, scope: scope(of: it.local))
            return 0
        }
        guard it.phase == .connected else { return Errno.socketNotConnected.result }
        address = InternetAddress.address(of: it.remote, isV6: it.isV6, scope: scope(of: it.remote))
        return 0
    }

    // MARK: - Ways

    /// The address that packets of a connection leave with: the socket's, or one that is chosen.
    func sourceOfConnection(to destination: IPAddress) throws(Errno) -> IPAddress {
        guard destination.isMulticast || InterfaceState.isBroadcast(destination) else {
            return try source(for: destination, from: it.local.address, by: it.options.device.interface)
        }
        var departure = Departure(
            from: it.local, to: Endpoint(destination, .any), marks: PacketMarks(), interface: it.options.device)
        try findLink(of: &departure)
        return departure.from.address
    }

    /// The address that packets to another one leave with, by a way that there is.
    ///
    /// - Parameters:
    ///   - bound: The address that is asked for; of many, or none: it is chosen.
    ///   - interface: By which they have to leave.
    /// - Throws: `ENETUNREACH`; `EINVAL`: the two can't be one packet's.
    func source(
        for destination: IPAddress, from bound: IPAddress, by interface: Int?
    ) throws(Errno) -> IPAddress {
        if it.isV6, it.options.switches.contains(.onlyV6), !destination.isV6 {
            throw .networkUnreachable
        }
        if !it.isV6, destination.isV6 { throw .networkUnreachable }
        let isFree = bound.isUnspecified || bound.isForMany
        if !destination.isLoopback {
            guard isFree || bound.isV6 == destination.isV6 else { throw .invalidArgument }
            let isOwn = InterfaceState.isOwn(destination)
            return try InterfaceState.way(
                to: destination, from: isFree ? nil : bound, by: isOwn ? nil : interface
            ).source
        }
        guard isFree else {
            guard bound.isV6 == destination.isV6 else { throw .invalidArgument }
            return bound
        }
        return destination.isV6 ? .v6(.loopback) : .v4(.loopback)
    }

    /// The interface that an address of a link names is the socket's from now on (Linux, ipv6(7)).
    ///
    /// - Throws: `EINVAL`: it is another one's, or none where one has to be; as `setDevice`.
    func use(_ scope: InterfaceNumber, for address: IPAddress) throws(Errno) {
        guard address.needsScope else { return }
        if scope != .none {
            guard it.options.device == .none || it.options.device == scope else { throw .invalidArgument }
            try setDevice(scope)
        } else if it.options.device == .none, !address.isMulticast || it.options.groupDeviceV6 == .none {
            throw .invalidArgument
        }
    }

    /// Uses one interface alone (SO_BINDTODEVICE); none: any.
    ///
    /// - Throws: `EADDRINUSE`: another socket has the port there.
    func setDevice(_ device: InterfaceNumber) throws(Errno) {
        guard device != it.options.device else { return }
        let old = it.options.device
        it.options.device = device
        it.way = .none
        guard let bound = it.bound else { return }
        let binding = binding(it.local.address, it.local.port)
        do throws(Errno) {
            try SocketState.locked { state throws(Errno) in try state.table.change(bound, to: binding) }
        } catch {
            it.options.device = old
            throw error
        }
    }

    /// The interface that an address of this host's is on, where that is to be told.
    private func scope(of end: Endpoint) -> InterfaceNumber {
        guard end.address.needsScope else { return .none }
        if it.options.device != .none || end.address.isMulticast { return it.options.device }
        return InterfaceState.interface(of: it.local.address).map { InterfaceNumber($0) } ?? .none
    }

    func outcome(_ body: () throws(Errno) -> Int) -> Int {
        do throws(Errno) { return try body() } catch { return error.result }
    }
}
