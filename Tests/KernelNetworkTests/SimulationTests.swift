import Foundation
import KernelNetwork
import NetworkSimulation
import Testing

@Suite("Network: the simulation itself")
struct SimulationTests {
    @Test("Events come by time, and those of one time in their order")
    func eventsAreOrdered() throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var queue = EventQueue<Int>()
            var model: [(moment: UInt64, number: Int)] = []
            for number in 0..<500 {
                let moment = UInt64.random(in: 0..<40, using: &random)
                queue.schedule(number, at: Instant(nanoseconds: moment))
                model.append((moment, number))
                guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
                let least = model.min { ($0.moment, $0.number) < ($1.moment, $1.number) }!
                model.removeAll { $0.number == least.number }
                #expect(queue.next()?.event == least.number, "seed \(seed)")
            }
            let rest = model.sorted { ($0.moment, $0.number) < ($1.moment, $1.number) }
            let first = try #require(rest.first).moment
            if first > 0 { #expect(queue.next(until: Instant(nanoseconds: first - 1)) == nil) }
            #expect(rest.map { _ in queue.next()?.event } == rest.map { $0.number }, "seed \(seed)")
            #expect(queue.isEmpty && queue.next() == nil)
        }
    }

    @Test("A link without faults loses and changes nothing")
    func perfectLink() {
        var link = SimulatedLink(LinkFaults(delay: Interval(nanoseconds: 5)), seed: 1)
        for i in 0..<100 {
            let arrivals = link.send([UInt8(i)], at: Instant(nanoseconds: UInt64(i)))
            #expect(arrivals.count == 1 && arrivals[0].frame == [UInt8(i)])
            #expect(arrivals[0].moment.nanoseconds == UInt64(i) + 5)
        }
    }

    @Test("Faults are as frequent as they should be", arguments: [1, 4])
    func faultsHaveTheirRates(burst: Int) {
        var faults = LinkFaults(delay: Interval(nanoseconds: 1000))
        (faults.loss, faults.lossBurst, faults.duplication) = (0.05, burst, 0.02)
        (faults.corruption, faults.reordering, faults.jitter) = (0.03, 0.1, Interval(nanoseconds: 50))
        var link = SimulatedLink(faults, seed: 7)
        let frame = [UInt8](repeating: 0xaa, count: 64)
        var (changed, last, previous) = (0, 0 as UInt64, 0 as UInt64)
        for i in 0..<200_000 as Range<UInt64> {
            for arrival in link.send(frame, at: Instant(nanoseconds: i * 10)) {
                #expect(arrival.moment.nanoseconds >= i * 10 + 1000)
                if arrival.frame != frame { changed += 1 }
                if arrival.moment.nanoseconds < previous { last += 1 }
                previous = arrival.moment.nanoseconds
            }
        }
        #expect((9_000...11_000).contains(link.lost))
        #expect((3_500...4_100).contains(link.duplicated))
        #expect((5_400...6_200).contains(link.corrupted) && changed == link.corrupted)
        #expect((18_000...20_500).contains(link.reordered))
        #expect((15_000...20_500).contains(last))
    }

    @Test("A rate spaces frames out, and what the queue has no room for is lost")
    func rate() {
        var faults = LinkFaults(delay: Interval(nanoseconds: 100))
        (faults.rate, faults.queueLimit) = (8_000_000_000, 3000)
        var link = SimulatedLink(faults, seed: 0)
        let frame = [UInt8](repeating: 0, count: 1000)
        let start = Instant(nanoseconds: 50)
        let arrivals = (0..<5).flatMap { _ in link.send(frame, at: start) }
        #expect(arrivals.map { $0.moment.nanoseconds } == [1150, 2150, 3150] && link.overflowed == 2)
        #expect(link.send(frame, at: Instant(nanoseconds: 1050)).map { $0.moment.nanoseconds } == [4150])
    }

    @Test("The capture is a pcap file")
    func capture() throws {
        var capture = PacketCapture(.internet, longest: 3)
        capture.record([1, 2, 3, 4], at: Instant(nanoseconds: 2_000_000_003))
        #expect(capture.bytes == [
            0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 101, 0, 0, 0,
            2, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3,
        ])
        let path = capture.write(name: "hermit-capture-test-\(ProcessInfo.processInfo.processIdentifier)")
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == capture.bytes)
        try FileManager.default.removeItem(atPath: path)
    }

    /// Answers every frame that is not empty with one that is a byte shorter, after a while.
    private final class Echo: SimulatedHost {
        var deadline: Instant?
        var received: [(UInt64, Int)] = []
        private var waiting: [[UInt8]] = []
        private var ready: [[UInt8]] = []

        init(first: Int) { if first > 0 { ready = [[UInt8](repeating: 1, count: first)] } }

        func wake(at now: Instant) {
            (ready, waiting, deadline) = (waiting, [], nil)
        }
        func receive(_ frame: [UInt8], at now: Instant) {
            received.append((now.nanoseconds, frame.count))
            guard frame.count > 1 else { return }
            waiting.append([UInt8](frame.dropLast()))
            deadline = Instant(nanoseconds: now.nanoseconds + 7)
        }
        func takeFrames(at now: Instant) -> [[UInt8]] {
            defer { ready = [] }
            return ready
        }
    }

    @Test("Hosts get frames and are woken in their time")
    func hosts() {
        let (first, second) = (Echo(first: 4), Echo(first: 0))
        let simulation = Simulation([first, second], faults: LinkFaults(delay: Interval(nanoseconds: 100)), seed: 3)
        simulation.capture = PacketCapture()
        #expect(!simulation.run(until: Instant(nanoseconds: 150)))
        #expect(simulation.now.nanoseconds == 150)
        #expect(simulation.run(until: Instant(nanoseconds: 10_000)) { second.received.count == 2 })
        #expect(simulation.now.nanoseconds == 314)
        simulation.run(until: Instant(nanoseconds: 10_000))
        #expect(second.received.map { $0.0 } == [100, 314] && second.received.map { $0.1 } == [4, 2])
        #expect(first.received.map { $0.0 } == [207, 421] && first.received.map { $0.1 } == [3, 1])
        #expect(simulation.capture?.count == 4 && simulation.now.nanoseconds == 10_000)
    }
}
