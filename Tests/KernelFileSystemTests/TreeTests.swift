import KernelFileSystem
import KernelSupport
import TestSupport
import Testing

/// Shorter words for the tests.
extension TestFiles {
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func start(_ base: Node?) throws(Errno) -> Node {
        if let base { return base }
        return try root
    }

    func open(
        _ path: String, _ flags: OpenRequest = [.write, .create], from base: Node? = nil
    ) throws(Errno) -> OpenedFile {
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try open(&text, count: count, from: start(base), flags, mode: FileMode(0o644))
        }
    }

    func data(_ path: String, _ flags: OpenRequest = [.write, .create]) throws(Errno) -> OpenData {
        guard case .data(_, let data) = try open(path, flags) else { throw .invalidArgument }
        return data
    }

    func find(_ path: String, follows: Bool = true, from base: Node? = nil) throws(Errno) -> Node {
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try find(&text, count: count, from: start(base), follows: follows)
        }
    }

    @discardableResult
    func makeDirectory(_ path: String, from base: Node? = nil) throws(Errno) -> Node {
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try makeDirectory(&text, count: count, from: start(base), mode: FileMode(0o755))
        }
        return try find(path, from: base)
    }

    func removeDirectory(_ path: String, from base: Node? = nil) throws(Errno) {
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try removeDirectory(&text, count: count, from: start(base))
        }
    }

    func unlink(_ path: String) throws(Errno) {
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try unlink(&text, count: count, from: root)
        }
    }

    func makeLink(_ target: String, _ path: String) throws(Errno) {
        let target = bytes(target)
        try withPath(bytes(path)) { (text, count) throws(Errno) in
            try makeLink(target: target.span.bytes, &text, count: count, from: root)
        }
    }

    func link(_ old: String, _ new: String) throws(Errno) {
        let node = try find(old, follows: false)
        try withPath(bytes(new)) { (text, count) throws(Errno) in
            try link(node, &text, count: count, from: root)
        }
    }

    func rename(_ old: String, _ new: String, _ manner: RenameManner = .replacing) throws(Errno) {
        let name = try withPath(bytes(old)) { (text, count) throws(Errno) in
            try oldName(&text, count: count, from: root)
        }
        try withPath(bytes(new)) { (text, count) throws(Errno) in
            try rename(name, to: &text, count: count, from: root, manner)
        }
    }

    func path(of node: Node, room: Int = 4096) throws(Errno) -> String {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
        defer { buffer.deallocate() }
        var span = buffer.mutableBytes
        let count = try path(of: node, &span)
        return String(decoding: buffer[(room - count)...], as: UTF8.self)
    }

    /// `nil`: it has none that fits.
    func path(ofFile node: Node, room: Int = 4096) -> String? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
        defer { buffer.deallocate() }
        var span = buffer.mutableBytes
        guard let count = path(ofFile: node.inode, &span) else { return nil }
        return String(decoding: buffer[(room - count)...], as: UTF8.self)
    }

    func names(_ node: Node, from position: UInt64 = 0, most: Int = .max) throws(Errno) -> [(name: String, next: UInt64)] {
        var names: [(String, UInt64)] = []
        try entries(of: node, from: position) { entry, name in
            guard names.count < most else { return false }
            names.append((String(decoding: name.withUnsafeBytes { Array($0) }, as: UTF8.self), entry.next))
            return true
        }
        return names
    }

    func readAll(_ path: String) throws(Errno) -> [UInt8] {
        guard case .data(let node, let data) = try open(path, []) else { throw .invalidArgument }
        defer { close(node) }
        return try read(data, at: 0, count: Int(data.size))
    }
}

func number(_ body: () throws(Errno) -> Void) -> Int32 {
    do throws(Errno) {
        try body()
        return 0
    } catch { return error.rawValue }
}

