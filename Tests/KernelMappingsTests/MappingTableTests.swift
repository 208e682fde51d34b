import KernelSupport
import TestSupport
import Testing

@testable import KernelMappings

private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        // SplitMix64 (Steele, Lea, Flood).
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Runs `body` with an empty table and memory for so many records.
private func withTable(
    region: Range<UInt64>, capacity: Int, _ body: (inout MappingTable) -> Void
) {
    let memory = UnsafeMutablePointer<MappingRecord>.allocate(capacity: capacity)
    defer { memory.deallocate() }
    var table = MappingTable(region: region, records: SlotStorage(memory, count: 0))
    table.grow(to: capacity)
    body(&table)
}

/// What must always be true of a tree; a word about what is not.
private func problem(_ table: borrowing MappingTable) -> String? {
    func check(_ index: UInt32) -> (height: Int, lowest: UInt64, highest: UInt64, gap: UInt64, count: Int)? {
        let record = table[index]
        var (heights, lowest, highest) = ([0, 0], record.start, record.end)
        var (gap, count): (UInt64, Int) = (0, 1)
        if record.left != MappingRecord.none {
            guard let left = check(record.left), left.highest <= record.start else { return nil }
            (heights[0], lowest) = (left.height, left.lowest)
            gap = max(gap, left.gap, record.start - left.highest)
            count += left.count
        }
        if record.right != MappingRecord.none {
            guard let right = check(record.right), right.lowest >= record.end else { return nil }
            (heights[1], highest) = (right.height, right.highest)
            gap = max(gap, right.gap, right.lowest - record.end)
            count += right.count
        }
        guard abs(heights[0] - heights[1]) <= 1, record.start < record.end,
            Int(record.height) == max(heights[0], heights[1]) + 1, record.lowest == lowest,
            record.highest == highest, record.gap == gap
        else { return nil }
        return (Int(record.height), lowest, highest, gap, count)
    }
    if table.root == MappingRecord.none { return table.count == 0 ? nil : "no root" }
    guard let found = check(table.root) else { return "the tree is out of order" }
    return found.count == table.count ? nil : "\(found.count) of \(table.count) records"
}

