import KernelNetwork
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

@Suite("Network: fragments", .serialized, .inTurn)
struct ReassemblyTests {
    private let now = Instant(nanoseconds: 1_000_000_000)
    private func key(_ number: UInt32, source: UInt32 = 1, isV6: Bool = false) -> Reassembly.Key {
        Reassembly.Key(
            source: isV6 ? .v6(IPv6Address(high: 1, low: UInt64(source))) : .v4(IPv4Address(bits: source)),
            destination: isV6 ? .v6(.loopback) : .v4(.loopback), identification: number, protocol: .udp)
    }

    private func insert(
        _ table: inout Reassembly, _ key: Reassembly.Key, _ bytes: Range<Int>, isLast: Bool = false,
        at now: Instant? = nil
    ) -> Reassembly.Outcome {
        table.insert(
            key, bytes: bytes, isLast: isLast, metadata: DatagramMetadata(hopLimit: UInt8(bytes.lowerBound & 0xff)),
            first: 7, at: now ?? self.now)
    }

    @Test("Datagrams that are cut and come in any order, twice or in between of others are whole again")
    func orders() throws {
        var generator = SeededGenerator(seed: 815)
        for _ in 0..<300 {
            var table = Reassembly()
            // Several datagrams at one time, their pieces shuffled together.
            var pieces: [(datagram: Int, piece: Fragmentation.Piece)] = []
            var bytes: [[UInt8]] = []
            for datagram in 0..<4 {
                bytes.append(generator.bytes(9 + generator.below(3000)))
                var fragmentation = try #require(
                    Fragmentation(length: bytes[datagram].count, room: 8 + generator.below(700)))
                var all: [Fragmentation.Piece] = []
                while let piece = fragmentation.next() { all.append(piece) }
                guard all.count <= 128 else { continue }
                if all.count == 1 { continue }
                pieces += all.map { (datagram, $0) }
                if generator.below(3) == 0 { pieces += all.map { (datagram, $0) } }
            }
            pieces.shuffle(using: &generator)
            var buffers: [Int: [UInt8]] = [:]
            var whole = Set<Int>()
            for (datagram, piece) in pieces where !whole.contains(datagram) {
                let key = key(UInt32(datagram))
                switch insert(
                    &table, key, piece.offset..<piece.offset + piece.count, isLast: !piece.hasMore)
                {
                case .store(let placement):
                    if placement.begins { buffers[placement.slot] = [UInt8](repeating: 0, count: 65_536) }
                    buffers[placement.slot]!.replaceSubrange(
                        placement.offset..<placement.offset + piece.count,
                        with: bytes[datagram][piece.offset..<piece.offset + piece.count])
                    if let length = placement.completeLength {
                        #expect(Array(buffers[placement.slot]!.prefix(length)) == bytes[datagram])
                        #expect(table.datagram(in: placement.slot)?.metadata.hopLimit == 0)
                        #expect(table.datagram(in: placement.slot)?.key == key)
                        table.release(placement.slot)
                        whole.insert(datagram)
                    }
                case .duplicate: break
                case .refused: Issue.record("a sound fragment was refused")
                }
            }
            #expect(whole == Set(pieces.map(\.datagram)))
            #expect(table.waitingBytes == 0)
        }
    }

    @Test("Fragmentation: eight divides all but the last; nothing is missing", arguments: [8, 9, 15, 16, 1480, 65_535])
    func cutting(room: Int) throws {
        for length in [0, 1, 7, 8, 9, 16, 17, 1480, 1481, 4000, 65_535] {
            var fragmentation = try #require(Fragmentation(length: length, room: room))
            var at = 0
            var hasMore = true
            while let piece = fragmentation.next() {
                #expect(hasMore && piece.offset == at && piece.count <= room)
                #expect(!piece.hasMore || (piece.count % 8 == 0 && piece.count > 0))
                at += piece.count
                hasMore = piece.hasMore
            }
            #expect(at == length && !hasMore)
        }
        #expect(Fragmentation(length: 10, room: 7) == nil && Fragmentation(length: 65_536, room: 100) == nil)
    }

    @Test("Overlaps spoil the datagram, and what comes of it later (RFC 5722)", arguments: [false, true])
    func overlaps(isV6: Bool) {
        // Teardrop: the second begins inside of the first, and ends inside, too.
        for second in [24..<32, 8..<48, 0..<16, 16..<40, 0..<48, 32..<40] {
            var table = Reassembly()
            let key = key(1, isV6: isV6)
            #expect(insert(&table, key, 0..<40) != .refused)
            #expect(insert(&table, key, second) == .refused, "\(second)")
            #expect(insert(&table, key, 40..<80, isLast: true) == .refused)
            #expect(insert(&table, key, 0..<40) == .refused)
            #expect(table.waitingBytes == 0 && table.counters.failures == 1)
            // Another datagram is not touched.
            #expect(insert(&table, self.key(2, isV6: isV6), 0..<40) != .refused)
        }
    }

    @Test("Ends that differ, and bytes behind the end, spoil the datagram")
    func ends() {
        for (bytes, isLast) in [(80..<120, true), (40..<72, true), (80..<88, false), (0..<80, true)] {
            var table = Reassembly()
            _ = insert(&table, key(1), 40..<80, isLast: true)
            #expect(insert(&table, key(1), bytes, isLast: isLast) == .refused, "\(bytes) \(isLast)")
        }
        // The same last fragment again is no lie; without "last" it is one.
        var table = Reassembly()
        _ = insert(&table, key(1), 40..<80, isLast: true)
        #expect(insert(&table, key(1), 40..<80, isLast: true) == .duplicate)
        #expect(insert(&table, key(1), 40..<80) == .refused)
        // Ping of death, and nothing at all.
        #expect(insert(&table, key(2), 65_528..<65_536, isLast: true) == .refused)
        #expect(insert(&table, key(3), 8..<8, isLast: true) == .refused)
    }

    @Test("Tiny fragments: a datagram has no more than so many")
    func tiny() {
        var table = Reassembly()
        for i in 0..<128 { #expect(insert(&table, key(1), i * 8..<i * 8 + 8) != .refused) }
        #expect(insert(&table, key(1), 128 * 8..<129 * 8) == .refused)
        #expect(table.waitingBytes == 0)
    }

    @Test("A flood from anywhere stays within the limits and lets others' datagrams be")
    func flood() {
        var table = Reassembly()
        var generator = SeededGenerator(seed: 3)
        // One sender with many datagrams pushes out its own.
        _ = insert(&table, key(7, source: 99), 0..<1000)
        for i in 0..<100_000 as Range<UInt32> {
            _ = insert(&table, key(i, source: 5), 0..<1400)
            #expect(table.waitingBytes <= Reassembly.maximumBytes)
        }
        guard case .store(let placement) = insert(&table, key(7, source: 99), 1000..<1001, isLast: true) else {
            Issue.record("another's datagram was pushed out")
            return
        }
        #expect(placement.completeLength == 1001)
        // From everywhere: bounded, and afterwards all is as before.
        for i in 0..<50_000 {
            let start = generator.below(8000) * 8
            _ = insert(&table, key(UInt32(i), source: UInt32(generator.below(1 << 20))), start..<start + 1400)
        }
        #expect(table.waitingBytes <= Reassembly.maximumBytes && table.counters.overLimit > 0)
        let later = now + .seconds(31)
        while table.expire(at: later) != nil {}
        #expect(table.waitingBytes == 0)
        #expect(table.deadline == .never)
    }

    @Test("What waits too long is told of when its beginning had come")
    func timeouts() {
        var table = Reassembly()
        _ = insert(&table, key(1), 0..<8)
        _ = insert(&table, key(2), 8..<16)
        _ = insert(&table, key(3, isV6: true), 0..<8)
        #expect(table.deadline == now + .seconds(30))
        #expect(table.expire(at: now + .milliseconds(29_999)) == nil)
        var told: [UInt64?] = []
        while let expired = table.expire(at: now + .seconds(30)) { told.append(expired.firstBytes) }
        #expect(told.contains(7) && told.contains(nil) && told.count == 2)
        #expect(table.deadline == now + .seconds(60))
        #expect(table.counters.timeouts == 2)
        // A fragment that comes late begins another datagram.
        guard case .store(let placement) = insert(&table, key(3, isV6: true), 8..<16, at: now + .seconds(61)) else {
            Issue.record("refused")
            return
        }
        #expect(placement.begins && placement.completeLength == nil)
    }

    @Test("Any fragments whatever: no byte is stored twice and none is missing")
    func fuzz() {
        var generator = SeededGenerator(seed: 5722)
        var table = Reassembly()
        var stored: [Int: Set<Int>] = [:]
        var clock = now
        for _ in 0..<fuzzCases {
            if generator.below(50) == 0 { clock += .seconds(UInt64(generator.below(20))) }
            while generator.below(3) == 0, table.expire(at: clock) != nil {}
            let start = generator.below(5) * 8
            let end = start + (generator.below(4) + 1) * 8
            let key = key(UInt32(generator.below(30)), source: UInt32(generator.below(6)), isV6: generator.below(2) == 0)
            guard
                case .store(let placement) = insert(
                    &table, key, start..<end, isLast: generator.below(4) == 0, at: clock)
            else { continue }
            if placement.begins { stored[placement.slot] = [] }
            for unit in stride(from: start, to: end, by: 8) {
                if !stored[placement.slot]!.insert(unit).inserted {
                    Issue.record("a byte is stored twice")
                    return
                }
            }
            if let length = placement.completeLength {
                if stored[placement.slot]!.count * 8 != length {
                    Issue.record("a byte is missing")
                    return
                }
                table.release(placement.slot)
            }
        }
        #expect(table.counters.successes > 100 && table.counters.failures > 100)
    }
}
