import Foundation

/// Modules of a Linux kernel's package, unpacked, in an order in which they can be loaded.
struct KernelModules {
    /// The folder in which they lie, at any depth: `NAME.ko`, or packed by xz.
    let folder: String

    /// The contents of some modules and of all that they need, each behind those that it needs.
    ///
    /// - Parameter names: Without `.ko`. One that is not there is part of the kernel itself.
    func load(_ names: [String]) async throws -> [[UInt8]] {
        var files: [String: String] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            let name = URL(fileURLWithPath: path).lastPathComponent
            if let end = name.range(of: ".ko") { files[Self.plain(String(name[..<end.lowerBound]))] = path }
        }
        var (loaded, known): ([[UInt8]], Set<String>) = ([], [])
        for name in names { try await load(Self.plain(name), files, &loaded, &known) }
        return loaded
    }

    /// Files' names may have the other of the two.
    private static func plain(_ name: String) -> String { name.replacing("-", with: "_") }

    private func load(
        _ name: String, _ files: [String: String], _ loaded: inout [[UInt8]], _ known: inout Set<String>
    ) async throws {
        guard known.insert(name).inserted, let file = files[name] else { return }
        let path = folder + "/" + file
        let contents: Data
        if file.hasSuffix(".xz") {
            guard let xz = Programs.locate("xz") else { throw ToolError("xz is missing, which unpacks \(path)") }
            let unpacked = path.dropLast(3)
            if !FileManager.default.fileExists(atPath: String(unpacked)) {
                try await Programs.run(xz, ["-dkf", path])
            }
            contents = try Data(contentsOf: URL(fileURLWithPath: String(unpacked)))
        } else {
            contents = try Data(contentsOf: URL(fileURLWithPath: path))
        }
        for other in Self.needed(contents) { try await load(other, files, &loaded, &known) }
        loaded.append(Array(contents))
    }

    /// The modules that one needs, as its section of texts says (`modinfo -F depends`).
    static func needed(_ contents: Data) -> [String] {
        guard let start = contents.range(of: Data("\0depends=".utf8)),
            let end = contents[start.upperBound...].firstIndex(of: 0)
        else { return [] }
        return String(decoding: contents[start.upperBound..<end], as: UTF8.self).split(separator: ",")
            .map { plain(String($0)) }
    }
}
