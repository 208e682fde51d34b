import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// What a server's message is read as; options, their pieces and their lies.
@Suite("Network: DHCP's messages", .serialized, .inTurn)
struct DHCPMessageTests {
    static let server: (UInt8, [UInt8]) = (54, [10, 0, 2, 2])

    private func parse(_ message: ServerMessage) -> DHCPReply? { DHCPReply(parsing: unsafe message.bytes.span.bytes) }

    private func message(_ options: [(UInt8, [UInt8])], end: [UInt8] = [255]) -> ServerMessage {
        ServerMessage(
            type: 5, transaction: 0x0102_0304, address: IPv4Address(10, 0, 2, 15), options: options, end: end)
    }

    private func list<let count: Int, Element>(_ list: FixedList<count, Element>) -> [Element] {
        (0..<list.count).map { list[$0] }
    }

    private func name(_ text: String) -> DomainName? { DomainName(text: unsafe Array(text.utf8).span.bytes) }

    @Test("An acknowledgment with everything in it")
    func everything() throws {
        let reply = try #require(
            parse(message([
                Self.server, (51, [0, 1, 0x51, 0x80]), (58, [0, 0, 0xa8, 0xc0]), (59, [0, 1, 0x27, 0x50]),
                (1, [255, 255, 255, 0]), (28, [10, 0, 2, 255]), (3, [10, 0, 2, 2, 10, 0, 2, 3]),
                (6, [1, 1, 1, 1, 8, 8, 8, 8]), (15, Array("lan.example".utf8)), (26, [5, 0xdc]), (43, [1, 2, 3]),
            ])))
        #expect(reply.kind == .acknowledgment && reply.transaction == 0x0102_0304)
        #expect(reply.station.bits == DHCPBench.station && reply.address == IPv4Address(10, 0, 2, 15))
        #expect(reply.server == IPv4Address(10, 0, 2, 2) && !reply.namesOtherClient)
        #expect(reply.leaseTime == 86400 && reply.renewalTime == 43200 && reply.rebindingTime == 75600)
        let told = reply.configuration
        #expect(told.prefixLength == 24 && told.broadcastAddress == IPv4Address(10, 0, 2, 255))
        #expect(list(told.routers) == [IPv4Address(10, 0, 2, 2), IPv4Address(10, 0, 2, 3)])
        #expect(list(told.nameServers) == [IPv4Address(1, 1, 1, 1), IPv4Address(8, 8, 8, 8)])
        #expect(told.domain == name("lan.example") && told.mtu == 1500 && told.routes.isEmpty && !told.isCut)
    }

    @Test("Classless routes, which count instead of routers (RFC 3442)")
    func routes() throws {
        let reply = try #require(
            parse(message([
                Self.server, (3, [10, 0, 2, 2]),
                (121, [
                    0, 10, 0, 2, 1, 8, 10, 10, 0, 2, 4, 24, 172, 16, 5, 0, 0, 0, 0, 25, 192, 168, 1, 255, 10, 0, 2, 5,
                    32, 1, 2, 3, 4, 10, 0, 2, 6, 16, 9, 9, 224, 0, 0, 1,
                ]),
            ])))
        #expect(reply.configuration.routers.isEmpty)
        let routes = list(reply.configuration.routes)
        #expect(routes.map(\.prefixLength) == [0, 8, 24, 25, 32])
        #expect(routes.map(\.destination) == [
            .unspecified, IPv4Address(10, 0, 0, 0), IPv4Address(172, 16, 5, 0), IPv4Address(192, 168, 1, 128),
            IPv4Address(1, 2, 3, 4),
        ])
        #expect(routes.map(\.router) == [
            IPv4Address(10, 0, 2, 1), IPv4Address(10, 0, 2, 4), nil, IPv4Address(10, 0, 2, 5), IPv4Address(10, 0, 2, 6),
        ])
        for lie: [UInt8] in [
            [], [0], [0, 10, 0, 2], [33, 1, 2, 3, 4, 5, 10, 0, 2, 1], [24, 1, 2, 10, 0, 2], [0, 10, 0, 2, 1, 8],
            [0, 10, 0, 2, 1, 8, 10, 10, 0, 2],
        ] { #expect(parse(message([Self.server, (121, lie)])) == nil) }
    }

    @Test("An option in pieces is one (RFC 3396)")
    func pieces() throws {
        let reply = try #require(
            parse(message([
                (6, [1, 1]), Self.server, (15, Array("lan.".utf8)), (6, [1, 1, 8]), (0, []), (6, [8, 8, 8]),
                (15, Array("example".utf8)), (51, [0, 0]), (6, []), (51, [1, 0]),
            ].filter { $0.0 != 0 })))
        #expect(list(reply.configuration.nameServers) == [IPv4Address(1, 1, 1, 1), IPv4Address(8, 8, 8, 8)])
        #expect(reply.configuration.domain == name("lan.example") && reply.leaseTime == 256)
    }

    @Test("Options in the file's and the server name's field, where the message says so", arguments: 0...3 as ClosedRange<UInt8>)
    func overload(_ fields: UInt8) throws {
        var message = message([Self.server, (6, [1, 1])] + (fields > 0 ? [(52, [fields])] : []))
        func field(_ options: [(UInt8, [UInt8])], _ size: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for (code, value) in options { bytes += ServerMessage.option(code, value) }
            bytes.append(255)
            // What is behind the end does not count, not even as an option.
            bytes += [6, 250, 1]
            return bytes + [UInt8](repeating: 0, count: size - bytes.count)
        }
        message.file = field([(6, [1, 1, 8, 8]), (1, [255, 255, 0, 0])], 128)
        message.serverName = field([(6, [8, 8]), (51, [0, 0, 0, 9])], 64)
        let reply = parse(message)
        switch fields {
        // Two bytes of an address, or six of two.
        case 0, 1: #expect(reply == nil)
        case 2:
            let found = try #require(reply)
            #expect(list(found.configuration.nameServers) == [IPv4Address(1, 1, 8, 8)])
            #expect(found.leaseTime == 9 && found.configuration.prefixLength == nil)
        default:
            let found = try #require(reply)
            #expect(list(found.configuration.nameServers) == [IPv4Address(1, 1, 1, 1), IPv4Address(8, 8, 8, 8)])
            #expect(found.leaseTime == 9 && found.configuration.prefixLength == 16)
        }
    }

    @Test("What says where options are cannot itself be there, or twice, or anything else")
    func overloadLies() {
        for options: [(UInt8, [UInt8])] in [
            [(52, [0])], [(52, [4])], [(52, [])], [(52, [1, 1])], [(52, [1]), (52, [1])],
        ] { #expect(parse(message([Self.server] + options)) == nil) }
        let zeros = [UInt8](repeating: 0, count: 128)
        for content: [UInt8] in [[52, 1, 1, 255], [6, 127], [6, 255], Array(zeros.dropLast()) + [6]] {
            var message = message([Self.server, (52, [1])])
            message.file = Array((content + zeros).prefix(128))
            #expect(parse(message) == nil)
        }
    }

    @Test("Lengths that lie", arguments: [
        (1, [255, 255, 255]), (1, [255, 255, 255, 0, 0]), (1, [255, 0, 255, 0]), (1, [0, 0, 0, 0]), (1, []),
        (3, [1, 2, 3]), (3, []), (6, [1, 2, 3, 4, 5]), (6, []), (15, []), (26, [5]), (26, [0, 5, 0xdc]), (28, [1, 2, 3]),
        (51, [1, 2, 3]), (51, [0, 0, 0, 1, 0]), (58, [1]), (59, []), (53, [5]), (54, [1, 2, 3, 4]), (54, [1]),
    ] as [(UInt8, [UInt8])])
    func lies(code: UInt8, value: [UInt8]) {
        #expect(parse(message([Self.server])) != nil)
        #expect(parse(message([Self.server, (code, value)])) == nil)
    }

    @Test("Not a server's message")
    func others() {
        let sound = message([Self.server]).bytes
        for (place, value) in [(0, 1), (0, 3), (1, 6), (2, 16), (2, 0), (236, 0), (239, 0), (242, 1), (242, 9), (242, 0)] {
            var bytes = sound
            bytes[place] = UInt8(value)
            #expect(DHCPReply(parsing: unsafe bytes.span.bytes) == nil)
        }
        // BOOTP has no type.
        #expect(parse(ServerMessage(type: 0, transaction: 1, address: .unspecified)) == nil)
        for count in 0..<240 {
            let bytes = Array(sound.prefix(count))
            #expect(DHCPReply(parsing: unsafe bytes.span.bytes) == nil)
        }
    }

    @Test("An end that is not marked is no lie; an option that goes past it is")
    func ends() {
        #expect(parse(message([Self.server], end: [])) != nil)
        #expect(parse(message([Self.server], end: [0, 0, 0])) != nil)
        #expect(parse(message([Self.server], end: [3])) == nil)
        #expect(parse(message([Self.server], end: [3, 4, 1, 1, 1])) == nil)
        #expect(parse(message([Self.server], end: [255, 3, 4, 1])) != nil)
    }

    @Test("Values that cannot be are not used, and long lists are cut")
    func values() throws {
        let reply = try #require(
            parse(message([
                (54, [10, 0, 2, 2]), (3, [0, 0, 0, 0, 10, 0, 2, 2, 255, 255, 255, 255, 127, 0, 0, 1]),
                (6, (1...6).flatMap { [UInt8($0), 1, 1, 1] }), (26, [2, 0]), (15, Array("no name".utf8)),
            ])))
        #expect(list(reply.configuration.routers) == [IPv4Address(10, 0, 2, 2)])
        #expect(list(reply.configuration.nameServers) == (1...4).map { IPv4Address($0, 1, 1, 1) })
        #expect(reply.configuration.isCut && reply.configuration.mtu == nil && reply.configuration.domain == nil)
        #expect(try #require(parse(message([(15, Array("a.b".utf8) + [0])]))).configuration.domain == name("a.b"))
        let long: [UInt8] = (0..<300).map { $0 % 60 == 59 ? 0x2e : 0x61 }
        #expect(try #require(parse(message([(15, Array(long.prefix(200))), (15, Array(long.dropFirst(200)))])))
            .configuration.domain == nil)
        for address: [UInt8] in [[0, 0, 0, 0], [255, 255, 255, 255], [224, 0, 0, 1], [127, 0, 0, 1]] {
            #expect(parse(message([(54, address)])) == nil)
        }
    }

    private static let lengths: [(code: UInt8, count: Int)] = [
        (1, 4), (3, 8), (6, 4), (15, 6), (26, 2), (28, 4), (51, 4), (52, 1), (54, 4), (58, 4), (59, 4), (61, 7), (121, 9),
    ]

    /// A message of a server with some options, of which some are wrong.
    private func randomMessage(_ random: inout SeededGenerator, like sound: [UInt8], transaction: UInt32) -> [UInt8] {
        var bytes = sound
        for i in 0..<4 { bytes[4 + i] = UInt8(truncatingIfNeeded: transaction >> UInt32(24 - 8 * i)) }
        bytes += [53, 1, [2, 5, 5, 6, 2, 5, 5, UInt8(random.below(16))][random.below(8)]]
        if random.below(8) != 0 { bytes += [54, 4, 10, 0, 2, 2] }
        if random.below(8) != 0 { bytes += [51, 4, 0, 0, UInt8(random.below(16)), 200] }
        for _ in 0..<max(0, random.below(8) - 3) {
            let (code, length) = Self.lengths[random.below(Self.lengths.count)]
            let count = random.below(6) == 0 ? random.below(40) : length
            bytes += [code, UInt8(count)] + random.bytes(count)
        }
        if random.below(16) == 0 { bytes.replaceSubrange(44..<236, with: random.bytes(192)) }
        if random.below(4) == 0 { bytes += random.bytes(random.below(20)) } else { bytes.append(255) }
        if random.below(4) == 0 {
            for _ in 0..<1 + random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
        }
        if random.below(8) == 0 { bytes.removeLast(random.below(bytes.count)) }
        return bytes
    }

    @Test("Any message leaves a client sound")
    func fuzz() throws {
        let messages = 20
        let sound = Array(ServerMessage(type: 0, transaction: 0, address: DHCPBench.address, end: []).bytes)
        var bound: UInt64 = 0
        for seed in 0..<UInt64(max(1, fuzzCases / messages)) {
            let bench = DHCPBench(seed: seed)
            bench.readsSent = false
            bench.random = SeededGenerator(seed: seed ^ 0xdc)
            var random = SeededGenerator(seed: seed)
            try bench.start()
            let start = bench.seconds
            for _ in 0..<messages {
                let last = bench.lastTransaction
                let transaction = random.below(10) == 0 ? last ^ 1 : last
                try bench.receive(randomMessage(&random, like: sound, transaction: transaction))
                switch random.next() % 12 {
                case 0: try bench.conflict()
                case 1: try bench.pass(seconds: Double(random.below(1000)))
                case 2: if let deadline = bench.deadline { try bench.pass(until: deadline) }
                case 3 where random.next() % 8 == 0:
                    bench.client.stop()
                    try bench.start()
                default: break
                }
                // What holds always.
                if bench.isConfigured {
                    let lease = try #require(bench.lease)
                    #expect(lease.address == DHCPBench.address && bench.now <= lease.expiry, "seed \(seed)")
                    #expect(lease.renewal <= lease.rebinding && lease.rebinding <= lease.expiry, "seed \(seed)")
                    #expect((1...32).contains(lease.prefixLength), "seed \(seed)")
                } else {
                    #expect(bench.state != .bound && bench.state != .renewing && bench.state != .rebinding)
                }
                if bench.deadline == nil { #expect(bench.lease?.expiry == .never, "seed \(seed)") }
            }
            bound += UInt64(bench.configurations)
            // Each message that comes is worth one at most, and those of time are rare.
            #expect(bench.counters.sent <= UInt64(4 * messages) + UInt64(bench.seconds - start), "seed \(seed)")
        }
        #expect(bound > UInt64(fuzzCases / messages / 8))
    }
}
