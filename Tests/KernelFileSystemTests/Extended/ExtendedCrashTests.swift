import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// A machine that stops at any moment: what was written since the last flush is lost, in
/// any part, and what was synchronised is there.
@Suite(
    .timeLimit(.minutes(20)), .serialized, .inTurn,
    .enabled(if: DiskTools.areThere, "no mke2fs, e2fsck and debugfs here (Debian: e2fsprogs)"))
struct ExtendedCrashTests {
    /// Cuts of each run that e2fsck looks at.
    static let cuts = ProcessInfo.processInfo.environment["HERMIT_CRASH_CASES"].flatMap(Int.init) ?? 25

    /// What is to be there after a mark: files by their names, and their contents; `nil`: none.
    private struct Promise {
        var files: [String: [UInt8]?] = [:]
        /// What was replaced by renaming: any of these, but nothing else.
        var versions: [[UInt8]] = []
    }

    /// Changes of all kinds; now and then all is synchronised, and the promise kept.
    ///
    /// - Parameter mayMoveDirectories: Directories get other parents.
    private func work(
        _ mounted: MountedDisk, seed: UInt64, steps: Int, mayMoveDirectories: Bool
    ) throws -> [Promise] {
        var random = SeededGenerator(seed: seed)
        let disk = mounted.disk
        // What the disk has for certain, and what has changed since.
        var certain = Promise()
        var promises = [certain]
        var files: [String: [UInt8]] = [:]
        var touched: Set<String> = []
        var directories = [""]
        var number = 0
        var version: [UInt8]? = nil
        try mounted.makeDirectory("stay")
        for step in 0..<steps {
            let parent = directories[random.below(directories.count)]
            switch random.below(16) {
            case 0...3:
                number += 1
                let (path, bytes) = ("\(parent)/f\(number)", random.bytes(random.below(6) == 0 ? 40_000 : random.below(3000)))
                try mounted.write(try mounted.file(path), at: 0, bytes)
                files[path] = bytes
                touched.insert(path)
            case 4:
                guard let path = files.keys.sorted().dropFirst(random.below(max(files.count, 1))).first else { continue }
                let more = random.bytes(random.below(9000))
                try mounted.write(try mounted.find(path), at: nil, more)
                files[path]! += more
                touched.insert(path)
            case 5, 6:
                guard let path = files.keys.sorted().dropFirst(random.below(max(files.count, 1))).first else { continue }
                try mounted.unlink(path)
                files[path] = nil
                touched.insert(path)
            case 7:
                guard let path = files.keys.sorted().dropFirst(random.below(max(files.count, 1))).first else { continue }
                let size = random.below(files[path]!.count + 1)
                try mounted.system.truncate(try mounted.find(path), to: Int64(size), now: disk.now)
                files[path] = Array(files[path]!.prefix(size))
                touched.insert(path)
            case 8:
                guard directories.count < 12 else { continue }
                number += 1
                try mounted.makeDirectory("\(parent)/d\(number)")
                directories.append("\(parent)/d\(number)")
            case 9:
                guard let path = files.keys.sorted().dropFirst(random.below(max(files.count, 1))).first else { continue }
                number += 1
                let new = "\(parent)/r\(number)"
                try mounted.rename(path, to: new)
                files[new] = files[path]
                files[path] = nil
                touched.formUnion([path, new])
            case 10:
                guard mayMoveDirectories, directories.count > 1 else { continue }
                let old = directories[1 + random.below(directories.count - 1)]
                guard !parent.hasPrefix(old) else { continue }
                number += 1
                let new = "\(parent)/m\(number)"
                try mounted.rename(old, to: new)
                directories = directories.map { $0 == old || $0.hasPrefix(old + "/") ? new + $0.dropFirst(old.count) : $0 }
                for (path, bytes) in files where path.hasPrefix(old + "/") {
                    files[path] = nil
                    files[new + path.dropFirst(old.count)] = bytes
                    touched.formUnion([path, new + String(path.dropFirst(old.count))])
                }
            case 11:
                // As an editor saves a file.
                let bytes = Array("version \(step) ".utf8) + random.bytes(2000)
                let inode = try mounted.file("stay/new")
                try mounted.system.truncate(inode, to: 0, now: disk.now)
                try mounted.write(inode, at: 0, bytes)
                try mounted.system.synchronise(inode)
                try mounted.rename("stay/new", to: "stay/saved")
                if version == nil { certain.versions = [] }
                version = bytes
                certain.versions.append(bytes)
                fallthrough
            case 12, 13:
                try mounted.system.synchroniseAll()
                for path in touched { certain.files[path] = .some(files[path]) }
                touched = []
                if let version { certain.versions = [version] }
                promises.append(certain)
                disk.events?.append(.mark(promises.count - 1))
            default: break
            }
            // What is changed from now on may be either.
            for path in touched { certain.files[path] = nil }
            if var last = promises.last, !touched.isEmpty {
                for path in touched { last.files[path] = nil }
                promises.append(last)
                disk.events?.append(.mark(promises.count - 1))
            }
        }
        return promises
    }

