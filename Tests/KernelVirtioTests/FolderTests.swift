import Foundation
import KernelSupport
import Testing

@testable import KernelVirtio

/// Devices of files (virtio 1.2, 5.11): what they say, what the boot line says of them, and
/// requests to them.
struct FolderTests {
    static let cases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000

    private func read(_ text: String) -> FolderWord? {
        var reader = FolderWord.Reader()
        for byte in text.utf8 { reader.take(byte) }
        return reader.word
    }

    private func text(_ tag: FolderTag) -> String {
        var bytes: [UInt8] = []
        tag.forEachByte { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func path(_ word: FolderWord) -> String {
        String(decoding: (0..<word.pathCount).map { word.path[$0] }, as: UTF8.self)
    }

    @Test(arguments: [
        ("folder0:/m", "folder0", "/m", false), ("a:/b:ro", "a", "/b", true), ("a:/b:c", "a", "/b:c", false),
        ("a:/b:ro:ro", "a", "/b:ro", true), ("a:/with blank/c", "a", "/with blank/c", false),
        ("\(String(repeating: "t", count: 36)):/x", String(repeating: "t", count: 36), "/x", false),
    ])
    func wordsOfTheBootLine(line: String, tag: String, point: String, isReadOnly: Bool) throws {
        let word = try #require(read(line))
        #expect(text(word.tag) == tag && path(word) == point && word.isReadOnly == isReadOnly)
    }

    @Test(arguments: [
        ("/dev/vda:/m", 0, 1), ("/dev/vdh:/m//n/o/:ro", 7, 3), ("/dev/vdi:/m", nil, 1), ("/dev/vd:/m", nil, 1),
        ("/dev/vda1:/m/n", nil, 2), ("folder0:/m", nil, 1), ("/dev/sda:/m", nil, 1), ("a://", nil, 0), ("a:/ /b", nil, 2),
    ])
    func disksAreTold(line: String, disk: Int?, depth: Int) throws {
        let word = try #require(read(line))
        #expect(word.disk == disk && word.depth == depth)
    }

    @Test(arguments: [
        "", "a", ":/b", "a:", "a:b", "a:/", "a:/:ro", "a::ro", "\(String(repeating: "t", count: 37)):/x",
        "a:/\(String(repeating: "p", count: 1024))",
    ])
    func whatIsNoSuchWord(line: String) { #expect(read(line) == nil) }

    @Test func anyWordIsReadOrRefused() {
        var random = SeededGenerator(seed: 5)
        let alphabet = Array("a:/ro\\ ".utf8) + [0, 0xFF]
        for _ in 0..<Self.cases {
            let bytes = (0..<Int.random(in: 0..<50, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            var reader = FolderWord.Reader()
            for byte in bytes { reader.take(byte) }
            guard let word = reader.word else { continue }
            // What was read is what was there.
            let again = text(word.tag) + ":" + path(word) + (word.isReadOnly ? ":ro" : "")
            #expect(again == String(decoding: bytes, as: UTF8.self))
            #expect(word.path[0] == UInt8(ascii: "/") && word.pathCount > 1)
        }
    }

    private func configuration(_ bytes: [UInt8]) -> FolderConfiguration? {
        FolderConfiguration { offset in
            let offset = Int(offset)
            guard offset + 4 <= bytes.count else { return nil }
            return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
        }
    }

    @Test func whatADeviceSaysIsChecked() throws {
        let tag = Array("abc".utf8) + [UInt8](repeating: 0, count: 33)
        #expect(text(try #require(configuration(tag + [1, 0, 0, 0])).tag) == "abc")
        // A tag may fill its place, and what is behind its end is none of it.
        let full = [UInt8](repeating: 0x78, count: 36)
        #expect(try #require(configuration(full + [2, 0, 0, 0])).tag.count == 36)
        let odd = Array("ab".utf8) + [0, 0x78] + [UInt8](repeating: 0, count: 32)
        #expect(text(try #require(configuration(odd + [1, 0, 0, 0])).tag) == "ab")
        #expect(configuration(tag + [0, 0, 0, 0]) == nil)
        #expect(configuration([UInt8](repeating: 0, count: 36) + [1, 0, 0, 0]) == nil)
        #expect(configuration(tag) == nil && configuration([]) == nil)
    }

    static let formats: [Features] = [
        [], .packedRing, [.indirectDescriptors, .eventIndex], [.packedRing, .indirectDescriptors, .eventIndex],
        [.inOrder], [.packedRing, .inOrder, .indirectDescriptors],
    ]

    private func shape(_ random: inout SeededGenerator) -> FolderShape {
        let isRead = Bool.random(using: &random)
        let isAnswered = Int.random(in: 0..<5, using: &random) > 0
        return FolderShape(
            arguments: Int.random(in: 0...FolderBench.room.arguments, using: &random),
            dataOut: isRead ? 0 : Int.random(in: 0...FolderBench.room.data, using: &random),
            answer: isAnswered ? Int.random(in: 16...FolderBench.room.answer, using: &random) : 0,
            dataIn: isRead && isAnswered ? Int.random(in: 0...FolderBench.room.data, using: &random) : 0)
    }

    /// Requests of any shape, answered in any order: each has its parts, and its answer.
    @Test(arguments: formats.indices)
    func requestsHaveTheirParts(format: Int) throws {
        for seed in 0..<60 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let bench = try FolderBench(Self.formats[format].union(.version1), buffers: 6)
            let queue = try #require(bench.device.state.queues[1])
            var waiting: [(SimulatedQueue.Element, FolderShape, UInt8)] = []
            var marks: [Int: (FolderShape, UInt8)] = [:]
            var mark: UInt8 = 0
            for _ in 0..<200 {
                if Bool.random(using: &random) {
                    guard var taken = bench.driver.requests.take() else {
                        #expect(marks.count == 6)
                        continue
                    }
                    let shape = shape(&random)
                    mark &+= 1
                    let (number, byte) = (taken.number, mark)
                    taken.header.withMutableBytes(0..<40) { for i in 0..<40 { _ = $0.store(byte, at: UInt64(i)) } }
                    taken.data.withMutableBytes(0..<512) { for i in 0..<512 { _ = $0.store(byte, at: UInt64(i)) } }
                    var buffer: FolderBuffer? = consume taken
                    try bench.driver.submit(&buffer, shape)
                    let element = try #require(queue.take())
                    let sizes = ([40, shape.arguments, shape.dataOut], [shape.answer, shape.dataIn])
                    #expect(element.readable.map { $0.count } == sizes.0.filter { $0 > 0 })
                    #expect(element.writable.map { $0.count } == sizes.1.filter { $0 > 0 })
                    #expect(element.readable[0].allSatisfy { $0 == byte } )
                    if shape.dataOut > 0 { #expect(element.readable.last!.allSatisfy { $0 == byte }) }
                    marks[number] = (shape, byte)
                    waiting.append((element, shape, byte))
                } else if !waiting.isEmpty {
                    let place = Self.formats[format].contains(.inOrder) ? 0 : Int.random(in: 0..<waiting.count, using: &random)
                    let (element, shape, byte) = waiting.remove(at: place)
                    for part in element.writable { part.initializeMemory(as: UInt8.self, repeating: byte &+ 1) }
                    let written = Int.random(in: 0...shape.answer + shape.dataIn, using: &random)
                    queue.give([element], written: UInt32(written))
                    let (came, isEnded) = bench.look()
                    #expect(came.count == 1 && !isEnded)
                    let number = came[0]
                    #expect(marks[number]!.1 == byte)
                    let back = bench.driver.requests.takeFinished(number)
                    guard let back else {
                        Issue.record("nothing has come back")
                        return
                    }
                    #expect(back.written == written && back.shape == shape)
                    let isWhole = back.answer.withBytes(0..<shape.answer) { bytes in
                        (0..<bytes.byteCount).allSatisfy { bytes.value(at: UInt64($0), as: UInt8.self) == byte &+ 1 }
                    }
                    #expect(isWhole)
                    bench.driver.requests.give(back)
                    marks[number] = nil
                }
            }
            #expect(queue.complaint == nil)
        }
    }

    /// A buffer that nobody waits for is free when it comes back, and not before.
    @Test(arguments: formats.indices)
    func abandonedBuffersComeBack(format: Int) throws {
        let bench = try FolderBench(Self.formats[format].union(.version1), buffers: 1)
        let queue = try #require(bench.device.state.queues[1])
        for isLate in [false, true, false] {
            guard let taken = bench.driver.requests.take() else {
                Issue.record("the buffer is gone")
                return
            }
            var buffer: FolderBuffer? = consume taken
            try bench.driver.submit(&buffer, FolderShape(arguments: 8, dataOut: 0, answer: 16, dataIn: 0))
            let element = try #require(queue.take())
            if !isLate { bench.driver.requests.abandon(0) }
            let isFree = bench.driver.requests.take() != nil
            #expect(!isFree)
            queue.give([element], written: 16)
            let isEnded = bench.look().isEnded
            #expect(!isEnded)
            if isLate { bench.driver.requests.abandon(0) }
            let isFinished = bench.driver.requests.takeFinished(0) != nil
            #expect(!isFinished)
        }
    }

    /// Whether somebody is there is asked by the other queue.
    @Test func theQuestionIsAsked() throws {
        let bench = try FolderBench([.version1, .packedRing], buffers: 1)
        let queue = try #require(bench.device.state.queues[0])
        queue.wantNotification(true)
        for _ in 0..<9 {
            #expect(bench.hasAnswer())
            bench.driver.ask()
            #expect(!bench.hasAnswer())
            // Once is enough.
            bench.driver.ask()
            let element = try #require(queue.take())
            #expect(queue.take() == nil && element.writable.isEmpty)
            queue.give([element], written: 0)
            #expect(bench.hasAnswer())
        }
        #expect(bench.device.state.rings.allSatisfy { $0 == 0 } && bench.device.state.rings.count == 9)
        bench.driver.giveUp()
        bench.driver.ask()
        #expect(queue.take() == nil && bench.isGone)
    }

    /// A device that lies is used no more, and nothing that it has not got is touched.
    @Test(arguments: formats.indices)
    func liesEndTheUse(format: Int) throws {
        for seed in 0..<UInt64(Self.cases / 20 / Self.formats.count) {
            var random = SeededGenerator(seed: seed)
            let bench = try FolderBench(Self.formats[format].union(.version1), buffers: 4)
            let memory = bench.device.state.memory[1]
            let queue = try #require(bench.device.state.queues[1])
            var known: Set<Int> = []
            for _ in 0..<20 {
                if let taken = bench.driver.requests.take() {
                    let number = taken.number
                    var buffer: FolderBuffer? = consume taken
                    do { try bench.driver.submit(&buffer, shape(&random)) } catch { break }
                    known.insert(number)
                }
                let offset = queue.driverOffset + Int.random(in: 0..<400, using: &random)
                let place = Bool.random(using: &random) ? offset : Int.random(in: 0..<queue.driverOffset, using: &random)
                memory[place] = UInt8.random(in: 0...255, using: &random)
                let (came, isEnded) = bench.look()
                #expect(known.isSuperset(of: came) && Set(came).count == came.count, "seed \(seed)")
                known.subtract(came)
                for number in 0..<4 where !known.contains(number) {
                    if let back = bench.driver.requests.takeFinished(number) {
                        #expect(back.written <= back.shape.answer + back.shape.dataIn)
                        bench.driver.requests.give(back)
                    }
                }
                if isEnded {
                    #expect(bench.isGone && bench.device.status == .failed)
                    break
                }
            }
        }
    }
}
