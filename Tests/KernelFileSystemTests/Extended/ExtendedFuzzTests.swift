import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// Disks that are damaged, or say what can't be.
@Suite(
    .timeLimit(.minutes(20)), .serialized, .inTurn,
    .enabled(if: DiskTools.areThere, "no mke2fs, e2fsck and debugfs here (Debian: e2fsprogs)"))
struct ExtendedFuzzTests {
    static let cases = ProcessInfo.processInfo.environment["HERMIT_FUZZ_CASES"].flatMap(Int.init) ?? 20_000

    /// Numbers at which arithmetic goes wrong.
    private static let edges: [UInt32] = [
        0, 1, 2, 3, 7, 8, 11, 12, 15, 31, 63, 127, 128, 255, 256, 1023, 1024, 2047, 4095, 4096, 8191, 32_767, 32_768,
        65_535, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ]

    /// A small disk with something of everything, and where it has what matters.
    private func made(_ shape: [String], crashed: Bool) throws -> (image: [UInt8], places: [Int]) {
        let folder = try DiskFolder()
        let disk = TestDisk(try folder.make(shape + ["-N", "64"], size: shape[1] == "ext3" ? 2400 : 512))
        let start = disk.bytes
        let mounted = try MountedDisk(disk)
        var random = SeededGenerator(seed: 1)
        try mounted.makeDirectory("a")
        try mounted.makeDirectory("a/b")
        for index in 0..<12 { try mounted.write(try mounted.file("a/f\(index)"), at: 0, random.bytes(index * 700)) }
        let sparse = try mounted.file("sparse")
        for place in [0, 20_000, 300_000, 70_000_000] as [Int64] { try mounted.write(sparse, at: place, [1, 2, 3]) }
        for (name, size) in [("fast", 20), ("slow", 100)] {
            try mounted.withEnd(name) { (name, parent) throws(Errno) in
                _ = try mounted.system.makeLink(
                    name, in: parent, target: [UInt8](repeating: UInt8(ascii: "x"), count: size).span.bytes, mounted.new)
            }
        }
        try mounted.system.synchroniseAll()
        let open = try mounted.find("a/f11")
        try mounted.system.open(open, for: .writing)
        try mounted.unlink("a/f11")
        try mounted.unlink("a/f3")
        try mounted.system.synchroniseAll()
        var image = disk.bytes
        if !crashed {
            try mounted.system.unmount()
            image = disk.bytes
        }
        // What was changed is what matters; and what mke2fs has written in front.
        var places: [Int] = []
        for place in stride(from: 0, to: image.count, by: 4) {
            let word = image[place..<place + 4]
            if word != start[place..<place + 4] || place < 40_000 && word.contains(where: { $0 != 0 }) { places.append(place) }
        }
        return (image, places)
    }

