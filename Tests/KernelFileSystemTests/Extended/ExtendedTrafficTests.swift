import Foundation
import KernelSupport
import TestSupport
import Testing

@testable import KernelFileSystem

/// What a disk is asked for: no more than is of use.
@Suite(
    .timeLimit(.minutes(5)), .serialized, .inTurn,
    .enabled(if: DiskTools.areThere, "no mke2fs, e2fsck and debugfs here (Debian: e2fsprogs)"))
struct ExtendedTrafficTests {
    private static let block = 4096
    private static let blocks = 2048

    /// A disk with a file of 8 MiB, each of whose blocks begins with its number, and none of it in
    /// memory.
    private func withFile(_ body: (MountedDisk, Inode) throws -> Void) throws {
        let folder = try DiskFolder()
        let image = try folder.make(ExtendedTests.features(ExtendedTests.shapes[4]), size: 24_576)
        let first = try MountedDisk(TestDisk(image))
        var bytes = [UInt8](repeating: 0, count: Self.block * Self.blocks)
        for index in 0..<Self.blocks {
            (bytes[index * Self.block], bytes[index * Self.block + 1]) = (UInt8(index & 255), UInt8(index >> 8))
        }
        try first.write(try first.file("file"), at: 0, bytes)
        try first.system.unmount()
        let mounted = try MountedDisk(TestDisk(first.disk.bytes), cachedBlocks: 1024)
        try body(mounted, try mounted.find("file"))
        try mounted.system.unmount()
        #expect(mounted.leftover() == nil && mounted.disk.lines == [])
        #expect(try folder.complaint(mounted.disk.bytes) == nil)
    }

    /// Blocks of names are known from here on, and the inode's time of access.
    private func warmUp(_ mounted: MountedDisk, _ file: Inode) throws {
        _ = try mounted.read(file, at: Int64(20 * Self.block), count: 1)
        for place in [12, 1036, 1537] { _ = try mounted.read(file, at: Int64(place * Self.block), count: 1) }
        (mounted.disk.reads, mounted.disk.bytesRead) = (0, 0)
    }

    private func check(_ mounted: MountedDisk, _ file: Inode, _ index: Int, count: Int = 1) throws {
        let bytes = try mounted.read(file, at: Int64(index * Self.block), count: count * Self.block)
        #expect(bytes.count == count * Self.block)
        for number in 0..<count {
            let place = number * Self.block
            #expect(Int(bytes[place]) | Int(bytes[place + 1]) << 8 == index + number)
        }
    }

    @Test func whatIsReadAtRandomIsAllThatIsRead() throws {
        try withFile { mounted, file in
            try warmUp(mounted, file)
            // No two that follow each other, and none twice.
            for index in 0..<200 { try check(mounted, file, 40 + (index * 487 & 1023) * 2 % 2000) }
            #expect(mounted.disk.reads <= 200)
            #expect(mounted.disk.bytesRead <= 200 * Self.block)
        }
        try withFile { mounted, file in
            try warmUp(mounted, file)
            for index in 0..<20 { try check(mounted, file, 100 + (index * 7 % 20) * 80, count: 5) }
            #expect(mounted.disk.reads == 20)
            #expect(mounted.disk.bytesRead == 20 * 5 * Self.block)
        }
    }

    /// In pieces of any size, by one reader or by four, all is read once, and in large pieces.
    @Test(arguments: [1, 4, 16], [1, 4])
    func whatIsReadInOrderIsReadAhead(piece: Int, readers: Int) throws {
        try withFile { mounted, file in
            try warmUp(mounted, file)
            let part = Self.blocks / readers
            for place in stride(from: 0, to: part, by: piece) {
                for reader in 0..<readers { try check(mounted, file, reader * part + place, count: piece) }
            }
            // Some of the first are small, and each reader's last may go on into what another has read,
            // and the cache has no more.
            #expect(mounted.disk.reads <= Self.blocks / 64 + readers * 10)
            #expect(mounted.disk.bytesRead <= (Self.blocks + readers * 64) * Self.block)
        }
    }

    /// A file that is written to in place within a tick of its clock: its contents and a flush, and
    /// that is the transaction's end once more when the clock has gone on.
    @Test func whatIsWrittenInPlaceIsAllThatIsSynchronised() throws {
        try withFile { mounted, file in
            let disk = mounted.disk
            disk.step = 0
            try mounted.system.open(file, for: .writing)
            try mounted.write(file, at: 0, [UInt8](repeating: 1, count: Self.block))
            try mounted.system.synchronise(file)
            for index in 1..<20 {
                disk.events = []
                try mounted.write(file, at: Int64(index * 7 * Self.block), [UInt8](repeating: 2, count: Self.block))
                #expect(mounted.system.hasChanges)
                try mounted.system.synchronise(file)
                #expect(disk.events!.count == 2)
                guard case .write(_, let bytes) = disk.events?.first, case .flush = disk.events?.last else {
                    Issue.record("not a write and a flush")
                    return
                }
                #expect(bytes == [UInt8](repeating: 2, count: Self.block))
                #expect(!mounted.system.hasChanges)
            }
            let before = try mounted.system.status(of: file).modificationTime
            disk.time += 4_000_000
            disk.events = []
            try mounted.write(file, at: 0, [3])
            try mounted.system.synchronise(file)
            #expect(try mounted.system.status(of: file).modificationTime > before)
            #expect(disk.events!.count > 2)
            // What makes it longer is no contents alone.
            disk.events = []
            try mounted.write(file, at: nil, [4])
            try mounted.system.synchronise(file)
            #expect(disk.events!.count > 2)
            // A machine that stops here has all of it.
            let again = try MountedDisk(TestDisk(disk.bytes))
            let copy = try again.find("file")
            #expect(try again.read(copy, at: 0, count: 2) == [3, 1])
            #expect(try again.read(copy, at: Int64(133 * Self.block), count: 1) == [2])
            #expect(try again.system.status(of: copy).size == Int64(Self.blocks * Self.block) + 1)
            try again.system.unmount()
            disk.events = nil
            try mounted.system.close(file)
        }
    }

    @Test func ticksAreMultiplesThatGoOn() {
        func ticked(_ time: Int64) -> Int64 { FileTime(nanosecondsSinceEpoch: time).ticked.nanosecondsSinceEpoch }
        #expect(ticked(0) == 0)
        #expect(ticked(3_999_999) == 0)
        #expect(ticked(4_000_000) == 4_000_000)
        #expect(ticked(1_700_000_000_123_456_789) == 1_700_000_000_120_000_000)
        #expect(ticked(-1) == -4_000_000)
        #expect(ticked(-4_000_000) == -4_000_000)
        #expect(ticked(.max) <= .max)
        #expect(ticked(.min) == .min)
    }
}
