@testable import KernelFileSystem
import KernelSupport
import Testing

/// Texts whose lines are made one at a time.
@Suite struct LineReaderTests {
    /// A list of numbered records, some of which are gone, whose lines have different lengths.
    private final class List {
        var records: [Bool]
        var made = 0
        init(_ count: Int) { records = Array(repeating: true, count: count) }

        static func line(_ record: Int) -> [UInt8] {
            Array("\(record): ".utf8) + Array(repeating: UInt8(ascii: "a") + UInt8(record % 26), count: record % 240) + [10]
        }

        func next(_ place: inout ListPlace, _ text: inout TextWindow) -> Bool {
            while Int(place.record) < records.count {
                let record = Int(place.record)
                place.record += 1
                guard records[record] else { continue }
                made += 1
                for byte in Self.line(record) { text.append(byte) }
                return true
            }
            return false
        }

        var whole: [UInt8] { records.indices.filter { records[$0] }.flatMap { Self.line($0) } }
    }

    private func read(
        _ reader: inout LineReader, _ list: List, at offset: Int, _ count: Int, most: Int = .max
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        let done = reader.read(at: Int64(offset), count: count) { list.next(&$0, &$1) } take: { piece in
            let taken = min(piece.byteCount, max(most - bytes.count, 0))
            for offset in 0..<taken { bytes.append(piece.value(at: UInt64(offset), as: UInt8.self)!) }
            return taken
        }
        #expect(done == bytes.count)
        return bytes
    }

    @Test(arguments: [1, 2, 3, 7, 64, 150, 255, 256, 257, 4096, 1_000_000])
    func inOrderEachLineIsMadeOnce(piece: Int) {
        let list = List(700)
        var reader = LineReader()
        var text: [UInt8] = []
        while true {
            let part = read(&reader, list, at: text.count, piece)
            if part.isEmpty { break }
            text += part
        }
        #expect(text == list.whole)
        #expect(list.made == 700)
    }

    /// Reads from anywhere, of any length, some of which somebody takes only in part.
    @Test(arguments: 1...20) func anywhere(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let list = List(60)
        for _ in 0..<20 { list.records[random.below(60)] = false }
        let whole = list.whole
        var reader = LineReader()
        var offset = 0
        for _ in 0..<2000 {
            if random.below(3) == 0 { offset = random.below(whole.count + 300) }
            let count = random.below(600)
            let most = random.below(4) == 0 ? random.below(300) : Int.max
            let part = read(&reader, list, at: offset, count, most: most)
            #expect(part == Array(whole.dropFirst(offset).prefix(min(count, most))))
            offset += part.count
        }
    }

    /// Records come and go: every line is whole, none comes twice, and those that stay are there.
    @Test(arguments: 1...20) func whatChanges(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let list = List(500)
        for record in 0..<500 { list.records[record] = random.below(2) == 0 }
        // Every tenth stays.
        for record in stride(from: 0, to: 500, by: 10) { list.records[record] = true }
        var reader = LineReader()
        var text: [UInt8] = []
        while true {
            let part = read(&reader, list, at: text.count, 1 + random.below(400))
            if part.isEmpty { break }
            text += part
            for _ in 0..<10 {
                let record = random.below(500)
                if record % 10 != 0 { list.records[record].toggle() }
            }
        }
        let lines = text.split(separator: 10)
        let records = lines.map { Int(String(decoding: $0.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)) ?? -1 }
        for (line, record) in zip(lines, records) { #expect(Array(line) + [10] == List.line(record)) }
        #expect(records == Array(Set(records)).sorted())
        #expect(Set(records).isSuperset(of: stride(from: 0, to: 500, by: 10)))
    }

    @Test func theEndMayMove() {
        let list = List(3)
        list.records[2] = false
        var reader = LineReader()
        let first = read(&reader, list, at: 0, 1000)
        #expect(first == List.line(0) + List.line(1))
        #expect(read(&reader, list, at: first.count, 1000) == [])
        list.records += [true]
        #expect(read(&reader, list, at: first.count, 1000) == List.line(3))
        #expect(read(&reader, list, at: 100_000, 10) == [])
    }

    /// By the file system, without a reader, from any offset.
    @Test func theFileSystemReadsThem() throws {
        let files = TestFiles()
        let system = SyntheticSystem(
            [SyntheticFile("list", .lines { place, text in
                guard place.line < 3 else { return false }
                text.append(place.line)
                text.append("\n")
                place.line += 1
                return true
            })], number: SyntheticSystem.processNumber, now: FileTime(nanosecondsSinceEpoch: 1))
        try files.mount(system, on: files.makeDirectory("/proc"))
        let node = try files.find("/proc/list")
        #expect(system.hasLines(node.inode) && system.isMadeWhenRead(node.inode))
        #expect(!system.hasLines(system.root))
        for offset in 0...7 {
            var bytes = [UInt8](repeating: 0, count: 4)
            var span = bytes.mutableSpan
            var raw = span.mutableBytes
            let count = try system.read(node.inode, at: Int64(offset), to: &raw)
            #expect(Array(bytes[..<count]) == Array(Array("0\n1\n2\n".utf8).dropFirst(offset).prefix(4)))
        }
    }
}
