import Foundation
import Glibc
import LoaderCore

/// A program with its files in one archive, which the loader takes in place of
/// an image.
struct PackedFile {
    /// The program, linked; without symbols it is smaller.
    let image: String
    /// The folder with its files; `nil`: it has none.
    let folder: String?
    var configuration = PackedConfiguration()

    /// Writes the archive. What stands at `path` is replaced only when all is well.
    ///
    /// The configuration and the program come first: the guest's root holds what
    /// comes behind them.
    func write(to path: String) throws {
        let new = "\(path).\(getpid())"
        do {
            guard let program = FileManager.default.contents(atPath: image) else {
                throw ToolError("\(image): can't be read")
            }
            let writer = try TarWriter(path: new)
            try writer.add(
                file: Array(PackedConfiguration.name.utf8),
                contents: Array(configuration.text.utf8))
            try writer.add(
                file: Array(configuration.kernel.utf8), mode: 0o755, contents: Array(program))
            if let folder { try FolderArchive.add(folder: folder, to: writer) }
            try writer.finish()
            guard unsafe rename(new, path) == 0 else { throw ToolError("\(path): can't be written") }
        } catch {
            try? FileManager.default.removeItem(atPath: new)
            throw error
        }
    }

    /// Checks an archive as the loader does.
    ///
    /// - Throws: A `ToolError` that names the file and the fault.
    static func check(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ToolError("\(path): can't be read")
        }
        let program: PackedProgram
        do throws(PackedProgram.Fault) {
            program = try PackedProgram(data.bytes)
        } catch {
            throw ToolError("\(path): \(error.message)")
        }
        let image = Data(data[program.image])
        do throws(ImageError) {
            _ = try ImageLayout(image.bytes)
        } catch {
            throw ToolError("\(path): the program in it: \(error.message)")
        }
    }

    /// Whether the file starts as tar archives do.
    static func isArchive(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        guard let start = try? file.read(upToCount: 512) else { return false }
        return PackedProgram.isArchive(start.bytes)
    }

    /// - Throws: A `ToolError` where a machine of that memory can't hold the archive,
    ///   the program that is unpacked from it, and what the program needs.
    static func checkMemory(_ memory: String, for path: String) throws {
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        let needed = (size >> 20) + 8
        guard let given = mebibytes(memory), given < needed else { return }
        throw ToolError(
            "\(memory) of memory are too little for \(size >> 20) MiB of files: give at least"
                + " --memory \(needed)M")
    }

    /// QEMU's word for an amount of memory, in MiB.
    static func mebibytes(_ memory: String) -> Int? {
        guard let number = Int(memory.dropLast()) else { return nil }
        switch memory.last {
        case "K": return number >> 10
        case "G": return number << 10
        default: return number
        }
    }
}
