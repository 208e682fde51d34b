import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

/// Two hosts on one link.
struct TwoHosts {
    let a: InterfaceHost
    let b: InterfaceHost
    let simulation: Simulation
    static let addressA = IPAddress.v4(IPv4Address(10, 0, 0, 1))
    static let addressB = IPAddress.v4(IPv4Address(10, 0, 0, 2))
    static let stationA = EthernetAddress(bits: 0x5254_0000_0001)
    static let stationB = EthernetAddress(bits: 0x5254_0000_0002)

    init(
        options: NetworkInterface.Options = .init(), optionsB: NetworkInterface.Options? = nil,
        faults: LinkFaults = LinkFaults(), seed: UInt64 = 1
    ) {
        a = InterfaceHost(station: Self.stationA, options: options, key: SipKey(low: seed, high: 1))
        b = InterfaceHost(station: Self.stationB, options: optionsB ?? options, key: SipKey(low: seed, high: 2))
        a.add(Self.addressA, prefixLength: 24, at: .start)
        b.add(Self.addressB, prefixLength: 24, at: .start)
        simulation = Simulation([a, b], faults: faults, seed: seed)
    }

    /// The link-local address of a host, once it is sure.
    static func linkLocal(_ host: InterfaceHost) -> IPAddress? {
        let addresses = host.interface.addresses
        return (0..<addresses.count).map { addresses[$0] }
            .first { $0.origin == .linkLocal && $0.state == .preferred }?.address
    }
}

@Suite("Network: the interface")
struct InterfaceTests {
    private func run(_ hosts: TwoHosts, _ seconds: UInt64, _ condition: () -> Bool = { false }) -> Bool {
        hosts.simulation.run(until: hosts.simulation.now + .seconds(seconds), condition)
    }

