import Foundation

/// A disk of the machine's: a file of the host's, as it is, and perhaps only to be read.
public struct VirtualDisk: Equatable, Sendable {
    public let path: String
    /// Where the guest sees its files; `nil`: it is a device of bytes only.
    public let point: String?
    public let isReadOnly: Bool

    /// The most that the guest looks for.
    public static let most = 8

    /// - Parameter text: `FILE`, or `FILE:/PATH`, and `:ro` behind it.
    /// - Throws: Where the path is none that the guest can have.
    public init(_ text: String) throws {
        var rest = text[...]
        isReadOnly = rest.hasSuffix(":ro")
        if isReadOnly { rest = rest.dropLast(3) }
        guard let colon = rest.ranges(of: ":/").last?.lowerBound, colon > rest.startIndex else {
            path = String(rest)
            point = nil
            return
        }
        path = String(rest[..<colon])
        let point = String(rest[rest.index(after: colon)...])
        guard point.contains(where: { $0 != "/" }) else {
            throw ToolError("--disk \(text): the guest's root is its own; take a folder below it")
        }
        guard point.utf8.count <= VirtualFolder.longestPoint else {
            throw ToolError("--disk \(text): the guest's path has more than \(VirtualFolder.longestPoint) bytes")
        }
        self.point = point
    }

    /// - Throws: Where there is no such file, or it can't be used so.
    func check() throws {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw ToolError(
                "\(path): there is no such file for a disk; --disk-size 256M makes it"
                    + (point == nil ? "" : ", with a file system"))
        }
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

    /// What the kernel is told; `nil`: nothing.
    ///
    /// - Parameter number: The disks in front of it.
    func bootWord(_ number: Int) -> String? {
        guard let point else { return nil }
        let letter = Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(number)))
        return Quoting.boot("mount=/dev/vd\(letter):\(point)\(isReadOnly ? ":ro" : "")")
    }
}
