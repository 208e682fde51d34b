import KernelMain
import KernelNetwork
import KernelNetworkCards
import KernelSupport
import KernelVirtio
import KernelWire

/// An interface with a card: the client that gives it its address.
struct CardInterface: ~Copyable {
    let card: NetworkCard
    /// Its number among the network's.
    let interface: Int
    var client: DHCPClient
    var random: PortGenerator

    init(_ card: NetworkCard, interface: Int, station: EthernetAddress, _ key: SipKey) {
        self.card = card
        self.interface = interface
        client = DHCPClient(DHCPSettings(station: station))
        random = PortGenerator(key)
    }

    fileprivate mutating func start(at now: Instant) -> DHCPEffects { client.start(at: now, random: &random) }

    fileprivate mutating func receive(_ message: RawSpan, at now: Instant) -> DHCPEffects {
        client.receive(message, at: now, random: &random)
    }

    fileprivate mutating func conflict(at now: Instant) -> DHCPEffects { client.conflict(at: now, random: &random) }

    fileprivate mutating func wake(at now: Instant) -> DHCPEffects { client.wake(at: now, random: &random) }
}

/// The interfaces with cards, each at a place of the kernel's heap: they are large.
@safe struct CardInterfaces: ~Copyable {
    private var places: InlineArray<4, UnsafeMutablePointer<CardInterface>?> = unsafe InlineArray(repeating: nil)
    private(set) var count = 0

    /// - Returns: `false`: there is no memory.
    @inline(never)
    mutating func add(_ card: NetworkCard, interface: Int, station: EthernetAddress, _ key: SipKey) -> Bool {
        guard let block = unsafe kernelHeapAllocate(MemoryLayout<CardInterface>.size, 16) else { return false }
        let place = unsafe block.assumingMemoryBound(to: CardInterface.self)
        unsafe place.initialize(to: CardInterface(card, interface: interface, station: station, key))
        unsafe places[count] = place
        count += 1
        return true
    }

    subscript(_ number: Int) -> CardInterface {
        unsafeAddress {
            precondition(number < count)
            return unsafe UnsafePointer(places[number].unsafelyUnwrapped)
        }
        unsafeMutableAddress {
            precondition(number < count)
            return unsafe places[number].unsafelyUnwrapped
        }
    }
}

extension InterfaceState {
    /// Makes an interface of each card, and begins to ask for its address.
    mutating func addCards(at now: Instant) {
        for number in 0..<NetworkCards.most {
            guard let card = NetworkCards.card(number), addCard(card, number, at: now) else { return }
            if number == 0, !fixed.addresses.isEmpty { useFixed(at: now) } else { startClient(number, at: now) }
        }
    }

    // What these make is large, and gone from the stack before the next.

    /// - Returns: `false`: there is no memory.
    @inline(never)
    private mutating func addCard(_ card: NetworkCard, _ number: Int, at now: Instant) -> Bool {
        var key = SipHash(key: SocketState.secret)
        key.combine(UInt64(number))
        let random = key.finish()
        let station = card.limits.station.map { EthernetAddress(lowestFirst: $0) } ?? EthernetAddress(random: random)
        var options = NetworkInterface.Options()
        options.unit = min(card.limits.mtu, card.longestSent - EthernetHeader.length)
        let interface = network.interfaces.count
        guard cards.add(card, interface: interface, station: station, SipKey(low: random, high: ~random))
        else { return false }
        addInterface(station, options, at: now)
        return true
    }

    @inline(never)
    private mutating func addInterface(_ station: EthernetAddress, _ options: NetworkInterface.Options, at now: Instant) {
        _ = network.add(station, options: options, at: now)
    }

    @inline(never)
    private mutating func startClient(_ number: Int, at now: Instant) {
        let effects = cards[number].start(at: now)
        apply(effects, to: number, at: now)
    }

    /// Whether an interface may have an address soon by which another one is reached.
    func isConfiguring(for destination: IPAddress) -> Bool {
        if destination.isV6 {
            // Duplicates of its addresses are looked for, for a second (RFC 4862, 5.4).
            for interface in network.interfaces.indices {
                let addresses = network.interfaces.span[interface].addresses
                for index in 0..<addresses.count where addresses[index].state == .tentative { return true }
            }
            if destination.needsScope { return false }
        }
        if isProbing { return true }
        for number in 0..<cards.count where number > 0 || fixed.addresses.isEmpty {
            switch cards[number].client.state {
            case .initializing, .selecting, .requesting, .rebooting, .checking: return true
            default: break
            }
        }
        return false
    }

    // MARK: - DHCP

    /// A message of a server's has come.
    mutating func receiveDHCP(_ message: RawSpan, by number: Int, at now: Instant) {
        let effects = cards[number].receive(message, at: now)
        apply(effects, to: number, at: now)
    }

    /// Somebody else has the address.
    mutating func conflict(by number: Int, at now: Instant) {
        let effects = cards[number].conflict(at: now)
        apply(effects, to: number, at: now)
    }

    mutating func wakeClient(_ number: Int, at now: Instant) {
        let effects = cards[number].wake(at: now)
        apply(effects, to: number, at: now)
    }

    private mutating func apply(_ effects: DHCPEffects, to number: Int, at now: Instant) {
        Self.waysMayChange()
        for index in 0..<effects.count { apply(effects[index], to: number, at: now) }
    }

