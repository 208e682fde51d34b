import KernelDescriptors
import Testing

/// The small ones: a ring, a counter, a timer, messages.
struct CounterTests {
    /// A ring moves the bytes of a queue, also where its memory grows.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aRingIsAQueue(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ring = Ring(capacity: 16)
        var bytes = [UInt8](repeating: 0, count: 16)
        var model: [UInt8] = []
        var next: UInt8 = 0
        for _ in 0..<20000 {
            let limit = Int.random(in: 0..<20, using: &random)
            let (toRead, toWrite) = (ring.nextToRead(limit), ring.nextToWrite(limit))
            #expect(toRead.start..<toRead.start + toRead.count == ring.readable(limit))
            #expect(toWrite.start..<toWrite.start + toWrite.count == ring.writable(limit))
            switch Int.random(in: 0..<24, using: &random) {
            case 20, 21:
                for i in 0..<toWrite.count {
                    bytes[toWrite.start + i] = next
                    model.append(next)
                    next &+= 1
                }
                ring.produce(first: toWrite.count)
            case 22, 23:
                let range = toRead.start..<toRead.start + toRead.count
                #expect(Array(bytes[range]) == Array(model.prefix(toRead.count)))
                model.removeFirst(toRead.count)
                ring.consume(first: toRead.count)
            case 0..<10:
                let skipped = min(Int.random(in: 0..<3, using: &random), ring.room)
                let run = ring.writable(Int.random(in: 0..<20, using: &random), skipping: skipped)
                #expect(run.count <= ring.room - skipped)
                // What is skipped is written first, in a run of its own.
                for i in 0..<skipped {
                    bytes[ring.writable(1, skipping: i).lowerBound] = next
                    model.append(next)
                    next &+= 1
                }
                for i in run {
                    bytes[i] = next
                    model.append(next)
                    next &+= 1
                }
                ring.produce(skipped + run.count)
            case 10..<19:
                let run = ring.readable(Int.random(in: 0..<20, using: &random))
                #expect(Array(bytes[run]) == Array(model.prefix(run.count)))
                model.removeFirst(run.count)
                ring.consume(run.count)
            default:
                let capacity = ring.count + Int.random(in: 1..<40, using: &random)
                var moved = [UInt8](repeating: 0, count: capacity)
                var (copy, done) = (ring, 0)
                while !copy.isEmpty {
                    let run = copy.readable(copy.count)
                    moved.replaceSubrange(done..<done + run.count, with: bytes[run])
                    done += run.count
                    copy.consume(run.count)
                }
                ring.move(to: capacity)
                bytes = moved
            }
            #expect(ring.count == model.count)
        }
    }

    @Test func aCounterAddsAndIsTaken() {
        var counter = EventCounter(3, isSemaphore: false)
        let added = [
            counter.add(EventCounter.largest - 3), counter.isWritable, counter.add(1), counter.add(0),
        ]
        #expect(added == [true, false, false, true])
        let read = [counter.read(), counter.read()]
        #expect(read == [.max - 1, nil] && !counter.isReadable)
        var semaphore = EventCounter(2, isSemaphore: true)
        let taken = [semaphore.read(), semaphore.read(), semaphore.read()]
        #expect(taken == [1, 1, nil])
    }

    /// Expiries are those that a clock which counts every nanosecond sees.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func aTimerExpiresAsOften(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var timer = ExpiryTimer()
            let deadline = UInt64.random(in: 1..<100, using: &random)
            let period = UInt64.random(in: 0..<10, using: &random)
            timer.set(deadline, period: period)
            var (now, expected, taken): (UInt64, UInt64, UInt64) = (0, 0, 0)
            while now < 300 {
                let step = UInt64.random(in: 0..<30, using: &random)
                for time in now + 1..<now + step + 1 {
                    let isTime = time >= deadline
                        && (period == 0 ? time == deadline : (time - deadline) % period == 0)
                    if isTime { expected += 1 }
                }
                now += step
                _ = timer.advance(to: now)
                taken += timer.take() ?? 0
                #expect(taken == expected, "seed \(seed)")
            }
        }
    }

    @Test func aTimerAtTheClocksEndStops() {
        var timer = ExpiryTimer()
        timer.set(.max - 5, period: .max / 2)
        #expect(timer.left(at: .max - 7) == 2)
        let hasExpired = timer.advance(to: .max - 1)
        let count = timer.take()
        #expect(hasExpired && count == 1 && timer.deadline == nil)
        #expect(timer.left(at: 0) == 0)
        timer.set(10, period: 3)
        timer.set(nil, period: 3)
        let expiresAgain = timer.advance(to: .max)
        #expect(timer.period == 0 && !expiresAgain)
    }
}
