import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTasks
import KernelWire

// Groups that sockets join and leave (Linux, ip(7), ipv6(7); RFC 3493, 5.2). With the lock.
extension SocketHandle {
    /// IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP: the group, and the interface by its address or its
    /// number (`ip_mreq`, `ip_mreqn`).
    ///
    /// - Throws: `EPROTO`: of a stream; `EINVAL`; `ENODEV`: there is no such interface;
    ///   `EADDRINUSE`: it has joined; `EADDRNOTAVAIL`: it has not; `ENOBUFS`.
    func setMembership(_ option: SocketOption, joins: Bool) throws(Errno) {
        guard !it.isStream else { throw .protocolError }
        guard option.count >= 8 else { throw .invalidArgument }
        let group = IPv4Address(bits: UInt32(bitPattern: option.value[0]).byteSwapped)
        let address = IPv4Address(bits: UInt32(bitPattern: option.value[1]).byteSwapped)
        let index = option.count >= 12 ? option.value[2] : 0
        if joins, !group.isMulticast { throw .invalidArgument }
        let interface: Int
        if index != 0 {
            guard let named = try InterfaceNumber(program: index).interface else { throw .invalidArgument }
            interface = named
        } else if !address.isUnspecified {
            guard let owner = InterfaceState.interface(of: .v4(address)) else {
                throw joins ? .operationNotSupportedByDevice : .addressNotAvailable
            }
            interface = owner
        } else {
            interface = try groupInterface(.v4(group))
        }
        if joins { return try join(.v4(group), interface, address) }
        for place in 0..<it.groups.count {
            let member = it.groups[place]
            guard member.group == .v4(group) else { continue }
            if index != 0 {
                guard member.interface.interface == interface else { continue }
            } else if !address.isUnspecified {
                guard member.address == address else { continue }
            }
            return leaveGroup(at: place)
        }
        throw .addressNotAvailable
    }

    /// IPV6_JOIN_GROUP, IPV6_LEAVE_GROUP: the group, and the interface's number (`ipv6_mreq`).
    ///
    /// - Throws: As `setMembership`.
    func setMembershipV6(_ option: SocketOption, joins: Bool) throws(Errno) {
        guard option.count >= 20 else { throw .invalidArgument }
        guard !it.isStream else { throw .protocolError }
        func half(_ index: Int) -> UInt64 {
            UInt64(UInt32(bitPattern: option.value[index]).byteSwapped) << 32
                | UInt64(UInt32(bitPattern: option.value[index + 1]).byteSwapped)
        }
        let group = IPAddress.v6(IPv6Address(high: half(0), low: half(2)))
        guard group.isMulticast else { throw .invalidArgument }
        let named = try InterfaceNumber(program: option.value[4])
        if joins {
            var interface = named.interface
            if interface == nil { interface = try groupInterface(group) }
            return try join(group, interface ?? Network.loopback, .unspecified)
        }
        for place in 0..<it.groups.count {
            let member = it.groups[place]
            if member.group == group, named == .none || named == member.interface {
                return leaveGroup(at: place)
            }
        }
        throw .addressNotAvailable
    }

    /// The interface by which packets to a group leave.
    ///
    /// - Throws: `ENODEV`: there is none.
    private func groupInterface(_ group: IPAddress) throws(Errno) -> Int {
        guard let interface = InterfaceState.groupInterface(group) else {
            throw .operationNotSupportedByDevice
        }
        return interface
    }

    private func join(_ group: IPAddress, _ interface: Int, _ address: IPv4Address) throws(Errno) {
        let member = GroupList.Member(group: group, interface: InterfaceNumber(interface), address: address)
        for place in 0..<it.groups.count {
            let known = it.groups[place]
            if known.group == group, known.interface == member.interface { throw .addressInUse }
        }
        try it.groups.append(member)
        do throws(Errno) {
            try Memberships.join(group, on: interface)
        } catch {
            it.groups.remove(at: it.groups.count - 1)
            throw error
        }
    }