    private mutating func apply(_ effect: DHCPEffect, to number: Int, at now: Instant) {
        let interface = cards[number].interface
        switch effect {
        case .send(let transmission): send(transmission, by: interface, at: now)
        case .probe(let address):
            network.interfaces[interface].probed = address
            ask(address, from: .unspecified, by: interface)
        case .defend(let address): ask(address, from: address, by: interface)
        case .configure:
            network.interfaces[interface].probed = nil
            if let lease = cards[number].client.lease { configure(lease, interface, at: now) }
        case .withdraw(let address):
            network.interfaces[interface].remove(.v4(address), at: now)
            network.routes.removeAll { route in
                let isSubnet = route.origin == .connected && !route.prefix.address.isV6
                return route.interface == interface && (route.origin == .dhcp || isSubnet)
            }
        case .inform: break
        }
    }

    private mutating func send(_ transmission: DHCPTransmission, by interface: Int, at now: Instant) {
        // A server that is asked directly is asked by its neighbour's address, or the router's; where
        // that is not known the client asks again.
        var station: EthernetAddress? = .broadcast
        if transmission.destination != .broadcast {
            let hop = (try? network.way(to: .v4(transmission.destination), at: now))?.nextHop
                ?? .v4(transmission.destination)
            let found = write(by: interface) { state, writer in
                state.network.interfaces[interface].station(for: hop, at: now, question: &writer)
            }
            if case .known(let known, _) = found { station = known } else { station = nil }
        }
        guard let station, case .ethernet(let own) = network.interfaces.span[interface].medium else { return }
        write(by: interface) { _, writer in
            EthernetHeader(destination: station, source: own, type: .ipv4).emit(into: &writer)
            transmission.emitPacket(into: &writer)
        }
    }

    /// Asks by ARP who has an address, or says who has it (RFC 5227).
    mutating func ask(_ address: IPv4Address, from sender: IPv4Address, by interface: Int) {
        write(by: interface) { state, writer in
            state.network.interfaces[interface].emitARP(
                .request, sender, target: address, to: .zero, station: .broadcast, into: &writer)
        }
    }

    /// Takes over what a lease says.
    private mutating func configure(_ lease: DHCPLease, _ interface: Int, at now: Instant) {
        let address = InterfaceAddress(.v4(lease.address), prefixLength: lease.prefixLength)
        let isNew = network.add(address, to: interface, at: now)
        network.routes.removeAll { $0.interface == interface && $0.origin == .dhcp }
        let configuration = lease.configuration
        for index in 0..<configuration.routers.count {
            addRoute(.v4(.unspecified), 0, configuration.routers[index], UInt32(index), interface)
        }
        for index in 0..<configuration.routes.count {
            let route = configuration.routes[index]
            addRoute(.v4(route.destination), route.prefixLength, route.router, 0, interface)
        }
        if let mtu = configuration.mtu { network.interfaces[interface].limitUnit(to: Int(mtu)) }
        if isNew { ask(lease.address, from: lease.address, by: interface) }
        Self.tellConfigured()
    }

    private mutating func addRoute(
        _ destination: IPAddress, _ length: UInt8, _ router: IPv4Address?, _ metric: UInt32, _ interface: Int
    ) {
        guard let prefix = AddressPrefix(destination, length: length) else { return }
        network.routes.add(
            Route(prefix, interface: interface, gateway: router.map { .v4($0) }, metric: metric, origin: .dhcp))
    }

    // MARK: - Time

    /// When there is something to do next.
    private mutating func deadline() -> Instant {
        var deadline = Instant.never
        for interface in network.interfaces.indices {
            deadline = min(deadline, network.interfaces[interface].nextDeadline())
        }
        for number in 0..<cards.count {
            if let due = cards[number].client.deadline { deadline = min(deadline, due) }
        }
        return deadline
    }

    /// Has `work` called in time; at the end of whatever may have changed that.
    mutating func arm() {
        let due = deadline()
        guard due != armed else { return }
        armed = due
        if due != .never { SocketTimers.armInterfaces(at: due) }
    }

    /// Does what is due.
    mutating func work(at now: Instant) {
        Self.waysMayChange()
        for interface in network.interfaces.indices {
            // Each does one thing; there are not more than tables have places.
            for _ in 0..<1024 {
                guard network.interfaces[interface].nextDeadline() <= now else { break }
                let work = write(by: interface) { state, writer in
                    state.network.interfaces[interface].work(at: now, into: &writer)
                }
                switch work {
                case nil: break
                case .frame?: continue
                case .failed(_, let slot)?:
                    waiting.drop(interface: interface, slot: slot)
                    continue
                case .configured?:
                    network.configure(interface)
                    Self.tellConfigured()
                    continue
                }
                break
            }
        }
        for number in 0..<cards.count {
            if let due = cards[number].client.deadline, due <= now { wakeClient(number, at: now) }
        }
        armed = .never
        arm()
    }
}

extension EthernetAddress {
    /// - Parameter word: Its first byte is the lowest.
    init(lowestFirst word: UInt64) { self.init(bits: (word & 0xFFFF_FFFF_FFFF).byteSwapped >> 16) }

    /// An address of nobody's maker, at random (IEEE 802, 8.2.2).
    init(random: UInt64) { self.init(bits: random & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000) }
}
