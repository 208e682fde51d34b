import Foundation
import TestSupport
import Testing

/// A card with several pairs of queues, on a tap device that was made for them: a pair for each core.
@Suite(
    .serialized, .prepared, .timeLimit(.minutes(15)),
    .enabled(if: NetworkSpace.obstacle == nil, "\(NetworkSpace.obstacle ?? "")"))
struct NamespaceQueueTests {
    private static let program = Hermit.root + "/Tests/Programs/echo_server.c"
    private static let tools = [("socat", "socat"), ("ip", "iproute2")]

    struct Machine: Sendable, CustomTestStringConvertible {
        var cores: Int
        var queues: Int
        var options: [String] = []
        /// Pairs that have to be used.
        var pairs: Int { min(cores, queues) }
        var testDescription: String { "\(cores) cores, \(queues) queues \(options.joined(separator: " "))" }
    }

    private static let machines = [
        Machine(cores: 1, queues: 1), Machine(cores: 1, queues: 4), Machine(cores: 4, queues: 1),
        Machine(cores: 4, queues: 4), Machine(cores: 4, queues: 2), Machine(cores: 2, queues: 4),
        Machine(cores: 4, queues: 4, options: ["--machine", "microvm"]),
        Machine(cores: 4, queues: 4, options: ["--virtio", "packed=on"]),
    ]

    /// What `--stats` tells of pairs of queues: frames received and sent.
    private static func pairs(_ result: Hermit.Result) -> [(received: Int, sent: Int)] {
        result.errors.matches(
            of: #/network eth0 queues ([0-9]+): ([0-9]+) packets of [0-9]+ bytes received; ([0-9]+) of/#
        ).compactMap { found in
            guard let received = Int(found.2), let sent = Int(found.3) else { return nil }
            return (received, sent)
        }
    }

    /// Streams and datagrams of several flows at once: all come back as they were, and by more than
    /// one pair of queues where there are some.
    @Test(
        .enabled("socat or iproute2 can't be installed") { await NamespaceTests.has(tools) }, arguments: machines)
    func flowsGoByAllQueues(machine: Machine) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let host = folder.path + "/flows_host"
        let compiled = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O2", Hermit.root + "/Tests/Programs/flows_host.c", "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        let (streams, bytes, senders, datagrams) = (12, 300_000, 4, 60)
        let space = try NetworkSpace(dnsmasq: nil, isForSeveral: machine.queues > 1)
        let script = """
            \(host) \(NetworkSpace.guestAddress) 7 \(streams) \(bytes) \(senders) \(datagrams)
            echo | socat - UDP4:\(NetworkSpace.guestAddress):9
            """
        let (guest, result) = try await Hermit.inOneTurn(building: Self.program) {
            async let guest = space.boot(
                Self.program,
                ["--cpus", String(machine.cores), "--stats", "--ip", "\(NetworkSpace.guestAddress)/24"] + machine.options,
                network: "tap=tap0,queues=\(machine.queues)", seconds: 120)
            let result = try await space.run(script: script, seconds: 100)
            return (try await guest, result)
        }
        #expect(result.text == "\(streams) streams, \(senders) senders, 0 failures\n", "\(result.errors)")
        #expect(guest.status == 0, "\(guest.errors)")
        #expect(guest.text == "ready\n\(streams * bytes) bytes\n")
        // Nothing but what `--stats` tells: the device has taken all pairs, and was never reset.
        #expect(!guest.errors.contains("warning"), "\(guest.errors)")
        let pairs = Self.pairs(guest)
        #expect(pairs.count == (machine.pairs > 1 ? machine.pairs : 0), "\(guest.errors)")
        guard machine.pairs > 1 else { return }
        #expect(pairs.filter { $0.received > 0 }.count > 1, "\(guest.errors)")
        #expect(pairs.filter { $0.sent > 0 }.count > 1, "\(guest.errors)")
        // All that came by the card came by one of them.
        let whole = try #require(
            guest.errors.firstMatch(of: #/network eth0: ([0-9]+) packets of [0-9]+ bytes received, [0-9]+ dropped; ([0-9]+) of/#))
        #expect(pairs.reduce(0) { $0 + $1.received } == Int(whole.1))
        #expect(pairs.reduce(0) { $0 + $1.sent } == Int(whole.2))
    }
}