    /// The disk after a number of events, without some of what was not flushed.
    private func image(
        _ start: [UInt8], _ events: [TestDisk.Event], until end: Int, tears: Bool = true,
        _ random: inout SeededGenerator
    ) -> (bytes: [UInt8], mark: Int) {
        var (bytes, mark) = (start, 0)
        var pending: [(Int, [UInt8])] = []
        for event in events.prefix(end) {
            switch event {
            case .write(let offset, let written): pending.append((offset, written))
            case .flush:
                for (offset, written) in pending { bytes.replaceSubrange(offset..<offset + written.count, with: written) }
                pending = []
            case .mark(let number): mark = number
            }
        }
        // In any order, any part of it, and sectors by themselves.
        let manner = random.below(4)
        while !pending.isEmpty {
            let (offset, written) = pending.remove(at: manner == 0 ? 0 : random.below(pending.count))
            let size = tears ? 512 : written.count
            for sector in 0..<written.count / size {
                guard manner != 1, manner == 0 || random.below(2) == 0 else { continue }
                let part = sector * size..<sector * size + size
                bytes.replaceSubrange(offset + part.lowerBound..<offset + part.upperBound, with: written[part])
            }
        }
        return (bytes, mark)
    }

    private func check(_ promise: Promise, _ image: [UInt8], _ what: String) throws {
        let mounted = try MountedDisk(TestDisk(image))
        for (path, bytes) in promise.files {
            if let bytes {
                #expect((try? mounted.read(path)) == bytes, "\(what): \(path)")
            } else {
                #expect(throws: Errno.noSuchFileOrDirectory, "\(what): \(path)") { try mounted.find(path) }
            }
        }
        if !promise.versions.isEmpty {
            let saved = try? mounted.read("stay/saved")
            #expect(saved.map { String(decoding: $0.prefix(8), as: UTF8.self) } == "version ", "\(what)")
            #expect((saved?.count ?? 0) > 2000, "\(what)")
        }
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil, "\(what)")
        #expect(!mounted.disk.lines.contains { $0.contains("damaged") }, "\(what): \(mounted.disk.lines)")
    }

    /// With a journal: whoever replays it, e2fsck is content, and what was synchronised is there.
    @Test(arguments: [(2, 1), (2, 2), (3, 3), (4, 4)] as [(Int, UInt64)])
    func aJournalKeepsWhatWasSynchronised(shape: Int, seed: UInt64) throws {
        let folder = try DiskFolder()
        let start = try folder.make(ExtendedTests.features(ExtendedTests.shapes[shape]), size: shape == 2 ? 8192 : 24_576)
        let disk = TestDisk(start)
        disk.events = []
        let mounted = try MountedDisk(disk)
        // So many that the log comes round several times.
        let promises = try work(mounted, seed: seed, steps: 700, mayMoveDirectories: true)
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
        let events = disk.events!
        var random = SeededGenerator(seed: seed &* 31)
        for cut in 0..<Self.cuts {
            let end = random.below(events.count + 1)
            let (image, mark) = image(start, events, until: end, &random)
            let what = "shape \(shape), seed \(seed), cut \(cut) at \(end)"
            let promise = promises[mark]
            // e2fsck replays it, and finds nothing else to do.
            let (repaired, output) = try folder.repair(image)
            guard let repaired else {
                Issue.record("\(what): \(output)")
                continue
            }
            #expect(!output.contains("UNEXPECTED"), "\(what): \(output)")
            try check(promise, repaired, what + ", by e2fsck")
            #expect(try folder.complaint(repaired) == nil)
            // We replay it; and once more, where that was cut, too.
            let ours = TestDisk(image)
            ours.events = []
            let replayed = try MountedDisk(ours)
            try replayed.system.unmount()
            #expect(try folder.complaint(ours.bytes) == nil, "\(what), by us")
            try check(promise, ours.bytes, what + ", by us")
            let (again, _) = self.image(image, ours.events!, until: random.below(ours.events!.count + 1), &random)
            let second = TestDisk(again)
            let twice = try MountedDisk(second)
            try twice.system.unmount()
            if cut % 4 == 0 { #expect(try folder.complaint(second.bytes) == nil, "\(what), twice") }
            try check(promise, second.bytes, what + ", twice")
        }
    }

    /// Without one: e2fsck repairs it without asking, and what was synchronised is there.
    @Test(arguments: [(0, 5), (1, 6)] as [(Int, UInt64)])
    func withoutAJournalTheDiskIsRepaired(shape: Int, seed: UInt64) throws {
        let folder = try DiskFolder()
        let start = try folder.make(ExtendedTests.features(ExtendedTests.shapes[shape]), size: 8192)
        let disk = TestDisk(start)
        disk.events = []
        let mounted = try MountedDisk(disk)
        let promises = try work(mounted, seed: seed, steps: 500, mayMoveDirectories: false)
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        let events = disk.events!
        var random = SeededGenerator(seed: seed &* 31)
        for cut in 0..<Self.cuts {
            let end = random.below(events.count + 1)
            // What is in one block is there or not: no journal, no other way.
            let (image, mark) = image(start, events, until: end, tears: false, &random)
            let (repaired, output) = try folder.repair(image)
            let what = "shape \(shape), seed \(seed), cut \(cut) at \(end)"
            guard let repaired else {
                Issue.record("\(what): \(output)")
                continue
            }
            // Nothing replaces a name in one go here.
            var promise = promises[mark]
            promise.versions = []
            try check(promise, repaired, what)
        }
    }
}
