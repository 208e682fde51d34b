import Foundation

/// A folder of the host's that the guest sees among its files, and perhaps may only read.
public struct VirtualFolder: Equatable, Sendable {
    /// The folder's full path here.
    public let path: String
    /// Where the guest sees it.
    public let point: String
    public let isReadOnly: Bool

    /// The most that the guest looks for, and the longest of its paths, in bytes.
    public static let most = 8
    static let longestPoint = 1000

    /// - Parameter text: `HOSTDIR:/PATH`, or `HOSTDIR:/PATH:ro`.
    /// - Throws: Where it is not that, or there is no such folder.
    public init(_ text: String) throws {
        var rest = text[...]
        isReadOnly = rest.hasSuffix(":ro")
        if isReadOnly { rest = rest.dropLast(3) }
        guard let colon = rest.ranges(of: ":/").last?.lowerBound, colon > rest.startIndex else {
            throw ToolError("--mount takes HOSTDIR:/PATH, perhaps with :ro behind it, not '\(text)'")
        }
        point = String(rest[rest.index(after: colon)...])
        guard point.contains(where: { $0 != "/" }) else {
            throw ToolError("--mount \(text): the guest's root is its own; take a folder below it")
        }
        guard point.utf8.count <= Self.longestPoint else {
            throw ToolError("--mount \(text): the guest's path has more than \(Self.longestPoint) bytes")
        }
        let folder = String(rest[..<colon])
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else { throw ToolError("\(folder): there is no such folder to mount") }
        // As the system resolves it: `..` behind a link is not taken out of the text.
        guard let real = unsafe realpath(folder, nil) else { throw ToolError("\(folder): there is no such folder to mount") }
        path = unsafe String(cString: real)
        unsafe free(real)
    }

    /// What the guest knows the device by.
    static func tag(_ number: Int) -> String { "folder\(number)" }

    /// What the kernel is told.
    func bootWord(_ number: Int) -> String {
        Quoting.boot("mount=\(Self.tag(number)):\(point)\(isReadOnly ? ":ro" : "")")
    }
}
