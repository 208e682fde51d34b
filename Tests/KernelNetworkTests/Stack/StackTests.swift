import Foundation
import KernelNetwork
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// How many seeds the whole stack is tried with; `HERMIT_NETWORK_SEEDS` asks for another number.
private let seeds = ProcessInfo.processInfo.environment["HERMIT_NETWORK_SEEDS"].flatMap(Int.init) ?? 100

/// Two hosts, each with an interface and TCP, joined by a link that loses, doubles, changes,
/// delays and disorders frames.
@Suite("Network: two whole stacks over a bad link", .serialized, .inTurn)
struct StackTests {
    static let port = Port(7)

    /// What a seed makes of the link and the hosts.
    struct World {
        let seed: UInt64
        let simulation: Simulation
        let client: StackHost
        let server: StackHost
        let stream: SimulatedStream
        let isV6: Bool

        init(seed: UInt64, size: Int) {
            self.seed = seed
            var random = SeededGenerator(seed: seed)
            var faults = LinkFaults()
            faults.delay = .microseconds([50, 1000, 20_000, 100_000][random.below(4)])
            faults.loss = [0, 0.001, 0.01, 0.05][random.below(4)]
            faults.lossBurst = [1, 1, 3][random.below(3)]
            faults.duplication = [0, 0.01, 0.05][random.below(3)]
            faults.corruption = [0, 0.001, 0.01][random.below(3)]
            faults.reordering = [0, 0.01, 0.1][random.below(3)]
            faults.reorderingDelay = .microseconds([100, 5000, 50_000][random.below(3)])
            faults.jitter = .microseconds([0, 10, 3000][random.below(3)])
            faults.rate = [nil, 10_000_000, 1_000_000_000][random.below(3)]
            faults.queueLimit = [30_000, 300_000][random.below(2)]
            isV6 = random.below(2) == 0
            client = StackHost(number: 1, port: Self.closed, seed: random.next())
            server = StackHost(number: 2, port: port, seed: random.next())
            for host in [client, server] {
                host.options.receiveLimit = [65_536, 1 << 20, 4 << 20][random.below(3)]
                if random.below(3) == 0 { host.options.switches.insert(.newReno) }
                host.greatestPayload = [0, 65_535][random.below(2)]
            }
            server.answers = Self.noise(size, &random)
            simulation = Simulation([client, server], faults: faults, seed: random.next())
            // IPv6's addresses are the hosts' after a second.
            simulation.run(until: Instant(nanoseconds: 5_000_000_000))
            let (from, to) = isV6 ? (StackHost.v6(1), StackHost.v6(2)) : (StackHost.v4(1), StackHost.v4(2))
            let local = Endpoint(from, Port(UInt16(49_152 + random.below(16_000))))
            stream = client.connect(
                from: local, to: Endpoint(to, port), outgoing: Self.noise(size, &random), at: simulation.now)
        }

        static let closed = Port(9)

        private static let noise: [UInt8] = {
            var random = SeededGenerator(seed: 77)
            return random.bytes(3 << 20)
        }()

        /// Bytes that are not the same from any two places on.
        private static func noise(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
            let start = random.below(noise.count - count)
            return Array(noise[start..<start + count])
        }

        /// What has gone wrong, if anything.
        func run() -> String? {
            let end = simulation.now + .seconds(3600)
            simulation.run(until: end) {
                stream.isClosed && server.streams.allSatisfy(\.isClosed)
            }
            guard let other = server.streams.first else { return "there is no connection" }
            let ends = [stream, other]
            for (end, peer) in [(stream, other), (other, stream)] {
                if let problem = end.problem { return problem }
                if let failure = end.failure { return "failed: \(failure)" }
                if end.incoming != peer.sentBytes {
                    return "other bytes: \(end.incoming.count) of \(peer.sentBytes.count), hashes \(hash(end.incoming)) and \(hash(peer.sentBytes))"
                }
                if !end.hasEnded || !end.isClosed { return "it did not close: \(ends.map { $0.connection.state })" }
            }
            return server.streams.count == 1 ? nil : "\(server.streams.count) connections"
        }

        private func hash(_ bytes: [UInt8]) -> UInt64 {
            SipHash.hash(unsafe bytes.span.bytes, key: SipKey(low: 1, high: 2))
        }
    }

    @Test("A megabyte each way comes as it was sent, and both sides close", arguments: 0..<4)
    func transfers(part: Int) {
        var met = (lost: 0, overflowed: 0, duplicated: 0, corrupted: 0, reordered: 0)
        for seed in stride(from: part, to: seeds, by: 4).map(UInt64.init) {
            let world = World(seed: seed, size: 1 << 20)
            let problem = world.run()
            for path in [world.simulation.paths[0][1], world.simulation.paths[1][0]] {
                met.lost += path.lost
                met.overflowed += path.overflowed
                met.duplicated += path.duplicated
                met.corrupted += path.corrupted
                met.reordered += path.reordered
            }
            guard let problem else { continue }
            // The same once more, to be looked at.
            let again = World(seed: seed, size: 1 << 20)
            again.simulation.capture = PacketCapture()
            _ = again.run()
            let file = again.simulation.capture!.write(name: "hermit-network-seed-\(seed)")
            Issue.record("seed \(seed): \(problem); \(file)")
        }
        if seeds >= 100 {
            #expect(met.lost > 100 && met.overflowed > 0 && met.duplicated > 100 && met.corrupted > 100)
            #expect(met.reordered > 100)
        }
    }
}
