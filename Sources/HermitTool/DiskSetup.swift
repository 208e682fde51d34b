import Foundation
import Glibc
import SystemPackage

/// Sees to it that a disk is there, and holds a file system where the guest is to see its files.
///
/// What is there already is never lost: a file system is made in a file that holds nothing but
/// zeros, and only where the user says so.
struct DiskSetup {
    /// The size of a disk that is to be made; `nil`: none is.
    let size: String?
    /// A file that holds nothing gets a file system without a question.
    let mayFormat: Bool

    private static let program = "mke2fs"
    private static let package = "e2fsprogs"
    /// A disk of fewer bytes has no room for a journal.
    private static let leastForJournal: Int64 = 8 << 20
    private static let least: Int64 = 64 << 10

    /// The bytes that a number with K, M, G or T stands for.
    static func bytes(_ text: String) -> Int64? {
        guard let match = text.wholeMatch(of: /([1-9][0-9]{0,6})([KMGT])/), let number = Int64(match.1) else { return nil }
        let shift = ["K": 10, "M": 20, "G": 30, "T": 40][String(match.2)] ?? 0
        let bytes = number << Int64(shift)
        return bytes >= least && bytes <= 16 << 40 ? bytes : nil
    }

    /// Makes a disk ready.
    func prepare(_ disk: VirtualDisk, _ project: Project) async throws {
        if let size, let bytes = Self.bytes(size), !FileManager.default.fileExists(atPath: disk.path) {
            guard !disk.isReadOnly else { throw ToolError("\(disk.path): a disk that is only read is not made") }
            return try await make(disk, bytes, project)
        }
        try disk.check()
        guard disk.point != nil else { return }
        switch try Self.contents(of: disk.path) {
        case .fileSystem: return
        case .nothing(let bytes):
            let words = Self.words(disk.path, bytes)
            let command = ([Self.program] + words).map(Quoting.shell).joined(separator: " ")
            guard !disk.isReadOnly, bytes >= Self.least, mayFormat || isAgreed(disk.path, command) else {
                throw ToolError("\(disk.path): holds no file system; type: \(command)")
            }
            try await format(disk.path, bytes, project)
        case .something:
            throw ToolError(
                "\(disk.path): holds something, and no ext2 or ext3 file system; where it is of no use any more, type: "
                    + ([Self.program] + Self.words(disk.path, .max)).map(Quoting.shell).joined(separator: " "))
        }
    }

    /// Asks at a terminal; without one, whoever runs tests by themselves has agreed.
    private func isAgreed(_ path: String, _ command: String) -> Bool {
        if isatty(0) == 1, isatty(2) == 1 {
            Terminal.write("hermit: \(path) holds no file system; make one? (\(command)) [y/N] ")
            return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
        }
        let value = ProcessInfo.processInfo.environment["CI"] ?? ""
        return !["", "0", "false"].contains(value.lowercased())
    }

    // MARK: - Making

    /// Makes a file under another name first, so that a half is never taken for a disk.
    private func make(_ disk: VirtualDisk, _ bytes: Int64, _ project: Project) async throws {
        let path = "\(disk.path).\(getpid()).new"
        do {
            let file = try unsafe FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            defer { try? file.close() }
            guard ftruncate(file.rawValue, Int(bytes)) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw ToolError("\(disk.path): can't be made: \(error)")
        }
        defer { _ = unsafe unlink(path) }
        if disk.point != nil { try await format(path, bytes, project) }
        // Another tool may have been quicker.
        guard unsafe link(path, disk.path) == 0 || errno == EEXIST else {
            throw ToolError("\(disk.path): can't be made")
        }
    }

    /// What makes a file system that the guest knows, whatever is usual on the host.
    private static func words(_ path: String, _ bytes: Int64) -> [String] {
        ["-q", "-F", "-t", bytes < leastForJournal ? "ext2" : "ext3", "-b", bytes < leastForJournal ? "1024" : "4096", "-m", "0", path]
    }

    private func format(_ path: String, _ bytes: Int64, _ project: Project) async throws {
        if Programs.locate(Self.program) == nil {
            try await Setup.install([Self.package], project) { Programs.locate(Self.program) != nil }
        }
        guard let program = Programs.locate(Self.program) else {
            throw ToolError("\(Self.program) is still missing after its installation")
        }
        try await Programs.run(program, Self.words(path, bytes))
    }

    // MARK: - Looking

    private enum Contents {
        case fileSystem
        /// Zeros, so many.
        case nothing(Int64)
        case something
    }

    /// SEEK_DATA (Linux, lseek(2)).
    private static let seekData: Int32 = 3

    private static func contents(of path: String) throws -> Contents {
        guard let file = try? unsafe FileDescriptor.open(path, .readOnly) else { throw ToolError("\(path): can't be read") }
        defer { try? file.close() }
        guard let end = try? file.seek(offset: 0, from: .end) else { throw ToolError("\(path): can't be read") }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        func read(_ offset: Int64) throws -> Int {
            do { return unsafe try piece.withUnsafeMutableBytes { unsafe try file.read(fromAbsoluteOffset: offset, into: $0) } } catch {
                throw ToolError("\(path): can't be read")
            }
        }
        // Where the superblock's number is (Linux, ext2.h: EXT2_SUPER_MAGIC).
        if try read(1024) >= 58, piece[56] == 0x53, piece[57] == 0xEF { return .fileSystem }
        var place: Int64 = 0
        while place < end {
            // Holes are zeros; a file system that knows of none says that all is data.
            let data = lseek(file.rawValue, Int(place), seekData)
            if data < 0, errno == ENXIO { break }
            if data > place { place = Int64(data) }
            let count = try read(place)
            guard count > 0 else { break }
            if piece[..<count].contains(where: { $0 != 0 }) { return .something }
            place += Int64(count)
        }
        return .nothing(end)
    }
}
