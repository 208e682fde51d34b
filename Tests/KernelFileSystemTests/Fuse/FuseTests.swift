import FileExerciser
import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// The client of FUSE's messages, with a server of the host's files behind it: as it is,
/// and as one that lies.
@Suite(.timeLimit(.minutes(20)), .serialized, .inTurn)
struct FuseTests {
    static let cases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000

    /// A folder of the host's at /m.
    struct Mounted {
        let folder = HostFolder()
        let server: FolderServer
        let channel: TestChannel
        let system: FuseSystem<TestChannel>
        let files = TestFiles()
        let prefix = [UInt8]("/m".utf8)

        init(isReadOnly: Bool = false, mostIdle: Int = 100, namesRootTwice: Bool = false) throws {
            server = FolderServer(folder.path, namesRootTwice: namesRootTwice)
            channel = TestChannel(server)
            system = FuseSystem(channel, isReadOnly: isReadOnly, mostIdle: mostIdle)
            let node = try files.withPath(prefix) { (text, count) throws(Errno) in
                try files.makeDirectory(&text, count: count, from: files.root, mode: FileMode(0o755))
                return try files.withPath([UInt8]("/m".utf8)) { (text, count) throws(Errno) in
                    try files.find(&text, count: count, from: files.root, follows: true)
                }
            }
            try files.mount(system, on: node)
        }

        func start() throws -> FuseSession {
            try channel.withBuffer { (buffer) throws(Errno) in
                try FuseSession.start(on: channel, with: buffer)
            }
        }

        var exercised: TestedFiles { TestedFiles(files, below: prefix) }

        /// What is left over at the end.
        func expectNothingIsLeft() {
            #expect(channel.problem == nil && server.problem == nil)
            system.removeAll()
            #expect(channel.source.memory.blocks.isEmpty && channel.source.memory.problem == nil)
        }
    }

