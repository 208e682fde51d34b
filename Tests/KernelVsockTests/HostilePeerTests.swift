import KernelDescriptors
import KernelSupport
import TestSupport
import Testing

@testable import KernelVsock

@Suite(.serialized, .inTurn)
struct HostilePeerTests {
    private func packet(
        _ operation: VsockHeader.Operation, to host: VsockHost, _ place: Place, count: Int = 0, flags: UInt32 = 0,
        type: UInt16 = VsockHeader.stream
    ) -> VsockHost.Packet {
        let socket = host.socket(place)
        return .init(
            header: VsockHeader(
                operation, from: socket.remote, to: VsockAddress(context: 3, port: socket.local.port),
                count: UInt32(count), flags: flags, buffer: 1000, forwarded: 0, type: type),
            bytes: [UInt8](repeating: 9, count: count))
    }

    // MARK: - By name

    @Test func moreThanThereIsRoomFor() throws {
        let pair = VsockPair()
        let (client, _, _) = try pair.connection()
        pair.guest.deliver(packet(.data, to: pair.guest, client, count: 262_144))
        #expect(pair.guest.table.counters.violations == 0)
        pair.guest.deliver(packet(.data, to: pair.guest, client, count: 1))
        pair.guest.flush()
        #expect(pair.guest.table.counters.violations == 1)
        #expect(pair.guest.sent.last?.header.operation == .reset)
        // What came by right can be read, and then the error.
        #expect(try pair.guest.read(client)?.count == 262_144)
        #expect(throws: Errno.connectionReset) { try pair.guest.read(client) }
        #expect(try pair.guest.read(client) == [])
    }

    @Test func bytesBehindTheEnd() throws {
        let pair = VsockPair()
        let (client, _, _) = try pair.connection()
        pair.guest.deliver(packet(.shutdown, to: pair.guest, client, flags: 2))
        #expect(try pair.guest.read(client) == [])
        pair.guest.deliver(packet(.data, to: pair.guest, client, count: 1))
        #expect(pair.guest.table.counters.violations == 1)
        #expect(throws: Errno.connectionReset) { try pair.guest.read(client) }
    }

    @Test func otherTypesAndPortsAndContexts() throws {
        let pair = VsockPair()
        let (client, _, _) = try pair.connection()
        for type in [0 as UInt16, 2, 3, .max] {
            pair.guest.deliver(packet(.data, to: pair.guest, client, count: 5, type: type))
            pair.guest.flush()
            let answer = try #require(pair.guest.takeSent())
            #expect(answer.header.operation == .reset && answer.header.type == type)
        }
        var wrong = packet(.data, to: pair.guest, client, count: 5)
        wrong.header.source.port &+= 1
        pair.guest.deliver(wrong)
        pair.guest.flush()
        #expect(pair.guest.takeSent()?.header.operation == .reset)
        wrong = packet(.reset, to: pair.guest, client)
        wrong.header.source.context = 7
        pair.guest.deliver(wrong)
        wrong = packet(.reset, to: pair.guest, client)
        wrong.header.destination.context = 4
        pair.guest.deliver(wrong)
        pair.guest.flush()
        #expect(pair.guest.sent.isEmpty)
        // The device can't say that it is this machine itself.
        wrong = packet(.reset, to: pair.guest, client)
        wrong.header.source.context = VsockAddress.localContext
        pair.guest.deliver(wrong)
        #expect(pair.guest.socket(client).phase == .connected)
        #expect(try pair.guest.read(client) == nil)
    }

    @Test func operationsThatAreNone() throws {
        let pair = VsockPair()
        let (client, server, _) = try pair.connection()
        for number in [0 as UInt16, 8, 77, .max] {
            pair.guest.deliver(packet(.init(rawValue: number), to: pair.guest, client))
        }
        pair.guest.deliver(packet(.request, to: pair.guest, client))
        pair.guest.deliver(packet(.response, to: pair.guest, client))
        pair.guest.flush()
        #expect(pair.guest.sent.isEmpty)
        _ = try pair.guest.write(client, [1])
        pair.settle()
        #expect(try pair.host.read(server) == [1])
    }

    @Test func answersThatNoAttemptHas() throws {
        for operation in [VsockHeader.Operation.data, .request, .creditUpdate, .shutdown, .init(rawValue: 99)] {
            let pair = VsockPair()
            let client = try pair.guest.connect(context: 2, port: 1)
            pair.guest.sent = []
            pair.guest.deliver(packet(operation, to: pair.guest, client, count: operation == .data ? 3 : 0))
            pair.guest.flush()
            #expect(pair.guest.takeError(client) == .protocolError)
            #expect(pair.guest.sent.map(\.header.operation) == [.reset])
        }
    }

