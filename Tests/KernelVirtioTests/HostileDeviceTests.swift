import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

/// Devices that lie. Whatever they write, a request comes back once: done, or when the
/// device was reset; and the driver touches nothing but its own.
@Suite(.serialized, .inTurn)
struct HostileDeviceTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func aHundredThousandLyingDevices(part: UInt64) {
        for number in 0..<13_000 as Range<UInt64> { lie(part << 32 | number) }
    }

    private func lie(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var features: Features = .version1
        for feature in [Features.packedRing, .indirectDescriptors, .eventIndex, .inOrder]
        where Bool.random(using: &random) {
            features.insert(feature)
        }
        let bench = DriverBench(features, size: [1, 2, 4, 8, 5][Int.random(in: 0..<5, using: &random)])
        let device = SimulatedQueue(
            bench.memory, isPacked: bench.format.isPacked, size: bench.format.size,
            hasEvents: bench.format.hasEvents)
        var waiting: [SimulatedQueue.Element] = []
        var inFlight: Set<UInt64> = []
        var sizes: [UInt64: Int] = [:]
        var isBroken = false
        // From then on the simulated device itself can't go by what it finds.
        var isOverwritten = false
        for step in 0..<24 as Range<UInt64> {
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1, 2:
                let writable = (0..<Int.random(in: 0..<3, using: &random)).map { _ in
                    Int.random(in: 1..<9, using: &random)
                }
                var request: Request? = bench.request(
                    tag: step, readable: [8], writable: writable, hasTable: Bool.random(using: &random))
                do throws(QueueError) {
                    try bench.queue.submit(&request)
                    inFlight.insert(step)
                    sizes[step] = writable.reduce(0, +)
                } catch {
                    if case .broken = error { #expect(isBroken, "seed \(seed)") }
                    bench.end(request.take()!)
                }
                _ = bench.queue.takeNotification()
            case 3:
                if !isOverwritten, let element = device.take() { waiting.append(element) }
            case 4:
                // The truth, from time to time.
                if let element = waiting.popLast() {
                    device.give([element], written: UInt32(element.writable.reduce(0) { $0 + $1.count }))
                }
            case 5:
                // Anything anywhere in what the device may write, and elsewhere.
                isOverwritten = true
                let from = Bool.random(using: &random) ? 0 : bench.format.deviceOffset
                for _ in 0..<Int.random(in: 1..<6, using: &random) {
                    bench.memory[Int.random(in: from..<bench.memory.count, using: &random)] =
                        UInt8.random(in: 0...255, using: &random)
                }
            case 6:
                if let element = waiting.popLast() {
                    var liar = element
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: liar.identity = UInt16.random(in: 0...UInt16.max, using: &random)
                    case 1: liar.identity = UInt16.random(in: 0..<8, using: &random)
                    default: liar.count = max(1, liar.count + Int.random(in: -1...1, using: &random))
                    }
                    device.give([liar], written: UInt32.random(in: 0...64, using: &random))
                }
            default:
                take(bench, &inFlight, sizes, &isBroken, seed)
            }
        }
        take(bench, &inFlight, sizes, &isBroken, seed)
        // The reset: all come back, the oldest first, and the queue works again.
        let proof = ResetProof()
        var last: UInt64? = nil
        while let request = bench.queue.takeBack(proof) {
            let known = inFlight.remove(request.tag)
            #expect(known != nil, "seed \(seed)")
            #expect(last ?? 0 <= request.tag, "seed \(seed)")
            last = request.tag
            bench.end(request)
        }
        #expect(inFlight.isEmpty, "seed \(seed)")
        #expect(bench.guardsAreWhole, "seed \(seed)")
        var request: Request? = bench.request(tag: 99, readable: [8], writable: [], hasTable: false)
        let again = SimulatedQueue(
            bench.memory, isPacked: bench.format.isPacked, size: bench.format.size,
            hasEvents: bench.format.hasEvents)
        do throws(QueueError) {
            try bench.queue.submit(&request)
            if let element = again.take() { again.give([element], written: 0) }
            let done = try bench.takeUsed()
            #expect(done?.tag == 99, "seed \(seed)")
        } catch {
            Issue.record("seed \(seed): \(error)")
        }
    }

    private func take(
        _ bench: DriverBench, _ inFlight: inout Set<UInt64>, _ sizes: [UInt64: Int], _ isBroken: inout Bool,
        _ seed: UInt64
    ) {
        do throws(QueueError) {
            while let request = try bench.queue.takeUsed() {
                let known = inFlight.remove(request.tag)
                #expect(known != nil, "seed \(seed)")
                #expect(request.written <= sizes[request.tag]!, "seed \(seed)")
                bench.end(request)
            }
            #expect(!isBroken, "seed \(seed)")
        } catch {
            if case .broken = error { isBroken = true } else { Issue.record("seed \(seed): \(error)") }
        }
    }

    /// Every kind of lie by name, and that it stays known.
    @Test(arguments: [true, false], [QueueDamage.unknownRequest, .writtenTooMuch])
    func aLieBreaksTheQueue(isPacked: Bool, damage: QueueDamage) throws {
        let bench = DriverBench(isPacked ? [.version1, .packedRing] : .version1, size: 4)
        let device = SimulatedQueue(bench.memory, isPacked: isPacked, size: 4, hasEvents: false)
        var request: Request? = bench.request(tag: 1, readable: [8], writable: [8], hasTable: false)
        try bench.queue.submit(&request)
        var element = try #require(device.take())
        if damage == .unknownRequest { element.identity = 3 }
        device.give([element], written: damage == .writtenTooMuch ? 9 : 8)
        for _ in 0..<2 {
            #expect(throws: QueueError.broken(damage)) { _ = try bench.takeUsed() }
        }
        request = bench.request(tag: 2, readable: [8], writable: [], hasTable: false)
        #expect(throws: QueueError.broken(damage)) { try bench.queue.submit(&request) }
        bench.end(request.take()!)
        let back = bench.takeBack()
        #expect(back?.tag == 1 && back?.written == 0)
    }

    @Test func anIndexThatRunsAheadBreaksTheQueue() throws {
        let bench = DriverBench(.version1, size: 4)
        var request: Request? = bench.request(tag: 1, readable: [8], writable: [8], hasTable: false)
        try bench.queue.submit(&request)
        bench.memory.storeBytes(of: 2, toByteOffset: bench.format.deviceOffset + 2, as: UInt16.self)
        #expect(throws: QueueError.broken(.usedTooMuch)) { _ = try bench.takeUsed() }
    }
}
