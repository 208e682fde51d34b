import Testing

@testable import KernelDescriptors

@Suite("A ring of a stream's bytes")
struct StreamRingTests {
    @Test("A capacity is the next power of two")
    func capacities() {
        #expect(StreamRing.capacity(for: 0, least: 2048) == 2048)
        #expect(StreamRing.capacity(for: 2049, least: 2048) == 4096)
        #expect(StreamRing.capacity(for: 4096, least: 2048) == 4096)
        #expect(StreamRing.capacity(for: 1 << 20, least: 1) == 1 << 20)
    }

    /// Bytes that come in any order and are taken from the front, in memory that grows:
    /// each is where it belongs. Each byte's value is its place in the stream.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func bytesStayWhereTheyBelong(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ limit: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % UInt64(limit))
        }
        var ring = StreamRing()
        var memory: [UInt8] = []
        // What is there beyond the row, by its place in the stream.
        var early: Set<Int> = []
        var first = 0
        for _ in 0..<20_000 {
            let offset = ring.count + next(40)
            let count = 1 + next(30)
            if offset + count > ring.capacity {
                let size = StreamRing.capacity(for: offset + count, least: 16)
                guard size <= 256 else {
                    take()
                    continue
                }
                var larger = [UInt8](repeating: 0xEE, count: size)
                var copied = 0
                while copied < ring.capacity {
                    let run = ring.run(at: copied, limit: ring.capacity - copied)
                    #expect(!run.isEmpty && run.upperBound <= ring.capacity)
                    for place in run { larger[copied + place - run.lowerBound] = memory[place] }
                    copied += run.count
                }
                memory = larger
                ring.move(to: size)
            }
            var done = 0
            while done < count {
                let run = ring.run(at: offset + done, limit: count - done)
                for place in run {
                    memory[place] = UInt8(truncatingIfNeeded: first + offset + done)
                    early.insert(first + offset + done)
                    done += 1
                }
            }
            var more = 0
            while early.remove(first + ring.count + more) != nil { more += 1 }
            ring.extend(more)
            if next(3) == 0 { take() }
        }

        func take() {
            let count = next(ring.count + 1)
            var done = 0
            while done < count {
                let run = ring.run(at: done, limit: count - done)
                for place in run {
                    #expect(memory[place] == UInt8(truncatingIfNeeded: first + done))
                    done += 1
                }
            }
            ring.consume(count)
            first += count
        }
    }
}
