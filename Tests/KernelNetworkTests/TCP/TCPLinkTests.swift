@testable import KernelNetwork
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// Two connections, joined by a link that loses, doubles and disorders segments. The
/// bytes are the owners': here a function of their place in the stream.
@Suite("Network: TCP over a bad link", .serialized, .inTurn)
struct TCPLinkTests {
    struct Flight {
        var side: Int
        var transmission: TCP.Transmission
    }

    static func byte(_ position: UInt64, of side: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: (position &+ UInt64(side) &* 77) &* 0x9E37_79B9_7F4A_7C15 >> 56)
    }

    /// The owner of one end.
    struct Owner {
        var connection: TCP.Connection
        let side: Int
        var toWrite: Int
        var written = 0
        var read: UInt64 = 0
        var buffer: [UInt8]
        /// Which bytes behind `read` have been told.
        var isTold: [Bool]
        var hasEnded = false
        var failure: TCP.Failure?

        init(_ connection: TCP.Connection, side: Int, toWrite: Int) {
            self.connection = connection
            self.side = side
            self.toWrite = toWrite
            buffer = [UInt8](repeating: 0, count: Int(connection.receiveCapacity))
            isTold = [Bool](repeating: false, count: buffer.count)
        }

        mutating func take(_ effects: TCP.Effects, _ source: TCP.Transmission?, _ problems: inout [String]) {
            if let source {
                for i in 0..<effects.pieces.count {
                    let piece = effects.pieces[i]
                    let end = piece.position + UInt64(piece.count)
                    guard piece.position >= read, end <= read + UInt64(buffer.count) else {
                        problems.append("bytes outside of the buffer: \(piece)")
                        return
                    }
                    var slot = Int(piece.position % UInt64(buffer.count))
                    var from = source.position &+ UInt64(piece.offset)
                    let last = from &+ UInt64(piece.count)
                    while from < last {
                        if isTold[slot] { problems.append("told twice: \(piece)") }
                        isTold[slot] = true
                        buffer[slot] = TCPLinkTests.byte(from, of: 1 &- side)
                        slot = slot &+ 1 == buffer.count ? 0 : slot &+ 1
                        from &+= 1
                    }
                }
            }
            if effects.events.contains(.ended) { hasEnded = true }
            if let failed = effects.failure { failure = failed }
            if effects.events.contains(.answerReset), connection.state != .closed { problems.append("\(side) was sent what it answers with RST") }
            if effects.events.contains(.wantsReceiveBuffer) { grow() }
        }

        /// A larger ring, with each byte where it belongs.
        mutating func grow() {
            let capacity = Int(connection.wantedReceiveCapacity)
            guard capacity > buffer.count else { return }
            var bytes = [UInt8](repeating: 0, count: capacity)
            var told = [Bool](repeating: false, count: capacity)
            for offset in 0..<UInt64(buffer.count) {
                let from = Int((read + offset) % UInt64(buffer.count))
                let to = Int((read + offset) % UInt64(capacity))
                bytes[to] = buffer[from]
                told[to] = isTold[from]
            }
            buffer = bytes
            isTold = told
            connection.receiveCapacityChanged(to: UInt32(capacity))
        }

        mutating func readSome(_ limit: Int, _ now: Instant, _ problems: inout [String]) {
            let count = min(limit, Int(connection.readableBytes))
            guard count > 0 else { return }
            if connection.readPosition != read { problems.append("readPosition \(connection.readPosition), not \(read)") }
            var slot = Int(read % UInt64(buffer.count))
            let last = read &+ UInt64(count)
            while read < last {
                if !isTold[slot] { problems.append("never told: \(read)") }
                if buffer[slot] != TCPLinkTests.byte(read, of: 1 &- side) { problems.append("another byte at \(read)") }
                isTold[slot] = false
                slot = slot &+ 1 == buffer.count ? 0 : slot &+ 1
                read &+= 1
            }
            let effects = connection.read(count, now: now)
            take(effects, nil, &problems)
        }
    }

    /// What a seed makes of the link, the peers and the programs.
    struct World {
        var generator: SeededGenerator
        var now = Instant(nanoseconds: 3_000_000_000)
        var flights = EventQueue<Flight>()
        var owners: [Owner] = []
        /// While the second end is a listener's.
        var server: TCPListenerTests.Server?
        var problems: [String] = []
        let loss: Double
        let duplication: Double
        let jitter: UInt64
        let delay: UInt64
        let stripped: Int
        var sent = 0

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            loss = [0, 0.01, 0.05, 0.2].randomElement(using: &generator)!
            duplication = [0, 0.02, 0.1].randomElement(using: &generator)!
            jitter = [0, 100_000, 30_000_000].randomElement(using: &generator)!
            delay = [50_000, 5_000_000, 100_000_000].randomElement(using: &generator)!
            stripped = Int.random(in: 0..<8, using: &generator)
            var ends: [TCP.Connection] = []
            var parameters: TCP.Opening?
            for _ in 0..<2 {
                var options = TCP.Options()
                options.receiveLimit = [20_000, 1 << 20].randomElement(using: &generator)!
                if Int.random(in: 0..<4, using: &generator) == 0 { options.switches.insert(.noDelay) }
                if Int.random(in: 0..<3, using: &generator) == 0 { options.switches.insert(.newReno) }
                let opening = TCP.Opening(
                    initialSequence: SequenceNumber(UInt32.random(in: .min ... .max, using: &generator)),
                    timestampOffset: UInt32.random(in: .min ... .max, using: &generator), options: options,
                    path: TCP.Path(segmentSize: [536, 1460].randomElement(using: &generator)!, greatestPayload: [0, 20_000].randomElement(using: &generator)!),
                    receiveCapacity: [2000, 10_000, 65_536].randomElement(using: &generator)!)
                parameters = opening
                ends.append(TCP.Connection(opening: opening, now: now))
            }
            for side in 0..<2 {
                owners.append(Owner(ends[side], side: side, toWrite: [0, 1, 5000, 40_000].randomElement(using: &generator)!))
            }
            // A listener, half of them with cookies only; or both open at the same time.
            if seed % 3 != 0 {
                server = TCPListenerTests.Server(slots: seed % 3 == 1 ? 8 : 0)
                server!.parameters = parameters!
            }
        }

        /// A segment comes to the listener.
        mutating func serve(_ server: TCPListenerTests.Server, _ transmission: TCP.Transmission) {
            server.now = now
            switch server.receive(transmission.segment) {
            case .none: break
            case .answer(let segment): launch(TCP.Transmission(segment, position: 0, segmentSize: 0), from: 1)
            case .established(let connection, let effects):
                owners[1].connection = connection
                self.server = nil
                owners[1].take(effects, transmission, &problems)
                pump(1)
            }
        }

        /// Its SYN,ACK again.
        mutating func repeatAnswers(_ server: TCPListenerTests.Server) {
            while let answer = server.listener.nextRetransmission(now: now, parameters: { _ in server.parameters }) {
                launch(TCP.Transmission(answer.segment, position: 0, segmentSize: 0), from: 1)
            }
        }

        mutating func pump(_ side: Int) {
            if side == 1, server != nil { return }
            while let transmission = owners[side].connection.nextSegment(now: now) {
                sent += 1
                // A device cuts what is too long; each piece has its own fate.
                var rest = transmission
                repeat {
                    var piece = rest
                    let size = UInt32(transmission.segmentSize)
                    if size > 0, rest.segment.count > size {
                        piece.segment.count = size
                        piece.segment.flags.remove(.fin)
                        piece.segment.flags.remove(.psh)
                        rest.segment.sequence += size
                        rest.segment.count -= size
                        rest.position += UInt64(size)
                    } else {
                        rest.segment.count = 0
                    }
                    launch(piece, from: side)
                } while rest.segment.count > 0
            }
            let broken = brokenInvariants(owners[side].connection)
            if !broken.isEmpty { problems.append("\(broken)") }
        }

        private mutating func launch(_ transmission: TCP.Transmission, from side: Int) {
            var transmission = transmission
            if transmission.segment.flags.contains(.syn) {
                // An older peer, as a middlebox makes one of both.
                if stripped & 1 != 0 { transmission.segment.options.isSelectiveAcknowledgmentPermitted = false }
                if stripped & 2 != 0 { transmission.segment.options.timestamps = nil }
                if stripped & 4 != 0 { transmission.segment.options.windowScale = nil }
            }
            if generator.happens(loss) { return }
            let copies = generator.happens(duplication) ? 2 : 1
            for _ in 0..<copies {
                let late = jitter == 0 ? 0 : UInt64.random(in: 0..<jitter, using: &generator)
                flights.schedule(
                    Flight(side: 1 - side, transmission: transmission), at: now + Interval(nanoseconds: delay + late))
            }
        }

        /// The programs read and write a little.
        mutating func work(_ side: Int) {
            if side == 1, server != nil { return }
            if owners[side].written < owners[side].toWrite, owners[side].connection.unacknowledgedBytes < 30_000 {
                let count = min(Int.random(in: 1..<5000, using: &generator), owners[side].toWrite - owners[side].written)
                owners[side].written += owners[side].connection.append(count)
            } else if owners[side].written == owners[side].toWrite, owners[side].connection.canAppend, owners[side].connection.state.isSynchronized {
                owners[side].take(owners[side].connection.shutdownSending(now: now), nil, &problems)
            }
            if Int.random(in: 0..<3, using: &generator) > 0 {
                owners[side].readSome(Int.random(in: 1..<8000, using: &generator), now, &problems)
            }
        }

        var isDone: Bool {
            owners.allSatisfy { ($0.connection.state == .closed || $0.connection.state == .timeWait) && $0.connection.readableBytes == 0 }
        }

        mutating func run() {
            var nextWork = now
            pump(0)
            // The other one opens later, mostly.
            if Bool.random(using: &generator) { now += .milliseconds(UInt64.random(in: 0..<2000, using: &generator)) }
            pump(1)
            var steps = 0
            while !isDone, problems.isEmpty {
                steps += 1
                if steps > 200_000 || now.nanoseconds > 2_000_000_000_000 {
                    problems.append("it does not end: \(owners.map { "\($0.connection.state) wrote \($0.written) read \($0.read)" })")
                    return
                }
                let deadline = min(owners[0].connection.deadline, server?.listener.deadline ?? owners[1].connection.deadline)
                let next = min(nextWork, min(deadline, flights.earliest ?? .never))
                now = max(now, next)
                if let (_, flight) = flights.next(until: now) {
                    if flight.side == 1, let server {
                        serve(server, flight.transmission)
                        continue
                    }
                    let effects = owners[flight.side].connection.receive(flight.transmission.segment, now: now)
                    owners[flight.side].take(effects, flight.transmission, &problems)
                    pump(flight.side)
                } else if deadline <= now {
                    if let server { repeatAnswers(server) }
                    for side in 0..<(server == nil ? 2 : 1) where owners[side].connection.deadline <= now {
                        owners[side].take(owners[side].connection.expire(now: now), nil, &problems)
                        pump(side)
                    }
                } else {
                    for side in 0..<2 {
                        work(side)
                        pump(side)
                    }
                    let isBusy = owners.contains { $0.connection.readableBytes > 0 || $0.written < $0.toWrite }
                    nextWork = now + Interval(nanoseconds: UInt64.random(in: 1..<(isBusy ? 2 * delay + 1_000_000 : 300_000_000), using: &generator))
                }
            }
            for side in 0..<2 where problems.isEmpty {
                let owner = owners[side]
                if owner.failure != nil { problems.append("\(side) failed: \(owner.failure!)") }
                if owner.read != UInt64(owners[1 - side].toWrite) {
                    problems.append("\(side) read \(owner.read) of \(owners[1 - side].toWrite)")
                }
                if !owner.hasEnded { problems.append("\(side) never saw the end") }
            }
        }
    }

    @Test("All bytes arrive once and in order, and both sides close", arguments: 0..<6)
    func transfers(part: UInt64) {
        for seed in part * 50..<part * 50 + 50 {
            var world = World(seed: seed)
            world.run()
            #expect(world.problems == [], "seed \(seed): loss \(world.loss), jitter \(world.jitter), delay \(world.delay), stripped \(world.stripped)")
        }
    }
}
