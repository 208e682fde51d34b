import FileExerciser
import Foundation
import KernelFileSystem
import KernelSupport
import TestSupport
import Testing

/// The file system as the exerciser wants it.
struct TestedFiles: ExercisedFiles {
    let files: TestFiles
    private var opened: [Int: (file: OpenedFile, how: OpenManner)] = [:]
    private var nextNumber = 0
    /// Where a file system is mounted that is exercised.
    private let prefix: [UInt8]

    init(_ files: TestFiles, below prefix: [UInt8] = []) {
        self.files = files
        self.prefix = prefix
    }

    private func withPath<Result>(
        _ path: [UInt8], _ body: (inout MutableRawSpan, Int) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try files.withPath(prefix + path, body)
    }

    /// What a file is on that is in no memory of ours.
    private func system(_ file: OpenedFile) throws(Errno) -> any MountedSystem {
        try files.system(file.node.system)
    }

    private func number(_ body: () throws(Errno) -> Int) -> Int {
        do throws(Errno) { return try body() } catch { return -Int(error.rawValue) }
    }

    private func result<Value>(_ body: () throws(Errno) -> Value) -> Result<Value, ExercisedError> {
        do throws(Errno) { return .success(try body()) } catch {
            return .failure(ExercisedError(-Int(error.rawValue)))
        }
    }

    mutating func open(_ path: [UInt8], _ how: OpenManner) -> Int {
        var flags: OpenRequest = []
        let pairs: [(OpenManner, OpenRequest)] = [
            (.write, .write), (.create, .create), (.exclusive, .exclusive), (.truncate, .truncate),
            (.directory, .directory), (.noFollow, .noFollow),
        ]
        for (from, to) in pairs where how.contains(from) { flags.insert(to) }
        var opened: OpenedFile?
        let error = number { () throws(Errno) in
            opened = try withPath(path) { (text, count) throws(Errno) in
                try files.open(&text, count: count, from: files.root, flags, mode: FileMode(0o644))
            }
            return 0
        }
        guard let opened else { return error }
        nextNumber += 1
        self.opened[nextNumber] = (opened, how)
        return nextNumber
    }

    mutating func close(_ file: Int) -> Int {
        guard let open = opened.removeValue(forKey: file) else { return -9 }
        return number { () throws(Errno) in
            try files.closeOrTell(open.file.node)
            return 0
        }
    }

    /// `fsync` of a mounted file system's.
    func synchronise(_ file: Int) -> Int {
        guard case .mounted(let node) = opened[file]?.file else { return -9 }
        return number { () throws(Errno) in
            try files.system(node.system).synchronise(node.inode)
            return 0
        }
    }

    mutating func read(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        if case .mounted(let node) = opened[file]!.file {
            var read: [UInt8] = []
            let result = number { () throws(Errno) in
                try system(.mounted(node)).read(node.inode, at: Int64(offset), count: count) { piece in
                    piece.withUnsafeBytes { read += $0 }
                    return piece.byteCount
                }
            }
            bytes += read
            return result
        }
        guard case .data(_, let data) = opened[file]!.file else { return -21 }
        return number { () throws(Errno) in
            let read = try files.read(data, at: Int64(offset), count: count)
            bytes += read
            return read.count
        }
    }

    mutating func write(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        let (file, how) = opened[file]!
        if how.contains(.write), case .mounted(let node) = file {
            var position = 0
            return number { () throws(Errno) in
                try system(file).write(
                    node.inode, at: how.contains(.append) ? nil : Int64(offset), count: bytes.count
                ) { piece in
                    for index in 0..<piece.byteCount {
                        _ = piece.store(bytes[position], at: UInt64(index))
                        position += 1
                    }
                    return piece.byteCount
                }.count
            }
        }
        guard how.contains(.write), case .data(_, let data) = file else { return -9 }
        return number { () throws(Errno) in
            try files.write(data, at: how.contains(.append) ? nil : Int64(offset), bytes)
        }
    }

