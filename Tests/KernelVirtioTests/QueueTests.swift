import KernelSupport
import TestSupport
import Testing

@testable import KernelVirtio

@Suite(.serialized, .inTurn)
struct QueueTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let features: Features
        let size: Int

        var testDescription: String {
            "\(features.contains(.packedRing) ? "packed" : "split"), size \(size)"
                + (features.contains(.indirectDescriptors) ? ", tables" : "")
                + (features.contains(.eventIndex) ? ", events" : "")
                + (features.contains(.inOrder) ? ", in order" : "")
        }

        static let all: [Case] = {
            var cases: [Case] = []
            for bits in 0..<16 {
                var features: Features = .version1
                if bits & 1 != 0 { features.insert(.packedRing) }
                if bits & 2 != 0 { features.insert(.indirectDescriptors) }
                if bits & 4 != 0 { features.insert(.eventIndex) }
                if bits & 8 != 0 { features.insert(.inOrder) }
                for size in [1, 2, 4, 16, 256] { cases.append(Case(features: features, size: size)) }
                if features.contains(.packedRing) {
                    for size in [3, 7, 100] { cases.append(Case(features: features, size: size)) }
                }
            }
            return cases
        }()
    }

    /// A device that does what it should, in any order, or, where it has said so,
    /// in that of the requests; and that sleeps until it is notified.
    @Test(arguments: Case.all)
    func everyRequestComesBackOnceWithItsData(_ test: Case) throws {
        for seed in 0..<4 as Range<UInt64> { try run(test, seed) }
    }

    private func run(_ test: Case, _ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let bench = DriverBench(test.features, size: test.size)
        let device = SimulatedQueue(
            bench.memory, isPacked: bench.format.isPacked, size: bench.format.size,
            hasEvents: bench.format.hasEvents)
        var waiting: [SimulatedQueue.Element] = []
        var deviceSleeps = false
        var driverSleeps = false
        var inFlight: [UInt64: Int] = [:]
        var order: [UInt64] = []
        var next: UInt64 = 1
        let total: UInt64 = 300
        var steps = 0
        while next <= total || !inFlight.isEmpty {
            steps += 1
            try #require(steps < 200_000, "seed \(seed): a side was not told, \(inFlight)")
            if Bool.random(using: &random) {
                // The driver.
                if next <= total && Int.random(in: 0..<3, using: &random) > 0 {
                    // A request is known to the device by what it reads. One that it says nothing of
                    // counts as written.
                    let least = bench.format.keepsOrder ? 1 : 0
                    let readable = (0..<Int.random(in: least..<3, using: &random)).map { _ in
                        Int.random(in: 8..<40, using: &random)
                    }
                    let writable = (0..<Int.random(in: readable.isEmpty ? 1..<3 : 0..<3, using: &random)).map { _ in
                        Int.random(in: 1..<40, using: &random)
                    }
                    var request: Request? = bench.request(
                        tag: next, readable: readable, writable: writable,
                        hasTable: Bool.random(using: &random))
                    for part in 0..<readable.count {
                        request!.withMutableBytes(part: part, 0..<8) { _ = $0.store(next, at: 0) }
                    }
                    do throws(QueueError) {
                        try bench.queue.submit(&request)
                        inFlight[next] = writable.reduce(0, +)
                        order.append(next)
                        next += 1
                    } catch {
                        #expect(error == .full || error == .unfit)
                        if error == .unfit { #expect(readable.count + writable.count > bench.format.size) }
                        if error == .full { #expect(bench.queue.inFlight > 0) }
                        bench.end(request.take()!)
                    }
                }
                if bench.queue.takeNotification() { deviceSleeps = false }
                guard !driverSleeps else { continue }
                while let request = try bench.queue.takeUsed() {
                    let known = inFlight.removeValue(forKey: request.tag)
                    let size = try #require(known, "seed \(seed)")
                    if bench.format.keepsOrder { #expect(order.first == request.tag) }
                    order.removeAll { $0 == request.tag }
                    #expect(request.written <= size)
                    var left = request.written
                    for part in request.readableCount..<request.partCount where left > 0 {
                        request.withBytes(part: part, 0..<1) {
                            #expect($0.value(at: 0, as: UInt8.self) == UInt8(truncatingIfNeeded: request.tag))
                        }
                        left -= 1
                    }
                    bench.end(request)
                }
                if !bench.queue.setInterrupts(true) {
                    driverSleeps = !inFlight.isEmpty && next > total
                }
            } else if !deviceSleeps {
                // The device.
                device.wantNotification(false)
                while let element = device.take() { waiting.append(element) }
                if waiting.isEmpty {
                    device.wantNotification(true)
                    if let element = device.take() { waiting.append(element) } else { deviceSleeps = true }
                    continue
                }
                var group: [SimulatedQueue.Element] = []
                if bench.format.keepsOrder {
                    let count = Int.random(in: 1...waiting.count, using: &random)
                    group = Array(waiting[..<count])
                    waiting.removeFirst(count)
                } else {
                    group = [waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))]
                }
                for element in group {
                    var tag: UInt64 = 0
                    for part in element.readable {
                        let read = part.load(as: UInt64.self)
                        if tag != 0 { #expect(tag == read) }
                        tag = read
                    }
                    for part in element.writable where tag != 0 {
                        part.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: tag))
                    }
                }
                let last = group[group.count - 1]
                let size = last.writable.reduce(0) { $0 + $1.count }
                let isKnown = !last.readable.isEmpty
                device.give(group, written: UInt32(isKnown ? size : 0))
                if device.takeInterrupt() { driverSleeps = false }
            }
        }
        #expect(device.complaint == nil, "seed \(seed)")
        #expect(bench.guardsAreWhole)
        #expect(next == total + 1)
    }

    @Test(arguments: [true, false])
    func aTableTakesOneDescriptorAndTooManyPartsAreUnfit(isPacked: Bool) throws {
        var features: Features = [.version1, .indirectDescriptors]
        if isPacked { features.insert(.packedRing) }
        let bench = DriverBench(features, size: 4)
        for tag in 0..<4 as Range<UInt64> {
            var request: Request? = bench.request(
                tag: tag, readable: [8, 8, 8], writable: [4, 4, 4, 4], hasTable: true)
            try bench.queue.submit(&request)
        }
        var request: Request? = bench.request(tag: 4, readable: [8], writable: [], hasTable: false)
        #expect(throws: QueueError.full) { try bench.queue.submit(&request) }
        bench.end(request.take()!)
        request = bench.request(tag: 5, readable: [8, 8, 8], writable: [8, 8], hasTable: false)
        #expect(throws: QueueError.unfit) { try bench.queue.submit(&request) }
        bench.end(request.take()!)
        request = bench.request(tag: 6, readable: [], writable: [], hasTable: false)
        #expect(throws: QueueError.unfit) { try bench.queue.submit(&request) }
        bench.end(request.take()!)
    }

    @Test func sizesAreThoseThatTheDeviceTakes() {
        #expect(QueueFormat(.version1, limit: 0, wanted: 8) == nil)
        #expect(QueueFormat(.version1, limit: 100, wanted: 256)?.size == 64)
        #expect(QueueFormat([.version1, .packedRing], limit: 100, wanted: 256)?.size == 100)
        #expect(QueueFormat(.version1, limit: 32768, wanted: 4096)?.size == QueueFormat.largestSize)
        #expect(QueueFormat(.version1, limit: 128, wanted: 5)?.size == 4)
    }
}
