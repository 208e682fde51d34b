import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

/// Several pairs of queues of a network card (virtio 1.2, 5.1.2, 5.1.6.5.5).
@Suite(.serialized, .inTurn)
struct PairTests {
    private static let control = Features(rawValue: 1 << 17)
    private static let all: Features = [
        Features(rawValue: 1 << 0 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12 | 1 << 15 | 1 << 16),
        control, SimulatedNetworkCard.severalPairs, .version1,
    ]

    private func bench(
        _ features: Features = all, cores: Int, offered: Int,
        _ change: (SimulatedNetworkCard.State) -> Void = { _ in }
    ) throws -> NetworkBench {
        try NetworkBench(
            features, buffers: 8, bufferSize: 2048, requests: 4, cores: cores, offered: offered, change)
    }

    // MARK: - How many there are

    @Test(arguments: [(1, 4, 1), (4, 1, 1), (4, 4, 4), (2, 4, 2), (4, 2, 2), (8, 3, 3), (64, 5, 5)])
    func noMoreThanCoresNorThanTheDeviceHas(cores: Int, offered: Int, used: Int) throws {
        let bench = try bench(cores: cores, offered: offered)
        #expect(bench.driver.pairs == used)
        #expect(bench.card.state.usedPairs == used)
        // VIRTIO_NET_CTRL_MQ, VQ_PAIRS_SET, and the number, its lower byte first.
        #expect(bench.card.state.commands == (used > 1 ? [[4, 0, UInt8(used), 0]] : []))
        #expect(bench.card.state.earlyRings == 0)
        // One core asks for nothing of it.
        let asks = bench.card.state.accepted.isSuperset(of: [Self.control, SimulatedNetworkCard.severalPairs])
        #expect(asks == (cores > 1))
        // The queue of commands lies behind all pairs that there may be (5.1.2).
        let number = bench.driver.controlNumber
        #expect(number == (used > 1 ? UInt16(2 * offered) : nil))
        #expect(bench.guardsAreWhole)
    }

    @Test(arguments: [control, SimulatedNetworkCard.severalPairs])
    func oneFeatureIsNothingWithoutTheOther(missing: Features) throws {
        let bench = try bench(Self.all.subtracting(missing), cores: 4, offered: 4)
        #expect(bench.driver.pairs == 1)
        #expect(bench.card.state.accepted.isDisjoint(with: [Self.control, SimulatedNetworkCard.severalPairs]))
    }

    @Test(arguments: [(0, 0, false), (1, 0, true), (1, 0x80, false), (0xFF, 0xFF, false)] as [(UInt8, UInt8, Bool)])
    func numbersThatCanNotBeAreRefused(low: UInt8, high: UInt8, isSound: Bool) throws {
        func isTaken(cores: Int) -> Bool {
            (try? bench(cores: cores, offered: 1) {
                ($0.configuration[8], $0.configuration[9]) = (low, high)
            }) != nil
        }
        #expect(isTaken(cores: 4) == isSound)
        // Whoever wants one pair does not look.
        #expect(isTaken(cores: 1))
    }

    /// What a device has to say may end behind the number of its pairs (5.1.4: the MTU is there only
    /// where it was offered).
    @Test func registersMayEndBehindTheNumber() throws {
        let bench = try bench(Self.all.subtracting(Features(rawValue: 1 << 3)), cores: 4, offered: 4) {
            $0.configuration.removeLast(2)
        }
        #expect(bench.driver.pairs == 4)
        #expect(bench.limits.mtu == 1500)
    }

    /// A device that refuses the command, or says nothing, is used as one that has one pair.
    @Test(arguments: [1, 0xFF, nil] as [UInt8?])
    func aDeviceThatRefusesHasOnePair(answer: UInt8?) throws {
        var state: SimulatedNetworkCard.State? = nil
        #expect(throws: DeviceError.refusesPairs) {
            _ = try bench(cores: 4, offered: 4) {
                $0.answer = answer
                state = $0
            }
        }
        let card = SimulatedNetworkCard(state: try #require(state))
        #expect(card.state.commands.count == (answer == nil ? 0 : 1))
        #expect(card.state.usedPairs == 1)
        let again = try NetworkDevice(card)
        #expect(again.pairs == 1)
        let number = again.controlNumber
        #expect(number == nil)
        #expect(card.state.accepted.isDisjoint(with: [Self.control, SimulatedNetworkCard.severalPairs]))
    }

    // MARK: - Frames

