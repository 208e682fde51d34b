import Foundation

/// What a product was made from: names, sizes and times of its inputs. Equal
/// fingerprints mean that there is nothing to do.
struct Fingerprint: Equatable {
    private var lines: [String] = []

    mutating func add(_ text: String) { lines.append(text) }

    /// Adds a file, or all files below a folder but hidden ones.
    mutating func add(path: String) {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            add("\(path) -")
            return
        }
        guard isFolder.boolValue else {
            addFile(path)
            return
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where !name.hasPrefix(".") { add(path: path + "/" + name) }
    }

    private mutating func addFile(_ path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes?[.size] as? NSNumber)?.int64Value ?? -1
        let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        add("\(path) \(size) \(time)")
    }

    private var text: String { lines.joined(separator: "\n") + "\n" }

    /// Whether the stamp at `path` says the same.
    func matches(stamp path: String) -> Bool {
        (try? String(contentsOfFile: path, encoding: .utf8)) == text
    }

    /// Notes that the product is made.
    func write(stamp path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
