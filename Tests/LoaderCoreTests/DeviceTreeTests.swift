import KernelSupport
import LoaderCore
import TestSupport
import Testing

@Suite(.serialized, .inTurn)
struct DeviceTreeTests {
    /// A tree as the loader makes it.
    private func wholeTree(_ line: String = "log=info -- a \"b c\"", size: Int = 4096) -> [UInt8]? {
        makeTree(size: size) { tree in
            tree.beginNode("")
            tree.property(.addressCells, cell: 2)
            tree.property(.sizeCells, cell: 2)
            tree.property(.compatible, text: "hermit,multiboot")
            for range in [0x0..<0x9_F000, 0x10_0000..<0x7FD_0000, 0x1_0000_0000..<0x1_4000_0000]
                as [Range<UInt64>]
            {
                tree.beginNode("memory", unit: range.lowerBound)
                tree.property(.deviceType, text: "memory")
                tree.property(.reg, range.lowerBound, UInt64(range.count))
                tree.endNode()
            }
            tree.beginNode("hermit,rsdp", unit: 0xF_52C0)
            tree.endNode()
            tree.beginNode("cpus")
            tree.property(.addressCells, cell: 1)
            tree.property(.sizeCells, cell: 0)
            for identity in [0, 1, 0x20] as [UInt32] {
                tree.beginNode("cpu", unit: UInt64(identity))
                tree.property(.deviceType, text: "cpu")
                tree.property(.reg, cell: identity)
                tree.endNode()
            }
            tree.endNode()
            tree.beginNode("chosen")
            tree.property(.bootArguments, line)
            tree.endNode()
            tree.endNode()
        }
    }

    /// The smallest tree that answers every question.
    private var smallTree: [UInt8] {
        makeTree(size: 1024) { tree in
            tree.beginNode("")
            tree.property(.addressCells, cell: 2)
            tree.property(.sizeCells, cell: 2)
            tree.beginNode("memory", unit: 0)
            tree.property(.deviceType, text: "memory")
            tree.property(.reg, 0, 0x1000)
            tree.endNode()
            tree.beginNode("chosen")
            tree.property(.bootArguments, "--")
            tree.endNode()
            tree.beginNode("cpus")
            tree.beginNode("cpu", unit: 0)
            tree.property(.reg, cell: 0)
            tree.endNode()
            tree.endNode()
            tree.beginNode("hermit,rsdp", unit: 1)
            tree.endNode()
            tree.endNode()
        }!
    }

    @Test func whatTheLoaderWritesTheKernelReads() throws {
        let answers = try TreeAnswers(#require(wholeTree()))
        #expect(
            answers.memory == [
                0x0..<0x9_F000, 0x10_0000..<0x7FD_0000, 0x1_0000_0000..<0x1_4000_0000,
            ])
        #expect(answers.line == "log=info -- a \"b c\"")
        #expect(answers.rootPointer == 0xF_52C0)
        #expect(answers.processors == [0, 1, 0x20])
    }

    @Test func theHeaderIsTheSpecifications() throws {
        let tree = try #require(wholeTree())
        func field(_ index: Int) -> Int {
            tree[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(field(0) == 0xD00D_FEED)
        #expect(field(1) == tree.count)
        #expect(field(2) == 56)
        #expect(field(3) == 56 + field(9))
        #expect(field(4) == 40)
        #expect((field(5), field(6), field(7)) == (17, 16, 0))
        #expect(field(3) + field(8) == tree.count)
        #expect(tree[40..<56].allSatisfy { $0 == 0 })
    }

    @Test func namesOfUnits() throws {
        for unit in [0, 1, 0xF, 0x10, 0xABC_DEF0, UInt64.max] {
            let tree = try #require(
                makeTree(size: 1024) {
                    $0.beginNode("")
                    $0.beginNode("hermit,rsdp", unit: unit)
                    $0.endNode()
                    $0.endNode()
                })
            #expect(try TreeAnswers(tree).rootPointer == unit)
            let name = "hermit,rsdp@" + String(unit, radix: 16) + "\0"
            #expect(String(decoding: tree, as: UTF8.self).contains(name))
        }
    }

    @Test func manyNodesShareTheirNames() throws {
        let tree = try #require(
            makeTree(size: 65536) { tree in
                tree.beginNode("")
                tree.property(.addressCells, cell: 2)
                tree.property(.sizeCells, cell: 2)
                for i in 0..<64 {
                    tree.beginNode("memory", unit: UInt64(i) << 32)
                    tree.property(.deviceType, text: "memory")
                    tree.property(.reg, UInt64(i) << 32, 0x1000)
                    tree.endNode()
                }
                tree.endNode()
            })
        #expect(try TreeAnswers(tree).memory.count == 64)
    }