    /// Reads and changes whatever there is; nothing may trap, and all must end.
    private func use(_ mounted: MountedDisk, _ random: inout SeededGenerator) -> Int {
        let system = mounted.system
        var operations = 0
        var left = 60
        func check(_ body: () throws(Errno) -> Void) {
            operations += 1
            do throws(Errno) { try body() } catch {
                if !(1...133).contains(error.rawValue) { Issue.record("errno \(error.rawValue)") }
            }
        }
        func walk(_ directory: Inode, _ depth: Int) {
            guard depth < 4, left > 0 else { return }
            var found: [Inode] = []
            var names: [[UInt8]] = []
            check { () throws(Errno) in
                var budget = 100
                try system.entries(of: directory, from: 0) { _, name in
                    if !name.isDot, !name.isDotDot { names.append(name.withUnsafeBytes { [UInt8]($0) }) }
                    budget -= 1
                    return budget > 0
                }
            }
            for name in names.prefix(20) {
                check { () throws(Errno) in
                    if let name = FileName(name.span.bytes) { found.append(try system.lookUp(name, in: directory)) }
                }
            }
            for inode in found where left > 0 {
                left -= 1
                check { () throws(Errno) in
                    let status = try system.status(of: inode)
                    if status.size < 0 { Issue.record("a size") }
                }
                switch inode.kind {
                case .directory:
                    check { () throws(Errno) in _ = try system.name(of: inode) { _ in } }
                    walk(inode, depth + 1)
                case .symbolicLink: check { () throws(Errno) in try system.target(of: inode) { _ in } }
                case .regular:
                    check { () throws(Errno) in
                        var budget = 40_000
                        _ = try system.read(inode, at: 0, count: .max) { piece in
                            budget -= piece.byteCount
                            return budget > 0 ? piece.byteCount : 0
                        }
                    }
                    check { () throws(Errno) in _ = try system.seek(inode, 1, data: true) }
                default: break
                }
            }
        }
        walk(system.root, 0)
        let names = ["a", "fast", "slow", "sparse", "a/f5", "a/b", "a/new", "a/f8", "x"]
        for _ in 0..<6 {
            let (name, other) = (names[random.below(names.count)], names[random.below(names.count)])
            check { () throws(Errno) in
                switch random.below(9) {
                case 0: try mounted.unlink(name)
                case 1: try mounted.rename(name, to: other)
                case 2: try mounted.makeDirectory(name + "/y")
                case 3: _ = try mounted.file(name + "z")
                case 4: try mounted.write(try mounted.find(name), at: Int64(random.below(400_000)), [1, 2, 3])
                case 5: try system.truncate(try mounted.find(name), to: Int64(random.below(30_000)), now: mounted.disk.now)
                case 6:
                    try mounted.withEnd(name) { (name, parent) throws(Errno) in
                        try system.removeDirectory(name, in: parent, now: mounted.disk.now)
                    }
                case 7: try system.synchroniseAll()
                default: try mounted.rename(name, to: other, .exchanging)
                }
            }
        }
        check { () throws(Errno) in _ = try system.status() }
        check { () throws(Errno) in try system.unmount() }
        return operations
    }

    @Test(arguments: 0..<4)
    func damagedDisksAreErrors(part: Int) throws {
        let shape =
            part < 2
            ? ["-t", "ext2", "-b", "1024", "-I", "128", "-O", "filetype,sparse_super,large_file"]
            : ["-t", "ext3", "-b", "1024", "-J", "size=1", "-O", "has_journal,filetype,sparse_super,large_file"]
        let (image, places) = try made(shape, crashed: part == 3 || part == 1)
        #expect(places.count > 500)
        var random = SeededGenerator(seed: UInt64(part) &* 977 &+ 5)
        var (mounts, operations) = (0, 0)
        let disk = TestDisk(image)
        disk.changed = []
        disk.pool = [:]
        for number in 0..<Self.cases / 4 {
            for range in disk.changed! { disk.bytes.replaceSubrange(range, with: image[range]) }
            disk.changed = []
            disk.lines = []
            for _ in 0...random.below(4) {
                let place = places[random.below(places.count)]
                disk.changed!.append(place..<place + 4)
                switch random.below(4) {
                case 0: disk.bytes[place + random.below(4)] = UInt8(truncatingIfNeeded: random.next())
                case 1: disk.bytes[place + random.below(4)] ^= 1 << UInt8(random.below(8))
                case 2: disk.bytes.replace(at: place, Self.edges[random.below(Self.edges.count)])
                default:
                    // Another place's, which makes sense there.
                    let other = places[random.below(places.count)]
                    for byte in 0..<4 { disk.bytes[place + byte] = image[other + byte] }
                }
            }
            let mounted: MountedDisk
            do { mounted = try MountedDisk(disk, isReadOnly: random.below(8) == 0, cachedBlocks: 256) } catch {
                #expect(error is ExtendedProblem)
                if disk.pooledCount != 0 { Issue.record("part \(part), \(number): memory is left") ; break }
                continue
            }
            mounts += 1
            operations += use(mounted, &random)
            if let problem = mounted.leftover() {
                Issue.record("part \(part), \(number): \(problem)")
                break
            }
        }
        #expect(mounts > Self.cases / 20 && operations > mounts * 10)
    }
}