    /// Runs `body` with the pages of a part of the file, as a mapping shows them.
    private func withPages(
        _ data: OpenData, at offset: Int, count: Int, isWritten: Bool,
        _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) -> Int {
        number { () throws(Errno) in
            let end = min(offset + count, Int(data.size))
            var position = offset
            while position < end {
                let page = try files.withData(data) { (data, store) throws(Errno) in
                    try data.page(UInt64(position / 4096), isWritten: isWritten, store)
                }
                let part = position % 4096..<min(4096, position % 4096 + end - position)
                guard let page else { throw .inputOutputError }
                body(UnsafeMutableRawBufferPointer(start: page.address + part.lowerBound, count: part.count))
                position += part.count
            }
            return max(end - offset, 0)
        }
    }

    private func how(_ file: Int) -> OpenManner { opened[file]!.how }

    mutating func readMapped(_ file: Int, at offset: Int, count: Int, to bytes: inout [UInt8]) -> Int {
        if case .mounted(let node) = opened[file]!.file {
            return node.kind == .directory ? -19 : read(file, at: offset, count: count, to: &bytes)
        }
        guard case .data(_, let data) = opened[file]!.file else { return -19 }
        var read: [UInt8] = []
        let result = withPages(data, at: offset, count: count, isWritten: false) { read += $0 }
        bytes += read
        return result
    }

    mutating func writeMapped(_ file: Int, at offset: Int, _ bytes: [UInt8]) -> Int {
        if how(file).contains(.write), case .mounted(let node) = opened[file]!.file {
            guard let size = try? files.status(of: node).size else { return -5 }
            var bytes = bytes[...]
            bytes = bytes.prefix(max(Int(size) - offset, 0))
            // Written in place, however it is open.
            return number { () throws(Errno) in
                var position = bytes.startIndex
                return try files.system(node.system).write(node.inode, at: Int64(offset), count: bytes.count) { piece in
                    for index in 0..<piece.byteCount {
                        _ = piece.store(bytes[position], at: UInt64(index))
                        position += 1
                    }
                    return piece.byteCount
                }.count
            }
        }
        let (file, how) = opened[file]!
        guard how.contains(.write), case .data(_, let data) = file else { return -13 }
        var done = 0
        return withPages(data, at: offset, count: bytes.count, isWritten: true) { page in
            page.copyBytes(from: bytes[done..<done + page.count])
            done += page.count
        }
    }

    mutating func truncate(_ file: Int, to size: Int) -> Int {
        let (file, how) = opened[file]!
        if how.contains(.write), case .mounted(let node) = file {
            return number { () throws(Errno) in
                try files.truncate(node, to: Int64(size))
                return 0
            }
        }
        guard how.contains(.write), case .data(_, let data) = file else { return -22 }
        return number { () throws(Errno) in
            try files.truncate(data, to: Int64(size))
            return 0
        }
    }

    mutating func truncate(_ path: [UInt8], to size: Int) -> Int {
        number { () throws(Errno) in
            try files.truncate(try find(path, follows: true), to: Int64(size))
            return 0
        }
    }

    private func find(_ path: [UInt8], follows: Bool) throws(Errno) -> Node {
        try withPath(path) { (text, count) throws(Errno) in
            try files.find(&text, count: count, from: files.root, follows: follows)
        }
    }

    mutating func rename(_ old: [UInt8], to new: [UInt8]) -> Int {
        number { () throws(Errno) in
            let old = try withPath(old) { (text, count) throws(Errno) in
                try files.oldName(&text, count: count, from: files.root)
            }
            try withPath(new) { (text, count) throws(Errno) in
                try files.rename(old, to: &text, count: count, from: files.root, .replacing)
            }
            return 0
        }
    }

    mutating func link(_ old: [UInt8], to new: [UInt8]) -> Int {
        number { () throws(Errno) in
            let node = try find(old, follows: false)
            try withPath(new) { (text, count) throws(Errno) in
                try files.link(node, &text, count: count, from: files.root)
            }
            return 0
        }
    }

    mutating func unlink(_ path: [UInt8]) -> Int {
        number { () throws(Errno) in
            try withPath(path) { (text, count) throws(Errno) in
                try files.unlink(&text, count: count, from: files.root)
            }
            return 0
        }
    }

    mutating func makeDirectory(_ path: [UInt8]) -> Int {
        number { () throws(Errno) in
            try withPath(path) { (text, count) throws(Errno) in
                try files.makeDirectory(&text, count: count, from: files.root, mode: FileMode(0o755))
            }
            return 0
        }
    }

