import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

/// Block devices (virtio 1.2, 5.2): what they say, and what is asked of them.
@Suite(.serialized, .inTurn)
struct BlockTests {
    private static let flush = Features(rawValue: 1 << 9)
    private static let readOnly = Features(rawValue: 1 << 5)
    private static let blockSize = Features(rawValue: 1 << 6)
    private static let sizeLimit = Features(rawValue: 1 << 1)
    private static let discard = Features(rawValue: 1 << 13)

    private func limits(
        _ features: Features, room: Int = 65536, sectors: UInt64, block: UInt32 = 512, largest: UInt32 = 1 << 20,
        discard: (most: UInt32, parts: UInt32, alignment: UInt32) = (0, 0, 0)
    ) -> BlockLimits? {
        BlockLimits(features, room: room) { offset in
            switch offset {
            case 0: UInt32(truncatingIfNeeded: sectors)
            case 4: UInt32(truncatingIfNeeded: sectors >> 32)
            case 8: largest
            case 20: block
            case 36: discard.most
            case 40: discard.parts
            case 44: discard.alignment
            default: nil
            }
        }
    }

    @Test func whatADeviceSaysIsChecked() throws {
        let plain = try #require(limits([], sectors: 1001))
        #expect(plain.size == 1001 * 512 && plain.blockSize == 512 && plain.pieceSize == 65536)
        #expect(!plain.isReadOnly && !plain.needsFlush && plain.discardSize == 0)
        // What is behind the last whole block can't be reached.
        let large = try #require(limits(Self.blockSize, sectors: 1001, block: 4096))
        #expect(large.size == 125 * 4096 && large.blockSize == 4096)
        #expect(try #require(limits([Self.readOnly, Self.flush], sectors: 0)).size == 0)
        #expect(try #require(limits([Self.readOnly, Self.flush], sectors: 0)).needsFlush)
        #expect(try #require(limits(Self.sizeLimit, sectors: 8, largest: 5000)).pieceSize == 4608)
        for (block, largest) in [(0, 1 << 20), (256, 1 << 20), (1000, 1 << 20), (1 << 17, 1 << 20), (512, 511)] {
            #expect(
                limits([Self.blockSize, Self.sizeLimit], sectors: 8, block: UInt32(block), largest: UInt32(largest))
                    == nil)
        }
        #expect(limits([], sectors: .max) == nil)
        #expect(limits([], sectors: 1 << 54) == nil)
        #expect(BlockLimits([], room: 65536) { _ in nil } == nil)
        let discards = try #require(limits(Self.discard, sectors: 64, discard: (100, 1, 8)))
        #expect(discards.discardSize == 96 * 512 && discards.discardAlignment == 4096)
        #expect(try #require(limits([Self.discard, Self.readOnly], sectors: 64, discard: (100, 1, 8))).discardSize == 0)
        #expect(try #require(limits(Self.discard, sectors: 64, discard: (100, 0, 8))).discardSize == 0)
        #expect(
            try #require(limits([Self.discard, Self.blockSize], sectors: 64, block: 4096, discard: (100, 1, 9)))
                .discardSize == 0)
    }

    /// The pieces of a range are its bytes, one after the other, each with the fewest blocks.
    @Test func piecesCoverARange() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let block: UInt32 = [512, 1024, 4096].randomElement(using: &random)!
            let limits = try #require(
                self.limits(
                    Self.blockSize, room: Int(block) * Int.random(in: 1..<9, using: &random),
                    sectors: UInt64.random(in: 0..<200, using: &random), block: block))
            let start = UInt64.random(in: 0..<limits.size + 1000, using: &random)
            let count = Int.random(in: 0..<60_000, using: &random)
            var place = start
            while let piece = limits.piece(at: place, count: count - Int(place - start)) {
                #expect(piece.count > 0 && piece.size <= limits.pieceSize)
                #expect(piece.blocks.lowerBound % UInt64(block) == 0 && piece.size % Int(block) == 0)
                #expect(piece.blocks.lowerBound + UInt64(piece.skip) == place && piece.skip < Int(block))
                let unused = piece.size - piece.skip - piece.count
                #expect(unused >= 0 && unused < Int(block) && piece.blocks.upperBound <= limits.size)
                // All that is not of it is in blocks that are read before.
                let isOneBlock = piece.size == Int(block)
                #expect(piece.isFirstPartial == (piece.skip > 0 || isOneBlock && unused > 0))
                #expect(piece.isLastPartial == (!isOneBlock && unused > 0))
                place += UInt64(piece.count)
            }
            #expect(place == max(start, min(start + UInt64(count), limits.size)))
        }
    }

    static let formats: [Features] = [
        [], .packedRing, [.indirectDescriptors, .eventIndex], [.packedRing, .indirectDescriptors, .eventIndex],
        [.inOrder], [.packedRing, .inOrder, .indirectDescriptors],
    ]

    /// Many requests at once, done in any order that the device may choose, against bytes.
    @Test(arguments: formats.indices)
    func requestsDoWhatTheySay(format: Int) throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let features = Self.formats[format].union([.version1, Self.flush, Self.discard])
            let bench = try BlockBench(features, size: 32 * 512, buffers: 6)
            let state = bench.disk.state
            var model = [UInt8](repeating: 0, count: 32 * 512)
            var waiting: [SimulatedQueue.Element] = []
            var reads: [Int: (Range<Int>, Int)] = [:]
            var busy: [Int: Range<UInt64>] = [:]
            for _ in 0..<80 {
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    let first = UInt64.random(in: 0..<32, using: &random)
                    let range = first * 512..<min(first + UInt64.random(in: 1...4, using: &random), 32) * 512
                    let isWrite = Bool.random(using: &random)
                    // A read beside a write of the same may see either.
                    guard isWrite || !busy.values.contains(where: { $0.overlaps(range) }),
                        !reads.values.contains(where: { $0.0.overlaps(Int(range.lowerBound)..<Int(range.upperBound)) })
                    else { continue }
                    guard var buffer = bench.driver.requests.take(toWrite: isWrite ? range : nil) else {
                        if isWrite, busy.values.contains(where: { $0.overlaps(range) }) { continue }
                        #expect(busy.count + reads.count == 6, "seed \(seed)")
                        continue
                    }
                    #expect(!isWrite || !busy.values.contains { $0.overlaps(range) }, "seed \(seed)")
                    let start = Int.random(in: 0..<3, using: &random) * 512
                    let number = buffer.number
                    if isWrite {
                        let bytes = range.map { _ in UInt8.random(in: 0...255, using: &random) }
                        buffer.data.withMutableBytes(start..<start + bytes.count) { span in
                            for index in bytes.indices { _ = span.store(bytes[index], at: UInt64(index)) }
                        }
                        model.replaceSubrange(Int(range.lowerBound)..<Int(range.upperBound), with: bytes)
                        busy[number] = range
                    } else {
                        reads[number] = (Int(range.lowerBound)..<Int(range.upperBound), start)
                    }
                    var pending: BlockBuffer? = consume buffer
                    try bench.driver.submit(&pending, isWrite ? .write(range) : .read(range), at: start)
                case 2:
                    while let element = state.queue?.take() { waiting.append(element) }
                    guard !waiting.isEmpty else { continue }
                    let place =
                        features.contains(.inOrder) ? 0 : Int.random(in: 0..<waiting.count, using: &random)
                    let element = waiting.remove(at: place)
                    let written = bench.disk.perform(element)
                    state.queue?.give([element], written: written)
                default: finish(bench, &busy, &reads, model, seed)
                }
            }
            while let element = state.queue?.take() { waiting.append(element) }
            for element in waiting {
                let written = bench.disk.perform(element)
                state.queue?.give([element], written: written)
            }
            finish(bench, &busy, &reads, model, seed)
            #expect(busy.isEmpty && reads.isEmpty && state.bytes == model, "seed \(seed)")
            #expect(state.complaint == nil && state.queue?.complaint == nil && bench.guardsAreWhole, "seed \(seed)")
        }
    }

    private func finish(
        _ bench: BlockBench, _ busy: inout [Int: Range<UInt64>], _ reads: inout [Int: (Range<Int>, Int)],
        _ model: [UInt8], _ seed: UInt64
    ) {
        var done: [Int] = []
        let finding = bench.driver.look { done.append($0) }
        #expect(finding == .nothing, "seed \(seed)")
        for number in done {
            guard let buffer = bench.driver.requests.takeFinished(number) else {
                Issue.record("seed \(seed): no buffer")
                continue
            }
            let outcome = buffer.outcome
            #expect(outcome == .done, "seed \(seed)")
            if let (range, start) = reads.removeValue(forKey: number) {
                let bytes = buffer.data.withBytes(start..<start + range.count) { span in
                    (0..<span.byteCount).map { span.value(at: UInt64($0), as: UInt8.self)! }
                }
                #expect(bytes == Array(model[range]), "seed \(seed)")
            } else {
                #expect(busy.removeValue(forKey: number) != nil, "seed \(seed)")
            }
            bench.driver.requests.give(buffer)
        }
    }

    @Test func flushesAndDiscardsReachTheDevice() throws {
        let bench = try BlockBench([.version1, Self.flush, Self.discard], size: 32 * 512, buffers: 1)
        for command in [BlockCommand.write(0..<512), .flush, .discard(1024..<4096)] {
            var buffer = bench.driver.requests.take()
            try bench.driver.submit(&buffer, command)
            let element = try #require(bench.disk.state.queue?.take())
            bench.disk.state.queue?.give([element], written: bench.disk.perform(element))
            #expect(bench.driver.look { _ in } == .nothing)
            guard let back = bench.driver.requests.takeFinished(0) else {
                Issue.record("no buffer")
                return
            }
            let outcome = back.outcome
            #expect(outcome == .done)
            bench.driver.requests.give(back)
        }
        #expect(bench.disk.state.flushes == 1 && !bench.disk.state.isDirty)
        #expect(bench.disk.state.discarded == [1024..<4096])
        #expect(bench.disk.state.complaint == nil)
    }

    // MARK: - Devices that fail

    /// A status, bytes that are said to be written, and what that is.
    static let outcomes: [(UInt8, UInt32, BlockOutcome)] = [
        (0, 513, .done), (0, 512, .failed), (0, 1, .failed), (1, 513, .failed), (2, 513, .unsupported),
        (3, 513, .failed), (0xFF, 513, .failed),
    ]

    /// What the device says of a request is what its taker is told.
    @Test(arguments: outcomes.indices)
    func theStatusIsTheOutcome(index: Int) throws {
        let (status, written, outcome) = Self.outcomes[index]
        let bench = try BlockBench(.version1, size: 4096, buffers: 1)
        var buffer = bench.driver.requests.take()
        try bench.driver.submit(&buffer, .read(0..<512))
        let element = try #require(bench.disk.state.queue?.take())
        element.writable.last?[0] = status
        bench.disk.state.queue?.give([element], written: written)
        #expect(bench.driver.look { _ in } == .nothing)
        guard let back = bench.driver.requests.takeFinished(0) else {
            Issue.record("no buffer")
            return
        }
        let found = back.outcome
        #expect(found == outcome)
    }

    /// DEVICE_NEEDS_RESET (2.1.2), a lie, and silence: the device is reset, what was in flight
    /// is told to be lost, and what comes then works.
    @Test(arguments: ["reset", "lie", "silence"], formats.indices)
    func aDeviceThatFailsIsReset(how: String, format: Int) throws {
        let bench = try BlockBench(Self.formats[format].union(.version1), size: 4096, buffers: 3)
        let state = bench.disk.state
        for number in 0..<2 {
            var buffer = bench.driver.requests.take()
            try bench.driver.submit(&buffer, .read(0..<512))
            #expect(bench.driver.requests.inFlight == number + 1)
        }
        switch how {
        case "reset": state.status.insert(.needsReset)
        case "lie":
            var element = try #require(state.queue?.take())
            element.identity = 63
            state.queue?.give([element], written: 0)
        default: break
        }
        var done: [Int] = []
        let finding = bench.driver.look(isLate: how == "silence") { done.append($0) }
        #expect(finding == .restarted("") && done.sorted() == [0, 1])
        for number in done {
            guard let buffer = bench.driver.requests.takeFinished(number) else {
                Issue.record("no buffer")
                return
            }
            let outcome = buffer.outcome
            #expect(outcome == .lost)
            bench.driver.requests.give(buffer)
        }
        #expect(!bench.driver.isGone && bench.driver.requests.inFlight == 0)
        #expect(state.status == [.acknowledge, .driver, .featuresWork, .driverWorks])
        var buffer = bench.driver.requests.take()
        try bench.driver.submit(&buffer, .read(0..<512))
        let element = try #require(state.queue?.take())
        state.queue?.give([element], written: bench.disk.perform(element))
        done = []
        #expect(bench.driver.look { done.append($0) } == .nothing)
        #expect(done.count == 1)
    }

    /// One that does not reset, or is another afterwards, is used no more.
    @Test(arguments: [true, false])
    func aDeviceThatIsNotItselfAfterAResetIsGone(resets: Bool) throws {
        let bench = try BlockBench(.version1, size: 4096, buffers: 2)
        let state = bench.disk.state
        var buffer = bench.driver.requests.take()
        try bench.driver.submit(&buffer, .read(0..<512))
        state.status.insert(.needsReset)
        state.resets = resets
        state.store(7 as UInt64, at: 0)
        var done = 0
        #expect(bench.driver.look { _ in done += 1 } == .gone(""))
        // Without a reset the device may still write to the buffer.
        #expect(bench.driver.isGone && done == (resets ? 1 : 0))
        #expect((bench.driver.requests.takeFinished(0) != nil) == resets)
        buffer = bench.driver.requests.take()
        #expect(throws: QueueError.unfit) { try bench.driver.submit(&buffer, .flush) }
        if let buffer = buffer.take() { bench.driver.requests.give(buffer) }
        #expect(bench.driver.look { _ in } == .nothing)
    }

    /// Whatever a device says and writes: each buffer comes back once, nothing else is
    /// touched, and after a reset it works, or is gone.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func aHundredThousandLyingDisks(part: UInt64) {
        for number in 0..<10_000 as Range<UInt64> { lie(part << 32 | number) }
    }

    private func lie(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var features: Features = .version1
        for bit in [1, 5, 6, 9, 13, 28, 29, 34, 35] as [UInt64] where Bool.random(using: &random) {
            features.insert(Features(rawValue: 1 << bit))
        }
        let bench: BlockBench
        do {
            bench = try BlockBench(features, size: 16 * 512, buffers: 3) { state in
                state.queueLimit = 16
                guard Int.random(in: 0..<4, using: &random) == 0 else { return }
                for _ in 0..<Int.random(in: 1..<8, using: &random) {
                    state.configuration[Int.random(in: 0..<60, using: &random)] =
                        UInt8.random(in: 0...255, using: &random)
                }
            }
        } catch {
            return
        }
        let state = bench.disk.state
        let limits = bench.driver.limits
        var out: Set<Int> = []
        var isOverwritten = false
        for _ in 0..<24 {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2:
                let offset = UInt64.random(in: 0...limits.size &+ 100, using: &random)
                let piece = limits.piece(at: offset, count: Int.random(in: 1..<5000, using: &random))
                let command: BlockCommand =
                    if let piece, Bool.random(using: &random) {
                        Bool.random(using: &random) ? .read(piece.blocks) : .write(piece.blocks)
                    } else { .flush }
                var written: Range<UInt64>? = nil
                if case .write(let range) = command { written = range }
                guard let taken = bench.driver.requests.take(toWrite: written) else { continue }
                let number = taken.number
                var buffer: BlockBuffer? = consume taken
                do throws(QueueError) {
                    try bench.driver.submit(&buffer, command)
                    #expect(out.insert(number).inserted, "seed \(seed)")
                } catch {
                    bench.driver.requests.give(buffer.take()!)
                }
            case 3, 4:
                guard !isOverwritten, var element = state.queue?.take() else { continue }
                var written = bench.disk.perform(element)
                if Bool.random(using: &random) {
                    element.writable.last?[0] = UInt8.random(in: 0...4, using: &random)
                    written = UInt32.random(in: 0...(Bool.random(using: &random) ? 5000 : UInt32.max), using: &random)
                    if Bool.random(using: &random) { element.identity = UInt16.random(in: 0...8, using: &random) }
                }
                state.queue?.give([element], written: written)
            case 5:
                isOverwritten = true
                for _ in 0..<Int.random(in: 1..<6, using: &random) {
                    state.memory[Int.random(in: 0..<500, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            case 6 where Int.random(in: 0..<4, using: &random) == 0:
                state.status.insert(.needsReset)
            default:
                let isRestarted = look(bench, isLate: Int.random(in: 0..<10, using: &random) == 0, &out, seed)
                // From a reset on the rings are the driver's again.
                if isRestarted { isOverwritten = false }
            }
        }
        look(bench, isLate: true, &out, seed)
        #expect(bench.guardsAreWhole, "seed \(seed)")
        #expect(out.isEmpty || bench.driver.isGone, "seed \(seed)")
    }

    @discardableResult
    private func look(_ bench: BlockBench, isLate: Bool, _ out: inout Set<Int>, _ seed: UInt64) -> Bool {
        var done: [Int] = []
        let finding = bench.driver.look(isLate: isLate) { done.append($0) }
        for number in done {
            #expect(out.remove(number) != nil, "seed \(seed)")
            guard let buffer = bench.driver.requests.takeFinished(number) else {
                Issue.record("seed \(seed): no buffer")
                continue
            }
            bench.driver.requests.give(buffer)
        }
        return finding == .restarted("")
    }
}
