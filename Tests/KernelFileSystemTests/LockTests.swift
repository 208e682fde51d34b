import KernelFileSystem
import KernelSupport
import Testing

/// Locks of files, and which files are seen where, compared with tables of single
/// bytes and pages.
struct LockTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private func node(_ index: UInt32) -> Node {
        Node(Inode(kind: .regular, index: index, generation: 0), on: .ram)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func locksAreThoseOfEveryByte(seed: UInt64) throws {
        var generator = Generator(state: seed)
        var table = LockTable()
        let owners: [LockOwner] = [.program, .description(1), .description(2)]
        // Of 40 bytes: who has which lock.
        var bytes = [[Bool?]](repeating: [nil, nil, nil], count: 40)
        for step in 0..<5000 {
            let owner = Int.random(in: 0..<3, using: &generator)
            let first = Int.random(in: 0..<40, using: &generator)
            let last = Int.random(in: first..<40, using: &generator)
            let isExclusive = Bool.random(using: &generator)
            let lock = FileLock(
                node(7), .range, owners[owner], LockRange(first: Int64(first), last: Int64(last)),
                isExclusive: isExclusive)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let hadSome = bytes[first...last].contains { $0[owner] != nil }
                let isChanged = try table.unset(lock)
                #expect(isChanged == hadSome, "seed \(seed), step \(step)")
                for byte in first...last { bytes[byte][owner] = nil }
            } else {
                let isFree = bytes[first...last].allSatisfy { byte in
                    (0..<3).allSatisfy { other in
                        guard other != owner, let held = byte[other] else { return true }
                        return !held && !isExclusive
                    }
                }
                #expect((table.conflict(with: lock) == nil) == isFree, "seed \(seed), step \(step)")
                let isSet = try table.set(lock)
                #expect(isSet == isFree, "seed \(seed), step \(step)")
                if isFree { for byte in first...last { bytes[byte][owner] = isExclusive } }
            }
        }
        for (index, owner) in owners.enumerated() {
            let held = table.locks.filter { $0.owner == owner }.sorted { $0.range.first < $1.range.first }
            for byte in 0..<40 {
                let lock = held.first { $0.range.first <= Int64(byte) && Int64(byte) <= $0.range.last }
                #expect(lock?.isExclusive == bytes[byte][index], "seed \(seed), byte \(byte)")
            }
            // Neighbours that are alike are one.
            for (a, b) in zip(held, held.dropFirst()) {
                #expect(a.range.last + 1 < b.range.first || a.isExclusive != b.isExclusive)
            }
        }
    }

    @Test func kindsAndFilesKnowNothingOfEachOther() throws {
        var table = LockTable()
        func set(_ lock: FileLock) throws -> Bool { try table.set(lock) }
        var isSet = [
            try set(FileLock(node(1), .whole, .description(1), .all, isExclusive: true)),
            try set(FileLock(node(1), .range, .description(2), .all, isExclusive: true)),
            try set(FileLock(node(2), .whole, .description(2), .all, isExclusive: true)),
            try set(FileLock(node(1), .whole, .description(2), .all, isExclusive: false)),
        ]
        let isRemoved = table.removeAll(of: .description(1), node(1))
        isSet.append(try set(FileLock(node(1), .whole, .description(2), .all, isExclusive: false)))
        #expect(isSet == [true, true, true, false, true])
        #expect(isRemoved)
    }
}
