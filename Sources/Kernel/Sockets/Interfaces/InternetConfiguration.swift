import KernelNetwork
import KernelSupport
import KernelTasks
import KernelWire

/// What the network knows of itself, for who looks names up.
public enum InternetConfiguration {
    /// Looks for cards, and waits until the host has an address, if it is about to get one.
    ///
    /// - Throws: As `InternetSockets.make`.
    public static func settle() throws(Errno) {
        try SocketState.start()
        InterfaceState.waitForAddress(to: .v4(.broadcast))
    }

    /// Adds the servers of names, and the domain, that others have told of.
    public static func addNameServers(to configuration: inout ResolverConfiguration) {
        guard InterfaceState.isThere else { return }
        InterfaceState.locked { state in state.addNameServers(to: &configuration) }
    }

    /// Whether an interface has an address of a version that is not the host's own alone.
    public static func hasAddress(isV6: Bool) -> Bool {
        InterfaceState.isThere && InterfaceState.locked { $0.hasAddress(isV6: isV6) }
    }

    /// The number of an interface by its name, from 1 on: `lo`, `eth0`, `eth1` and so on; `nil`:
    /// there is no such one.
    public static func index(of name: RawSpan) -> UInt32? {
        if name.byteCount == 2, name.holds("lo", at: 0) { return 1 }
        guard name.byteCount == 4, name.holds("eth", at: 0), InterfaceState.isThere else { return nil }
        let number = Int(name.field(at: 3, as: UInt8.self)) - 0x30
        return InterfaceState.locked { 0..<$0.cards.count ~= number } ? UInt32(number + 2) : nil
    }

    /// Appends an interface's name; nothing where there is none of the number.
    @_lifetime(writer: copy writer)
    public static func emitName(of index: UInt32, into writer: inout PacketWriter) {
        let count = InterfaceState.isThere ? InterfaceState.locked { $0.cards.count } : 0
        if index == 1 {
            writer.append(text: "lo")
        } else if index > 1, index - 2 < UInt32(count) {
            writer.append(text: "eth")
            writer.append(decimal: index - 2)
        }
    }

    /// The address that packets to another one would leave with; `nil`: there is no way there.
    public static func source(for destination: IPAddress) -> IPAddress? {
        if InterfaceState.isOwn(destination) { return destination }
        return try? InterfaceState.way(to: destination, from: nil).source
    }
}

extension InterfaceState {
    @inline(never)
    fileprivate mutating func addNameServers(to configuration: inout ResolverConfiguration) {
        // What the boot line says counts, and nothing else.
        guard fixed.servers.isEmpty else {
            for index in 0..<fixed.servers.count { _ = configuration.add(server: fixed.servers[index]) }
            return
        }
        let now = Instant(nanoseconds: Tasks.now)
        for number in 0..<cards.count {
            if let lease = cards[number].client.lease { configuration.add(lease.configuration) }
            for server in network.interfaces.span[cards[number].interface].servers.list(at: now) {
                _ = configuration.add(server: server, link: UInt32(cards[number].interface + 1))
            }
        }
    }

    fileprivate func hasAddress(isV6: Bool) -> Bool {
        for interface in network.interfaces.indices where interface != Network.loopback {
            let addresses = network.interfaces.span[interface].addresses
            for index in 0..<addresses.count {
                let known = addresses[index]
                if known.address.isV6 == isV6, known.state == .preferred || known.state == .deprecated { return true }
            }
        }
        return false
    }
}