    private func number(_ body: () throws -> Void) -> Int32 {
        do { try body() } catch let error as Errno { return error.rawValue } catch { return -1 }
        return 0
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func operationsAreWhatAModelSays(seed: UInt64) throws {
        let mounted = try Mounted()
        #expect(try mounted.start() == FuseSession(mostWritten: 8192))
        var exerciser = FileExerciser(mounted.exercised, seed: seed, isWild: false)
        for step in 0..<5_000 {
            if let problem = exerciser.step() {
                Issue.record("seed \(seed), step \(step): \(problem)")
                return
            }
        }
        if let problem = exerciser.finish() { Issue.record("seed \(seed): \(problem)") }
        // What is not used is forgotten, at both ends.
        #expect(mounted.server.nodeCount < 500)
        mounted.expectNothingIsLeft()
    }

    // MARK: - Lies

    /// Numbers at which arithmetic goes wrong.
    private static let edges: [UInt64] = [
        0, 1, 2, 15, 16, 255, 4095, 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 62, .max >> 1,
        (.max >> 1) + 1, .max - 1, .max,
    ]

    private static func spoil(_ answer: inout [UInt8], _ written: inout Int, _ random: inout SeededGenerator) {
        guard !answer.isEmpty else { return }
        switch random.below(8) {
        case 0: written = random.below(answer.count + 64)
        case 1: answer.replace(at: 0, UInt32(truncatingIfNeeded: edges[random.below(edges.count)]))
        case 2: answer.replace(at: 4, Int32(truncatingIfNeeded: Int64(bitPattern: random.next()) >> random.below(64)))
        case 3: answer.replace(at: 8, random.next() >> UInt64(random.below(64)))
        case 4:
            // Less than it says, or more, and the header agrees.
            let count = random.below(answer.count + 32)
            answer = Array(answer.prefix(count)) + [UInt8](repeating: 0x2F, count: max(count - answer.count, 0))
            written = answer.count
            answer.replace(at: 0, UInt32(answer.count))
        case 5:
            guard answer.count >= 24 else { return }
            let place = 16 + random.below((answer.count - 16) / 8) * 8
            answer.replace(at: place, edges[random.below(edges.count)])
        case 6:
            guard answer.count >= 20 else { return }
            let place = 16 + random.below((answer.count - 16) / 4) * 4
            answer.replace(at: place, UInt32(truncatingIfNeeded: edges[random.below(edges.count)]))
        default:
            for _ in 0...random.below(8) where answer.count > 16 {
                answer[16 + random.below(answer.count - 16)] = [0, 0x2E, 0x2F, 0xFF, UInt8(random.below(256))][random.below(5)]
            }
        }
    }

    /// Whatever a server answers, each operation ends, with a result or an error that exists;
    /// names are names, sizes are sizes, and nothing is lost.
    @Test(arguments: 0..<4)
    func aServerMayAnswerWhatItLikes(part: Int) throws {
        let mounted = try Mounted(mostIdle: 20)
        var random = SeededGenerator(seed: UInt64(part) &* 7919 &+ 17)
        var spoiled = 0
        var number = 0
        mounted.channel.spoil = { _, answer, written in
            guard random.below(3) == 0 else { return }
            spoiled += 1
            Self.spoil(&answer, &written, &random)
        }
        let system = mounted.system
        func name(_ index: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "a") + UInt8(index % 5), count: 1 + index / 5 % 40) }
        func withName(_ index: Int, _ body: (borrowing FileName) throws(Errno) -> Void) throws(Errno) {
            try body(FileName(name(index).span.bytes)!)
        }
        let new = NewFile(mode: FileMode(0o644), now: FileTime(nanosecondsSinceEpoch: 0))
        var known: [Inode] = [system.root]
        var opened: [Inode] = []
        var lastEnd: Int64 = 0
        func check(_ body: () throws(Errno) -> Void) {
            do throws(Errno) { try body() } catch {
                if !(1...133).contains(error.rawValue) { Issue.record("part \(part), \(number): errno \(error.rawValue)") }
            }
        }
        while spoiled < Self.cases / 4, number < Self.cases * 4 {
            number += 1
            let inode = known[random.below(known.count)]
            let other = known[random.below(known.count)]
            let index = random.below(12)
            check { () throws(Errno) in
                switch random.below(20) {
                case 0...2:
                    try withName(index) { (name) throws(Errno) in known.append(try system.lookUp(name, in: inode)) }
                case 3:
                    try withName(index) { (name) throws(Errno) in
                        let made = try system.makeFile(name, in: inode, new, opens: .writing)
                        opened.append(made)
                    }
                case 4:
                    try withName(index) { (name) throws(Errno) in
                        known.append(try system.makeDirectory(name, in: inode, new))
                    }
                case 5:
                    try withName(index) { (link) throws(Errno) in
                        known.append(try system.makeLink(link, in: inode, target: name(index + 1).span.bytes, new))
                    }
                case 6: try withName(index) { (name) throws(Errno) in try system.unlink(name, in: inode, now: new.now) }
                case 7:
                    try withName(index) { (name) throws(Errno) in try system.removeDirectory(name, in: inode, now: new.now) }
                case 8:
                    try withName(index) { (old) throws(Errno) in
                        try withName(index + 3) { (name) throws(Errno) in
                            try system.rename(old, in: inode, to: name, in: other, .replacing, now: new.now)
                        }
                    }
                case 9: try withName(index) { (name) throws(Errno) in try system.link(other, name, in: inode, now: new.now) }
                case 10:
                    let status = try system.status(of: inode)
                    if status.size < 0 || status.inode != inode { Issue.record("part \(part), \(number): a size") }
                case 11:
                    try system.target(of: inode) { target in
                        if target.byteCount == 0 || target.byteCount > 4095 { Issue.record("a link's contents") }
                    }
                case 12, 13:
                    try system.open(inode, for: random.below(2) == 0 ? .reading : .writing)
                    opened.append(inode)
                case 14:
                    guard let file = opened.last else { return }
                    var left = 30_000
                    _ = try system.read(file, at: Int64(random.below(20_000)), count: left) { bytes in
                        left -= bytes.byteCount
                        return random.below(9) == 0 ? bytes.byteCount / 2 : bytes.byteCount
                    }
                    if left < 0 { Issue.record("part \(part), \(number): more than was asked for") }
                case 15:
                    guard let file = opened.last else { return }
                    let count = random.below(random.below(2) == 0 ? 30_000 : 300)
                    let places = [nil, Int64(random.below(20_000)), lastEnd, lastEnd]
                    let (written, end) = try system.write(file, at: places[random.below(4)], count: count) { bytes in
                        random.below(20) == 0 ? bytes.byteCount / 2 : bytes.byteCount
                    }
                    if written > count || end < 0 { Issue.record("part \(part), \(number): more than was given") }
                    lastEnd = end
                    if random.below(20) == 0 { _ = system.sendDue() }
                case 16:
                    try system.open(inode, for: .reading)
                    defer { try? system.close(inode) }
                    var left = 1000
                    try system.entries(of: inode, from: UInt64(random.below(3))) { _, name in
                        if !name.isDot, !name.isDotDot, FileName(name) == nil { Issue.record("a name") }
                        left -= 1
                        return left > 0
                    }
                case 17: try system.setMode(FileMode(0o700), of: inode, now: new.now)
                case 18: try system.truncate(inode, to: Int64(random.below(20_000)), now: new.now)
                default:
                    if random.below(4) == 0 {
                        _ = try system.name(of: inode) { _ in }
                    } else {
                        _ = try system.status()
                    }
                }
            }
            if known.count > 40 { known.removeSubrange(1..<20) }
            if opened.count > 8 { check { () throws(Errno) in try system.close(opened.removeFirst()) } }
        }
        #expect(spoiled >= Self.cases / 4)
        // An honest server is served again.
        mounted.channel.spoil = nil
        for file in opened { check { () throws(Errno) in try system.close(file) } }
        try withName(0) { (name) throws(Errno) in
            if (try? system.lookUp(name, in: system.root)) == nil { _ = try system.makeDirectory(name, in: system.root, new) }
            #expect(try system.status(of: try system.lookUp(name, in: system.root)).linkCount > 0)
        }
        #expect(mounted.channel.problem == nil)
        system.removeAll()
        #expect(mounted.channel.source.memory.blocks.isEmpty && mounted.channel.source.memory.problem == nil)
    }

    /// Single lies, and what each is.
    @Test func liesAreErrors() throws {
        let mounted = try Mounted()
        let path = mounted.folder.path
        try Data("hello".utf8).write(to: URL(fileURLWithPath: path + "/file"))
        try FileManager.default.createSymbolicLink(atPath: path + "/link", withDestinationPath: "file")
        let system = mounted.system
        func find(_ name: String) throws -> Inode {
            try system.lookUp(FileName([UInt8](name.utf8).span.bytes)!, in: system.root)
        }
        func lie(_ opcode: UInt32, _ spoil: @escaping (inout [UInt8], inout Int) -> Void, _ body: () throws -> Void) -> Int32 {
            mounted.channel.spoil = { told, answer, written in if told == opcode { spoil(&answer, &written) } }
            defer { mounted.channel.spoil = nil }
            return number(body)
        }
        let looks: [(String, (inout [UInt8], inout Int) -> Void)] = [
            ("another request's", { answer, _ in answer.replace(at: 8, UInt64(0)) }),
            ("longer than it is", { answer, _ in answer.replace(at: 0, UInt32(answer.count + 1)) }),
            ("shorter than it is", { answer, _ in answer.replace(at: 0, UInt32(16)) }),
            ("cut off", { answer, written in
                written = 40
                answer.replace(at: 0, UInt32(40))
            }),
            ("no header", { _, written in written = 7 }),
            ("an error above zero", { answer, _ in answer.replace(at: 4, Int32(2)) }),
            ("an error that is none", { answer, written in
                written = 16
                answer.replace(at: 0, UInt32(16))
                answer.replace(at: 4, Int32(-512))
            }),
            ("an error and a body", { answer, _ in answer.replace(at: 4, Int32(-2)) }),
            ("a kind that is none", { answer, _ in answer.replace(at: 16 + 40 + 60, UInt32(0o170000)) }),
            ("a size below zero", { answer, _ in answer.replace(at: 16 + 40 + 8, UInt64.max) }),
            ("a second of two", { answer, _ in answer.replace(at: 16 + 40 + 48, UInt32(1_000_000_000)) }),
        ]
        for (what, spoil) in looks { #expect(lie(1, spoil) { _ = try find("file") } == 5, "\(what)") }
        // An error of the server's is the caller's.
        #expect(number { _ = try find("none") } == 2)
        #expect(lie(1, { answer, written in
            written = 16
            answer.replace(at: 0, UInt32(16))
            answer.replace(at: 4, Int32(-122))
        }) { _ = try find("file") } == 122)
        // A file becomes no directory.
        let file = try find("file")
        let toDirectory: (inout [UInt8], inout Int) -> Void = { answer, _ in answer.replace(at: 16 + 40 + 60, UInt32(0o040755)) }
        #expect(lie(1, toDirectory) { _ = try find("file") } == 5)
        // Contents of a link.
        let link = try find("link")
        #expect(lie(5, { answer, _ in answer[17] = 0 }) { try system.target(of: link) { _ in } } == 5)
        #expect(lie(5, { answer, written in
            written = 16
            answer.replace(at: 0, UInt32(16))
        }) { try system.target(of: link) { _ in } } == 5)
        // Entries.
        try system.open(system.root, for: .reading)
        func list() throws { try system.entries(of: system.root, from: 0) { _, _ in true } }
        #expect(lie(28, { _, _ in }) { try list() } == 0)
        #expect(lie(28, { answer, _ in answer[16 + 24] = UInt8(ascii: "/") }) { try list() } == 5)
        #expect(lie(28, { answer, _ in answer[16 + 24] = 0 }) { try list() } == 5)
        #expect(lie(28, { answer, _ in answer.replace(at: 16 + 16, UInt32(0)) }) { try list() } == 5)
        #expect(lie(28, { answer, _ in answer.replace(at: 16 + 16, UInt32.max) }) { try list() } == 5)
        // One that leads to where it was asked for.
        #expect(lie(28, { answer, _ in answer.replace(at: 16 + 8, UInt64(0)) }) { try list() } == 5)
        try system.close(system.root)
        // Reads and writes; nothing is read ahead.
        mounted.server.isDirect = true
        try system.open(file, for: .writing)
        #expect(lie(16, { answer, _ in answer.replace(at: 16, UInt32(9)) }) {
            _ = try system.write(file, at: 0, count: 5) { $0.byteCount }
        } == 5)
        var count = -1
        #expect(lie(15, { answer, written in
            // More than the file has is the server's to say, more than was asked for is not.
            answer += [UInt8](repeating: 65, count: 3)
            written = answer.count
            answer.replace(at: 0, UInt32(answer.count))
        }) { count = try system.read(file, at: 0, count: 5) { $0.byteCount } } == 5)
        #expect(count == -1)
        // Nobody is there any more.
        mounted.channel.isDead = true
        #expect(number { _ = try system.read(file, at: 0, count: 5) { $0.byteCount } } == 5)
        #expect(number { _ = try system.write(file, at: 0, count: 5) { $0.byteCount } } == 5)
        #expect(number { _ = try find("file") } == 5)
        #expect(number { try system.synchronise(file) } == 5)
        mounted.channel.isDead = false
        try system.close(file)
        mounted.expectNothingIsLeft()
    }

    /// Greetings: an older server, another protocol, nonsense.
    @Test func greetings() throws {
        let mounted = try Mounted()
        func start(_ spoil: @escaping (inout [UInt8], inout Int) -> Void) -> Int32 {
            mounted.channel.spoil = { _, answer, written in spoil(&answer, &written) }
            return number { _ = try mounted.start() }
        }
        #expect(start { _, _ in } == 0)
        #expect(start { answer, _ in answer.replace(at: 16, UInt32(8)) } == 71)
        #expect(start { answer, _ in answer.replace(at: 20, UInt32(22)) } == 71)
        #expect(start { answer, _ in answer.replace(at: 16 + 20, UInt32(100)) } == 5)
        #expect(start { answer, written in
            written = 24
            answer.replace(at: 0, UInt32(24))
        } == 5)
    }

    /// What can't be changed is not: nothing is asked of the server.
    @Test func whatIsReadOnlyStaysSo() throws {
        let mounted = try Mounted(isReadOnly: true)
        try Data("hello".utf8).write(to: URL(fileURLWithPath: mounted.folder.path + "/file"))
        var files = mounted.exercised
        let file = [UInt8]("/file".utf8)
        #expect(files.open(file, [.write]) == -30)
        #expect(files.open([UInt8]("/new".utf8), [.create]) == -30)
        #expect(files.unlink(file) == -30)
        #expect(files.rename(file, to: [UInt8]("/other".utf8)) == -30)
        #expect(files.link(file, to: [UInt8]("/other".utf8)) == -30)
        #expect(files.makeDirectory([UInt8]("/d".utf8)) == -30)
        #expect(files.removeDirectory([UInt8]("/d".utf8)) == -30)
        #expect(files.makeLink(to: file, at: [UInt8]("/l".utf8)) == -30)
        #expect(files.truncate(file, to: 0) == -30)
        let opened = files.open(file, [])
        var bytes: [UInt8] = []
        #expect(files.read(opened, at: 0, count: 100, to: &bytes) == 5 && bytes == [UInt8]("hello".utf8))
        #expect(files.close(opened) == 0)
        #expect(try mounted.system.status().isReadOnly)
        mounted.expectNothingIsLeft()
    }

    /// What is used stays known, however much else is asked for meanwhile.
    @Test func whatIsUsedLastIsForgottenLast() throws {
        let source = TestSource()
        var nodes = FuseNodes(mostIdle: 100)
        try nodes.start(source)
        var known: [UInt64: Inode] = [:]
        var random = SeededGenerator(seed: 5)
        var (inOrder, kept): ([UInt64], Set<UInt64>) = ([], [])
        for _ in 0..<20_000 {
            let identity = 2 + UInt64(random.below(400))
            let kind: FileKind = identity % 3 == 0 ? .directory : .regular
            let inode = try nodes.named(identity, kind, opens: false, source)
            if let old = known[identity], old != inode { Issue.record("\(identity) has two numbers") }
            known[identity] = inode
            inOrder.removeAll { $0 == identity }
            inOrder.append(identity)
            if random.below(4) == 0 {
                if !nodes.keep(inode) { Issue.record("\(identity) is not known") }
                if !kept.insert(identity).inserted { _ = nodes.release(inode) }
                if kept.count > 20, let first = kept.first {
                    kept.remove(first)
                    _ = nodes.release(known[first]!)
                    inOrder.removeAll { $0 == first }
                    inOrder.append(first)
                }
            }
            if try nodes.node(inode).record.file.identity != identity { Issue.record("\(identity) is another") }
            while let forgotten = nodes.forget() {
                let oldest = inOrder.first { !kept.contains($0) }
                if forgotten.identity != oldest { Issue.record("\(forgotten.identity) is forgotten, and not \(oldest ?? 0)") }
                inOrder.removeAll { $0 == forgotten.identity }
                known[forgotten.identity] = nil
            }
            if nodes.idle > 100 { Issue.record("\(nodes.idle) are known") }
        }
        nodes.removeAll(source)
        #expect(source.memory.blocks.isEmpty)
    }

    /// Who reads in order in small pieces asks the server rarely, and reads what is there: also
    /// what was written since, by whomever.
    @Test func whatIsReadInOrderIsReadAhead() throws {
        let mounted = try Mounted()
        let path = mounted.folder.path + "/file"
        var contents = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }
        try Data(contents).write(to: URL(fileURLWithPath: path))
        var files = mounted.exercised
        func count(_ piece: Int) throws -> Int {
            let file = files.open([UInt8]("/file".utf8), [.write])
            defer { _ = files.close(file) }
            let before = mounted.server.reads
            var (read, bytes): (Int, [UInt8]) = (0, [])
            repeat {
                read = files.read(file, at: bytes.count, count: piece, to: &bytes)
            } while read > 0
            #expect(bytes == contents)
            return mounted.server.reads - before
        }
        // The channel's buffers have 8 KiB.
        #expect(try count(100) < 200)
        #expect(try count(4096) < 200)
        #expect(try count(10_000) < 300)
        mounted.server.isDirect = true
        #expect(try count(4000) == 251)
        mounted.server.isDirect = false
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let file = files.open([UInt8]("/file".utf8), [.write])
            var place = 0
            while place < contents.count {
                var bytes: [UInt8] = []
                let read = files.read(file, at: place, count: Int.random(in: 1...3000, using: &random), to: &bytes)
                #expect(read > 0 && bytes == Array(contents[place..<place + read]))
                guard read > 0 else { return }
                place += read
                switch Int.random(in: 0..<40, using: &random) {
                case 0:
                    let start = min(contents.count - 10, place + Int.random(in: 0..<5000, using: &random))
                    #expect(files.write(file, at: start, [UInt8](repeating: 1, count: 10)) == 10)
                    contents.replaceSubrange(start..<start + 10, with: [UInt8](repeating: 1, count: 10))
                case 1:
                    let size = max(contents.count - 100, place)
                    #expect(files.truncate(file, to: size) == 0)
                    contents.removeLast(contents.count - size)
                case 2:
                    // The host changes it; that is seen when a second has passed, or by who opens it.
                    contents[contents.count - 1] &+= 1
                    contents[min(place, contents.count - 1)] &+= 1
                    try Data(contents).write(to: URL(fileURLWithPath: path), options: [])
                    if Bool.random(using: &random) {
                        mounted.channel.now += 1_100_000_000
                    } else {
                        _ = files.close(files.open([UInt8]("/file".utf8), []))
                    }
                default: break
                }
            }
            _ = files.close(file)
        }
        mounted.expectNothingIsLeft()
    }

    /// 10,000 entries, each once; and where a directory is.
    @Test(arguments: [false, true])
    func largeDirectories(namesRootTwice: Bool) throws {
        let mounted = try Mounted(namesRootTwice: namesRootTwice)
        let deep = mounted.folder.path + "/one/two"
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
        for number in 0..<10_000 { close(open(deep + "/\(number)", O_CREAT | O_WRONLY, 0o600)) }
        var files = mounted.exercised
        let names = try files.names([UInt8]("/one/two".utf8)).get()
        #expect(Set(names) == Set((0..<10_000).map { [UInt8](String($0).utf8) }) && names.count == 10_000)
        let node = try mounted.files.withPath([UInt8]("/m/one/two".utf8)) { (text, count) throws(Errno) in
            try mounted.files.find(&text, count: count, from: mounted.files.root, follows: true)
        }
        var buffer = [UInt8](repeating: 0, count: 100)
        let count = try buffer.withUnsafeMutableBytes {
            var span = $0.mutableBytes
            return try mounted.files.path(of: node, &span)
        }
        #expect(Array(buffer.suffix(count)) == [UInt8]("/m/one/two".utf8))
        // Out of the folder leads what is around it here.
        for (path, place) in [("/m/one/two/../../..", "/"), ("/m/one/..", "/m"), ("/m/one/two/..", "/m/one")] {
            let node = try mounted.files.withPath([UInt8](path.utf8)) { (text, count) throws(Errno) in
                try mounted.files.find(&text, count: count, from: mounted.files.root, follows: true)
            }
            let count = try buffer.withUnsafeMutableBytes {
                var span = $0.mutableBytes
                return try mounted.files.path(of: node, &span)
            }
            #expect(Array(buffer.suffix(count)) == [UInt8](place.utf8))
        }
        mounted.expectNothingIsLeft()
    }
}

extension [UInt8] {
    mutating func replace<Value: FixedWidthInteger>(at place: Int, _ value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { bytes in
            for (index, byte) in bytes.enumerated() where place + index < count { self[place + index] = byte }
        }
    }
}
