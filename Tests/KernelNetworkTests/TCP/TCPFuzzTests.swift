@testable import KernelNetwork
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// Any segment in any state leaves a connection sound.
@Suite("Network: TCP fuzz", .serialized, .inTurn)
struct TCPFuzzTests {
    /// A connection in one of the states, with what a script cannot choose at random.
    struct Subject {
        var connection: TCP.Connection
        var now = Instant(nanoseconds: 1 << 40)
        var generator: SeededGenerator

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            var options = TCP.Options()
            options.switches = TCP.Options.Switches(rawValue: UInt8.random(in: 0..<32, using: &generator))
            options.keepAliveIdle = 5
            options.keepAliveInterval = 1
            connection = TCP.Connection(
                opening: TCP.Opening(
                    initialSequence: SequenceNumber(UInt32.random(in: .min ... .max, using: &generator)), timestampOffset: 7,
                    options: options, path: TCP.Path(segmentSize: [536, 1460, 8960].randomElement(using: &generator)!, greatestPayload: [0, 65_000].randomElement(using: &generator)!),
                    receiveCapacity: [256, 5000, 65_536, 1 << 20].randomElement(using: &generator)!), now: now)
        }

        /// Bytes that were told.
        var told = 0

        mutating func take(_ effects: TCP.Effects) {
            for i in 0..<effects.pieces.count { told += Int(effects.pieces[i].count) }
        }

        /// Each byte was told once: those in order, and those ahead.
        var isToldOnce: Bool {
            let ahead = (0..<connection.reassembly.count).reduce(0) { $0 + Int(connection.reassembly[$1].count) }
            return told == Int(connection.receive.deliveredBytes) + ahead
        }

        /// Takes all segments; how many there were.
        mutating func pump() -> Int {
            var count = 0
            while count < 5000, connection.nextSegment(now: now) != nil { count += 1 }
            return count
        }

        /// One of the numbers at which something changes, or near it.
        mutating func number(_ anchors: [SequenceNumber]) -> SequenceNumber {
            let anchor = anchors.randomElement(using: &generator)!
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: return SequenceNumber(UInt32.random(in: .min ... .max, using: &generator))
            case 1, 2: return anchor + UInt32.random(in: 0..<70_000, using: &generator)
            case 3: return anchor - UInt32.random(in: 0..<70_000, using: &generator)
            case 4: return anchor - 1
            case 5: return anchor + 1
            default: return anchor
            }
        }

        mutating func segment() -> TCP.Segment {
            let send = connection.send
            let receive = connection.receive
            let likely: [TCPFlags] = [.ack, .ack, .ack, [.ack, .psh], [.ack, .fin], .syn, [.syn, .ack], .rst, [.rst, .ack], [.ack, .urg], []]
            let flags = Bool.random(using: &generator) ? likely.randomElement(using: &generator)! : TCPFlags(rawValue: UInt8.random(in: 0...255, using: &generator))
            var segment = TCP.Segment(
                sequence: number([receive.next, receive.edge, receive.initial, receive.final]),
                acknowledgment: number([send.unacknowledged, send.next, send.end, send.initial]), flags: flags,
                window: [0, 1, 100, 65_535, UInt16.random(in: .min ... .max, using: &generator)].randomElement(using: &generator)!,
                urgentPointer: UInt16.random(in: 0..<100, using: &generator),
                count: [0, 0, 1, 100, 1460, UInt32.random(in: 0..<70_000, using: &generator)].randomElement(using: &generator)!)
            if Int.random(in: 0..<4, using: &generator) > 0, connection.marks.contains(.timestamps) || Bool.random(using: &generator) {
                segment.options.timestamps = TCPTimestamps(
                    value: connection.timestamps.recent &+ UInt32.random(in: 0..<10, using: &generator) &- 2,
                    echo: connection.timestamps.value(now) &- UInt32.random(in: 0..<1000, using: &generator))
            }
            for _ in 0..<Int.random(in: 0..<5, using: &generator) where Bool.random(using: &generator) {
                segment.options.selectiveAcknowledgments.append(
                    .init(
                        left: number([send.unacknowledged, send.next]).rawValue,
                        right: number([send.unacknowledged, send.next]).rawValue))
            }
            if flags.contains(.syn) {
                if Bool.random(using: &generator) { segment.options.maximumSegmentSize = UInt16.random(in: .min ... .max, using: &generator) }
                if Bool.random(using: &generator) { segment.options.windowScale = UInt8.random(in: .min ... .max, using: &generator) }
                segment.options.isSelectiveAcknowledgmentPermitted = Bool.random(using: &generator)
            }
            return segment
        }

        /// The peer's answer that establishes it, or its own SYN.
        mutating func establish(with flags: TCPFlags) {
            var answer = segment()
            answer.flags = flags
            answer.acknowledgment = connection.send.next
            take(connection.receive(answer, now: now))
            _ = pump()
        }

        mutating func event() -> TCP.Effects {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: _ = connection.append(Int.random(in: 0..<100_000, using: &generator), isUrgent: Bool.random(using: &generator))
            case 1: return connection.read(Int.random(in: 0...Int(connection.readableBytes), using: &generator), now: now)
            case 2 where Int.random(in: 0..<6, using: &generator) == 0: return connection.shutdownSending(now: now)
            case 3 where Int.random(in: 0..<20, using: &generator) == 0: return connection.close(now: now)
            case 4:
                now = max(now, min(connection.deadline, now + .seconds(100)))
                return connection.expire(now: now)
            case 5: now += Interval(nanoseconds: UInt64.random(in: 0..<2_000_000_000, using: &generator))
            case 6: connection.pathChanged(TCP.Path(segmentSize: UInt16.random(in: .min ... .max, using: &generator)), now: now)
            case 7: return connection.receive(.hostUnreachable, quoted: number([connection.send.unacknowledged]), now: now)
            case 8:
                var options = connection.options
                options.switches = TCP.Options.Switches(rawValue: UInt8.random(in: 0..<32, using: &generator))
                options.greatestSegment = UInt16.random(in: 0..<2000, using: &generator)
                connection.optionsChanged(options, now: now)
            case 9: connection.receiveCapacityChanged(to: UInt32.random(in: 0..<2_000_000, using: &generator))
            default: return connection.receive(segment(), now: now)
            }
            return TCP.Effects()
        }
    }

    @Test("Random events in every state", arguments: 0..<8)
    func events(part: UInt64) {
        var states: Set<UInt8> = []
        var events = 0
        var seed = part << 32
        while events < max(fuzzCases / 8, 25_000) {
            seed += 1
            var subject = Subject(seed: seed)
            _ = subject.pump()
            if seed % 8 != 0 { subject.establish(with: seed % 8 == 1 ? .syn : [.syn, .ack]) }
            states.insert(subject.connection.state.rawValue)
            for step in 0..<60 {
                let before = subject.connection
                subject.take(subject.event())
                events += 1
                states.insert(subject.connection.state.rawValue)
                let segments = subject.pump()
                let broken = brokenInvariants(subject.connection)
                guard broken.isEmpty, segments < 5000, subject.isToldOnce else {
                    Issue.record("seed \(seed), step \(step): \(broken), \(segments) segments; \(before.state) -> \(subject.connection.state)")
                    return
                }
                if subject.connection.state == .closed { break }
            }
        }
        #expect(states.count == 10, "\(states.sorted())")
    }
}
