import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// How many cases the fuzz test runs; `HERMIT_FUZZ_CASES` asks for more.
private let fuzzCases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 100_000

/// Memory of exactly an archive's size.
private final class ArchiveMemory {
    let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        memory = .allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
    }

    deinit { memory.deallocate() }
}

/// Files made of an archive, and what is said of it.
private func loaded(_ bytes: [UInt8], limit: Int = .max) -> (files: TestFiles, report: ArchiveReport) {
    let memory = ArchiveMemory(bytes)
    let files = TestFiles(limit: limit, archive: ConstantBytes(UnsafeRawBufferPointer(memory.memory)))
    files.kept = memory
    let report = try! files.withNames { (names, store) in names.ram.addArchive(store) }
    return (files, report)
}

@Suite(.timeLimit(.minutes(10)), .serialized, .inTurn)
struct ArchiveTests {
    private var sample: TarArchive {
        var archive = TarArchive()
        archive.add("./", "5", mode: 0o750)
        archive.add("dir/", "5", mode: 0o700)
        archive.add("dir/file", "0", Array("contents".utf8), mode: 0o600)
        archive.add("large", "0", (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        archive.add("other/deep", "0", [1], prefix: "not/there")
        archive.add("link", "2", target: "dir/file")
        archive.add("hard", "1", target: "./dir/file")
        archive.add("dev", "3")
        archive.add("fifo", "6")
        archive.add(records: ["path=" + String(repeating: "p/", count: 60) + "long", "mtime=12.5", "comment=x"])
        archive.add("short", "0", [5, 6])
        archive.add("././@LongLink", "L", Array((String(repeating: "n", count: 150) + "\u{0}").utf8))
        archive.add("cut", "0", [7])
        archive.finish()
        return archive
    }

    @Test func filesAreWhatTheArchiveSays() throws {
        let (files, report) = loaded(sample.bytes)
        #expect(report == ArchiveReport(entries: 11, error: nil, refused: 0, refusal: nil))
        #expect(try files.readAll("/dir/file") == Array("contents".utf8))
        #expect(try files.readAll("/hard") == Array("contents".utf8))
        #expect(try files.readAll("/link") == Array("contents".utf8))
        #expect(try files.readAll("/large") == (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        #expect(try files.readAll("/not/there/other/deep") == [1])
        #expect(try files.readAll("/" + String(repeating: "n", count: 150)) == [7])
        let long = try files.find("/" + String(repeating: "p/", count: 60) + "long")
        #expect(try files.status(of: long).modificationTime == FileTime(nanosecondsSinceEpoch: 12_500_000_000))
        let status = try files.status(of: files.find("/dir/file"))
        #expect(status.mode == FileMode(0o600) && status.linkCount == 2 && status.blocks == 0)
        #expect(status.owner == FileOwner(user: 7, group: 8))
        #expect(try files.status(of: files.root).mode == FileMode(0o750))
        #expect(try files.status(of: files.find("/dev")).device == 0x103)
        #expect(try files.find("/fifo").kind == .fifo)
    }

    /// What is written is the file's own; the rest still is the archive's.
    @Test func writtenPagesAreCopies() throws {
        let (files, _) = loaded(sample.bytes)
        let data = try files.data("/large", [.write])
        _ = try files.write(data, at: 5000, [0xFF, 0xFE])
        var expected = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        expected.replaceSubrange(5000..<5002, with: [0xFF, 0xFE])
        #expect(try files.read(data, at: 0, count: 20_000) == expected)
        #expect(try files.status(of: files.find("/large")).blocks == 8)
        try files.truncate(data, to: 9000)
        try files.truncate(data, to: 10_000)
        expected.replaceSubrange(9000..<10_000, with: [UInt8](repeating: 0, count: 1000))
        #expect(try files.read(data, at: 0, count: 20_000) == expected)
        _ = try files.write(data, at: nil, [3])
        #expect(try files.read(data, at: 9999, count: 9) == [0, 3])
        try files.truncate(data, to: 0)
        try files.truncate(data, to: 10)
        #expect(try files.read(data, at: 0, count: 20) == [UInt8](repeating: 0, count: 10))
    }

    @Test func pathsStayInside() throws {
        var archive = TarArchive()
        archive.add("../out", "0", [1])
        archive.add("a/../../out", "0", [1])
        archive.add("link", "2", target: "/elsewhere")
        archive.add("link/file", "0", [1])
        archive.add("hard", "1", target: "link/x")
        archive.add("", "0", [1])
        archive.add("/absolute", "0", [2])
        archive.finish()
        let (files, report) = loaded(archive.bytes)
        #expect(report.entries == 2 && report.refused == 5)
        #expect(try files.readAll("/absolute") == [2])
        #expect(try files.find("/link", follows: false).kind == .symbolicLink)
    }

    @Test func damageIsTold() throws {
        var bytes = sample.bytes
        bytes[3] ^= 1
        #expect(loaded(bytes).report.error == .damaged(at: 0))
        #expect(loaded(Array(sample.bytes[..<1500])).report.error == .truncated(at: 1024))
        #expect(loaded(Array(sample.bytes[..<1024])).report.error == nil && loaded(Array(sample.bytes[..<1024])).report.entries == 2)
        #expect(loaded([]).report == ArchiveReport())
        #expect(loaded([1]).report.error == .truncated(at: 0))
        var archive = TarArchive()
        archive.add("sparse", "S")
        #expect(loaded(archive.bytes).report.error == .unknown(at: 0))
    }

    /// The host's own tar makes the same files.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tar") || FileManager.default.isExecutableFile(atPath: "/bin/tar"), "no tar here"))
    func theHostsTarIsRead() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hermit-tar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let long = String(repeating: "d", count: 90)
        try FileManager.default.createDirectory(at: folder.appending(path: "x/\(long)"), withIntermediateDirectories: true)
        try Data([1, 2, 3]).write(to: folder.appending(path: "x/\(long)/\(long)"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending(path: "x/s").path, withDestinationPath: "\(long)/\(long)")
        for format in ["ustar", "pax", "gnu"] {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["tar", "-C", folder.appending(path: "x").path, "--format=\(format)", "-cf", folder.appending(path: "a.tar").path, "."]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            // ustar has no room for the link's contents.
            if format != "ustar" { #expect(process.terminationStatus == 0) }
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "a.tar")))
            let (files, report) = loaded(bytes)
            #expect(report.error == nil && report.refused == 0, "\(format)")
            #expect(try files.readAll("/\(long)/\(long)") == [1, 2, 3], "\(format)")
            if format != "ustar" { #expect(try files.readAll("/s") == [1, 2, 3], "\(format)") }
        }
    }

    /// Archives that are damaged in all manners, with right sums and with wrong
    /// ones: nothing outside is touched, every file can be read, and all memory comes back.
    @Test func hostileArchivesAreHarmless() {
        var archive = TarArchive()
        archive.add("a/", "5")
        archive.add("a/f", "0", [1, 2, 3])
        archive.add("l", "2", target: "a/f")
        archive.add("h", "1", target: "a/f")
        archive.add(records: ["path=a/long", "size=3", "mtime=1.5"])
        archive.add("g", "0", [4, 5, 6])
        archive.finish()
        let sample = archive.bytes
        for seed in 0..<UInt64(fuzzCases) {
            var generator = SeededGenerator(seed: seed)
            var bytes = sample
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let block = Int.random(in: 0..<bytes.count / 512, using: &generator) * 512
                let offset = block + Int.random(in: 0..<512, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                case 2:
                    // Sizes: large in both notations.
                    for index in 0..<12 { bytes[block + 124 + index] = Bool.random(using: &generator) ? 0xFF : UInt8(ascii: "7") }
                    if Bool.random(using: &generator) { bytes[block + 124] = 0x80 }
                default: bytes[block + 156] = "0123456xgLKS"[Int.random(in: 0..<12, using: &generator)]
                }
                if Int.random(in: 0..<8, using: &generator) > 0 { Self.correctSum(&bytes, block) }
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
            }
            if let problem = Self.readThrough(bytes) { Issue.record("seed \(seed): \(problem)") }
            // The files that it makes take more time.
            guard seed % 50 == 0 else { continue }
            let (files, _) = loaded(bytes, limit: 1 << 20)
            if let root = try? files.root { Self.readAll(root, files) }
            if files.removeAll() != 0 || files.source.memory.problem != nil {
                Issue.record("seed \(seed): memory is left over")
            }
        }
    }

