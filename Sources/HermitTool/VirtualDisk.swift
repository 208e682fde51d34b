import Foundation

/// A disk of the machine's: a file of the host's, as it is, and perhaps only to be read.
public struct VirtualDisk: Equatable, Sendable {
    public let path: String
    public let isReadOnly: Bool

    /// The most that the guest looks for.
    public static let most = 8

    /// - Parameter text: `FILE`, or `FILE:ro`.
    /// - Throws: Where there is no such file.
    public init(_ text: String) throws {
        isReadOnly = text.hasSuffix(":ro")
        path = isReadOnly ? String(text.dropLast(3)) : text
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
        else { throw ToolError("\(path): there is no such file for a disk") }
        let isUsable =
            isReadOnly
            ? FileManager.default.isReadableFile(atPath: path) : FileManager.default.isWritableFile(atPath: path)
        guard isUsable else {
            throw ToolError("\(path): can't be \(isReadOnly ? "read" : "written; with :ro behind it it is only read")")
        }
    }

    /// QEMU's words for its end of it. A comma in them is two.
    func drive(id: String) -> String {
        let file = URL(fileURLWithPath: path).standardizedFileURL.path.replacing(",", with: ",,")
        return "file=\(file),format=raw,if=none,id=\(id),discard=unmap\(isReadOnly ? ",readonly=on" : "")"
    }
}
