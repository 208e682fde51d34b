import LoaderCore
import Testing

@Suite struct MemoryMapTests {
    private func map(_ ranges: [(start: UInt64, size: UInt64)]) -> MemoryMap {
        var map = MemoryMap()
        for range in ranges { map.add(start: range.start, size: range.size) }
        return map
    }

    @Test func rangesAreSortedMergedAndClippedToPages() {
        #expect(map([(0x10_0000, 0x1000), (0, 0x9_FC00)]).list == [0..<0x9_F000, 0x10_0000..<0x10_1000])
        #expect(map([(0, 0x1000), (0x1000, 0x1000)]).list == [0..<0x2000])
        #expect(map([(0x1000, 0x2000), (0, 0x2000)]).list == [0..<0x3000])
        #expect(map([(0x1000, 0x1000), (0x4000, 0x1000), (0, 0x6000)]).list == [0..<0x6000])
        #expect(map([(0x1001, 0x1FFE)]).list == [])
        #expect(map([(0x1001, 0x1FFF)]).list == [0x2000..<0x3000])
        #expect(map([(0x1000, 0)]).list == [])
    }

    @Test func impossibleRangesAreCutOff() {
        #expect(map([(UInt64.max - 0xFFF, 0x1000)]).list == [])
        #expect(map([(0x1000, UInt64.max)]).list == [0x1000..<1 << 52])
        #expect(map([(UInt64.max, UInt64.max)]).list == [])
    }

    @Test func whatIsNotMemoryWins() {
        var memory = map([(0, 0x10_0000)])
        memory.exclude(start: 0x5800, size: 0x1000)
        #expect(memory.list == [0..<0x5000, 0x7000..<0x10_0000])
        memory.exclude(start: 0, size: 1)
        #expect(memory.list == [0x1000..<0x5000, 0x7000..<0x10_0000])
        memory.exclude(start: 0x4000, size: 0x4000)
        #expect(memory.list == [0x1000..<0x4000, 0x8000..<0x10_0000])
        memory.exclude(start: 0x20_0000, size: UInt64.max)
        #expect(memory.count == 2)
        memory.exclude(start: 0, size: UInt64.max)
        #expect(memory.list == [])
    }

    @Test func aMapWithTooManyRangesSaysSo() {
        var memory = MemoryMap()
        for i in 0..<100 { memory.add(start: UInt64(i) * 0x2000, size: 0x1000) }
        #expect(memory.count == MemoryMap.maximumRanges)
        #expect(memory.isTruncated)
        #expect(memory[63].lowerBound == 63 * 0x2000)
    }

    /// Against a bitmap of pages.
    @Test(.timeLimit(.minutes(10))) func randomMapsAreWhatABitmapSays() {
        for seed in 1...UInt64(max(1, fuzzCases / 10)) {
            var generator = SeededGenerator(state: seed)
            var memory = MemoryMap()
            var pages = UInt64(0)
            for _ in 0..<generator.below(12) {
                let start = generator.below(64)
                let count = generator.below(64 - start) + 1
                let bits = (count == 64 ? UInt64.max : (1 << UInt64(count)) - 1) << UInt64(start)
                if generator.below(3) > 0 {
                    memory.add(start: UInt64(start) << 12, size: UInt64(count) << 12)
                    pages |= bits
                } else {
                    memory.exclude(start: UInt64(start) << 12, size: UInt64(count) << 12)
                    pages &= ~bits
                }
            }
            var found = UInt64(0)
            var end: UInt64? = nil
            for range in memory.list {
                if let end, range.lowerBound <= end { found = ~pages }
                end = range.upperBound
                for page in range.lowerBound >> 12..<range.upperBound >> 12 { found |= 1 << page }
            }
            guard found == pages else {
                Issue.record("the map is not what was added and taken out, seed \(seed)")
                return
            }
        }
    }

    // MARK: - Places

    @Test func everyPlaceIsChosenAndNoOther() {
        var memory = map([(0x10_0000, 0x8000), (0x20_0000, 0x3000), (0x1_0000_0000, 0x10_0000)])
        var places: Set<UInt64> = []
        for random in 0..<100 as Range<UInt64> {
            let place = memory.randomPlace(
                size: 0x2000, alignment: 0x1000, in: 0x10_0000..<0x1_0000_0000,
                outside: 0x10_2000..<0x10_3800, random: random)
            if let place { places.insert(place) }
        }
        // The hole's end is in a page: the next place starts behind it.
        #expect(
            places == [0x10_0000, 0x10_4000, 0x10_5000, 0x10_6000, 0x20_0000, 0x20_1000])
    }

    @Test func alignmentAndLimitAreKept() {
        var memory = map([(0x10_0000, 0x100_0000)])
        for random in 0..<64 as Range<UInt64> {
            let place = memory.randomPlace(
                size: 0x1_0000, alignment: 0x20_0000, in: 0x10_1000..<0x90_0000,
                outside: 0..<0, random: random)
            #expect(place.map { $0 % 0x20_0000 == 0 && $0 + 0x1_0000 <= 0x90_0000 } == true)
        }
        let tooLarge = memory.randomPlace(
            size: 0x100_0001, alignment: 0x1000, in: 0x10_1000..<1 << 32, outside: 0..<0, random: 0)
        #expect(tooLarge == nil)
        let tooAligned = memory.randomPlace(
            size: 0x1000, alignment: 1 << 63, in: 0x10_1000..<1 << 32, outside: 0..<0, random: 0)
        #expect(tooAligned == nil)
    }

    /// Against all places one by one: each free one is chosen by one number and no other.
    @Test(.timeLimit(.minutes(10))) func randomPlacesAreTheFreeOnes() {
        for seed in 1...UInt64(max(1, fuzzCases / 100)) {
            var generator = SeededGenerator(state: seed)
            var memory = MemoryMap()
            func range(_ shift: UInt64) -> Range<UInt64> {
                let start = generator.next() % 0x100 << shift
                return start..<start + generator.next() % 0x80 << shift
            }
            for _ in 0..<3 {
                let range = range(12)
                memory.add(start: range.lowerBound, size: UInt64(range.count))
            }
            let hole = range(11)
            let size = generator.next() % 0x2_0000 + 1
            let alignment: UInt64 = 4096 << (generator.next() % 4)
            let lowest = generator.next() % 0x20 << 12
            let bounds = lowest..<lowest + generator.next() % 0x200 << 12
            let free = stride(from: 0, to: 0x20_0000 as UInt64, by: Int(alignment)).filter { place in
                let image = place..<place + size
                return (hole.isEmpty || !hole.overlaps(image))
                    && bounds.lowerBound <= place && image.upperBound <= bounds.upperBound
                    && memory.list.contains {
                        $0.lowerBound <= place && image.upperBound <= $0.upperBound
                    }
            }
            let chosen = (0..<UInt64(max(free.count, 1))).map {
                memory.randomPlace(
                    size: size, alignment: alignment, in: bounds, outside: hole, random: $0)
            }
            guard chosen == (free.isEmpty ? [nil] : free) else {
                Issue.record("places that are not the free ones, seed \(seed)")
                return
            }
        }
    }
}
