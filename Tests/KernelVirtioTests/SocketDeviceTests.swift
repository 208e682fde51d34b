import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

@Suite(.serialized, .inTurn)
struct SocketDeviceTests {
    static let rings: [Features] = [
        [], .indirectDescriptors, [.eventIndex, .indirectDescriptors], .packedRing, [.packedRing, .eventIndex],
        .inOrder,
    ]

    /// A packet of so many bytes behind a header, which the bench's first byte says.
    private func packet(_ count: Int, _ filler: UInt8 = 7) -> [UInt8] {
        [UInt8(count)] + [UInt8](repeating: filler, count: VsockQueues.headerSize - 1 + count)
    }

    @Test func whatTheDeviceIs() throws {
        let bench = try SocketBench([.version1, Features(rawValue: 7)])
        // Streams alone are asked for (5.10.3).
        #expect(bench.card.state.accepted == [.version1, Features(rawValue: 1)])
        #expect(bench.driver.context == 3)
        #expect(bench.card.state.status == [.acknowledge, .driver, .featuresWork, .driverWorks])
        #expect(Set(bench.card.state.rings) == [0, 2])
        #expect(try SocketBench(.version1).card.state.accepted == .version1)
    }

    @Test func aDeviceThatCanNotBeIsRefused() {
        func refused(_ change: @escaping (SimulatedSocketDevice.State) -> Void) -> Bool {
            (try? SocketBench(.version1, change)) == nil
        }
        #expect(!refused { _ in })
        #expect(refused { $0.offered.remove(.version1) })
        #expect(refused { $0.configuration = [] })
        #expect(refused { $0.configuration.removeLast() })
        // Contexts that no machine has (5.10.4).
        for context in [0 as UInt8, 1, 2] { #expect(refused { $0.configuration[0] = context }) }
        #expect(refused { $0.configuration[4] = 1 })
        #expect(refused { for index in 0..<4 { $0.configuration[index] = 0xFF } })
        #expect(refused {
            $0.resets = false
            $0.status = .driverWorks
        })
    }

    @Test(arguments: rings)
    func packetsComeAndGo(ring: Features) throws {
        let bench = try SocketBench(ring.union(.version1))
        for round in 0..<100 as Range<UInt8> {
            #expect(try bench.next() == nil)
            for number in 0..<3 as Range<UInt8> {
                #expect(bench.card.write(packet(Int(number), round &+ number), to: 0))
            }
            for number in 0..<3 as Range<UInt8> {
                #expect(try bench.next() == packet(Int(number), round &+ number))
            }
            var sent = 0
            while try bench.send(packet(Int(round), UInt8(sent))) { sent += 1 }
            #expect(sent == SocketBench.buffers)
            bench.card.send()
            #expect(bench.card.state.sent == (0..<sent).map { packet(Int(round), UInt8($0)) })
            bench.card.state.sent = []
            #expect(try bench.hasRoom)
        }
        #expect(bench.guardsAreWhole)
    }

    @Test func packetsThatAreNone() throws {
        let bench = try SocketBench(.version1)
        for written in [0, 1, 43] { #expect(bench.card.write(packet(0), to: 0, saying: written)) }
        // More bytes than have come.
        #expect(bench.card.write(packet(9), to: 0, saying: 44 + 8))
        #expect(try bench.next() == nil)
        #expect(bench.driver.queues.malformed == 4)
        #expect(bench.card.write(packet(9), to: 0))
        #expect(try bench.next() == packet(9))
    }

    @Test func events() throws {
        let bench = try SocketBench(.version1)
        #expect(try !bench.takeEvents())
        // Of others than 0 nothing is known; what is cut off is none.
        #expect(bench.card.write([1, 0, 0, 0], to: 2))
        #expect(bench.card.write([0, 0, 0, 0], to: 2, saying: 3))
        #expect(try !bench.takeEvents())
        #expect(bench.card.write([0, 0, 0, 0], to: 2))
        bench.card.state.configuration[0] = 9
        #expect(try bench.takeEvents())
        #expect(bench.askContext())
        #expect(bench.driver.context == 9)
        for _ in 0..<20 {
            #expect(bench.card.write([0, 0, 0, 0], to: 2))
            #expect(try bench.takeEvents())
        }
        bench.card.state.configuration[0] = 2
        #expect(!bench.askContext())
        #expect(bench.driver.isGone && bench.card.state.status == .failed)
    }

    @Test(arguments: rings)
    func aDeviceThatLiesIsReset(ring: Features) throws {
        let bench = try SocketBench(ring.union(.version1))
        _ = try bench.send(packet(1))
        bench.card.send()
        #expect(bench.card.write(packet(1), to: 0, saying: SocketBench.bufferSize + 1))
        #expect(throws: QueueError.broken(.writtenTooMuch)) { try bench.next() }
        #expect(throws: QueueError.broken(.writtenTooMuch)) { try bench.next() }
        bench.card.state.configuration[0] = 4
        try bench.restart()
        #expect(bench.driver.context == 4)
        for number in 0..<SocketBench.buffers { #expect(bench.card.write(packet(number), to: 0)) }
        #expect(!bench.card.write(packet(0), to: 0))
        for number in 0..<SocketBench.buffers { #expect(try bench.next() == packet(number)) }
        var sent = 0
        while try bench.send(packet(2)) { sent += 1 }
        #expect(sent == SocketBench.buffers)
        // The other queue's lie is found, too.
        let element = try #require(bench.take(1))
        bench.card.state.queues[1]!.give([element], written: 1)
        #expect(throws: QueueError.broken(.writtenTooMuch)) { try bench.hasRoom }
        try bench.restart()
        #expect(try bench.hasRoom)
        // One that becomes another is used no more.
        bench.card.state.offered.insert(Features(rawValue: 1))
        #expect(throws: DeviceError.missesFeatures) { try bench.restart() }
        #expect(bench.driver.isGone && bench.guardsAreWhole)
    }

    /// Anything in what the device may write, at any time.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func fiveThousandLyingDevices(part: UInt64) throws {
        for number in 0..<1250 as Range<UInt64> { try lie(part << 32 | number) }
    }

    private func lie(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = try SocketBench(Self.rings.randomElement(using: &random)!.union(.version1))
        for _ in 0..<30 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1:
                _ = bench.card.write(packet(Int.random(in: 0..<200, using: &random)), to: 0)
            case 2:
                _ = bench.card.write(
                    packet(0), to: Bool.random(using: &random) ? 0 : 2,
                    saying: Int.random(in: 0..<300, using: &random))
            case 3:
                let memory = bench.card.state.memories[Int.random(in: 0..<3, using: &random)]
                for _ in 0..<4 {
                    memory[Int.random(in: 0..<400, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                // The simulated device itself can't go by what it finds any more.
                return lookAgain(bench, &random)
            case 4: bench.card.send()
            case 5: _ = try? bench.send(packet(Int.random(in: 0..<200, using: &random)))
            case 6: do { _ = try bench.takeEvents() } catch { try bench.restart() }
            default:
                do throws(QueueError) {
                    while let bytes = try bench.next() { #expect(bytes.count >= 44, "seed \(seed)") }
                } catch { try bench.restart() }
            }
        }
        #expect(bench.guardsAreWhole, "seed \(seed)")
    }

    /// Every call comes back, and after a reset all is there again.
    private func lookAgain(_ bench: SocketBench, _ random: inout SeededGenerator) {
        for _ in 0..<20 {
            if (try? bench.next()) == nil, Bool.random(using: &random) { break }
            _ = try? bench.takeEvents()
            _ = try? bench.hasRoom
        }
        #expect((try? bench.restart()) != nil)
        for number in 0..<SocketBench.buffers { #expect(bench.card.write(packet(number), to: 0)) }
        for number in 0..<SocketBench.buffers { #expect((try? bench.next()) == packet(number)) }
        #expect(bench.guardsAreWhole)
    }
}

extension SocketBench {
    func take(_ queue: Int) -> SimulatedQueue.Element? { card.state.queues[queue]!.take() }
}