    @Test func requestsWithoutEnd() throws {
        let host = VsockHost(context: 3, capacity: 16)
        _ = try host.listen(port: 1, backlog: 4096)
        for number in 0..<1000 as Range<UInt32> {
            host.deliver(
                .init(header: VsockHeader(
                    .request, from: VsockAddress(context: 2, port: number), to: VsockAddress(context: 3, port: 1))))
        }
        #expect(host.used == 16 && host.table.counters.refused == 985)
        // The device takes nothing: what is not answered is counted.
        #expect(host.table.counters.unanswered == 985 - 16)
        host.flush()
        #expect(host.sent.count == 15 + 16)
    }

    // MARK: - At random

    /// Any packets at sockets in any state, beside programs that do anything.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func packetsAtRandom(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let host = VsockHost(context: 3, capacity: 48)
        var places: [Place] = []
        let ports: [UInt32] = [1, 2, 3, 1024, 1025, .max]
        let contexts: [UInt32] = [0, 1, 2, 3, 4, .max]
        for step in 0..<5000 {
            switch random.below(10) {
            case 0:
                guard host.table.sockets.hasPlace else { break }
                let place = host.make()
                places.append(place)
                try? host.bind(place, context: contexts.randomElement(using: &random)!, port: ports.randomElement(using: &random)!)
            case 1:
                guard let place = places.randomElement(using: &random) else { break }
                if Bool.random(using: &random) { try? host.listen(place) } else {
                    try? host.connect(
                        place, context: contexts.randomElement(using: &random)!, port: ports.randomElement(using: &random)!)
                }
            case 2:
                guard let place = places.randomElement(using: &random) else { break }
                if let child = host.accept(place) { places.append(child) }
                try? host.shut(place, reading: Bool.random(using: &random), writing: Bool.random(using: &random))
            case 3:
                guard let index = places.indices.randomElement(using: &random) else { break }
                let place = places[index]
                switch random.below(4) {
                case 0:
                    places.remove(at: index)
                    host.close(place)
                case 1: _ = try? host.write(place, [UInt8](repeating: 1, count: random.below(100))[...])
                case 2: _ = try? host.read(place, most: random.below(100) + 1)
                default: _ = host.takeError(place)
                }
            case 4:
                host.room = [0, 5, Int.max][random.below(3)]
                host.sent = []
                host.takeNews()
                host.expire(after: UInt64(random.below(3_000_000_000)))
                if random.below(40) == 0 { host.table.setContext([3, 4, nil].randomElement(using: &random)!) }
            default:
                var header = VsockHeader(
                    .init(rawValue: UInt16(random.below(9))),
                    from: VsockAddress(
                        context: contexts.randomElement(using: &random)!, port: ports.randomElement(using: &random)!),
                    to: VsockAddress(
                        context: contexts.randomElement(using: &random)!, port: ports.randomElement(using: &random)!),
                    count: UInt32(random.below(3000)), flags: UInt32(random.below(5)),
                    buffer: UInt32.random(in: 0...(.max), using: &random),
                    forwarded: UInt32.random(in: 0...(.max), using: &random),
                    type: random.below(20) == 0 ? 2 : 1)
                // Often one of a connection that there is.
                if let place = places.randomElement(using: &random), random.below(4) > 0 {
                    header.source = host.socket(place).remote
                    header.destination = VsockAddress(context: 3, port: host.socket(place).local.port)
                }
                host.deliver(.init(header: header, bytes: [UInt8](repeating: 3, count: Int(header.count))))
                if Bool.random(using: &random) { host.flush() }
            }
            for place in places {
                let socket = host.socket(place)
                #expect(socket.phase != .free, "seed \(seed), step \(step)")
                #expect(socket.credit.waiting <= 262_144, "seed \(seed), step \(step)")
                #expect(socket.credit.waiting <= host.bytes[place.index]?.count ?? 0, "seed \(seed), step \(step)")
            }
        }
        // Everything goes, whatever state it is in.
        host.room = .max
        for place in places { host.close(place) }
        host.flush()
        host.expire(after: 20_000_000_000)
        host.expire(after: 20_000_000_000)
        host.takeNews()
        #expect(host.used == 0, "seed \(seed)")
        let place = try host.listen(port: 1)
        host.table.setContext(3)
        let client = try host.connect(context: 3, port: 1)
        #expect(host.socket(client).phase == .connected && host.accept(place) != nil)
    }
}
