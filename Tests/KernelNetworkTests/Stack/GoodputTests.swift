import Foundation
import KernelNetwork
import KernelWire
import NetworkSimulation
import TestSupport
import Testing

/// What a program gets of a link, beside what theory says.
@Suite("Network: goodput", .serialized, .inTurn)
struct GoodputTests {
    static let rate: UInt64 = 100_000_000
    static let delay = Interval.milliseconds(20)

    /// Bytes a second, from the first SYN to the last byte that was read.
    static func measure(loss: Double, size: Int, newReno: Bool, seed: UInt64) throws -> Double {
        var faults = LinkFaults(delay: delay)
        faults.rate = rate
        // As much as is on its way, which is the usual advice for routers.
        faults.queueLimit = Int(rate) / 8 / 25
        let client = StackHost(number: 1, port: Port(9), seed: seed)
        let server = StackHost(number: 2, port: StackTests.port, seed: seed + 1)
        if newReno { client.options.switches.insert(.newReno) }
        let simulation = Simulation([client, server], faults: faults, seed: seed)
        // Only what carries data is lost.
        simulation.paths[0][1].faults.loss = loss
        let stream = client.connect(
            from: Endpoint(StackHost.v4(1), Port(50_000)), to: Endpoint(StackHost.v4(2), StackTests.port),
            outgoing: [UInt8](repeating: 0x5a, count: size), at: simulation.now)
        simulation.run(until: Instant(nanoseconds: 100_000_000_000_000)) { server.streams.first?.read == size }
        let end = try #require(server.streams.first)
        #expect(end.read == size && stream.failure == nil)
        return Double(size) / (Double(end.lastRead.nanoseconds) / 1e9)
    }

    /// Bytes a second of text, of segments of 1448 bytes that are lost independently.
    ///
    /// - Returns: Of Reno (Mathis et al., 1997, without delayed ACKs' halving: b = 1), and of CUBIC
    ///   (RFC 9438, 5.1: figure 5, C = 0.4), each bounded by the link.
    static func theory(loss: Double) -> (reno: Double, cubic: Double) {
        let roundTrip = 2 * Double(delay.nanoseconds) / 1e9
        let link = Double(rate) / 8 * 1448 / 1514
        guard loss > 0 else { return (link, link) }
        let reno = (1.5 / loss).squareRoot()
        let cubic = 1.054 * pow(roundTrip, 0.75) / pow(loss, 0.75)
        return (min(link, reno * 1448 / roundTrip), min(link, max(reno, cubic) * 1448 / roundTrip))
    }

    @Test("Goodput is near what theory says", arguments: [(0.0, 4 << 20), (0.001, 4 << 20), (0.01, 1 << 20), (0.05, 1 << 20)])
    func goodput(loss: Double, size: Int) throws {
        // A longer transfer where figures are asked for.
        let isMeasured = ProcessInfo.processInfo.environment["HERMIT_NETWORK_GOODPUT"] != nil
        let theory = Self.theory(loss: loss)
        for (newReno, expected) in [(false, theory.cubic), (true, theory.reno)] {
            let goodput = try Self.measure(loss: loss, size: isMeasured ? size * 16 : size, newReno: newReno, seed: 11)
            if isMeasured {
                print(
                    "goodput: loss \(loss * 100) %, \(newReno ? "NewReno" : "CUBIC"): "
                        + "\(Int(goodput / 1000)) kB/s, theory \(Int(expected / 1000)) kB/s")
            }
            // A short transfer is slow start for the most part.
            #expect(goodput > expected * (isMeasured ? 0.5 : 0.2), "loss \(loss), \(newReno)")
            #expect(goodput < expected * 3, "loss \(loss), \(newReno)")
        }
    }
}