@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct MappingTableTests {
    /// Random changes from seeds; after each the table says what the model
    /// says, about every page.
    @Test func randomChangesAreWhatAModelSays() {
        // Across the borders of page tables on all levels.
        let region: Range<UInt64> = 0x7F_FFFF_C000..<0x80_0006_0000
        let all: [Mapping.Contents?] = [
            nil, nil, .memory([]), .memory(.read), .memory([.read, .write]),
            .memory([.read, .execute]), .file,
        ]
        for seed in UInt64(1)...100 {
            var generator = SeededGenerator(state: seed)
            withTable(region: region, capacity: 256) { table in
                var model = MappingModel(region: region)
                for step in 0..<200 {
                    let first = UInt64.random(in: 0..<UInt64(model.pages.count), using: &generator)
                    let longest = min(UInt64(model.pages.count) - first, seed % 2 == 0 ? 8 : 64)
                    let length = UInt64.random(in: 1...longest, using: &generator)
                    let start = region.lowerBound + first * 4096
                    let range = start..<start + length * 4096
                    let contents = all.randomElement(using: &generator)!
                    if contents != nil && Int.random(in: 0..<3, using: &generator) == 0 {
                        Self.place(length * 4096, contents!, &table, &model)
                    } else {
                        let count = table.count + table.sparesNeeded(toSet: range, contents)
                        table.shrink(to: count)
                        table.set(range, contents)
                        table.grow(to: 256)
                        model.set(range, contents)
                    }
                    if let problem = problem(table) ?? Self.difference(table, model, range) {
                        Issue.record("seed \(seed), step \(step): \(problem)")
                        return
                    }
                }
            }
        }
    }

    /// Makes a mapping where the table finds room.
    private static func place(
        _ size: UInt64, _ contents: Mapping.Contents, _ table: inout MappingTable,
        _ model: inout MappingModel
    ) {
        let alignment: UInt64 = size >= 0x1_0000 ? 0x1_0000 : 0x1000
        guard let place = table.place(for: size, alignment: alignment) else {
            // None that surely fits was passed over.
            #expect(!model.rooms.contains { $0.count >= size + 2 * 4096 + alignment - 4096 })
            return
        }
        #expect(place % alignment == 0 && model.fits(place, size))
        // The lowest.
        let lower = model.rooms.filter { $0.upperBound <= place }
        #expect(!lower.contains { $0.count >= size + 2 * 4096 + alignment - 4096 })
        table.set(place..<place + size, contents)
        model.set(place..<place + size, contents)
    }

    private static func difference(
        _ table: borrowing MappingTable, _ model: MappingModel, _ range: Range<UInt64>
    ) -> String? {
        var found: [Mapping] = []
        table.forEach(in: table.region) { found.append($0) }
        let expected = model.mappings
        guard found == expected else { return "\(found) in place of \(expected)" }
        guard table.count == found.count else { return "\(table.count) mappings" }
        let needFrames = model.pages.filter { $0 != nil && $0 != .memory([]) && $0 != .file }
        let needTables = model.pages.indices
            .filter { model.pages[$0] != nil && model.pages[$0] != .memory([]) }
            .map { table.region.lowerBound + UInt64($0) * 4096 }
        let promise = [21, 30, 39].reduce(needFrames.count) { sum, shift in
            sum + Set(needTables.map { $0 >> shift }).count
        }
        guard table.promise == promise else { return "\(table.promise) in place of \(promise)" }
        let rooms = model.rooms
        var next = 0
        for (index, page) in model.pages.enumerated() {
            let address = table.region.lowerBound + UInt64(index) * 4096
            for place in [address, address + 4095] where table.mapping(at: place)?.contents != page {
                return "other contents at \(place)"
            }
            let room = table.room(around: address + 1)
            while next < rooms.count && rooms[next].upperBound <= address { next += 1 }
            let isEmpty = next < rooms.count && rooms[next].contains(address)
            guard isEmpty == (page == nil), isEmpty ? room == rooms[next] : room.isEmpty else {
                return "room \(room) at \(address)"
            }
        }
        let part = model.pages[model.index(range.lowerBound)..<model.index(range.upperBound)]
        guard table.covers(range) == part.allSatisfy({ $0 != nil }),
            table.isVacant(range) == part.allSatisfy({ $0 == nil })
        else { return "covers or isVacant of \(range)" }
        return nil
    }

    /// Records lie side by side whatever goes, and none is needed beyond the spare ones.
    @Test func noMoreRecordsAreNeededThanSaid() {
        let region: Range<UInt64> = 0x1000..<0x1000 + 4096 * 1000
        withTable(region: region, capacity: 1000) { table in
            for page in stride(from: UInt64(1), to: 999, by: 2) {
                table.set(0x1000 + page * 4096..<0x1000 + (page + 1) * 4096, .memory(.read))
                #expect(table.count == Int(page + 1) / 2)
            }
            #expect(problem(table) == nil)
            // All become one, and that one is cut.
            table.set(region, .memory(.read))
            #expect(table.count == 1)
            #expect(table.sparesNeeded(toSet: 0x3000..<0x4000, .memory([])) == 2)
            #expect(table.sparesNeeded(toSet: 0x3000..<0x4000, nil) == 1)
            #expect(table.sparesNeeded(toSet: 0x1000..<0x4000, nil) == 0)
            table.shrink(to: 3)
            table.set(0x3000..<0x4000, .memory([]))
            #expect(table.count == 3)
            #expect(problem(table) == nil)
        }
    }

    @Test func aTerabyteIsOneRecord() {
        let region: Range<UInt64> = 0x3000_0000_0000..<0x7000_0000_0000
        withTable(region: region, capacity: 16) { table in
            let size: UInt64 = 1 << 40
            let place = table.place(for: size, alignment: 0x1_0000)!
            table.set(place..<place + size, .memory([]))
            #expect(table.promise == 0)
            #expect(table.place(for: 1 << 46, alignment: 4096) == nil)
            #expect(table.place(for: UInt64.max - 4095, alignment: 0x1_0000) == nil)
            table.set(place..<place + 4096, .memory(.read))
            #expect(table.promise == 1 + 3)
            table.set(region, nil)
            #expect(table.count == 0 && table.promise == 0)
        }
    }
}