    mutating func removeDirectory(_ path: [UInt8]) -> Int {
        number { () throws(Errno) in
            try withPath(path) { (text, count) throws(Errno) in
                try files.removeDirectory(&text, count: count, from: files.root)
            }
            return 0
        }
    }

    mutating func makeLink(to target: [UInt8], at path: [UInt8]) -> Int {
        let target = target.first == UInt8(ascii: "/") ? prefix + target : target
        return number { () throws(Errno) in
            try withPath(path) { (text, count) throws(Errno) in
                try files.makeLink(target: target.span.bytes, &text, count: count, from: files.root)
            }
            return 0
        }
    }

    mutating func readLink(_ path: [UInt8], to bytes: inout [UInt8]) -> Int {
        var target: [UInt8] = []
        let result = number { () throws(Errno) in
            try files.target(of: try find(path, follows: false)) { text in
                text.withUnsafeBytes { target += $0 }
            }
            return 0
        }
        if !prefix.isEmpty, target.starts(with: prefix) { target.removeFirst(prefix.count) }
        bytes += target
        return result < 0 ? result : target.count
    }

    private func status(_ node: Node) throws(Errno) -> ExercisedStatus {
        let status = try files.status(of: node)
        let kind: ExercisedStatus.Kind =
            switch node.kind {
            case .directory: .directory
            case .symbolicLink: .link
            default: .file
            }
        return ExercisedStatus(kind: kind, links: Int(status.linkCount), size: Int(status.size))
    }

    mutating func status(_ path: [UInt8], follows: Bool) -> Result<ExercisedStatus, ExercisedError> {
        let known = result { () throws(Errno) in try status(try find(path, follows: follows)) }
        guard !prefix.isEmpty, case .success(var status) = known, status.kind == .link else { return known }
        // Its contents begin with the prefix, perhaps.
        var target: [UInt8] = []
        status.size = readLink(path, to: &target)
        return .success(status)
    }

    mutating func status(_ file: Int) -> Result<ExercisedStatus, ExercisedError> {
        result { () throws(Errno) in try status(opened[file]!.file.node) }
    }

    mutating func names(_ path: [UInt8]) -> Result<[[UInt8]], ExercisedError> {
        result { () throws(Errno) in
            var names: [[UInt8]] = []
            let node = try find(path, follows: true)
            guard node.kind == .directory else { throw .notDirectory }
            if node.system != .ram { try files.open(node, for: .reading) }
            defer { if node.system != .ram { files.close(node) } }
            try files.entries(of: node, from: 0) { entry, name in
                let name = name.withUnsafeBytes { [UInt8]($0) }
                let isDots = name == [UInt8](repeating: UInt8(ascii: "."), count: name.count) && name.count < 3
                if !isDots { names.append(name) }
                return true
            }
            return names
        }
    }
}

@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct ExerciserTests {
    /// 100,000 operations that are compared with the model, and nothing is left over.
    @Test(arguments: [(1, false), (2, true), (3, true), (4, false)] as [(UInt64, Bool)])
    func operationsAreWhatAModelSays(seed: UInt64, isWild: Bool) {
        let files = TestFiles()
        var exerciser = FileExerciser(TestedFiles(files), seed: seed, isWild: isWild)
        for step in 0..<25_000 {
            if let problem = exerciser.step() {
                Issue.record("seed \(seed), step \(step): \(problem)")
                return
            }
        }
        if let problem = exerciser.finish() { Issue.record("seed \(seed): \(problem)") }
        #expect(files.removeAll() == 0)
        #expect(files.usedBytes == 0)
        #expect(files.source.memory.problem == nil)
    }
}

extension ExerciserTests {
    /// The model itself is right: Linux says the same, of its file system in
    /// memory where there is one.
    @Test func theModelSaysWhatTheHostSays() throws {
        #if os(Linux)
            let parent = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
            let folder = parent + "/hermit-exerciser-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            var exerciser = FileExerciser(HostFiles(prefix: [UInt8](folder.utf8)), seed: 5, isWild: false)
            for step in 0..<20_000 {
                if let problem = exerciser.step() {
                    Issue.record("step \(step): \(problem)")
                    break
                }
            }
            if let problem = exerciser.finish() { Issue.record("\(problem)") }
        #endif
    }
}