    @Test("An echo over IPv4: ARP first, then the answer; what waits is not lost", arguments: [0, 1, 56, 1472, 1473, 8000, 65_507])
    func echo4(size: Int) {
        let hosts = TwoHosts()
        var generator = SeededGenerator(seed: UInt64(size))
        let body = generator.bytes(size)
        // More packets than wait for a neighbour: those in front are lost, as they may be.
        if size > 2000 {
            hosts.a.echo(to: TwoHosts.addressB, sequence: 6, [], at: .start)
            #expect(run(hosts, 1) { hosts.a.echoes.count == 1 })
        }
        hosts.a.echo(to: TwoHosts.addressB, sequence: 7, body, at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.echoes.last?.sequence == 7 })
        #expect(hosts.a.echoes.last?.payload == body && hosts.a.echoes.last?.from == TwoHosts.addressB)
        #expect(hosts.b.interface.neighbours.state(of: TwoHosts.addressA) != nil)
    }

    @Test("An echo over IPv6, by link-local addresses", arguments: [0, 56, 1452, 1453, 9000, 60_000])
    func echo6(size: Int) throws {
        let hosts = TwoHosts()
        #expect(run(hosts, 5) { TwoHosts.linkLocal(hosts.a) != nil && TwoHosts.linkLocal(hosts.b) != nil })
        let target = try #require(TwoHosts.linkLocal(hosts.b))
        var generator = SeededGenerator(seed: UInt64(size))
        let body = generator.bytes(size)
        hosts.a.echo(to: target, sequence: 1, [], at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.echoes.count == 1 })
        hosts.a.echo(to: target, sequence: 2, body, at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.echoes.count == 2 })
        #expect(hosts.a.echoes.last?.payload == body)
    }

    @Test("Large echoes come through links that lose, reorder and duplicate, or they do not come, but never wrong")
    func faults() {
        var came = 0
        for seed in 1...20 as ClosedRange<UInt64> {
            var faults = LinkFaults()
            faults.loss = 0.05
            faults.duplication = 0.1
            faults.reordering = 0.2
            faults.corruption = 0.05
            let hosts = TwoHosts(faults: faults, seed: seed)
            var generator = SeededGenerator(seed: seed)
            for sequence in 1...20 as ClosedRange<UInt16> {
                let body = generator.bytes(generator.below(9000))
                hosts.a.echo(to: TwoHosts.addressB, sequence: sequence, body, at: hosts.simulation.now)
                let before = hosts.a.echoes.count
                _ = run(hosts, 2) { hosts.a.echoes.count > before }
                for echo in hosts.a.echoes[before...] where echo.sequence == sequence {
                    came += 1
                    #expect(echo.payload == body, "seed \(seed)")
                }
            }
        }
        #expect(came > 50)
    }

    @Test("Datagrams find their socket; without one the sender is told, and its socket can know it")
    func datagrams() throws {
        let hosts = TwoHosts()
        _ = try hosts.b.sockets.bind(9, SocketBinding(.udp, .v4(.unspecified), Port(53)))
        hosts.a.send([1, 2, 3], to: Endpoint(TwoHosts.addressB, Port(53)), from: Port(4000), at: .start)
        #expect(run(hosts, 2) { hosts.b.datagrams.count == 1 })
        #expect(hosts.b.datagrams[0].socket == 9 && hosts.b.datagrams[0].payload == [1, 2, 3])
        #expect(hosts.b.datagrams[0].from == Endpoint(TwoHosts.addressA, Port(4000)))
        hosts.a.send([1], to: Endpoint(TwoHosts.addressB, Port(54)), from: Port(4001), at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.errors.count == 1 })
        let (error, quote) = hosts.a.errors[0]
        #expect(error.errno == .connectionRefused)
        #expect(quote.protocol == .udp && quote.sourcePort == Port(4001) && quote.destinationPort == Port(54))
        // A protocol that nobody has.
        hosts.a.send([UInt8](repeating: 0, count: 8), IPProtocol(200), from: TwoHosts.addressA, to: TwoHosts.addressB, at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.errors.count == 2 })
        #expect(hosts.a.errors[1].0.errno == .protocolNotAvailable)
    }

    @Test("Over IPv6: a port and a protocol that nobody has")
    func refusals6() throws {
        let hosts = TwoHosts()
        _ = run(hosts, 5) { TwoHosts.linkLocal(hosts.a) != nil && TwoHosts.linkLocal(hosts.b) != nil }
        let (own, target) = (try #require(TwoHosts.linkLocal(hosts.a)), try #require(TwoHosts.linkLocal(hosts.b)))
        hosts.a.send([1], to: Endpoint(target, Port(54)), from: Port(4001), at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.errors.count == 1 })
        #expect(hosts.a.errors[0].0.errno == .connectionRefused)
        hosts.a.send([UInt8](repeating: 0, count: 8), IPProtocol(200), from: own, to: target, at: hosts.simulation.now)
        hosts.a.send(
            hex("c800 0104 00000000 0000000000000000"), .destinationOptions, from: own, to: target, at: hosts.simulation.now)
        #expect(run(hosts, 2) { hosts.a.errors.count == 3 })
        #expect(hosts.a.errors.dropFirst().allSatisfy { $0.0.errno == .protocolError && $0.1.protocol == IPProtocol(200) })
    }

    @Test("Nobody there: told after three seconds")
    func unreachable() {
        let hosts = TwoHosts()
        let nobody = IPAddress.v4(IPv4Address(10, 0, 0, 99))
        hosts.a.echo(to: nobody, sequence: 1, [], at: .start)
        #expect(!run(hosts, 2) { !hosts.a.failures.isEmpty })
        #expect(run(hosts, 2) { hosts.a.failures == [nobody] })
    }

    @Test("Two hosts with one IPv4 address notice; the owner says so once in ten seconds")
    func conflict() {
        let hosts = TwoHosts()
        hosts.b.add(TwoHosts.addressA, prefixLength: 24, at: .start)
        let nobody = IPv4Address(10, 0, 0, 77)
        for _ in 0..<50 {
            hosts.b.write { interface, writer in
                interface.emitARP(
                    .request, IPv4Address(10, 0, 0, 1), target: nobody, to: .zero, station: .broadcast, into: &writer)
            }
            _ = run(hosts, 0)
        }
        _ = run(hosts, 1)
        #expect(hosts.a.conflicts.count >= 50)
        #expect(hosts.a.interface.neighbours.state(of: TwoHosts.addressA) == nil)
        // The same for an address that is only about to be a host's.
        hosts.a.interface.probed = IPv4Address(10, 0, 0, 2)
        hosts.a.write { interface, writer in
            interface.emitARP(
                .request, .unspecified, target: IPv4Address(10, 0, 0, 2), to: .zero, station: .broadcast, into: &writer)
        }
        #expect(run(hosts, 2) { hosts.a.conflicts.last == IPv4Address(10, 0, 0, 2) })
        // A probe taught nobody anything.
        #expect(hosts.b.interface.neighbours.state(of: .v4(.unspecified)) == nil)
    }

    @Test("A router outside of the host's subnets, as clouds have it")
    func routerElsewhere() {
        let hosts = TwoHosts()
        let router = IPAddress.v4(IPv4Address(192, 0, 2, 1))
        hosts.b.add(router, prefixLength: 24, at: .start)
        hosts.a.routes.add(Route(AddressPrefix(.v4(.unspecified), length: 0)!, interface: 0, gateway: router))
        hosts.a.echo(to: .v4(IPv4Address(203, 0, 113, 1)), sequence: 1, [], at: .start)
        #expect(run(hosts, 2) { hosts.a.interface.neighbours.state(of: router)?.0 == .reachable })
        #expect(hosts.a.failures.isEmpty)
    }

    @Test("A packet that is too big for the path: the sender learns it, and cuts")
    func pathMTU() {
        let hosts = TwoHosts()
        hosts.a.echo(to: TwoHosts.addressB, sequence: 1, [], at: .start)
        _ = run(hosts, 1) { hosts.a.echoes.count == 1 }
        // A router's word, which quotes what was sent.
        let quote = written {
            IPv4Header(
                source: IPv4Address(10, 0, 0, 1), destination: IPv4Address(10, 0, 0, 2), protocol: .icmp, payloadLength: 1480
            ).emit(into: &$0)
            $0.append(0x0800_0000_0001_0002 as UInt64)
        }!
        let frame = written {
            EthernetHeader(destination: TwoHosts.stationA, source: TwoHosts.stationB, type: .ipv4).emit(into: &$0)
            IPv4Header(
                source: IPv4Address(10, 0, 0, 254), destination: IPv4Address(10, 0, 0, 1), protocol: .icmp,
                payloadLength: 8 + quote.count
            ).emit(into: &$0)
            let start = $0.count
            ICMPHeader(type: ICMPv4Type.unreachable, code: 4, word: 1000).emit(into: &$0)
            $0.append(contentsOf: unsafe quote.span.bytes)
            $0.seal(from: start, at: start + 2)
        }!
        hosts.a.receive(frame, at: hosts.simulation.now)
        #expect(hosts.a.paths.find(TwoHosts.addressB, link: 1500, at: hosts.simulation.now) == 1000)
        #expect(hosts.a.errors.last?.0.errno == .messageTooLong)
        hosts.a.echo(to: TwoHosts.addressB, sequence: 2, [UInt8](repeating: 5, count: 1400), at: hosts.simulation.now)
        #expect(run(hosts, 1) { hosts.a.echoes.count == 2 })
        #expect(hosts.b.interface.reassembly.counters.successes == 1)
    }

    @Test("A datagram whose rest does not come: its sender is told after the time")
    func timeout() {
        let hosts = TwoHosts()
        let source = IPv4Address(10, 0, 0, 1)
        let frame = written {
            EthernetHeader(destination: TwoHosts.stationB, source: TwoHosts.stationA, type: .ipv4).emit(into: &$0)
            IPv4Header(
                source: source, destination: IPv4Address(10, 0, 0, 2), protocol: .udp, payloadLength: 16,
                fragment: IPv4Fragment(offset: 0, hasMore: true)
            ).emit(into: &$0)
            $0.append(0x1234_0035_0100_0000 as UInt64)
            $0.append(zeros: 8)
        }!
        hosts.a.send(frame: frame)
        _ = run(hosts, 29)
        #expect(hosts.a.errors.isEmpty)
        #expect(run(hosts, 2) { hosts.a.errors.count == 1 })
        #expect(hosts.a.errors[0].0.type == ICMPv4Type.timeExceeded && hosts.a.errors[0].0.code == 1)
        #expect(hosts.a.errors[0].1.destinationPort == Port(53))
    }
}
