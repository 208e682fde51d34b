import FileExerciser
import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// A disk's file system, compared with a model and with what e2fsprogs say.
@Suite(
    .timeLimit(.minutes(20)), .serialized, .inTurn,
    .enabled(if: DiskTools.areThere, "no mke2fs, e2fsck and debugfs here (Debian: e2fsprogs)"))
struct ExtendedTests {
    static let shapes: [[String]] = [
        ["-t", "ext2", "-b", "1024", "-I", "128"],
        ["-t", "ext2", "-b", "4096", "-I", "256"],
        ["-t", "ext3", "-b", "1024", "-J", "size=1"],
        ["-t", "ext3", "-b", "2048", "-J", "size=4"],
        ["-t", "ext3", "-b", "4096", "-J", "size=4", "-I", "256"],
    ]

    /// The features that mke2fs gives without a configuration file are few; these are Debian's.
    static func features(_ shape: [String]) -> [String] {
        shape + (shape[1] == "ext3"
            ? ["-O", "has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"]
            : ["-O", "ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"])
    }

    @Test(arguments: shapes.indices)
    func operationsAreWhatAModelSays(number: Int) throws {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]), size: 24_576))
        let mounted = try MountedDisk(disk)
        let files = TestFiles()
        let prefix = [UInt8]("/m".utf8)
        let point = try files.withPath(prefix) { (text, count) throws(Errno) in
            try files.makeDirectory(&text, count: count, from: files.root, mode: FileMode(0o755))
            return try files.withPath(prefix) { (text, count) throws(Errno) in
                try files.find(&text, count: count, from: files.root, follows: true)
            }
        }
        try files.mount(mounted.system, on: point)
        // What mke2fs makes is not the model's.
        try mounted.withEnd("lost+found") { (name, parent) throws(Errno) in
            try mounted.system.removeDirectory(name, in: parent, now: disk.now)
        }
        var exerciser = FileExerciser(
            TestedFiles(files, below: prefix), seed: UInt64(number) + 100, isWild: false)
        for step in 0..<5_000 {
            if let problem = exerciser.step() {
                Issue.record("shape \(number), step \(step): \(problem); \(disk.lines)")
                return
            }
        }
        if let problem = exerciser.finish() { Issue.record("shape \(number): \(problem)") }
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil)
        #expect(disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
    }

    // MARK: - What others have written

    /// A folder that mke2fs has copied is read as it was.
    @Test(arguments: shapes.indices)
    func imagesWithContentAreRead(number: Int) throws {
        let folder = try DiskFolder()
        let content = folder.path + "/content"
        let manager = FileManager.default
        try manager.createDirectory(atPath: content + "/deep/er", withIntermediateDirectories: true)
        var random = SeededGenerator(seed: UInt64(number))
        var files: [String: [UInt8]] = [:]
        for (index, size) in [0, 1, 1023, 4096, 12 * 1024, 12 * 1024 + 1, 300_000, 5_000_000].enumerated() {
            files["file\(index)"] = random.bytes(size)
        }
        for index in 0..<600 { files["deep/er/a rather long name to fill many blocks \(index)"] = [UInt8("\(index)".utf8.first!)] }
        for (name, bytes) in files { try Data(bytes).write(to: URL(fileURLWithPath: content + "/" + name)) }
        let longTarget = String(repeating: "x", count: 200)
        try manager.createSymbolicLink(atPath: content + "/fast", withDestinationPath: "deep/er")
        try manager.createSymbolicLink(atPath: content + "/slow", withDestinationPath: longTarget)
        try manager.linkItem(atPath: content + "/file6", toPath: content + "/other")
        // Holes, at the front and in between, into the second block of names.
        let sparse = open(content + "/sparse", O_CREAT | O_WRONLY, 0o640)
        for offset in [100_000, 3_000_000, 40_000_000] { pwrite(sparse, "here", 4, offset) }
        ftruncate(sparse, 50_000_000)
        close(sparse)
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]) + ["-d", content], size: 32_768))
        let before = disk.bytes
        disk.isReadOnly = true
        let mounted = try MountedDisk(disk)
        for (name, bytes) in files { #expect(try mounted.read(name) == bytes, "\(name)") }
        #expect(try mounted.names("deep/er").count == 600)
        func target(_ name: String) throws -> String {
            var target = ""
            try mounted.system.target(of: try mounted.find(name)) { text in
                target = text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            }
            return target
        }
        #expect(try target("fast") == "deep/er")
        #expect(try target("slow") == longTarget)
        let other = try mounted.system.status(of: try mounted.find("other"))
        let same = try mounted.find("file6")
        #expect(other.linkCount == 2 && other.inode == same)
        var host = stat()
        lstat(content + "/sparse", &host)
        let inode = try mounted.find("sparse")
        let status = try mounted.system.status(of: inode)
        #expect(status.size == 50_000_000 && status.mode == FileMode(0o640) && status.owner.user == host.st_uid)
        #expect(status.modificationTime.seconds == Int64(host.st_mtim.tv_sec))
        #expect(try mounted.read(inode, at: 99_998, count: 8) == [0, 0] + Array("here".utf8) + [0, 0])
        #expect(try mounted.read(inode, at: 39_999_998, count: 8) == [0, 0] + Array("here".utf8) + [0, 0])
        #expect(try mounted.read(inode, at: 49_999_999, count: 8) == [0])
        let block = Int64(mounted.system.blockSize)
        func seek(_ offset: Int64, data: Bool) throws -> Int64 {
            try mounted.system.seek(inode, offset, data: data)
        }
        for place in [100_000, 3_000_000, 40_000_000] as [Int64] {
            let start = place / block * block
            #expect(try seek(start - 1, data: true) == start)
            #expect(try seek(place, data: true) == place)
            #expect(try seek(place, data: false) == start + block)
        }
        #expect(try seek(0, data: true) == 100_000 / block * block)
        #expect(throws: Errno.noSuchAddressOrDevice) { try seek(40_500_000, data: true) }
        #expect(throws: Errno.readOnlyFileSystem) { try mounted.file("new") }
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [] && disk.bytes == before)
    }

    /// A directory with an index is read, loses the index when it is changed, and is sound.
    @Test func anIndexedDirectoryIsChanged() throws {
        let folder = try DiskFolder()
        let content = folder.path + "/content"
        try FileManager.default.createDirectory(atPath: content + "/many", withIntermediateDirectories: true)
        for index in 0..<2000 { try Data().write(to: URL(fileURLWithPath: content + "/many/a name of some length \(index)")) }
        let made = try folder.make(Self.features(Self.shapes[2]) + ["-N", "4000", "-d", content], size: 32_768)
        // e2fsck makes the index.
        _ = try DiskTools.run("e2fsck", ["-fyD", try folder.write(made)])
        let image = try folder.read()
        #expect(try folder.debug(image, "htree_dump /many").contains("Root node dump"))
        let mounted = try MountedDisk(TestDisk(image))
        #expect(try mounted.names("many").count == 2000)
        for index in stride(from: 0, to: 2000, by: 3) { try mounted.unlink("many/a name of some length \(index)") }
        for index in 0..<500 { _ = try mounted.file("many/another \(index)") }
        #expect(try mounted.names("many").count == 2000 - 667 + 500)
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil)
        #expect(try folder.complaint(mounted.disk.bytes) == nil)
        #expect(try folder.debug(mounted.disk.bytes, "htree_dump /many").contains("Not a hash-indexed directory"))
    }

    // MARK: - What others read

    /// What is written here is what debugfs reads: contents, kinds, owners, times.
    @Test(arguments: shapes.indices)
    func debugfsReadsWhatIsWritten(number: Int) throws {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]), size: 32_768))
        let mounted = try MountedDisk(disk)
        let system = mounted.system
        var random = SeededGenerator(seed: 77)
        var files: [String: [UInt8]] = [:]
        try mounted.makeDirectory("folder")
        for (index, size) in [0, 1, 1023, 12 * 1024 + 1, 300_000, 5_000_000].enumerated() {
            let (name, bytes) = ("folder/file\(index)", random.bytes(size))
            files[name] = bytes
            try mounted.write(try mounted.file(name), at: 0, bytes)
        }
        let now = disk.now
        let times: [(String, Int64, UInt32)] = [("old", -86_400, 5), ("late", 5_000_000_000, 123_456_789)]
        for (name, seconds, nanoseconds) in times {
            let inode = try mounted.file(name)
            try system.setTimes(
                access: .keep, modification: .set(FileTime(seconds: seconds, nanoseconds: nanoseconds)), of: inode, now: now)
            try system.setOwner(user: 70_000, group: 80_001, of: inode, now: now)
            try system.setMode(FileMode(0o4751), of: inode, now: now)
        }
        try mounted.withEnd("device") { (name, parent) throws(Errno) in
            _ = try system.makeSpecial(.characterDevice, name, in: parent, device: 0x0124_6537, mounted.new)
        }
        try mounted.withEnd("null") { (name, parent) throws(Errno) in
            _ = try system.makeSpecial(.characterDevice, name, in: parent, device: 0x103, mounted.new)
        }
        try mounted.withEnd("pipe") { (name, parent) throws(Errno) in
            _ = try system.makeSpecial(.fifo, name, in: parent, device: 0, mounted.new)
        }
        for (name, size) in [("link59", 59), ("link60", 60), ("link1000", 1000)] {
            try mounted.withEnd(name) { (name, parent) throws(Errno) in
                _ = try system.makeLink(
                    name, in: parent, target: [UInt8](repeating: UInt8(ascii: "t"), count: size).span.bytes, mounted.new)
            }
        }
        try system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
        for (name, bytes) in files {
            try FileManager.default.createDirectory(atPath: folder.path + "/out", withIntermediateDirectories: true)
            _ = try folder.debug(disk.bytes, "dump /\(name) \(folder.path)/out/dumped")
            #expect([UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out/dumped"))) == bytes, "\(name)")
        }
        let old = try folder.debug(disk.bytes, "stat /old")
        #expect(old.contains("User: 70000   Group: 80001") && old.contains("Mode:  04751"))
        #expect(old.contains("mtime: 0xfffeae80"))
        let late = try folder.debug(disk.bytes, "stat /late")
        if number == 1 || number == 4 {
            #expect(late.contains("2128"))
            #expect(late.contains("Size of extra inode fields: 32"))
        }
        #expect(try folder.debug(disk.bytes, "stat /device").contains("(New-style) Device major/minor number: 1125:4663"))
        #expect(try folder.debug(disk.bytes, "stat /null").contains("Device major/minor number: 01:03"))
        #expect(try folder.debug(disk.bytes, "stat /pipe").contains("Type: FIFO"))
        #expect(try folder.debug(disk.bytes, "stat /link59").contains("Fast link dest: \"\(String(repeating: "t", count: 59))\""))
        // And here again.
        let again = try MountedDisk(disk, isReadOnly: true)
        for (name, bytes) in files { #expect(try again.read(name) == bytes, "\(name)") }
        #expect(try again.system.status(of: try again.find("device")).device == 0x0124_6537)
        let status = try again.system.status(of: try again.find("late"))
        #expect(status.mode == FileMode(0o4751) && status.owner == FileOwner(user: 70_000, group: 80_001))
        if number == 1 || number == 4 {
            #expect(status.modificationTime == FileTime(seconds: 5_000_000_000, nanoseconds: 123_456_789))
        }
        try again.system.unmount()
    }

    // MARK: - Sizes

    /// Files with three levels of names, over 4 GiB; what is behind the largest size is EFBIG.
    @Test(arguments: [0, 2, 4])
    func filesMayBeLarge(number: Int) throws {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]), size: 16_384))
        let mounted = try MountedDisk(disk)
        let inode = try mounted.file("large")
        let most = mounted.system.mostBytes
        #expect(most > 16 << 30)
        let places: [Int64] = [0, 12 << 10, 268 << 10, 64 << 20, 65 << 20, (4 << 30) - 2, (4 << 30) + 12_345, (16 << 30), most - 4]
        for place in places { #expect(try mounted.write(inode, at: place, Array("abcd".utf8)) == 4) }
        #expect(try mounted.system.status(of: inode).size == most)
        for place in places { #expect(try mounted.read(inode, at: place, count: 4) == Array("abcd".utf8)) }
        #expect(try mounted.read(inode, at: (4 << 30) + 12_343, count: 8) == [0, 0] + Array("abcd".utf8) + [0, 0])
        #expect(throws: Errno.fileTooLarge) { try mounted.write(inode, at: most, [1]) }
        #expect(throws: Errno.fileTooLarge) { try mounted.system.truncate(inode, to: most + 1, now: disk.now) }
        #expect(try mounted.write(inode, at: most - 2, [1, 2, 3, 4]) == 2)
        var found: [Int64] = []
        var place: Int64 = 0
        while let next = try? mounted.system.seek(inode, place, data: true) {
            found.append(next)
            place = try mounted.system.seek(inode, next, data: false)
            if place >= most { break }
        }
        #expect(found.count >= 7)
        try mounted.system.synchroniseAll()
        #expect(number == 0 || disk.flushes > 0)
        let free = try mounted.system.status().freeBlocks
        for place in places.reversed() {
            try mounted.system.truncate(inode, to: place, now: disk.now)
            #expect(try mounted.system.status(of: inode).size == place)
        }
        #expect(try mounted.system.status(of: inode).blocks == 0)
        #expect(try mounted.system.status().freeBlocks > free + 15)
        // What is behind an end is never seen again.
        try mounted.write(inode, at: 0, [UInt8](repeating: 7, count: 5000))
        try mounted.system.truncate(inode, to: 100, now: disk.now)
        try mounted.system.truncate(inode, to: 6000, now: disk.now)
        #expect(try mounted.read(inode) == [UInt8](repeating: 7, count: 100) + [UInt8](repeating: 0, count: 5900))
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
    }

    /// A full disk: ENOSPC, what is there stays, and what is removed can be used at once.
    @Test(arguments: shapes.indices)
    func aDiskMayBeFull(number: Int) throws {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]) + ["-N", "300"], size: 8192))
        let mounted = try MountedDisk(disk)
        var random = SeededGenerator(seed: 9)
        var contents: [String: [UInt8]] = [:]
        var count = 0
        while count < 1000 {
            let (name, bytes) = ("f\(count)", random.bytes(200_000))
            count += 1
            guard let inode = try? mounted.file(name) else { break }
            let written = (try? mounted.write(inode, at: 0, bytes)) ?? 0
            contents[name] = Array(bytes.prefix(written))
            if written < bytes.count { break }
        }
        #expect(contents.count > 10)
        #expect(throws: Errno.noSpace) {
            let inode = try mounted.file("more")
            try mounted.write(inode, at: 0, [UInt8](repeating: 1, count: 100_000))
            try mounted.write(inode, at: nil, [UInt8](repeating: 1, count: 100_000))
        }
        // Inodes, too.
        var made = 0
        while made < 400, (try? mounted.file("i\(made)")) != nil { made += 1 }
        #expect(made < 400)
        #expect(throws: Errno.noSpace) { try mounted.makeDirectory("one more") }
        for (name, bytes) in contents { #expect(try mounted.read(name) == bytes) }
        for index in 0..<3 {
            try mounted.unlink("f\(index)")
            contents["f\(index)"] = nil
        }
        let bytes = random.bytes(400_000)
        let inode = try mounted.file("again")
        #expect(try mounted.write(inode, at: 0, bytes) == bytes.count)
        contents["again"] = bytes
        try mounted.system.synchroniseAll()
        for (name, bytes) in contents { #expect(try mounted.read(name) == bytes) }
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
        let again = try MountedDisk(disk, isReadOnly: true)
        for (name, bytes) in contents { #expect(try again.read(name) == bytes) }
        try again.system.unmount()
    }

    /// A file without names stays as long as it is open; so does a directory.
    @Test(arguments: [0, 2])
    func openFilesStay(number: Int) throws {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(Self.features(Self.shapes[number]), size: 16_384))
        let mounted = try MountedDisk(disk)
        let system = mounted.system
        let free = try system.status().freeBlocks
        var random = SeededGenerator(seed: 5)
        var open: [(Inode, [UInt8])] = []
        for index in 0..<10 {
            let bytes = random.bytes(100_000)
            let inode = try mounted.file("f\(index)")
            try system.open(inode, for: .writing)
            try mounted.write(inode, at: 0, bytes)
            try mounted.unlink("f\(index)")
            open.append((inode, bytes))
        }
        let directory = try mounted.makeDirectory("d")
        try system.open(directory, for: .keeping)
        try mounted.withEnd("d") { (name, parent) throws(Errno) in
            try system.removeDirectory(name, in: parent, now: disk.now)
        }
        #expect(throws: Errno.noSuchFileOrDirectory) {
            try mounted.withName("x") { (name) throws(Errno) in try system.makeFile(name, in: directory, mounted.new, opens: nil) }
        }
        try system.synchroniseAll()
        // A crash now: the next mount frees them.
        let crashed = TestDisk(disk.bytes)
        if number == 2 {
            let again = try MountedDisk(crashed)
            #expect(try again.system.status().freeBlocks == free)
            try again.system.unmount()
            #expect(try folder.complaint(crashed.bytes) == nil)
        }
        let repaired = try folder.repair(disk.bytes)
        #expect(repaired.image != nil, "\(repaired.output)")
        // In the middle first.
        for index in [4, 9, 0, 7, 1, 2, 8, 3, 6, 5] {
            let (inode, bytes) = open[index]
            #expect(try mounted.read(inode) == bytes)
            try system.close(inode)
            #expect(throws: Errno.noSuchFileOrDirectory) { try system.status(of: inode) }
        }
        try system.close(directory)
        #expect(try system.status().freeBlocks == free)
        // A number that is used again is another file's.
        for index in 0..<20 {
            let inode = try mounted.file("n\(index)")
            #expect(!open.contains { $0.0 == inode })
        }
        try system.unmount()
        #expect(mounted.leftover() == nil && disk.lines == [])
        #expect(try folder.complaint(disk.bytes) == nil)
    }

    // MARK: - What is not mounted

    @Test func whatIsNotKnownIsRefused() throws {
        let folder = try DiskFolder()
        func problem(
            _ bytes: [UInt8], isReadOnly: Bool = false, blocks: Int = 512, piece: Int = 65_536
        ) -> ExtendedProblem? {
            let disk = TestDisk(bytes)
            disk.isReadOnly = isReadOnly
            (disk.deviceBlockSize, disk.largestBlockSize) = (blocks, piece)
            do throws(ExtendedProblem) { _ = try ExtendedSystem(disk) } catch {
                #expect(disk.source.memory.blocks.isEmpty && disk.source.memory.problem == nil)
                return error
            }
            return nil
        }
        #expect(problem([UInt8](repeating: 0, count: 1 << 20)) == .noFileSystem)
        #expect(problem([]) == .noFileSystem)
        let image = try folder.make(Self.features(Self.shapes[2]), size: 16_384)
        func changed(_ place: Int, _ bytes: [UInt8]) -> [UInt8] {
            var image = image
            image.replaceSubrange(place..<place + bytes.count, with: bytes)
            return image
        }
        #expect(problem(changed(1024 + 96, [0x42, 0, 0, 0])) == .unknownFeatures(0x40))
        #expect(problem(changed(1024 + 76, [2])) == .unknownRevision)
        #expect(problem(changed(1024 + 24, [9])) == .blockSize)
        #expect(problem(changed(1024 + 4, [0xFF, 0xFF, 0xFF, 0x7F])) == .damagedSuperblock)
        // A device of other blocks than a file system's.
        let small = try folder.make(["-t", "ext2", "-b", "1024"], size: 16_384)
        #expect(problem(small, blocks: 4096) == .deviceBlockSize)
        #expect(problem(small, blocks: 8192) == .deviceBlockSize)
        #expect(problem(small, piece: 2048) == .deviceBlockSize)
        #expect(problem(changed(1024 + 96, [0x06]), isReadOnly: true) == .needsRecovery)
        #expect(problem(changed(2048, [0xFF, 0xFF, 0xFF, 0xFF])) == .damagedGroups)
        #expect(problem(changed(1024 + 224, [0, 0, 0, 0])) == .externalJournal)
        let wide = try folder.make(["-t", "ext4", "-O", "extent,64bit"], size: 16_384)
        #expect(problem(wide) == .unknownFeatures(0xC0))
        // What may be read is.
        let disk = TestDisk(changed(1024 + 101, [0x01]))
        let mounted = try MountedDisk(disk)
        #expect(try mounted.system.status().isReadOnly)
        #expect(try mounted.names("") == ["lost+found"])
        try mounted.system.unmount()
        #expect(disk.bytes == changed(1024 + 101, [0x01]))
        // ext4 without what is not known.
        let cheap = TestDisk(try folder.make(
            ["-t", "ext4", "-O", "has_journal,^extent,^64bit,^metadata_csum,^uninit_bg,huge_file,dir_nlink,extra_isize,flex_bg"], size: 16_384))
        let fourth = try MountedDisk(cheap)
        try fourth.write(try fourth.file("file"), at: 0, [1, 2, 3])
        try fourth.system.unmount()
        #expect(fourth.leftover() == nil)
        #expect(try folder.complaint(cheap.bytes) == nil)
    }

    /// A disk that fails: EIO, nothing half done gets to it, and reading goes on.
    @Test func aDiskMayFail() throws {
        let folder = try DiskFolder()
        let image = try folder.make(Self.features(Self.shapes[2]), size: 16_384)
        var random = SeededGenerator(seed: 3)
        for after in stride(from: 0, to: 150, by: 3) {
            let disk = TestDisk(image)
            let mounted = try MountedDisk(disk)
            let kept = random.bytes(30_000)
            try mounted.write(try mounted.file("kept"), at: 0, kept)
            try mounted.system.synchroniseAll()
            disk.failsAfter = after
            var failure: Errno? = nil
            do throws(Errno) {
                for index in 0..<40 {
                    try mounted.makeDirectory("d\(index)")
                    try mounted.write(try mounted.file("d\(index)/f"), at: 0, random.bytes(20_000))
                    if index % 3 == 2 { try mounted.unlink("d\(index - 1)/f") }
                    if index % 4 == 3 { try mounted.system.synchroniseAll() }
                }
            } catch { failure = error }
            disk.failsAfter = nil
            // Who is told of the failure is who waits; all others find the disk read-only.
            #expect([nil, .inputOutputError, .readOnlyFileSystem].contains(failure), "after \(after)")
            #expect(try mounted.read("kept") == kept)
            try? mounted.system.unmount()
            #expect(mounted.leftover() == nil)
            let again = try MountedDisk(TestDisk(disk.bytes))
            #expect(try again.read("kept") == kept)
            try again.system.unmount()
            if after % 30 == 0 { #expect(try folder.complaint(again.disk.bytes) == nil, "after \(after)") }
        }
    }
}