    @Test func whatDoesNotFitIsNoticed() throws {
        let whole = try #require(wholeTree(size: 4096))
        // The names have 512 bytes of their own at the end.
        for size in stride(from: 0, to: whole.count + 400, by: 7) {
            if let tree = wholeTree(size: size) { #expect(tree == whole) }
        }
        #expect(wholeTree(size: 600) == nil)
        #expect(wholeTree(String(repeating: "x", count: 70_000), size: 65536) == nil)
        #expect(wholeTree(String(repeating: "x", count: 64_000), size: 65536) != nil)
    }

    @Test func propertiesAfterTheRangesCount() throws {
        // `reg` in front of `device_type`, and one with two ranges of which one is empty.
        let tree = try #require(
            makeTree(size: 1024) { tree in
                tree.beginNode("")
                tree.property(.addressCells, cell: 1)
                tree.property(.sizeCells, cell: 1)
                tree.beginNode("memory", unit: 0)
                // Two ranges of two cells each: (0x1, 0x2000), (0x3000, 0).
                tree.property(.reg, 0x1_0000_2000, 0x3000_0000_0000)
                tree.property(.deviceType, text: "memory")
                tree.endNode()
                tree.beginNode("flash", unit: 0)
                tree.property(.reg, 0x1_0000_2000, 0x3000_0000_0000)
                tree.endNode()
                tree.endNode()
            })
        #expect(try TreeAnswers(tree).memory == [1..<0x2001])
    }

    @Test func aTreeWithoutAnswersHasNone() throws {
        let tree = try #require(
            makeTree(size: 1024) {
                $0.beginNode("")
                $0.endNode()
            })
        let answers = try TreeAnswers(tree)
        #expect(answers.memory.isEmpty && answers.line == nil)
        #expect(answers.rootPointer == nil && answers.processors.isEmpty)
    }

    @Test func damageIsNamed() throws {
        let whole = try #require(wholeTree())
        func damaged(_ at: Int, _ byte: UInt8) -> [UInt8] {
            var bytes = whole
            bytes[at] = byte
            return bytes
        }
        #expect(throws: DeviceTreeError.badHeader) { try TreeAnswers([]) }
        #expect(throws: DeviceTreeError.badHeader) { try TreeAnswers(damaged(0, 0)) }
        #expect(throws: DeviceTreeError.cutOff) { try TreeAnswers(Array(whole.dropLast())) }
        #expect(throws: DeviceTreeError.badVersion) { try TreeAnswers(damaged(23, 16)) }
        #expect(throws: DeviceTreeError.badVersion) { try TreeAnswers(damaged(27, 18)) }
        #expect(throws: DeviceTreeError.badHeader) { try TreeAnswers(damaged(11, 57)) }
        #expect(throws: DeviceTreeError.badHeader) { try TreeAnswers(damaged(36, 1)) }
        #expect(throws: DeviceTreeError.badStructure) { try TreeAnswers(damaged(59, 7)) }
        // The structure ends before the root does.
        var short = whole
        short.replaceSubrange(36..<40, with: [0, 0, 0, 64])
        #expect(throws: DeviceTreeError.self) { try TreeAnswers(short) }
    }

    @Test(.timeLimit(.minutes(10))) func damagedTreesNeverBreakTheReader() {
        let original = smallTree
        var read = 0
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var bytes = original
            for _ in 0...generator.below(3) {
                let isHeader = generator.below(8) == 0
                mutate(&bytes, in: isHeader ? 0..<40 : 56..<bytes.count, &generator)
            }
            if generator.below(16) == 0 { bytes.removeLast(generator.below(bytes.count)) }
            guard let answers = try? TreeAnswers(bytes) else { continue }
            read += 1
            for range in answers.memory where range.isEmpty {
                Issue.record("an empty range of memory, seed \(seed)")
                return
            }
        }
        #expect(read > fuzzCases / 100)
    }

    @Test(.timeLimit(.minutes(10))) func randomBytesAreNoTree() {
        for seed in 1...UInt64(fuzzCases) {
            var generator = SeededGenerator(state: seed)
            var bytes = [UInt8](repeating: 0, count: 8 * (5 + generator.below(16)))
            for i in stride(from: 0, to: bytes.count, by: 8) { bytes.put(generator.next(), at: i) }
            bytes.put(UInt32(0xD00D_FEED).byteSwapped, at: 0)
            bytes.put(UInt32(bytes.count).byteSwapped, at: 4)
            if generator.below(2) == 0 {
                // A right header around random structure.
                bytes.put(UInt32(40).byteSwapped, at: 8)
                bytes.put(UInt32(40).byteSwapped, at: 12)
                bytes.put(UInt32(17).byteSwapped, at: 20)
                bytes.put(UInt32(16).byteSwapped, at: 24)
                bytes.put(UInt32(bytes.count - 40).byteSwapped, at: 32)
                bytes.put(UInt32(bytes.count - 40).byteSwapped, at: 36)
            }
            _ = try? TreeAnswers(bytes)
        }
    }
}
