import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

/// Several interfaces of a host: where packets leave, from which address, and that a
/// host's packets for itself come back.
@Suite("Network: interfaces and routes")
struct NetworkTests {
    private static let now = Instant(nanoseconds: 5_000_000_000)
    private static let key = SipKey(low: 3, high: 4)

    private static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> IPAddress {
        .v4(IPv4Address(a, b, c, d))
    }

    private static func v6(_ high: UInt64, _ low: UInt64) -> IPAddress { .v6(IPv6Address(high: high, low: low)) }

    /// Interfaces 1 and 2: 10.0.1.5/24 with the router 10.0.1.1, and 10.0.2.5/24 with
    /// the router 10.0.2.1, which is the dearer one; 192.168.0.0/16 is behind 10.0.2.9.
    private static func network() -> Network {
        var network = Network(key: key, at: .start)
        for number in 1...2 as ClosedRange<UInt8> {
            let index = network.add(EthernetAddress(bits: 0x5254_0000_0000 | UInt64(number)), at: .start)
            #expect(index == Int(number))
            let isAdded = network.add(
                InterfaceAddress(v4(10, 0, number, 5), prefixLength: 24), to: index, at: .start)
            #expect(isAdded)
            network.routes.add(
                Route(.everyV4, interface: index, gateway: v4(10, 0, number, 1), metric: UInt32(number)))
        }
        network.routes.add(
            Route(AddressPrefix(v4(192, 168, 0, 0), length: 16)!, interface: 2, gateway: v4(10, 0, 2, 9)))
        return network
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var destination: IPAddress
        var source: IPAddress?
        var interface: Int?
        /// Interface, source, next hop.
        var way: (Int, IPAddress, IPAddress)

        init(
            _ text: String, to destination: IPAddress, from source: IPAddress? = nil, by interface: Int? = nil,
            way: (Int, IPAddress, IPAddress)
        ) {
            testDescription = text
            (self.destination, self.source, self.interface, self.way) = (destination, source, interface, way)
        }
    }

    static let cases = [
        Case("a neighbour", to: v4(10, 0, 2, 7), way: (2, v4(10, 0, 2, 5), v4(10, 0, 2, 7))),
        Case("by the cheaper router", to: v4(8, 8, 8, 8), way: (1, v4(10, 0, 1, 5), v4(10, 0, 1, 1))),
        Case("by the longer prefix", to: v4(192, 168, 3, 4), way: (2, v4(10, 0, 2, 5), v4(10, 0, 2, 9))),
        Case(
            "bound to an interface", to: v4(8, 8, 8, 8), by: 2, way: (2, v4(10, 0, 2, 5), v4(10, 0, 2, 1))),
        Case(
            "bound to an address: routes decide", to: v4(8, 8, 8, 8), from: v4(10, 0, 2, 5),
            way: (1, v4(10, 0, 2, 5), v4(10, 0, 1, 1))),
        Case("the host itself", to: v4(10, 0, 1, 5), way: (0, v4(10, 0, 1, 5), v4(10, 0, 1, 5))),
        Case(
            "one address of the host to another", to: v4(10, 0, 2, 5), from: v4(10, 0, 1, 5),
            way: (0, v4(10, 0, 1, 5), v4(10, 0, 2, 5))),
        Case("loopback", to: v4(127, 0, 0, 1), way: (0, v4(127, 0, 0, 1), v4(127, 0, 0, 1))),
        Case("any of loopback's addresses", to: v4(127, 1, 2, 3), way: (0, v4(127, 1, 2, 3), v4(127, 1, 2, 3))),
        Case("loopback of IPv6", to: v6(0, 1), way: (0, v6(0, 1), v6(0, 1))),
        Case(
            "a group, by the default route", to: v4(239, 1, 1, 1), way: (1, v4(10, 0, 1, 5), v4(239, 1, 1, 1))),
        Case(
            "all stations of the default route's link", to: v4(255, 255, 255, 255),
            way: (1, v4(10, 0, 1, 5), v4(255, 255, 255, 255))),
        Case(
            "all stations of a subnet", to: v4(10, 0, 2, 255), way: (2, v4(10, 0, 2, 5), v4(10, 0, 2, 255))),
        Case(
            "a group by an interface", to: v4(239, 1, 1, 1), by: 2, way: (2, v4(10, 0, 2, 5), v4(239, 1, 1, 1))),
    ]

    @Test("Where a packet leaves, from which address, and to whom", arguments: cases)
    func ways(_ one: Case) throws {
        let way = try Self.network().way(to: one.destination, from: one.source, by: one.interface, at: Self.now)
        #expect(way.interface == one.way.0)
        #expect(way.source == one.way.1)
        #expect(way.nextHop == one.way.2)
        #expect(way.unit == (way.interface == 0 ? 65_536 : 1500))
    }

    @Test("A route's time is over, or a router is gone: the other one")
    func fallback() throws {
        var network = Self.network()
        network.routes.removeAll { $0.gateway == Self.v4(10, 0, 1, 1) }
        let way = try network.way(to: Self.v4(8, 8, 8, 8), at: Self.now)
        #expect(way.interface == 2 && way.nextHop == Self.v4(10, 0, 2, 1))
        network.routes.removeAll { $0.gateway != nil }
        #expect(throws: Errno.networkUnreachable) { try network.way(to: Self.v4(8, 8, 8, 8), at: Self.now) }
        // Neighbours need no router.
        #expect(try network.way(to: Self.v4(10, 0, 1, 77), at: Self.now).interface == 1)
    }

