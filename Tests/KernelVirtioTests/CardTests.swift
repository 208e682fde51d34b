import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

@Suite(.serialized, .inTurn)
struct CardTests {
    /// Bits of 5.1.3.
    private enum Bit {
        static let checksum = Features(rawValue: 1 << 0)
        static let guestChecksum = Features(rawValue: 1 << 1)
        static let mtu = Features(rawValue: 1 << 3)
        static let station = Features(rawValue: 1 << 5)
        static let guestSegments = Features(rawValue: 1 << 7 | 1 << 8)
        static let segments = Features(rawValue: 1 << 11 | 1 << 12)
        static let merging = Features(rawValue: 1 << 15)
        static let status = Features(rawValue: 1 << 16)
        static let all: Features = [
            checksum, guestChecksum, mtu, station, guestSegments, segments, merging, status, .version1,
        ]
    }

    static let rings: [Features] = [
        [], .indirectDescriptors, [.eventIndex, .indirectDescriptors], [.packedRing, .indirectDescriptors],
        [.packedRing, .eventIndex, .indirectDescriptors], [.inOrder, .indirectDescriptors],
        [.packedRing, .inOrder, .indirectDescriptors],
    ]

    // MARK: - What the device says

    @Test func whatIsAgreedOnRestsOnWhatItNeeds() throws {
        let all = try NetworkBench(Bit.all, buffers: 4, bufferSize: 2048, requests: 4)
        #expect(all.card.state.accepted == Bit.all)
        #expect(all.limits.station == 0x5634_1200_5452)
        #expect(all.limits.mtu == 1500)
        #expect(all.limits.joinsSegments && all.limits.cutsSegments4 && all.limits.cutsSegments6)
        #expect(all.hasLink)
        // No segments without checksums; no joined ones without merged buffers.
        let offered = Bit.all.subtracting([Bit.checksum, Bit.merging])
        let less = try NetworkBench(offered, buffers: 4, bufferSize: 2048, requests: 4)
        #expect(less.card.state.accepted == offered.subtracting([Bit.segments, Bit.guestSegments]))
        #expect(less.limits.leastBuffer == 12 + 14 + 1500)
        let least = try NetworkBench(.version1, buffers: 4, bufferSize: 2048, requests: 4) {
            $0.configuration = []
        }
        #expect(least.limits.station == nil)
        #expect(least.limits.mtu == 1500)
        #expect(least.hasLink)
    }