@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct TreeTests {
    @Test func pathsLeadWhereTheySay() throws {
        let files = TestFiles()
        let a = try files.makeDirectory("/a")
        let b = try files.makeDirectory("a/b")
        try files.makeDirectory("/a/b/c/")
        files.close(try files.open("/a/b/file").node)
        #expect(try files.find("//a///./b/../b/.") == b)
        #expect(try files.find("/../../a") == a)
        #expect(try files.find("..", from: b) == a)
        #expect(try files.find("/a/b/c/..") == b)
        #expect(number { () throws(Errno) in _ = try files.find("") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/a/x/y") } == 2)
        #expect(number { () throws(Errno) in _ = try files.find("/a/b/file/") } == 20)
        #expect(number { () throws(Errno) in _ = try files.find("/a/b/file/x") } == 20)
        #expect(number { () throws(Errno) in _ = try files.find("/a/b/file/..") } == 20)
        let long = String(repeating: "n", count: 255)
        try files.makeDirectory("/" + long)
        #expect(number { () throws(Errno) in _ = try files.find("/\(long)n") } == 36)
        #expect(number { () throws(Errno) in try files.makeDirectory("/\(long)n") } == 36)
        // 4095 bytes are a path, 4096 are none.
        let slashes = String(repeating: "/", count: 4094)
        #expect(try files.find(slashes + "a") == a)
        #expect(number { () throws(Errno) in _ = try files.find(slashes + "/a") } == 36)
        #expect(try files.path(of: b) == "/a/b")
        #expect(try files.path(of: b, room: 4) == "/a/b")
        #expect(number { () throws(Errno) in _ = try files.path(of: b, room: 3) } == 34)
        #expect(try files.path(of: files.root) == "/")
    }

    /// A file's path is found among all names, whatever becomes of them.
    @Test func aFilesPathIsFound() throws {
        let files = TestFiles()
        for folder in ["/a", "/a/b", "/gone", "/a/c"] { try files.makeDirectory(folder) }
        for number in 0..<300 { files.close(try files.open("/a/x\(number)").node) }
        try files.removeDirectory("/gone")
        let node = try files.open("/a/b/file").node
        #expect(files.path(ofFile: node) == "/a/b/file")
        #expect(files.path(ofFile: node, room: 9) == "/a/b/file")
        #expect(files.path(ofFile: node, room: 8) == nil)
        #expect(files.path(ofFile: try files.find("/a/x299")) == "/a/x299")
        try files.rename("/a/b", "/a/c/d")
        #expect(files.path(ofFile: node) == "/a/c/d/file")
        try files.link("/a/c/d/file", "/second")
        try files.unlink("/a/c/d/file")
        #expect(files.path(ofFile: node) == "/second")
        try files.unlink("/second")
        #expect(files.path(ofFile: node) == nil)
        files.close(node)
    }

    @Test func linksAreFollowedFortyTimes() throws {
        let files = TestFiles()
        let a = try files.makeDirectory("/a")
        try files.makeLink("a", "/l0")
        for index in 1...40 { try files.makeLink("l\(index - 1)", "/l\(index)") }
        #expect(try files.find("/l39") == a)
        #expect(number { () throws(Errno) in _ = try files.find("/l40") } == 40)
        try files.makeLink("loop", "/loop")
        #expect(number { () throws(Errno) in _ = try files.find("/loop") } == 40)
        #expect(number { () throws(Errno) in _ = try files.find("/loop", follows: false) } == 0)
        #expect(number { () throws(Errno) in _ = try files.find("/l0", follows: false) } == 0)
        #expect(try files.find("/l0/", follows: false) == a)
        #expect(number { () throws(Errno) in _ = try files.open("/l0", [.noFollow]) } == 40)
        #expect(number { () throws(Errno) in try files.makeLink("", "/e") } == 2)
        #expect(number { () throws(Errno) in try files.makeLink(String(repeating: "x", count: 4096), "/e") } == 36)
        // Long contents, and what is left of the path, fill the buffer.
        try files.makeLink(String(repeating: "/", count: 4090) + "a", "/long")
        #expect(try files.find("/long") == a)
        #expect(number { () throws(Errno) in _ = try files.find("/long/.././//a") } == 36)
        // A link that leads nowhere is where a new file is made.
        try files.makeLink("/a/new", "/dangling")
        #expect(number { () throws(Errno) in _ = try files.open("/dangling", [.write, .create, .exclusive]) } == 17)
        files.close(try files.open("/dangling").node)
        #expect(number { () throws(Errno) in _ = try files.find("/a/new") } == 0)
    }

    @Test func holesAreZeros() throws {
        let files = TestFiles()
        let data = try files.data("/f")
        let before = files.usedBytes
        _ = try files.write(data, at: 1 << 40, [1, 2, 3])
        #expect(data.size == 1 << 40 + 3)
        // A page and the way to it, not a terabyte.
        #expect(files.usedBytes - before < 8 * 4096)
        #expect(try files.read(data, at: 1 << 40 - 2, count: 9) == [0, 0, 1, 2, 3])
        #expect(try files.read(data, at: 4095, count: 3) == [0, 0, 0])
        #expect(try files.status(of: files.find("/f")).blocks == 8)
        #expect(number { () throws(Errno) in _ = try files.write(data, at: .max, [1]) } == 27)
        #expect(try files.write(data, at: .max - 1, [1, 2]) == 1)
        #expect(try files.read(data, at: .max - 1, count: 5) == [1])
        try files.truncate(data, to: 5)
        _ = try files.write(data, at: 0, [9, 9, 9, 9, 9])
        try files.truncate(data, to: 2)
        try files.truncate(data, to: 6000)
        #expect(try files.read(data, at: 0, count: 8) == [9, 9, 0, 0, 0, 0, 0, 0])
        #expect(number { () throws(Errno) in try files.truncate(data, to: -1) } == 22)
    }

    @Test func dataAndHolesAreFound() throws {
        let files = TestFiles()
        let data = try files.data("/f")
        _ = try files.write(data, at: 3 * 4096 + 5, [1])
        _ = try files.write(data, at: 600 * 4096, [1])
        func seek(_ offset: Int64, _ isData: Bool) -> Int64 {
            (try? files.withData(data) { (data, _) throws(Errno) in try data.seek(offset, data: isData) }) ?? -1
        }
        #expect(seek(0, true) == 3 * 4096)
        #expect(seek(3 * 4096 + 9, true) == 3 * 4096 + 9)
        #expect(seek(3 * 4096, false) == 4 * 4096)
        #expect(seek(4 * 4096, true) == 600 * 4096)
        #expect(seek(0, false) == 0)
        #expect(seek(600 * 4096, false) == 600 * 4096 + 1)
        #expect(seek(600 * 4096 + 1, true) == -1)
    }

    @Test func whatWasCutOffStaysAway() throws {
        let files = TestFiles()
        let data = try files.data("/f")
        _ = try files.write(data, at: 0, [UInt8](repeating: 7, count: 1_000_000))
        // Cut, but the pages are not yet given back when it grows again.
        try files.withData(data) { (data, store) throws(Errno) in
            try data.truncate(to: 100, store, now: files.now())
        }
        _ = try files.write(data, at: 900_000, [1])
        #expect(try files.read(data, at: 100, count: 899_900).allSatisfy { $0 == 0 })
        #expect(try files.status(of: files.find("/f")).blocks == 16)
    }

    @Test func openFilesStayWhenTheirNamesGo() throws {
        let files = TestFiles()
        guard case .data(let node, let data) = try files.open("/f") else { return }
        _ = try files.write(data, at: 0, [1, 2, 3])
        try files.unlink("/f")
        #expect(number { () throws(Errno) in _ = try files.find("/f") } == 2)
        #expect(try files.read(data, at: 0, count: 3) == [1, 2, 3])
        #expect(try files.status(of: node).linkCount == 0)
        files.close(node)
        #expect(number { () throws(Errno) in _ = try files.status(of: node) } == 2)
        // The place is another's now, and the old number still stands for nothing.
        let other = try files.open("/g").node
        #expect(other.inode.number == node.inode.number)
        #expect(number { () throws(Errno) in _ = try files.status(of: node) } == 2)
    }

    @Test func removedDirectoriesAreEmpty() throws {
        let files = TestFiles()
        let a = try files.makeDirectory("/a")
        let b = try files.makeDirectory("/a/b")
        try files.open(b)
        try files.removeDirectory("/a/b")
        #expect(try files.find(".", from: b) == b)
        #expect(try files.find("..", from: b) == a)
        #expect(number { () throws(Errno) in _ = try files.find("x", from: b) } == 2)
        #expect(number { () throws(Errno) in _ = try files.open("x", from: b) } == 2)
        #expect(number { () throws(Errno) in _ = try files.names(b) } == 2)
        #expect(number { () throws(Errno) in _ = try files.path(of: b) } == 2)
        #expect(number { () throws(Errno) in _ = try files.makeDirectory("x", from: b) } == 2)
        files.close(b)
        #expect(try files.status(of: a).linkCount == 2)
        #expect(number { () throws(Errno) in _ = try files.status(of: b) } == 2)
        #expect(number { () throws(Errno) in try files.removeDirectory("/a/..") } == 39)
        #expect(number { () throws(Errno) in try files.removeDirectory("/a/.") } == 22)
        #expect(number { () throws(Errno) in try files.removeDirectory("/") } == 16)
    }

    @Test func namesAreExchangedOrKept() throws {
        let files = TestFiles()
        try files.makeDirectory("/d/")
        try files.makeDirectory("/d/e")
        let f = try files.open("/f").node
        try files.rename("/f", "/d/e", .exchanging)
        #expect(try files.find("/d/e") == f)
        #expect(try files.path(of: files.find("/f")) == "/f")
        #expect(try files.status(of: files.find("/d")).linkCount == 2)
        #expect(try files.status(of: files.root).linkCount == 4)
        #expect(number { () throws(Errno) in try files.rename("/f", "/d", .keeping) } == 17)
        #expect(number { () throws(Errno) in try files.rename("/f", "/x", .exchanging) } == 2)
        #expect(number { () throws(Errno) in try files.rename("/d", "/d/e", .exchanging) } == 22)
        #expect(number { () throws(Errno) in try files.rename("/d/e", "/d", .exchanging) } == 22)
        try files.rename("/f", "/d/x", .keeping)
        #expect(try files.path(of: files.find("/d/x")) == "/d/x")
    }

    @Test func linksHaveALimit() throws {
        let files = TestFiles()
        files.close(try files.open("/f").node)
        try files.makeDirectory("/d")
        for index in 1..<65_000 { try files.link("/f", "/d/\(index)") }
        #expect(try files.status(of: files.find("/f")).linkCount == 65_000)
        #expect(number { () throws(Errno) in try files.link("/f", "/d/more") } == 31)
        #expect(number { () throws(Errno) in try files.link("/d", "/d2") } == 1)
        try files.makeLink("f", "/s")
        try files.link("/s", "/s2")
        #expect(try files.find("/s2", follows: false).kind == .symbolicLink)
    }

    @Test func filesWithoutNamesMayGetOne() throws {
        let files = TestFiles()
        let before = files.usedBytes
        guard case .data(let node, let data) = try files.open("/", [.write, .unnamed]) else { return }
        _ = try files.write(data, at: 0, [1])
        #expect(try files.status(of: node).linkCount == 0)
        try files.withPath(files.bytes("/named")) { (text, count) throws(Errno) in
            try files.link(node, &text, count: count, from: files.root)
        }
        files.close(node)
        #expect(try files.readAll("/named") == [1])
        guard case .data(let other, _) = try files.open("/", [.write, .unnamed, .exclusive]) else { return }
        let error = number { () throws(Errno) in
            try files.withPath(files.bytes("/x")) { (text, count) throws(Errno) in
                try files.link(other, &text, count: count, from: files.root)
            }
        }
        #expect(error == 2)
        files.close(other)
        try files.unlink("/named")
        // The tables' first pages stay.
        #expect(files.usedBytes - before <= 2 * 4096)
        #expect(number { () throws(Errno) in _ = try files.open("/", [.unnamed]) } == 22)
        #expect(number { () throws(Errno) in _ = try files.open("/named", [.write, .unnamed]) } == 2)
    }

    /// Entries that stay are told once, whatever comes and goes meanwhile.
    @Test func positionsInDirectoriesStayGood() throws {
        let files = TestFiles()
        let d = try files.makeDirectory("/d")
        for index in 0..<1000 { files.close(try files.open("/d/keep\(index)").node) }
        for index in 0..<1000 { files.close(try files.open("/d/go\(index)").node) }
        var seen: [String: Int] = [:]
        var position: UInt64 = 0
        var round = 0
        while true {
            let part = try files.names(d, from: position, most: 7)
            guard let last = part.last else { break }
            for entry in part { seen[entry.name, default: 0] += 1 }
            position = last.next
            if round < 1000 {
                try files.unlink("/d/go\(round)")
                files.close(try files.open("/d/new\(round)").node)
            }
            round += 1
        }
        for index in 0..<1000 { #expect(seen["keep\(index)"] == 1) }
        #expect(seen["."] == 1 && seen[".."] == 1)
    }

    @Test func aHundredThousandNames() throws {
        let files = TestFiles()
        let d = try files.makeDirectory("/d")
        for index in 0..<100_000 { files.close(try files.open("/d/a rather long name of a file, \(index)").node) }
        #expect(try files.names(d).count == 100_002)
        #expect(number { () throws(Errno) in _ = try files.find("/d/a rather long name of a file, 77777") } == 0)
        for index in 0..<100_000 { try files.unlink("/d/a rather long name of a file, \(index)") }
        #expect(try files.names(d).count == 2)
        try files.removeDirectory("/d")
        #expect(files.removeAll() == 0)
    }

    /// Names that differ in one bit, and bytes of all values.
    @Test func namesAreAnyBytes() throws {
        let files = TestFiles()
        for byte in UInt8(1)...255 where byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") {
            for length in [1, 31, 32, 33, 255] {
                try files.withPath([UInt8](repeating: byte, count: length)) { (text, count) throws(Errno) in
                    try files.makeDirectory(&text, count: count, from: files.root, mode: FileMode(0o755))
                }
            }
        }
        #expect(try files.names(files.root).count == 2 + 253 * 5)
        let error = number { () throws(Errno) in
            try files.withPath([65, 0, 66]) { (text, count) throws(Errno) in
                try files.makeDirectory(&text, count: count, from: files.root, mode: FileMode(0o755))
            }
        }
        #expect(error == 22)
    }

    @Test func timesAreMarkedWherePosixSays() throws {
        let files = TestFiles()
        files.accessTimes = .always
        let d = try files.makeDirectory("/d")
        func times(_ node: Node) throws -> [Int64] {
            let status = try files.status(of: node)
            return [status.accessTime, status.modificationTime, status.changeTime]
                .map(\.nanosecondsSinceEpoch)
        }
        func changes(_ node: Node, _ body: () throws -> Void) throws -> [Bool] {
            let before = try times(node)
            try body()
            return zip(before, try times(node)).map { $0 != $1 }
        }
        guard case .data(let f, let data) = try files.open("/d/f") else { return }
        #expect(try changes(f) { _ = try files.write(data, at: 0, [1]) } == [false, true, true])
        #expect(try changes(f) { _ = try files.write(data, at: 0, []) } == [false, false, false])
        #expect(try changes(f) { try files.truncate(data, to: 1) } == [false, true, true])
        #expect(try changes(f) { data.setAccessed(files.accessTimes) { files.now() } } == [true, false, false])
        #expect(try changes(f) { try files.setMode(FileMode(0o600), of: f) } == [false, false, true])
        #expect(try changes(f) { try files.link("/d/f", "/d/g") } == [false, false, true])
        #expect(try changes(d) { try files.link("/d/f", "/d/h") } == [false, true, true])
        #expect(try changes(f) { try files.unlink("/d/g") } == [false, false, true])
        #expect(try changes(d) { try files.unlink("/d/h") } == [false, true, true])
        #expect(try changes(d) { try files.rename("/d/f", "/f") } == [false, true, true])
        #expect(try changes(f) { try files.rename("/f", "/d/f") } == [false, false, true])
        #expect(try changes(d) { _ = try files.names(d) } == [true, false, false])
        #expect(
            try changes(f) { try files.setTimes(access: .keep, modification: .keep, of: f) }
                == [false, false, false])
        let time = FileTime(seconds: -1, nanoseconds: 999_999_999)
        try files.setTimes(access: .set(time), modification: .now, of: f)
        let status = try files.status(of: f)
        #expect(status.accessTime.seconds == -1 && status.accessTime.nanoseconds == 999_999_999)
        #expect(status.modificationTime == status.changeTime)
        // Only where a reader may ask whether it was read since.
        files.accessTimes = .relative
        #expect(try changes(f) { data.setAccessed(files.accessTimes) { files.now() } } == [true, false, false])
        #expect(try changes(f) { data.setAccessed(files.accessTimes) { files.now() } } == [false, false, false])
        files.time += 86_400_000_000_000
        #expect(try changes(f) { data.setAccessed(files.accessTimes) { files.now() } } == [true, false, false])
        #expect(FileTime(seconds: .max, nanoseconds: 0) == FileTime(nanosecondsSinceEpoch: .max))
        #expect(FileTime(seconds: .min, nanoseconds: 0) == FileTime(nanosecondsSinceEpoch: .min))
    }

    @Test func fullIsFullAndNothingIsHalfDone() throws {
        let files = TestFiles()
        let data = try files.data("/f")
        try files.makeDirectory("/d")
        files.setLimit(files.usedBytes + 10 * 4096)
        let written = try files.write(data, at: 0, [UInt8](repeating: 1, count: 100_000))
        #expect(written > 0 && written < 100_000 && written % 4096 == 0)
        #expect(Int(data.size) == written)
        #expect(number { () throws(Errno) in _ = try files.write(data, at: Int64(written), [1]) } == 28)
        #expect(try files.systemStatus(of: files.root).freeBlocks <= 1)
        try files.truncate(data, to: 0)
        #expect(try files.write(data, at: 0, [1]) == 1)
    }

    /// Every allocation of each of these fails once: it throws, nothing is lost,
    /// and once there is memory it succeeds.
    @Test func everyAllocationMayFail() throws {
        let long = String(repeating: "x", count: 200)
        let cases: [(String, (TestFiles) throws(Errno) -> Void)] = [
            ("file", { (files) throws(Errno) in files.close(try files.open("/d/\(long)").node) }),
            ("directory", { (files) throws(Errno) in try files.makeDirectory("/d/\(long)") }),
            ("link", { (files) throws(Errno) in try files.makeLink(long, "/d/l\(long)") }),
            ("hard link", { (files) throws(Errno) in try files.link("/f", "/d/h\(long)") }),
            ("rename", { (files) throws(Errno) in try files.rename("/f", "/d/r\(long)") }),
            ("rename here", { (files) throws(Errno) in try files.rename("/f", "/\(long)") }),
            ("write", { (files) throws(Errno) in
                guard case .data(let node, let data) = try files.open("/f", [.write]) else { return }
                defer { files.close(node) }
                _ = try files.write(data, at: 1 << 33, [1])
            }),
        ]
        for (name, body) in cases {
            var failures = 0
            while true {
                let files = TestFiles()
                try files.makeDirectory("/d")
                // The directory's first block is full.
                for index in 0..<4 { files.close(try files.open("/d/\(index)").node) }
                files.close(try files.open("/f").node)
                files.source.memory.failsAfter = failures
                let error = number { () throws(Errno) in try body(files) }
                files.source.memory.failsAfter = nil
                if error == 0 { break }
                #expect(error == 28, "\(name)")
                #expect(try files.readAll("/f") == [])
                #expect(try files.names(files.find("/d")).count == 6, "\(name)")
                #expect(number { () throws(Errno) in try body(files) } == 0, "\(name)")
                #expect(files.removeAll() == 0, "\(name)")
                failures += 1
            }
            #expect(failures > 0, "\(name)")
        }
    }

    @Test func reservedPagesAreThere() throws {
        let files = TestFiles()
        let data = try files.data("/f")
        try files.withData(data) { (data, store) throws(Errno) in
            try data.reserve(5000, count: 10_000, store, now: files.now())
        }
        #expect(data.size == 15_000)
        #expect(try files.status(of: files.find("/f")).blocks == 3 * 8)
        #expect(try files.read(data, at: 0, count: 15_000).allSatisfy { $0 == 0 })
    }
}