    @Test("What cannot be sent is refused with its reason")
    func refusals() {
        let network = Self.network()
        func refusal(
            _ destination: IPAddress, from source: IPAddress? = nil, by interface: Int? = nil
        ) -> Errno? {
            do throws(Errno) {
                _ = try network.way(to: destination, from: source, by: interface, at: Self.now)
                return nil
            } catch { return error }
        }
        #expect(refusal(Self.v4(8, 8, 8, 8), from: Self.v4(10, 0, 3, 5)) == .addressNotAvailable)
        // Loopback's addresses mean nothing to others.
        #expect(refusal(Self.v4(8, 8, 8, 8), from: Self.v4(127, 0, 0, 1)) == .invalidArgument)
        #expect(refusal(Self.v4(127, 0, 0, 1), by: 1) == .networkUnreachable)
        // No route of IPv6 but the links' own, and those need the link.
        #expect(refusal(Self.v6(0x2001_0db8 << 32, 1)) == .networkUnreachable)
        #expect(refusal(Self.v6(0xfe80 << 48, 1)) == .invalidArgument)
    }

    @Test("What a router has said of a link is that link's, and goes with it")
    func advertisements() throws {
        var network = Self.network()
        let global = Self.v6(0x2001_0db8 << 32, 9)
        network.routes.add(
            Route(.everyV6, interface: 1, gateway: Self.v6(0xfe80 << 48, 7), origin: .routerAdvertisement))
        network.routes.add(
            Route(.everyV6, interface: 2, gateway: Self.v6(0xfe80 << 48, 8), metric: 5, origin: .routerAdvertisement))
        network.configure(1)
        #expect(network.routes.find(global)?.interface == 2)
        network.configure(2)
        #expect(network.routes.find(global) == nil)
    }

    // MARK: - Loopback

    @Test("A datagram for the host itself comes back, IPv4 and IPv6", arguments: [
        (v4(127, 0, 0, 1), v4(127, 0, 0, 1)), (v4(10, 0, 1, 5), v4(10, 0, 2, 5)), (v6(0, 1), v6(0, 1)),
    ])
    func loopback(source: IPAddress, destination: IPAddress) throws {
        var network = Self.network()
        let way = try network.way(to: destination, from: source, at: Self.now)
        #expect(way.interface == Network.loopback)
        let payload: [UInt8] = Array("come back".utf8)
        let header = UDPHeader(source: Port(1000), destination: Port(2000), payloadLength: payload.count)
        var sum = InternetChecksum()
        sum.accumulate(unsafe payload.span.bytes)
        let checksum = header.checksum(source: source, destination: destination, payload: sum)
        let packet = OutgoingPacket(
            source: way.source, destination: destination, protocol: .udp,
            payloadLength: UDPHeader.length + payload.count)
        let frame = try #require(written { writer in
            network.interfaces[0].emit(packet, to: .zero, into: &writer)
            header.emit(into: &writer, checksum: checksum)
            unsafe writer.append(contentsOf: payload.span.bytes)
        })
        var received = Received.nothing
        _ = written { received = network.interfaces[0].receive(unsafe frame.span.bytes, at: Self.now, answer: &$0) }
        guard case .udp(let arrival) = received else {
            Issue.record("it did not come back: \(received)")
            return
        }
        #expect(arrival.local == Endpoint(destination, Port(2000)))
        #expect(arrival.remote == Endpoint(source, Port(1000)))
        #expect(arrival.ip.interface == Network.loopback)
        #expect(Array(frame[arrival.payload]) == payload)
    }

    @Test("The loopback answers an echo, and needs no neighbour")
    func loopbackEcho() throws {
        var network = Self.network()
        let own = Self.v4(127, 0, 0, 1)
        var resolution = NetworkInterface.LinkResolution.full
        _ = written { resolution = network.interfaces[0].station(for: own, at: Self.now, question: &$0) }
        #expect(resolution == .known(.zero, nil))
        var message = try #require(written { writer in
            ICMPHeader(type: ICMPv4Type.echoRequest, identifier: 5, sequence: 6).emit(into: &writer)
        })
        var sum = InternetChecksum()
        sum.accumulate(unsafe message.span.bytes)
        message[2] = UInt8(sum.checksum >> 8)
        message[3] = UInt8(truncatingIfNeeded: sum.checksum)
        let packet = OutgoingPacket(
            source: own, destination: own, protocol: .icmp, payloadLength: message.count)
        let question = try #require(written { writer in
            network.interfaces[0].emit(packet, to: .zero, into: &writer)
            unsafe writer.append(contentsOf: message.span.bytes)
        })
        let answer = try #require(written { writer in
            _ = network.interfaces[0].receive(unsafe question.span.bytes, at: Self.now, answer: &writer)
        })
        var received = Received.nothing
        _ = written { received = network.interfaces[0].receive(unsafe answer.span.bytes, at: Self.now, answer: &$0) }
        guard case .icmp(let arrival, let header) = received else {
            Issue.record("no answer: \(received)")
            return
        }
        #expect(arrival.source == own)
        #expect(header.type == ICMPv4Type.echoReply && header.identifier == 5 && header.sequence == 6)
    }
}