    private func frame(flow: Int, number: Int, _ random: inout SeededGenerator) -> [UInt8] {
        [UInt8(flow), UInt8(number & 0xFF), UInt8(number >> 8)]
            + (0..<Int.random(in: 11..<1500, using: &random)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// Flows that the device puts on pairs by their hash, and that are looked at in any order: what
    /// comes and what goes of each keeps its order, and nothing is lost or another's.
    @Test(arguments: CardTests.rings)
    func flowsKeepTheirOrder(ring: Features) throws {
        let bench = try bench(Self.all.union(ring), cores: 4, offered: 4)
        var random = SeededGenerator(seed: 11)
        let flows = 10
        var expected = [[[UInt8]]](repeating: [], count: flows)
        var received = expected
        var sent = expected
        func take(_ pair: Int) throws {
            while let frame = try bench.next(pair: pair) { received[Int(frame.bytes[0])].append(frame.bytes) }
        }
        for _ in 0..<2000 {
            let flow = Int.random(in: 0..<flows, using: &random)
            let pair = flow % 4
            if Bool.random(using: &random) {
                let bytes = frame(flow: flow, number: expected[flow].count, &random)
                // Out of buffers: what has come is taken first.
                if !bench.card.deliver(bytes, pair: pair) {
                    try take(pair)
                    try #require(bench.card.deliver(bytes, pair: pair))
                }
                expected[flow].append(bytes)
            } else {
                let bytes = Array(frame(flow: flow, number: sent[flow].count, &random).prefix(200))
                if try !bench.send(bytes, pair: pair) {
                    bench.card.send(pair: pair)
                    #expect(try bench.send(bytes, pair: pair))
                }
                sent[flow].append(bytes)
            }
            if Int.random(in: 0..<4, using: &random) == 0 { try take(Int.random(in: 0..<4, using: &random)) }
        }
        for pair in 0..<4 {
            try take(pair)
            bench.card.send(pair: pair)
        }
        #expect(received == expected)
        let frames = bench.card.state.sent.map { Array($0[12...]) }
        for flow in 0..<flows { #expect(frames.filter { $0[0] == UInt8(flow) } == sent[flow]) }
        #expect(bench.card.state.earlyRings == 0)
        #expect(bench.guardsAreWhole)
    }

    // MARK: - Errors

    @Test(arguments: CardTests.rings)
    func aResetBringsAllPairsBack(ring: Features) throws {
        let bench = try bench(Self.all.union(ring), cores: 3, offered: 4)
        for pair in 0..<3 {
            for _ in 0..<3 { #expect(try bench.send([UInt8](repeating: 1, count: 20), lent: [[1, 2, 3]], pair: pair)) }
            #expect(bench.card.deliver([UInt8](repeating: 9, count: 60), pair: pair))
        }
        // A buffer that is with its taker while all is reset comes back behind it.
        guard let held = try bench.pairs[1].receive.take() else {
            Issue.record("no frame has come")
            return
        }
        try bench.restart()
        bench.pairs[1].receive.give(held)
        #expect(bench.returned == [Int](repeating: 3, count: 9))
        #expect(bench.card.state.usedPairs == 3)
        #expect(bench.card.state.commands == [[4, 0, 3, 0], [4, 0, 3, 0]])
        #expect(bench.card.state.earlyRings == 0)
        for pair in 0..<3 {
            #expect(bench.pairs[pair].transmit.free == 4)
            #expect(try bench.next(pair: pair) == nil)
            for _ in 0..<20 {
                #expect(bench.card.deliver([UInt8](repeating: 9, count: 1514), pair: pair))
                #expect(try bench.next(pair: pair)?.bytes.count == 1514)
                #expect(try bench.send([UInt8](repeating: 1, count: 20), lent: [[1, 2, 3]], pair: pair))
                bench.card.send(pair: pair)
            }
        }
        #expect(bench.guardsAreWhole)
    }

    @Test(arguments: [1, nil] as [UInt8?])
    func aDeviceThatRefusesAfterAResetIsGone(answer: UInt8?) throws {
        let bench = try bench(cores: 4, offered: 4)
        bench.card.state.answer = answer
        #expect(throws: DeviceError.refusesPairs) { try bench.restart() }
        let isGone = bench.driver.isGone
        #expect(isGone)
        let status = bench.card.state.status
        #expect(status == .failed)
    }

    @Test func aDeviceWithFewerPairsAfterAResetIsGone() throws {
        let bench = try bench(cores: 4, offered: 4)
        bench.card.state.configuration[8] = 2
        #expect(throws: DeviceError.missesFeatures) { try bench.restart() }
        let isGone = bench.driver.isGone
        #expect(isGone)
    }
}
