import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

/// Addresses without a server (RFC 4862) and groups.
@Suite("Network: autoconfiguration and groups")
struct AutoconfigurationTests {
    private let router = EthernetAddress(bits: 0x0200_0000_00fe)
    private let routerAddress = IPv6Address(high: 0xfe80 << 48, low: 0xfe)

    /// A host alone, and a way to let its time go on.
    private final class Alone {
        let host: InterfaceHost
        var now = Instant.start
        var sent: [[UInt8]] = []

        init(_ options: NetworkInterface.Options = .init(), key: UInt64 = 5) {
            host = InterfaceHost(station: TwoHosts.stationA, options: options, key: SipKey(low: key, high: key))
        }

        func go(to end: Instant) {
            while let next = host.deadline, next <= end {
                now = max(now, next)
                host.wake(at: now)
                sent += host.takeFrames(at: now)
            }
            now = end
        }

        func go(_ interval: Interval) { go(to: now + interval) }

        func receive(_ frame: [UInt8]) {
            host.receive(frame, at: now)
            sent += host.takeFrames(at: now)
        }

        func addresses(_ origin: InterfaceAddress.Origin) -> [InterfaceAddress] {
            (0..<host.interface.addresses.count).map { host.interface.addresses[$0] }.filter { $0.origin == origin }
        }

        /// The ICMPv6 messages of a type that were sent, from behind their IP headers.
        func messages(_ type: UInt8) -> [[UInt8]] {
            sent.filter { $0[12] == 0x86 && $0[20] == 58 && $0[54] == type }
        }
    }

    private func frame6(
        from source: IPv6Address, to destination: IPv6Address, station: EthernetAddress, hopLimit: UInt8 = 255,
        _ body: (inout PacketWriter) -> Void
    ) -> [UInt8] {
        let message = written(body)!
        var sum = InternetChecksum()
        sum.accumulatePseudoHeader(
            source: .v6(source), destination: .v6(destination), protocol: .icmpv6, length: message.count)
        sum.accumulate(unsafe message.span.bytes)
        return written {
            EthernetHeader(
                destination: destination.isMulticast ? EthernetAddress(group: destination) : TwoHosts.stationA,
                source: station, type: .ipv6
            ).emit(into: &$0)
            IPv6Header(
                source: source, destination: destination, nextHeader: .icmpv6, payloadLength: message.count,
                hopLimit: hopLimit
            ).emit(into: &$0)
            let start = $0.count
            $0.append(contentsOf: unsafe message.span.bytes)
            $0.replace(at: start + 2, with: sum.checksum)
        }!
    }

    private func advertisement(
        lifetime: UInt16 = 1800, hopLimit: UInt8 = 60, prefix: UInt64 = 0x2001_0db8_0000_0001,
        valid: UInt32 = 86_400, preferred: UInt32 = 14_400, length: UInt8 = 64, wireHopLimit: UInt8 = 255,
        source: IPv6Address? = nil
    ) -> [UInt8] {
        frame6(from: source ?? routerAddress, to: .allNodes, station: router, hopLimit: wireHopLimit) {
            RouterAdvertisement(hopLimit: hopLimit, lifetime: lifetime).emit(into: &$0)
            NDPPrefix(
                prefix: IPv6Address(high: prefix, low: 0), length: length, isOnLink: true, isAutonomous: true,
                validLifetime: valid, preferredLifetime: preferred
            ).emit(into: &$0)
            $0.append(contentsOf: unsafe hex("0101 0200000000fe 0501 0000 00000578 1903 0000 00000e10 20010db8000000000000000000000053").span.bytes)
        }
    }