    @Test func aDeviceThatCanNotBeIsRefused() {
        func refused(_ change: @escaping (SimulatedNetworkCard.State) -> Void) -> Bool {
            (try? NetworkBench(Bit.all, buffers: 1, bufferSize: 2048, requests: 1, change)) == nil
        }
        #expect(!refused { _ in })
        #expect(refused { $0.offered.remove(.version1) })
        #expect(refused { $0.configuration = [] })
        #expect(refused { $0.configuration[0] |= 1 })
        #expect(refused { for index in 0..<6 { $0.configuration[index] = 0 } })
        #expect(refused { ($0.configuration[10], $0.configuration[11]) = (67, 0) })
        #expect(!refused { ($0.configuration[10], $0.configuration[11]) = (68, 0) })
        #expect(refused {
            $0.resets = false
            $0.status = .driverWorks
        })
    }

    @Test func theLinkIsTold() throws {
        let bench = try NetworkBench(Bit.all, buffers: 1, bufferSize: 2048, requests: 1)
        #expect(bench.hasLink)
        bench.card.state.configuration[6] = 0
        #expect(!bench.hasLink)
        // Its second bit is an announcement that is asked for.
        bench.card.state.configuration[6] = 2
        #expect(!bench.hasLink)
    }

    // MARK: - Sending

    @Test(arguments: rings)
    func framesGoOutAsTheyAre(ring: Features) throws {
        let bench = try NetworkBench(Bit.all.union(ring), buffers: 2, bufferSize: 2048, requests: 8)
        var random = SeededGenerator(seed: 5)
        var frames: [[UInt8]] = []
        var lentSizes: [Int] = []
        for number in 0..<300 {
            let first = bytes(Int.random(in: 14...(NetworkBench.headerRoom - 12), using: &random), &random)
            let lent = (0..<Int.random(in: 0..<NetworkBench.mostParts, using: &random)).map { _ in
                bytes(Int.random(in: 1..<200, using: &random), &random)
            }
            if try bench.send(first, lent: lent) {
                frames.append(first + lent.joined())
                lentSizes += lent.map(\.count).reversed()
            } else {
                #expect(number >= 8)
                bench.card.send(most: 4)
            }
        }
        bench.card.send()
        try bench.transmit.collect { bench.back($0) }
        #expect(bench.card.state.sent.map { Array($0[12...]) } == frames)
        #expect(bench.card.state.sent.allSatisfy { $0[..<12].allSatisfy { $0 == 0 } })
        #expect(bench.returned == lentSizes)
        #expect(bench.transmit.free == 8)
        #expect(bench.card.state.queues[1]!.complaint == nil)
        #expect(bench.guardsAreWhole)
    }

    /// struct virtio_net_hdr, field by field (5.1.6).
    @Test func theHeaderSaysWhatTheDeviceDoes() throws {
        let bench = try NetworkBench(Bit.all, buffers: 2, bufferSize: 2048, requests: 8)
        let frame = [UInt8](repeating: 7, count: 60)
        let checksum = TransmitHeader.Checksum(start: 34, offset: 16)
        _ = try bench.send(frame, TransmitHeader(checksum: checksum))
        for isVersion6 in [false, true] {
            let cut = TransmitHeader.Segmentation(isVersion6: isVersion6, headerSize: 66, segmentSize: 1448)
            _ = try bench.send(frame, TransmitHeader(checksum: checksum, segmentation: cut))
            // Nothing is cut without a checksum.
            _ = try bench.send(frame, TransmitHeader(segmentation: cut))
        }
        bench.card.send()
        let headers = bench.card.state.sent.map { Array($0[..<12]) }
        #expect(headers[0] == [1, 0, 0, 0, 0, 0, 34, 0, 16, 0, 0, 0])
        #expect(headers[1] == [1, 1, 66, 0, 0xA8, 0x05, 34, 0, 16, 0, 0, 0])
        #expect(headers[2] == [UInt8](repeating: 0, count: 12))
        #expect(headers[3] == [1, 4, 66, 0, 0xA8, 0x05, 34, 0, 16, 0, 0, 0])
        #expect(headers[4] == [UInt8](repeating: 0, count: 12))
    }

    @Test func whatDoesNotFitIsNotSent() throws {
        let bench = try NetworkBench([.version1], buffers: 2, bufferSize: 2048, requests: 8)
        #expect(throws: QueueError.unfit) { _ = try bench.send([]) }
        #expect(bench.transmit.free == 8)
        // Descriptors: 32, of which each frame takes four without tables.
        for _ in 0..<8 {
            #expect(try bench.send([UInt8](repeating: 1, count: 20), lent: [[1], [2], [3]]))
        }
        #expect(try !bench.send([UInt8](repeating: 1, count: 20)))
        bench.card.send(most: 1)
        #expect(try bench.send([UInt8](repeating: 1, count: 20)))
        #expect(bench.returned == [1, 1, 1])
    }

    /// What was sent is taken back when the queue is full, although usual requests are spare.
    @Test func aFullQueueIsNoEnd() throws {
        let bench = try NetworkBench([.version1], buffers: 2, bufferSize: 2048, requests: 32)
        bench.addLargeRequest(room: 65_536)
        for _ in 0..<100 {
            guard let taken = try bench.transmit.takeLarge({ bench.back($0) }) else {
                Issue.record("there is no large request")
                return
            }
            var request: Request? = consume taken
            try bench.transmit.submit(&request, TransmitHeader(), count: 60_000)
            // Descriptors: 32.
            for _ in 0..<31 { #expect(try bench.send([UInt8](repeating: 1, count: 20))) }
            #expect(try !bench.send([UInt8](repeating: 1, count: 20)))
            bench.card.send()
            #expect(try bench.send([UInt8](repeating: 1, count: 20)))
            bench.card.send()
        }
        #expect(bench.card.state.sent.count == 3300)
    }

    // MARK: - Receiving

    /// Buffers that follow each other in memory make one piece, but for the last and the first.
    @Test(arguments: rings)
    func longFramesAreOnePiece(ring: Features) throws {
        let bench = try NetworkBench(
            Bit.all.union(ring), buffers: 32, bufferSize: 2048, requests: 2, isOnePiece: true)
        var random = SeededGenerator(seed: 7)
        var (whole, others) = (0, 0)
        for _ in 0..<300 {
            let sent = bytes(Int.random(in: 14...20_000, using: &random), &random)
            try #require(bench.card.deliver(sent, kind: 1, segment: 1448))
            guard let frame = try bench.receive.take() else {
                Issue.record("no frame has come")
                return
            }
            let found = frame.withWhole { span in
                (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            }
            if let found {
                #expect(found == sent)
                whole += 1
            } else {
                others += 1
            }
            bench.receive.give(frame)
        }
        // A round of the 32 buffers takes six frames or seven.
        #expect(whole > 5 * others && others > 0)
        #expect(bench.guardsAreWhole)
    }

    @Test(arguments: rings)
    func framesComeInAsTheyWere(ring: Features) throws {
        let bench = try NetworkBench(Bit.all.union(ring), buffers: 32, bufferSize: 2048, requests: 2)
        var random = SeededGenerator(seed: 6)
        for _ in 0..<200 {
            var frames: [[UInt8]] = []
            for _ in 0..<Int.random(in: 1..<8, using: &random) {
                let isLong = Int.random(in: 0..<8, using: &random) == 0
                let count = isLong ? Int.random(in: 1515...65_500, using: &random) : Int.random(in: 14..<1515, using: &random)
                let frame = bytes(count, &random)
                if bench.card.deliver(frame, kind: isLong ? 1 : 0, segment: isLong ? 1448 : 0) {
                    frames.append(frame)
                } else {
                    // The rest of its buffers stays with the device: a new one.
                    _ = try drain(bench)
                    try bench.restart()
                    frames = []
                    break
                }
            }
            #expect(try drain(bench) == frames)
        }
        #expect(bench.receive.malformed == 0)
        #expect(bench.guardsAreWhole)
    }

    private func drain(_ bench: NetworkBench) throws(QueueError) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        while let frame = try bench.next() {
            #expect(frame.header.segmentSize == (frame.bytes.count > 1514 ? 1448 : 0))
            frames.append(frame.bytes)
        }
        return frames
    }

    @Test func whoVouchesForChecksums() throws {
        let bench = try NetworkBench(Bit.all, buffers: 8, bufferSize: 2048, requests: 2)
        let frame = [UInt8](repeating: 9, count: 60)
        for (flags, isVerified) in [(0, false), (1, true), (2, true), (3, true)] as [(UInt8, Bool)] {
            #expect(bench.card.deliver(frame, flags: flags))
            #expect(try bench.next()?.header.isVerified == isVerified)
        }
    }

    @Test func whatIsNoFrameIsCounted() throws {
        let bench = try NetworkBench(Bit.all, buffers: 8, bufferSize: 2048, requests: 2)
        // Shorter than Ethernet's header; of a kind that was not agreed on; of segments
        // without a size.
        #expect(bench.card.deliver([UInt8](repeating: 9, count: 13)))
        #expect(bench.card.deliver([UInt8](repeating: 9, count: 60), kind: 3, segment: 100))
        #expect(bench.card.deliver([UInt8](repeating: 9, count: 60), kind: 1))
        #expect(try bench.next() == nil)
        #expect(bench.receive.malformed == 3)
        // The buffers are the device's again.
        for _ in 0..<30 {
            #expect(bench.card.deliver([UInt8](repeating: 9, count: 1514)))
            #expect(try bench.next()?.bytes.count == 1514)
        }
    }

    // MARK: - Errors

    @Test(arguments: rings)
    func aResetLosesFramesAndNothingElse(ring: Features) throws {
        let bench = try NetworkBench(Bit.all.union(ring), buffers: 8, bufferSize: 2048, requests: 4)
        for _ in 0..<3 { #expect(try bench.send([UInt8](repeating: 1, count: 20), lent: [[1, 2, 3]])) }
        #expect(bench.card.deliver([UInt8](repeating: 9, count: 60)))
        try bench.restart()
        #expect(bench.returned == [3, 3, 3])
        #expect(bench.transmit.free == 4)
        #expect(try bench.next() == nil)
        for _ in 0..<20 {
            #expect(bench.card.deliver([UInt8](repeating: 9, count: 1514)))
            #expect(try bench.next()?.bytes.count == 1514)
            #expect(try bench.send([UInt8](repeating: 1, count: 20), lent: [[1, 2, 3]]))
            bench.card.send()
        }
    }

    @Test func aDeviceThatChangesIsGone() throws {
        let bench = try NetworkBench(Bit.all, buffers: 8, bufferSize: 2048, requests: 4)
        bench.card.state.configuration[0] = 0x02
        #expect(throws: DeviceError.missesFeatures) { try bench.restart() }
        let isGone = bench.driver.isGone
        #expect(isGone)
    }

    /// Whatever the device writes, each lent part comes back once, after a reset at the latest,
    /// buffers stay, and the driver touches nothing but its own.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func aHundredThousandLyingCards(part: UInt64) throws {
        for number in 0..<12_500 as Range<UInt64> { try lie(part << 32 | number) }
    }

    private func lie(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var features = Bit.all
        for feature in [Features.packedRing, .indirectDescriptors, .eventIndex, .inOrder, Bit.merging]
        where Bool.random(using: &random) {
            features.formSymmetricDifference(feature)
        }
        // With several pairs the queue of commands, which nobody uses meanwhile, is overwritten, too.
        let cores = Int.random(in: 1...3, using: &random)
        if cores > 1 { features.formUnion([Features(rawValue: 1 << 17), SimulatedNetworkCard.severalPairs]) }
        let offered = Int.random(in: 1...3, using: &random)
        let bench = try NetworkBench(
            features, buffers: 4, bufferSize: 512, requests: 3, cores: cores, offered: offered)
        let pairs = bench.driver.pairs
        var waiting = [[SimulatedQueue.Element]](repeating: [], count: 2 * pairs)
        var isOverwritten = false
        for _ in 0..<16 {
            let which = Int.random(in: 0..<2 * pairs, using: &random)
            let pair = which / 2
            let queue = bench.card.state.queues[which]!
            switch Int.random(in: 0..<7, using: &random) {
            case 0:
                let parts = Int.random(in: 0..<3, using: &random)
                do {
                    _ = try bench.send([UInt8](repeating: 3, count: 20), lent: .init(repeating: [5], count: parts), pair: pair)
                } catch QueueError.full {
                } catch QueueError.broken {}
            case 1: if !isOverwritten, let element = queue.take() { waiting[which].append(element) }
            case 2:
                if let element = waiting[which].popLast() {
                    if which % 2 == 0, !isOverwritten {
                        for index in 0..<12 { element.writable[0][index] = UInt8.random(in: 0...4, using: &random) }
                    }
                    queue.give([element], written: which % 2 == 0 ? UInt32.random(in: 0...512, using: &random) : 0)
                }
            case 3:
                isOverwritten = true
                let memory = bench.card.state.memories[
                    Int.random(in: 0..<4, using: &random) == 0 ? bench.card.state.controlNumber : which]
                for _ in 0..<Int.random(in: 1..<6, using: &random) {
                    memory[Int.random(in: 0..<memory.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            case 4:
                if var liar = waiting[which].popLast() {
                    liar.identity = UInt16.random(in: 0..<8, using: &random)
                    queue.give([liar], written: UInt32.random(in: 0...3000, using: &random))
                }
            default:
                do throws(QueueError) {
                    while let frame = try bench.next(pair: pair) { #expect(!frame.bytes.isEmpty, "seed \(seed)") }
                    try bench.pairs[pair].transmit.collect { bench.back($0) }
                } catch {
                    guard case .broken = error else { Issue.record("seed \(seed): \(error)"); return }
                }
            }
        }
        try bench.restart()
        #expect(bench.returned.count == bench.lentCount, "seed \(seed)")
        #expect(bench.guardsAreWhole, "seed \(seed)")
        for pair in 0..<pairs {
            #expect(bench.pairs[pair].transmit.free == 3, "seed \(seed)")
            #expect(bench.card.deliver([UInt8](repeating: 9, count: 60), pair: pair), "seed \(seed)")
            #expect(try bench.next(pair: pair)?.bytes.count == 60, "seed \(seed)")
        }
    }

    private func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }
}
