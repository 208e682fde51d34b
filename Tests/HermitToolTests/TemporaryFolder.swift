import Glibc
import SystemPackage

@testable import HermitTool

/// A folder of its own for a test; it goes when the value does.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/hermit-test.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw ToolError("no temporary folder") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? Files.remove(path) }

    /// Makes a file, and the folders above it; its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Files.createFolder(Files.folder(file))
        try Files.write(text, to: file)
        return file
    }
}
