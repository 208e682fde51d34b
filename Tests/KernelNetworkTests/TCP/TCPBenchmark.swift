import Foundation
import KernelNetwork
import KernelWire
import NetworkSimulation
import Testing

/// What segments cost, without the bytes. Not part of the tests:
/// `HERMIT_BENCH=1 swift test -c release -Xswiftc -enable-testing --filter TCPBenchmark`.
@Suite("TCP benchmark", .enabled(if: ProcessInfo.processInfo.environment["HERMIT_BENCH"] != nil), .serialized)
struct TCPBenchmark {
    static let rounds = 2_000_000

    /// Established connections, without timestamps or with.
    static func connections(_ count: Int, timestamps: Bool) -> [TCP.Connection] {
        let now = Instant(nanoseconds: 1_000_000_000)
        var connection = TCP.Connection(
            opening: TCP.Opening(
                initialSequence: SequenceNumber(100), timestampOffset: 0, path: TCP.Path(segmentSize: 1460, greatestPayload: 65_000)), now: now)
        _ = connection.nextSegment(now: now)
        var answer = TCP.Segment(
            sequence: SequenceNumber(0), acknowledgment: SequenceNumber(101), flags: [.syn, .ack], window: 65_535)
        answer.options.maximumSegmentSize = 1460
        answer.options.isSelectiveAcknowledgmentPermitted = true
        answer.options.windowScale = 7
        if timestamps { answer.options.timestamps = TCPTimestamps(value: 1, echo: 1000) }
        _ = connection.receive(answer, now: now)
        while connection.nextSegment(now: now) != nil {}
        return Array(repeating: connection, count: count)
    }

    /// A large odd step through all connections, so that caches help as little as they would.
    static func measure(_ name: String, _ body: () -> Int) {
        // The processor's time: others may use the machine, too.
        let start = clock()
        let segments = body()
        let nanoseconds = Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e9
        print("\(name): \((nanoseconds / Double(segments)).formatted(.number.precision(.fractionLength(1)))) ns a segment")
    }

    @Test("Requests of 64 bytes come and are answered", arguments: [1, 1000, 100_000])
    func requests(count: Int) {
        var connections = Self.connections(count, timestamps: true)
        var now = Instant(nanoseconds: 2_000_000_000)
        var place = 0
        var numbers = [UInt32](repeating: 0, count: count)
        Self.measure("\(count) connections, request received, read, answer sent") {
            for _ in 0..<Self.rounds {
                place += 7919
                if place >= count { place %= count }
                now += Interval(nanoseconds: 1000)
                let done = numbers[place]
                numbers[place] = done &+ 1
                var request = TCP.Segment(
                    sequence: SequenceNumber(1 &+ done &* 64), acknowledgment: SequenceNumber(101 &+ done &* 64),
                    flags: [.ack, .psh], window: 512, count: 64)
                request.options.timestamps = TCPTimestamps(value: 1 &+ done, echo: 1000 &+ UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000))
                let effects = connections[place].receive(request, now: now)
                _ = connections[place].read(Int(effects.delivered), now: now)
                _ = connections[place].append(64)
                while connections[place].nextSegment(now: now) != nil {}
            }
            return Self.rounds * 2
        }
        #expect(connections[0].bytesInFlight <= 64)
    }

    @Test("64 bytes come, again and again", arguments: [1, 1000, 100_000])
    func received(count: Int) {
        var connections = Self.connections(count, timestamps: false)
        let now = Instant(nanoseconds: 2_000_000_000)
        var place = 0
        var numbers = [UInt32](repeating: 1, count: count)
        Self.measure("\(count) connections, received, read, every second acknowledged") {
            for _ in 0..<Self.rounds {
                place += 7919
                if place >= count { place %= count }
                let segment = TCP.Segment(
                    sequence: SequenceNumber(numbers[place]), acknowledgment: SequenceNumber(101), flags: .ack, window: 512, count: 64)
                numbers[place] = numbers[place] &+ 64
                let effects = connections[place].receive(segment, now: now)
                _ = connections[place].read(Int(effects.delivered), now: now)
                while connections[place].nextSegment(now: now) != nil {}
            }
            return Self.rounds
        }
        #expect(connections[0].readableBytes == 0)
    }

    @Test("Bulk: full segments are sent and acknowledged in pairs")
    func bulk() {
        var connections = Self.connections(1, timestamps: true)
        var now = Instant(nanoseconds: 2_000_000_000)
        var sent: UInt32 = 0
        var acknowledged: UInt32 = 0
        Self.measure("bulk, sent and acknowledged in pairs") {
            var segments = 0
            while segments < Self.rounds {
                now += Interval(nanoseconds: 10_000)
                _ = connections[0].append(2896)
                while let transmission = connections[0].nextSegment(now: now) {
                    sent &+= transmission.segment.count
                    segments += 1
                }
                acknowledged = sent
                var ack = TCP.Segment(
                    sequence: SequenceNumber(1), acknowledgment: SequenceNumber(101 &+ acknowledged), flags: .ack, window: 512)
                ack.options.timestamps = TCPTimestamps(value: 2, echo: 2000)
                _ = connections[0].receive(ack, now: now)
            }
            return segments
        }
    }

    @Test("Bytes of an idle connection")
    func size() {
        print("\(MemoryLayout<TCP.Connection>.stride) bytes a connection, \(MemoryLayout<TCP.HalfOpen>.stride) a half-open one")
    }
}
