import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

@Suite("Network: any message to the resolver", .serialized, .inTurn)
struct DNSFuzzTests {
    /// A message that answers, in most of its parts.
    private func randomMessage(_ random: inout SeededGenerator, to request: DNSRequest) -> [UInt8] {
        var message = NameServerMessage(to: request)
        if random.below(6) == 0 { message.flags = UInt16(truncatingIfNeeded: random.next()) | 0x8000 }
        if random.below(12) == 0 { message.identifier &+= 1 }
        func name() -> [UInt8] {
            switch random.below(6) {
            case 0: [0xc0, UInt8(random.below(80))]
            case 1: NameServerMessage.wire("b.example")
            case 2: random.bytes(1 + random.below(20))
            default: NameServerMessage.same
            }
        }
        for _ in 0..<random.below(5) {
            switch random.below(6) {
            case 0: message.add(name(), alias: random.below(2) == 0 ? "b.example" : "c.example")
            case 1: message.answers.append(NameServerMessage.record(name(), 5, 60, name()))
            case 2: message.answers.append(NameServerMessage.record(name(), random.below(40), 60, random.bytes(random.below(30))))
            case 3: message.add(zone: "example", time: random.below(1000), minimum: random.below(1000))
            default: message.add(name(), a: random.bytes(request.content.type == .a ? 4 : 16), time: random.below(500))
            }
        }
        var bytes = message.bytes
        if random.below(4) == 0 {
            for _ in 0..<1 + random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
        }
        if random.below(8) == 0 { bytes.removeLast(random.below(bytes.count)) }
        if random.below(8) == 0 { bytes += random.bytes(random.below(30)) }
        return bytes
    }

    @Test("Any message leaves a lookup and its cache sound, and every lookup ends")
    func lookups() throws {
        let messages = 25
        var ends = 0
        for seed in 0..<UInt64(max(1, fuzzCases / messages)) {
            var random = SeededGenerator(seed: seed)
            let bench = try DNSBench("a.example", .all, search: ["x.example"], seed: seed, entries: 8)
            bench.start()
            for _ in 0..<messages {
                let request = bench.requests[max(0, bench.requests.count - 1 - random.below(2))]
                if random.below(30) == 0 {
                    bench.receive(random.bytes(random.below(100)), request)
                } else {
                    bench.receive(randomMessage(&random, to: request), request)
                }
                if random.below(20) == 0 { bench.pass(seconds: Double(random.below(20))) }
                if random.below(20) == 0 { bench.fail() }
                #expect(bench.isFinished == (bench.deadline == nil), "seed \(seed)")
                guard bench.isFinished else { continue }
                #expect(bench.finishes == 1, "seed \(seed)")
                #expect((bench.failure == nil) == !(bench.v4.isEmpty && bench.v6.isEmpty), "seed \(seed)")
                #expect(bench.v4.allSatisfy { !$0.isV6 } && bench.v6.allSatisfy(\.isV6), "seed \(seed)")
                #expect(bench.canonicalName.isHostName, "seed \(seed)")
                ends += 1
                try bench.look(for: ["a.example", "b.example", "c.example"][random.below(3)], .all)
                if bench.isFinished { try bench.look(for: "n\(random.below(1000)).example", .all) }
                if bench.isFinished { break }
            }
            // Without answers it ends by itself.
            bench.pass(seconds: 4000)
            #expect(bench.isFinished, "seed \(seed)")
        }
        #expect(ends > fuzzCases / messages)
    }

    @Test("Any bytes are a name, or none, and no name is longer than it may be")
    func names() {
        for seed in 0..<UInt64(fuzzCases) {
            var random = SeededGenerator(seed: seed)
            var bytes = random.bytes(64)
            for i in bytes.indices {
                // Short labels, and pointers to near places.
                if bytes[i] & 3 == 0 { bytes[i] = UInt8(random.below(4)) }
                if bytes[i] & 7 == 1, i + 1 < bytes.count { (bytes[i], bytes[i + 1]) = (0xc0, bytes[i + 1] & 63) }
            }
            var offset = random.below(64)
            let start = offset
            guard let name = DomainName(parsing: unsafe bytes.span.bytes, at: &offset) else { continue }
            #expect(offset > start && offset <= bytes.count && name.count <= 255, "seed \(seed)")
            var again = 0
            let wire = written { name.emit(into: &$0) } ?? []
            let second = DomainName(parsing: unsafe wire.span.bytes, at: &again)
            #expect(second?.isIdentical(to: name) == true && again == wire.count, "seed \(seed)")
        }
    }
}
