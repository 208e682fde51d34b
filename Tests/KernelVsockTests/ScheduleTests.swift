import KernelDescriptors
import KernelSupport
import TestSupport
import Testing

@testable import KernelVsock

/// Two machines, their programs, a device that is full at times, and any order of events.
@Suite(.serialized, .inTurn)
struct ScheduleTests {
    /// What one end of a connection sends and gets: byte n is a function of n.
    private struct Stream {
        let place: Place
        let host: VsockHost
        let salt: UInt8
        let peerSalt: UInt8
        let total: Int
        var sent = 0
        var got = 0
        var hasEnded = false
        var isClosed = false

        func bytes(_ range: Range<Int>) -> [UInt8] { range.map { UInt8(truncatingIfNeeded: $0 &* 31) &+ salt } }
        func expected(_ range: Range<Int>) -> [UInt8] {
            range.map { UInt8(truncatingIfNeeded: $0 &* 31) &+ peerSalt }
        }
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func everythingArrivesInOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pair = VsockPair(seed: UInt32(truncatingIfNeeded: seed &* 977))
        let sides = [pair.guest, pair.host]
        let listener = try pair.host.listen(port: 80, backlog: 100)
        pair.host.table.setBuffer(listener, least: 1)
        pair.host.table.setBuffer(listener, size: UInt64([1, 7, 130, 4096, 262_144][random.below(5)]))
        let count = random.below(6) + 1
        var streams: [Stream] = []
        for number in 0..<count {
            let place = pair.guest.make()
            pair.guest.table.setBuffer(place, least: 1)
            pair.guest.table.setBuffer(place, size: UInt64([1, 7, 130, 4096, 262_144][random.below(5)]))
            try pair.guest.connect(place, context: 2, port: 80)
            let total = random.below(800)
            streams.append(
                Stream(
                    place: place, host: pair.guest, salt: UInt8(2 * number), peerSalt: UInt8(2 * number + 1), total: total))
        }
        pair.settle()
        for number in 0..<count {
            let client = streams[number]
            let server = try #require(pair.host.accept(listener))
            // Connections come in the order in which they were asked for.
            #expect(pair.host.socket(server).remote.port == pair.guest.socket(client.place).local.port)
            streams.append(
                Stream(
                    place: server, host: pair.host, salt: client.peerSalt, peerSalt: client.salt,
                    total: random.below(800)))
        }
        var steps = 0
        while !streams.allSatisfy(\.isClosed) {
            steps += 1
            guard steps < 2_000_000 else {
                Issue.record("seed \(seed): it does not come to an end")
                return
            }
            switch random.below(8) {
            case 0:
                // The device has so much room for a while.
                sides[random.below(2)].room = [0, 1, 2, 8, Int.max][random.below(5)]
            case 1, 2:
                let from = random.below(2)
                if !sides[from].sent.isEmpty { sides[1 - from].deliver(sides[from].sent.removeFirst()) }
                sides[1 - from].flush()
            case 3:
                let side = sides[random.below(2)]
                side.flush()
                side.takeNews()
                let stream = streams[random.below(streams.count)]
                if !stream.isClosed, random.below(20) == 0 {
                    stream.host.table.setBuffer(stream.place, size: UInt64([1, 9, 200, 5000][random.below(4)]))
                }
            default:
                try step(&streams[random.below(streams.count)], &random, seed)
            }
        }
        for side in sides { side.room = .max }
        for side in sides { side.flush() }
        pair.settle()
        pair.host.close(listener)
        for side in sides {
            side.takeNews()
            #expect(side.used == 0, "seed \(seed)")
            #expect(side.table.counters.violations == 0 && side.table.counters.refused == 0, "seed \(seed)")
            #expect(side.table.nextDeadline == .max || side.table.firstTimed.isNone, "seed \(seed)")
        }
        for number in 0..<count {
            let (client, server) = (streams[number], streams[count + number])
            #expect(client.got == server.total && server.got == client.total, "seed \(seed)")
        }
    }

    private func step(_ stream: inout Stream, _ random: inout SeededGenerator, _ seed: UInt64) throws {
        guard !stream.isClosed else { return }
        if Bool.random(using: &random) {
            if stream.sent < stream.total {
                let most = min(stream.total, stream.sent + 1 + random.below(300))
                stream.sent += try stream.host.write(stream.place, stream.bytes(stream.sent..<most)[...])
                if stream.sent == stream.total { try stream.host.shut(stream.place, writing: true) }
            } else if stream.total == 0, !stream.host.socket(stream.place).marks.contains(.isWriteShut) {
                try stream.host.shut(stream.place, writing: true)
            }
        } else if !stream.hasEnded {
            let isReady = stream.host.readiness(stream.place).contains(.readable)
            let data = try stream.host.read(stream.place, most: 1 + random.below(300))
            #expect(isReady == (data != nil), "seed \(seed)")
            guard let data else { return }
            if data.isEmpty {
                stream.hasEnded = true
            } else {
                #expect(data == stream.expected(stream.got..<stream.got + data.count), "seed \(seed)")
                stream.got += data.count
            }
        }
        if stream.hasEnded, stream.sent == stream.total, stream.host.socket(stream.place).marks.contains(.isWriteShut) {
            stream.host.close(stream.place)
            stream.isClosed = true
        }
    }
}
