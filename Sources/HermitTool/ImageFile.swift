import LoaderCore
import SystemPackage

/// A linked image, as the loader will see it.
public enum ImageFile {
    /// Checks the file with the loader's own reader.
    ///
    /// - Throws: A `ToolError` whose line names the file and the fault.
    public static func check(_ path: String) throws {
        let bytes = try Files.read(path)
        do throws(ImageError) {
            _ = try unsafe ImageLayout(bytes.span.bytes)
        } catch {
            throw ToolError("\(path): \(error.message)")
        }
    }

    /// Sets EI_OSABI, the eighth byte of an ELF file, to Hermit's 255.
    static func markAsHermit(_ path: String) throws {
        do {
            let file = try unsafe FileDescriptor.open(path, .readWrite, options: .closeOnExec)
            _ = try file.closeAfter { try file.writeAll(toAbsoluteOffset: 7, [255]) }
        } catch {
            throw ToolError("\(path): \(error)")
        }
    }
}
