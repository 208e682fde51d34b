import FileExerciser
import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// Small writes to a server's files, which are sent later.
@Suite(.timeLimit(.minutes(20)), .serialized, .inTurn)
struct GatheringTests {
    private typealias Mounted = FuseTests.Mounted

    /// A folder of the host's, and a clock that hardly moves by itself.
    private func mount() throws -> Mounted {
        let mounted = try Mounted()
        mounted.channel.tick = 1000
        return mounted
    }

    private func bytes(_ mounted: Mounted, _ name: String) -> [UInt8] {
        (try? [UInt8](Data(contentsOf: URL(fileURLWithPath: mounted.folder.path + "/" + name)))) ?? []
    }

    private static let file = [UInt8]("/file".utf8)

    /// A byte that says where it is.
    private static func byte(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: place &* 7 &+ place / 251) }

    private static func piece(_ start: Int, _ count: Int) -> [UInt8] { (start..<start + count).map(byte) }

    // MARK: - How many

    /// Of pieces in order a buffer's worth is sent at a time; `close`, `fsync` and `sync` leave none.
    @Test(arguments: [1, 64, 100, 512, 4096], [false, true])
    func piecesInOrderAreSentTogether(size: Int, appends: Bool) throws {
        let mounted = try mount()
        var files = mounted.exercised
        let file = files.open(Self.file, appends ? [.write, .create, .append] : [.write, .create])
        #expect(file >= 0)
        let count = 65_536 / size
        for index in 0..<count {
            let wrote = files.write(file, at: index * size, Self.piece(index * size, size))
            #expect(wrote == size)
        }
        // The channel's buffers have 8 KiB.
        #expect(mounted.server.writes <= 65_536 / 8192 + 3, "\(mounted.server.writes)")
        #expect(mounted.channel.due < .max)
        #expect(files.close(file) == 0)
        #expect(bytes(mounted, "file") == Self.piece(0, count * size))
        mounted.expectNothingIsLeft()
    }

    /// What is not in order, is large, or is not to be kept is sent at once.
    @Test func otherPiecesAreSentAtOnce() throws {
        for way in 0..<4 {
            let mounted = try mount()
            mounted.server.isDirect = way == 0
            mounted.channel.gathers = way != 1
            var files = mounted.exercised
            let file = files.open(Self.file, [.write, .create])
            var expected = [UInt8](repeating: 0, count: 40_000)
            for index in 0..<20 {
                let start = way == 2 ? (index * 7 % 20) * 1500 : index * 1000
                #expect(files.write(file, at: start, Self.piece(start, 1000)) == 1000)
                expected.replaceSubrange(start..<start + 1000, with: Self.piece(start, 1000))
                if way != 3 { #expect(mounted.server.writes == index + 1) }
                if way == 3 { _ = mounted.system.sendDue() }
            }
            #expect(files.close(file) == 0)
            let found = bytes(mounted, "file")
            #expect(found == Array(expected[..<found.count]))
            mounted.expectNothingIsLeft()
        }
    }

    /// Whatever is asked or done with a file, all that was written to it comes first.
    @Test func everythingElseComesAfterIt() throws {
        let mounted = try mount()
        var files = mounted.exercised
        let file = files.open(Self.file, [.write, .create])
        var size = 0
        func add() {
            for _ in 0..<3 {
                #expect(files.write(file, at: size, Self.piece(size, 10)) == 10)
                size += 10
            }
        }
        func isThere() -> Bool { bytes(mounted, "file") == Self.piece(0, size) }
        add()
        #expect(!isThere() && bytes(mounted, "file").count == 10)
        _ = mounted.system.sendDue()
        #expect(!isThere(), "it is not due")
        mounted.channel.now += FuseGatherings.patience
        #expect(mounted.system.sendDue() == .max && isThere())
        add()
        var read: [UInt8] = []
        #expect(files.read(file, at: size - 5, count: 100, to: &read) == 5 && read == Self.piece(size - 5, 5) && isThere())
        add()
        #expect(try files.status(Self.file, follows: true).get().size == size && isThere())
        add()
        #expect(files.synchronise(file) == 0 && isThere())
        add()
        let other = files.open(Self.file, [])
        #expect(files.close(other) == 0 && isThere())
        add()
        #expect(files.makeDirectory([UInt8]("/folder".utf8)) == 0 && isThere())
        add()
        #expect(files.rename(Self.file, to: [UInt8]("/other".utf8)) == 0)
        #expect(bytes(mounted, "other") == Self.piece(0, size))
        #expect(files.rename([UInt8]("/other".utf8), to: Self.file) == 0)
        add()
        size -= 7
        #expect(files.truncate(Self.file, to: size) == 0 && isThere())
        // From here on in the order of places again.
        #expect(files.write(file, at: size, Self.piece(size, 1)) == 1)
        size += 1
        add()
        #expect(files.write(file, at: 3, [0, 0]) == 2)
        #expect(files.write(file, at: 3, Self.piece(3, 2)) == 2 && isThere())
        #expect(files.write(file, at: size, Self.piece(size, 1)) == 1)
        size += 1
        add()
        #expect(files.write(file, at: size, Self.piece(size, 20_000)) == 20_000)
        size += 20_000
        #expect(isThere())
        add()
        try mounted.system.synchroniseAll()
        #expect(isThere())
        add()
        mounted.system.endGathering()
        #expect(isThere())
        add()
        #expect(isThere())
        #expect(files.close(file) == 0)
        mounted.expectNothingIsLeft()
    }

    /// More files than there are places, in turns; each gets what is its own.
    @Test func manyFilesInTurns() throws {
        let mounted = try mount()
        var files = mounted.exercised
        var opened: [(Int, [UInt8])] = []
        for number in 0..<9 {
            opened.append((files.open([UInt8]("/\(number)".utf8), [.write, .create, .append]), []))
            #expect(opened[number].0 >= 0)
        }
        for step in 0..<3000 {
            let number = (step / 5 * 7 + step % 2) % 9
            let piece = (0..<1 + step % 90).map { UInt8(truncatingIfNeeded: $0 + step) }
            #expect(files.write(opened[number].0, at: 0, piece) == piece.count)
            opened[number].1 += piece
            if step % 97 == 0 { _ = mounted.system.sendDue() }
        }
        for number in 0..<9 {
            #expect(files.close(opened[number].0) == 0)
            #expect(bytes(mounted, "\(number)") == opened[number].1)
        }
        mounted.expectNothingIsLeft()
    }

    // MARK: - What goes wrong

    /// Who writes next is told once, and fsync and close are; what was written after that is there.
    @Test(arguments: [ENOSPC, EIO, EDQUOT, EFBIG])
    func whatGoesWrongIsTold(error: Int32) throws {
        let mounted = try mount()
        var files = mounted.exercised
        let file = files.open(Self.file, [.write, .create])
        func begin(_ place: Int) {
            for index in 0..<3 { #expect(files.write(file, at: place + index * 10, Self.piece(place + index * 10, 10)) == 10) }
        }
        func fail() {
            mounted.server.writeError = error
            mounted.channel.now += 2 * FuseGatherings.patience
            _ = mounted.system.sendDue()
            mounted.server.writeError = 0
        }
        begin(0)
        fail()
        #expect(files.write(file, at: 30, [1]) == -Int(error))
        #expect(files.write(file, at: 10, Self.piece(10, 10)) == 10)
        #expect(files.synchronise(file) == 0)
        begin(20)
        mounted.server.writeError = error
        #expect(files.synchronise(file) == -Int(error))
        mounted.server.writeError = 0
        #expect(files.synchronise(file) == 0)
        begin(20)
        #expect(files.synchronise(file) == 0)
        #expect(bytes(mounted, "file") == Self.piece(0, 50))
        begin(50)
        fail()
        #expect(files.close(file) == -Int(error))
        // A new one does not hear of it.
        let again = files.open(Self.file, [.write])
        #expect(files.synchronise(again) == 0 && files.close(again) == 0)
        mounted.expectNothingIsLeft()
    }

    /// What goes wrong while a write waits is told to that one, and nothing of it is kept.
    @Test func whoWaitsIsTold() throws {
        let mounted = try mount()
        var files = mounted.exercised
        let file = files.open(Self.file, [.write, .create])
        for index in 0..<3 { #expect(files.write(file, at: index * 10, Self.piece(index * 10, 10)) == 10) }
        mounted.channel.beforeAlone = {
            mounted.server.writeError = ENOSPC
            mounted.channel.now += 2 * FuseGatherings.patience
            _ = mounted.system.sendDue()
        }
        #expect(files.write(file, at: 30, Self.piece(30, 10)) == -Int(ENOSPC))
        mounted.server.writeError = 0
        #expect(files.synchronise(file) == 0 && files.close(file) == 0)
        #expect(bytes(mounted, "file") == Self.piece(0, 10))
        mounted.expectNothingIsLeft()
    }

    /// Of several that have the file open each is told by its fsync and its close.
    @Test func everyoneIsTold() throws {
        let mounted = try mount()
        var files = mounted.exercised
        let first = files.open(Self.file, [.write, .create, .append])
        let second = files.open(Self.file, [.write, .append])
        let third = files.open(Self.file, [.write, .append])
        for _ in 0..<3 { #expect(files.write(first, at: 0, [1]) == 1) }
        mounted.server.writeError = ENOSPC
        #expect(files.synchronise(second) == -Int(ENOSPC))
        mounted.server.writeError = 0
        #expect(files.write(second, at: 0, [2]) == 1, "it was told")
        #expect(files.synchronise(first) == -Int(ENOSPC))
        #expect(files.close(first) == -Int(ENOSPC))
        #expect(files.close(second) == -Int(ENOSPC))
        #expect(files.close(third) == -Int(ENOSPC))
        mounted.expectNothingIsLeft()
    }

    /// A server that writes less than it was given, and says so.
    @Test func theRestIsSent() throws {
        let mounted = try mount()
        mounted.server.mostWritten = 37
        var files = mounted.exercised
        let file = files.open(Self.file, [.write, .create])
        for index in 0..<100 { #expect(files.write(file, at: index * 30, Self.piece(index * 30, 30)) == 30) }
        #expect(files.close(file) == 0)
        #expect(bytes(mounted, "file") == Self.piece(0, 3000))
        mounted.expectNothingIsLeft()
    }

    // MARK: - A model

    /// Pieces of all sizes, anywhere and at the end, by several that have a file open, with what comes
    /// between: what the host finds is what a file in memory is. `HERMIT_FUZZ_CASES` sets how many.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func whatIsWrittenIsWhatIsThere(seed: UInt64) throws {
        let mounted = try mount()
        var files = mounted.exercised
        var random = SeededGenerator(seed: seed)
        var contents: [UInt8] = []
        var opened: [(number: Int, appends: Bool)] = []
        for step in 0..<FuseTests.cases / 8 {
            if opened.isEmpty || (opened.count < 4 && random.below(50) == 0) {
                let appends = random.below(3) == 0
                opened.append((files.open(Self.file, appends ? [.write, .create, .append] : [.write, .create]), appends))
                #expect(opened.last!.number >= 0)
            }
            let file = opened[random.below(opened.count)]
            switch random.below(40) {
            case 0...29:
                let count = random.below(20) == 0 ? 1 + random.below(20_000) : 1 + random.below(300)
                let start = file.appends || random.below(10) > 0 ? contents.count : random.below(contents.count + 1)
                let piece = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ step) }
                let wrote = files.write(file.number, at: start, piece)
                if wrote != count { Issue.record("seed \(seed), step \(step): \(wrote) of \(count)") }
                if contents.count < start + count { contents += [UInt8](repeating: 0, count: start + count - contents.count) }
                contents.replaceSubrange(start..<start + count, with: piece)
            case 30:
                var found: [UInt8] = []
                let start = random.below(contents.count + 1)
                _ = files.read(file.number, at: start, count: 500, to: &found)
                if found != Array(contents[start..<min(start + 500, contents.count)]) {
                    Issue.record("seed \(seed), step \(step): other bytes")
                    return
                }
            case 31:
                let size = random.below(contents.count + 100)
                #expect(files.truncate(Self.file, to: size) == 0)
                contents = Array(contents.prefix(size)) + [UInt8](repeating: 0, count: max(size - contents.count, 0))
            case 32:
                if try files.status(Self.file, follows: true).get().size != contents.count {
                    Issue.record("seed \(seed), step \(step): another size")
                    return
                }
            case 33: #expect(files.synchronise(file.number) == 0)
            case 34: mounted.channel.now += 5_000_000
            case 35: _ = mounted.system.sendDue()
            case 36: mounted.channel.now += 1_100_000_000
            case 37:
                _ = files.makeDirectory([UInt8]("/d".utf8))
                _ = files.removeDirectory([UInt8]("/d".utf8))
            default:
                guard random.below(10) == 0, let last = opened.popLast() else { continue }
                #expect(files.close(last.number) == 0)
                if bytes(mounted, "file") != contents {
                    Issue.record("seed \(seed), step \(step): the host has something else")
                    return
                }
            }
            if contents.count > 200_000 {
                #expect(files.truncate(Self.file, to: 10) == 0)
                contents = Array(contents.prefix(10))
            }
        }
        for file in opened { #expect(files.close(file.number) == 0) }
        #expect(bytes(mounted, "file") == contents)
        mounted.expectNothingIsLeft()
    }
}