    /// Reads all entries; what is wrong with one.
    private static func readThrough(_ bytes: [UInt8]) -> String? {
        var reader = ArchiveReader()
        let span = bytes.span.bytes
        for _ in 0...bytes.count / 512 {
            guard let entry = try? reader.next(span) else { return nil }
            for range in [entry.prefix, entry.path, entry.target, entry.data] {
                if !span.contains(offset: range.start, count: range.count) { return "\(range)" }
            }
        }
        return "the reader does not come to an end"
    }

    private static func readAll(_ directory: Node, _ files: TestFiles) {
        guard let names = try? files.names(directory) else { return }
        for (name, _) in names.dropFirst(2) {
            guard let node = try? files.find(name, follows: false, from: directory) else { continue }
            if node.kind == .directory {
                readAll(node, files)
            } else if case .data(let node, let data)? = try? files.open(name, [.noFollow], from: directory) {
                _ = try? files.read(data, at: 0, count: Int(data.size))
                files.close(node)
            }
        }
    }

    private static func correctSum(_ bytes: inout [UInt8], _ block: Int) {
        for index in 148..<156 { bytes[block + index] = 32 }
        let sum = bytes[block..<block + 512].reduce(0) { $0 + Int($1) }
        let text = String(sum, radix: 8)
        for (index, byte) in (String(repeating: "0", count: 6 - text.count) + text).utf8.enumerated() {
            bytes[block + 148 + index] = byte
        }
        bytes[block + 154] = 0
    }
}

extension String {
    fileprivate subscript(index: Int) -> UInt8 { Array(utf8)[index] }
}
