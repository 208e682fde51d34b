import Foundation
import LoaderCore

/// A linked image, or one packed with its files, as the loader will see it.
public enum ImageFile {
    /// Checks the file with the loader's own reader.
    ///
    /// - Throws: A `ToolError` whose line names the file and the fault.
    public static func check(_ path: String) throws {
        if PackedFile.isArchive(path) { return try PackedFile.check(path) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ToolError("\(path): can't be read")
        }
        do throws(ImageError) {
            _ = try ImageLayout(data.bytes)
        } catch {
            throw ToolError("\(path): \(error.message)")
        }
    }

    /// Whether the file starts as ELF files do.
    static func isELF(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: 4)) == Data([0x7F, 0x45, 0x4C, 0x46])
    }

    /// Sets EI_OSABI to Hermit's 255.
    static func markAsHermit(_ path: String) throws {
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw ToolError("\(path): can't be written")
        }
        try file.seek(toOffset: 7)
        try file.write(contentsOf: Data([255]))
        try file.close()
    }
}