    private func leaveGroup(at place: Int) {
        let member = it.groups[place]
        it.groups.remove(at: place)
        Memberships.leave(member.group, on: member.interface.interface ?? Network.loopback)
    }

    /// The socket goes.
    func leaveGroups() {
        while it.groups.count > 0 { leaveGroup(at: it.groups.count - 1) }
        it.groups.release()
    }

    /// Whether a datagram for a group is for this socket: it has joined, or somebody has, and it
    /// wants those of others, too (Linux, IP_MULTICAST_ALL).
    func isMember(of group: IPAddress, _ interface: InterfaceNumber, _ isJoined: Bool) -> Bool {
        for place in 0..<it.groups.count {
            let member = it.groups[place]
            if member.group == group, member.interface == interface { return true }
        }
        return isJoined && !it.options.switches.contains(group.isV6 ? .onlyOwnGroupsV6 : .onlyOwnGroups)
    }

    /// IP_MULTICAST_IF: an interface by its address or its number.
    ///
    /// - Throws: `EINVAL`; `EADDRNOTAVAIL`: there is no such interface.
    func setGroupDevice(_ option: SocketOption) throws(Errno) {
        guard !it.isStream, option.count >= 4 else { throw .invalidArgument }
        // An address alone, one behind a group, or with a number.
        let word = option.count >= 8 ? option.value[1] : option.value[0]
        let address = IPv4Address(bits: UInt32(bitPattern: word).byteSwapped)
        var device = InterfaceNumber.none
        if option.count >= 12, option.value[2] != 0 {
            do throws(Errno) { device = try InterfaceNumber(program: option.value[2]) } catch {
                throw .addressNotAvailable
            }
        } else if !address.isUnspecified {
            guard let owner = InterfaceState.interface(of: .v4(address)) else { throw .addressNotAvailable }
            device = InterfaceNumber(owner)
        }
        guard device == .none || it.options.device == .none || device == it.options.device else {
            throw .invalidArgument
        }
        it.options.groupDevice = device
        it.options.groupSource = address
    }
}

extension Memberships {
    /// - Throws: `ENOBUFS`.
    static func join(_ group: IPAddress, on interface: Int) throws(Errno) {
        let now = Instant(nanoseconds: Tasks.now)
        guard interface != Network.loopback else {
            return try SocketState.locked { state throws(Errno) in
                if state.loopbackGroups == nil { state.loopbackGroups = Memberships() }
                try state.loopbackGroups?.join(group, at: now)
            }
        }
        try InterfaceState.locked { state throws(Errno) in
            try state.network.interfaces[interface].join(group, at: now)
            state.arm()
        }
    }

    static func leave(_ group: IPAddress, on interface: Int) {
        let now = Instant(nanoseconds: Tasks.now)
        guard interface != Network.loopback else {
            return SocketState.locked { try? $0.loopbackGroups?.leave(group, at: now) }
        }
        InterfaceState.locked { state in
            try? state.network.interfaces[interface].leave(group, at: now)
            state.arm()
        }
    }

    /// Whether somebody on this host listens to a group; to that of all systems everybody does.
    static func isJoined(_ group: IPAddress, on interface: Int) -> Bool {
        if group == .v4(.allSystems) || group == .v6(.allNodes) { return true }
        guard interface != Network.loopback else {
            return SocketState.locked { $0.loopbackGroups?.contains(group) ?? false }
        }
        return InterfaceState.locked { $0.network.interfaces.span[interface].memberships.contains(group) }
    }
}

extension InterfaceState {
    /// The interface by which packets to a group leave; `nil`: there is none.
    static func groupInterface(_ group: IPAddress) -> Int? {
        guard isThere else { return nil }
        return locked { state in
            if let route = state.network.routes.find(group) { return route.interface }
            return group.isV6 && state.network.interfaces.count > 1 ? 1 : nil
        }
    }
}
