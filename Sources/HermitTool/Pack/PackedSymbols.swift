import Foundation
import Glibc
import LoaderCore

/// The image that a packed program was made of, which has the symbols that the program
/// has not: it lies beside the archive, as `FILE.debug`.
enum PackedSymbols {
    static func path(for archive: String) -> String { archive + ".debug" }

    /// Puts the image beside the archive.
    static func write(image: String, for archive: String) throws {
        let path = path(for: archive)
        let new = "\(path).\(getpid())"
        do {
            try FileManager.default.copyItem(atPath: image, toPath: new)
            guard unsafe rename(new, path) == 0 else { throw ToolError("\(path): can't be written") }
        } catch {
            try? FileManager.default.removeItem(atPath: new)
            throw error is ToolError ? error : ToolError("\(path): can't be written")
        }
    }

    /// The image whose symbols are those of an archive's program; `nil`: it is not
    /// there, or is another program's.
    static func find(for archive: String) -> String? {
        let path = path(for: archive)
        guard let packed = FileManager.default.contents(atPath: archive),
            let image = FileManager.default.contents(atPath: path),
            let program = try? PackedProgram(packed.bytes),
            isSame(Data(packed[program.image]), image)
        else { return nil }
        return path
    }

    /// Bytes at an image's start that say where its symbols are, among other things.
    private static let headerSize: UInt64 = 64

    /// Whether two images are one program in memory.
    static func isSame(_ one: Data, _ other: Data) -> Bool {
        guard let first = try? ImageLayout(one.bytes), let second = try? ImageLayout(other.bytes),
            first.segmentCount == second.segmentCount, first.linkedAddress == second.linkedAddress,
            first.size == second.size, first.entry == second.entry
        else { return false }
        for index in 0..<first.segmentCount {
            let (segment, twin) = (first[index], second[index])
            guard segment.offset == twin.offset, segment.fileSize == twin.fileSize else { return false }
            let skipped = segment.offset == 0 ? min(headerSize, segment.fileSize) : 0
            guard bytes(segment, in: one, skipped) == bytes(twin, in: other, skipped) else { return false }
        }
        return true
    }

    private static func bytes(_ segment: ImageSegment, in image: Data, _ skipped: UInt64) -> Data {
        image[Int(segment.fileOffset + skipped)..<Int(segment.fileOffset + segment.fileSize)]
    }
}