    @Test("A link-local address is asked for once and is sure a second later; routers are asked for three times, then seldom")
    func linkLocal() {
        let alone = Alone()
        alone.go(.milliseconds(500))
        #expect(alone.addresses(.linkLocal).map(\.state) == [.tentative])
        let question = alone.messages(ICMPv6Type.neighbourSolicitation)
        #expect(question.count == 1)
        // From the unspecified address, and MLD has told of its group before or then.
        #expect(question[0][22..<38].allSatisfy { $0 == 0 })
        alone.go(.milliseconds(600))
        #expect(alone.addresses(.linkLocal).map(\.state) == [.preferred])
        #expect(
            alone.addresses(.linkLocal).first?.address
                == .v6(IPv6Address(high: 0xfe80 << 48, low: TwoHosts.stationA.interfaceIdentifier)))
        alone.go(.seconds(14))
        #expect(alone.messages(ICMPv6Type.routerSolicitation).count == 3)
        alone.go(.seconds(86_400))
        let count = alone.messages(ICMPv6Type.routerSolicitation).count
        #expect(count > 20 && count < 60)
    }

    @Test("A router's prefix makes an address, its lifetime a route, its servers a list")
    func heardRouter() throws {
        let alone = Alone()
        alone.go(.seconds(3))
        alone.receive(advertisement())
        #expect(alone.addresses(.autonomous).map(\.state) == [.tentative])
        alone.go(.seconds(2))
        let address = try #require(alone.addresses(.autonomous).first)
        #expect(address.state == .preferred)
        #expect(
            address.address
                == .v6(IPv6Address(high: 0x2001_0db8_0000_0001, low: TwoHosts.stationA.interfaceIdentifier)))
        #expect(alone.host.interface.hopLimit == 60 && alone.host.interface.unitV6 == 1400)
        #expect(
            alone.host.interface.servers.list(at: alone.now)
                == [.v6(IPv6Address(high: 0x2001_0db8 << 32, low: 0x53))])
        let far = IPAddress.v6(IPv6Address(high: 0x2600 << 48, low: 1))
        #expect(alone.host.routes.find(far)?.gateway == .v6(routerAddress))
        #expect(alone.host.routes.find(.v6(IPv6Address(high: 0x2001_0db8_0000_0001, low: 9)))?.gateway == nil)
        #expect(alone.host.interface.addresses.source(for: far) == address.address)
        // No router any more.
        alone.receive(advertisement(lifetime: 0))
        #expect(alone.host.routes.find(far) == nil)
        // Its address goes: first it is not chosen any more, then it is no more.
        alone.go(.seconds(14_401))
        #expect(alone.addresses(.autonomous).map(\.state) == [.deprecated])
        alone.go(.seconds(86_400))
        #expect(alone.addresses(.autonomous).isEmpty)
    }

    @Test("RFC 4862, 5.5.3 e: nobody shortens an address's life below two hours")
    func lifetimes() {
        let alone = Alone()
        alone.receive(advertisement())
        alone.receive(advertisement(valid: 1, preferred: 1))
        #expect(alone.addresses(.autonomous)[0].validUntil == alone.now + .seconds(7200))
        alone.go(.seconds(3600))
        alone.receive(advertisement(valid: 5, preferred: 5))
        #expect(alone.addresses(.autonomous)[0].validUntil == .start + .seconds(7200))
        alone.receive(advertisement(valid: 6000, preferred: 6000))
        #expect(alone.addresses(.autonomous)[0].validUntil == alone.now + .seconds(6000))
        alone.receive(advertisement(valid: .max, preferred: .max))
        #expect(alone.addresses(.autonomous)[0].validUntil == .never)
    }

    @Test("What no router of this link can have said is not heard")
    func strangers() {
        let alone = Alone()
        alone.receive(advertisement(wireHopLimit: 254))
        alone.receive(advertisement(source: IPv6Address(high: 0x2001_0db8 << 32, low: 1)))
        alone.receive(advertisement(valid: 10, preferred: 11))
        alone.receive(advertisement(length: 63))
        alone.receive(advertisement(hopLimit: 1, prefix: 0xfe80 << 48))
        #expect(alone.addresses(.autonomous).isEmpty)
        #expect(alone.host.interface.hopLimit != 1)
        var options = NetworkInterface.Options()
        options.acceptsRouterAdvertisements = false
        let deaf = Alone(options)
        deaf.receive(advertisement())
        #expect(deaf.addresses(.autonomous).isEmpty)
        deaf.go(.seconds(30))
        #expect(deaf.messages(ICMPv6Type.routerSolicitation).isEmpty)
    }

    @Test("A flood of prefixes and routers is bounded, and counted")
    func flood() {
        let alone = Alone()
        for i in 0..<2000 as Range<UInt64> {
            alone.receive(
                advertisement(
                    prefix: 0x2001_0db8_0000_0000 + i, source: IPv6Address(high: 0xfe80 << 48, low: 0x1000 + i)))
        }
        #expect(alone.addresses(.autonomous).count == AddressTable.maximumAutonomous)
        #expect(alone.host.interface.addresses.overLimit > 1000)
        #expect(alone.host.interface.advertisedRoutes.count <= RouteTable.maximumAdvertised)
        #expect(alone.host.interface.memberships.count <= Memberships.capacity)
    }

    @Test("Somebody has the address already, or asks for it at the same time")
    func duplicates() throws {
        for isAdvertisement in [true, false] {
            let alone = Alone()
            alone.go(.milliseconds(100))
            guard case .v6(let address)? = alone.addresses(.linkLocal).first?.address else {
                Issue.record("no address")
                return
            }
            alone.receive(
                isAdvertisement
                    ? frame6(from: address, to: .allNodes, station: router) {
                        NeighbourAdvertisement(target: address, targetLink: router, isSolicited: false, overrides: true)
                            .emit(into: &$0)
                    }
                    : frame6(from: .unspecified, to: address.solicitedNode, station: router) {
                        NeighbourSolicitation(target: address, sourceLink: nil).emit(into: &$0)
                    })
            // The station's own has one identifier: there is no other address.
            #expect(alone.addresses(.linkLocal).isEmpty && alone.host.interface.addresses.duplicates == 1)
            // With a secret there are others, but not without end.
            var options = NetworkInterface.Options()
            options.identifiers = .opaque(SipKey(low: 1, high: 2))
            let opaque = Alone(options)
            var seen = Set<IPv6Address>()
            for _ in 0..<10 {
                opaque.go(.milliseconds(100))
                guard case .v6(let address)? = opaque.addresses(.linkLocal).first?.address else { break }
                seen.insert(address)
                opaque.receive(
                    frame6(from: .unspecified, to: address.solicitedNode, station: router) {
                        NeighbourSolicitation(target: address, sourceLink: nil).emit(into: &$0)
                    })
            }
            #expect(seen.count == 3 && opaque.addresses(.linkLocal).isEmpty)
        }
    }

    @Test("A question for an address that is sure is answered, and the asker known")
    func answers() {
        let alone = Alone()
        alone.go(.seconds(2))
        guard case .v6(let address)? = alone.addresses(.linkLocal).first?.address else { return }
        alone.sent = []
        alone.receive(
            frame6(from: routerAddress, to: address.solicitedNode, station: router) {
                NeighbourSolicitation(target: address, sourceLink: router).emit(into: &$0)
            })
        #expect(alone.messages(ICMPv6Type.neighbourAdvertisement).count == 1)
        #expect(alone.host.interface.neighbours.state(of: .v6(routerAddress))! == (.stale, router))
        // Another prefix's host asks: answered, and not remembered.
        let stranger = IPv6Address(high: 0x2001_0db8 << 32, low: 7)
        alone.receive(
            frame6(from: stranger, to: address, station: router) {
                NeighbourSolicitation(target: address, sourceLink: router).emit(into: &$0)
            })
        #expect(alone.host.interface.neighbours.state(of: .v6(stranger)) == nil)
        // Who probes for this host's address is told by a message to all.
        alone.sent = []
        alone.receive(
            frame6(from: .unspecified, to: address.solicitedNode, station: router) {
                NeighbourSolicitation(target: address, sourceLink: nil).emit(into: &$0)
            })
        #expect(alone.messages(ICMPv6Type.neighbourAdvertisement).first?[0] == 0x33)
        #expect(alone.addresses(.linkLocal).map(\.state) == [.preferred])
    }

    @Test("A question that tells a group of stations for its asker's gets no answer, which all of them would get")
    func amplifier() {
        let alone = Alone()
        alone.go(.seconds(2))
        guard case .v6(let address)? = alone.addresses(.linkLocal).first?.address else { return }
        for link in [EthernetAddress.broadcast, .zero, EthernetAddress(group: IPv6Address.allNodes)] {
            alone.sent = []
            alone.receive(
                frame6(from: routerAddress, to: address, station: router) {
                    NeighbourSolicitation(target: address, sourceLink: link).emit(into: &$0)
                })
            alone.receive(
                frame6(from: routerAddress, to: address, station: link) {
                    NeighbourSolicitation(target: address, sourceLink: router).emit(into: &$0)
                })
            #expect(alone.messages(ICMPv6Type.neighbourAdvertisement).isEmpty)
        }
    }

    @Test("Joining, being asked and leaving: each version's messages")
    func groups() throws {
        let alone = Alone()
        alone.host.add(TwoHosts.addressA, prefixLength: 24, at: .start)
        alone.go(.seconds(60))
        let group = IPv4Address(239, 1, 2, 3)
        func igmp() -> [[UInt8]] {
            defer { alone.sent = [] }
            return alone.sent.filter { $0[12] == 8 && $0[13] == 0 && $0[23] == 2 }.map { Array($0[38...]) }
        }
        func query(_ bytes: String) {
            var message = hex(bytes)
            var sum = InternetChecksum()
            sum.accumulate(unsafe message.span.bytes)
            message[2] = UInt8(sum.checksum >> 8)
            message[3] = UInt8(truncatingIfNeeded: sum.checksum)
            alone.receive(
                written {
                    EthernetHeader(
                        destination: EthernetAddress(group: .allSystems), source: router, type: .ipv4
                    ).emit(into: &$0)
                    IPv4Header(
                        source: IPv4Address(10, 0, 0, 254), destination: .allSystems, protocol: .igmp,
                        payloadLength: message.count, timeToLive: 1, fragment: .whole, hasRouterAlert: true
                    ).emit(into: &$0)
                    $0.append(contentsOf: unsafe message.span.bytes)
                }!)
        }
        _ = igmp()
        // RFC 3376: CHANGE_TO_EXCLUDE of nothing, twice.
        try alone.host.interface.join(.v4(group), at: alone.now)
        alone.go(.seconds(20))
        var sent = igmp()
        #expect(sent.count == 2 && sent.allSatisfy { $0[0] == 0x22 && $0[8] == 4 && Array($0[12..<16]) == [239, 1, 2, 3] })
        // A second one that joins tells nobody.
        try alone.host.interface.join(.v4(group), at: alone.now)
        try alone.host.interface.leave(.v4(group), at: alone.now)
        alone.go(.seconds(20))
        #expect(igmp().isEmpty)
        // A query of version 3: MODE_IS_EXCLUDE within the time.
        query("1164 0000 00000000 027d 0000")
        alone.go(.seconds(10))
        sent = igmp()
        #expect(sent.count == 1 && sent[0][8] == 2)
        // Of version 2: a report of version 2.
        query("1164 0000 00000000")
        alone.go(.seconds(10))
        sent = igmp()
        #expect(sent.count == 1 && sent[0][0] == 0x16)
        // And leaving is said to routers.
        try alone.host.interface.leave(.v4(group), at: alone.now)
        alone.go(.seconds(10))
        sent = igmp()
        #expect(sent.count == 1 && sent[0][0] == 0x17)
        #expect(throws: Errno.addressNotAvailable) { try alone.host.interface.leave(.v4(group), at: alone.now) }
        #expect(throws: Errno.invalidArgument) { try alone.host.interface.join(TwoHosts.addressB, at: alone.now) }
        // Version 3 again, when the older one's time is over: twice CHANGE_TO_INCLUDE of nothing.
        alone.go(.seconds(300))
        try alone.host.interface.join(.v4(group), at: alone.now)
        alone.go(.seconds(20))
        _ = igmp()
        try alone.host.interface.leave(.v4(group), at: alone.now)
        alone.go(.seconds(20))
        sent = igmp()
        #expect(sent.count == 2 && sent.allSatisfy { $0[0] == 0x22 && $0[8] == 3 })
    }

    @Test("A datagram for a group comes to who has joined, and to nobody else")
    func groupDatagrams() throws {
        let hosts = TwoHosts()
        let group = IPAddress.v4(IPv4Address(239, 9, 9, 9))
        _ = try hosts.b.sockets.bind(3, SocketBinding(.udp, .v4(.unspecified), Port(7000)))
        hosts.a.send([1], to: Endpoint(group, Port(7000)), from: Port(1), source: TwoHosts.addressA, at: .start)
        hosts.simulation.run(until: .start + .seconds(1))
        #expect(hosts.b.datagrams.isEmpty)
        try hosts.b.interface.join(group, at: hosts.simulation.now)
        hosts.a.send(
            [2], to: Endpoint(group, Port(7000)), from: Port(1), source: TwoHosts.addressA, at: hosts.simulation.now)
        hosts.simulation.run(until: hosts.simulation.now + .seconds(1))
        #expect(hosts.b.datagrams.map(\.payload) == [[2]])
        // A broadcast, the link's and the subnet's, comes too; nobody is told of a port for it.
        for address in [IPv4Address.broadcast, IPv4Address(10, 0, 0, 255)] {
            hosts.a.send(
                [3], to: Endpoint(.v4(address), Port(7000)), from: Port(1), source: TwoHosts.addressA,
                at: hosts.simulation.now)
            hosts.a.send(
                [3], to: Endpoint(.v4(address), Port(7001)), from: Port(1), source: TwoHosts.addressA,
                at: hosts.simulation.now)
        }
        hosts.simulation.run(until: hosts.simulation.now + .seconds(1))
        #expect(hosts.b.datagrams.count == 3 && hosts.a.errors.isEmpty)
    }
}
