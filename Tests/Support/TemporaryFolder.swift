import Foundation

/// A folder that is gone when nobody holds it any more.
package final class TemporaryFolder {
    package let path: String

    package init() throws {
        path = NSTemporaryDirectory() + "hermit-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file into it; the file's path.
    package func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path,
            withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Makes it a package of one executable that uses Hermit.
    package func writePackage(_ name: String, main: String, in folder: String = "") throws {
        _ = try write(
            folder + "Package.swift",
            """
            // swift-tools-version: 6.2
            import PackageDescription
            let package = Package(
                name: "\(name)",
                dependencies: [.package(name: "hermit", path: "\(Hermit.root)")],
                targets: [
                    .executableTarget(
                        name: "\(name)",
                        dependencies: [.product(name: "Hermit", package: "hermit")])
                ])
            """)
        _ = try write(folder + "Sources/\(name)/main.swift", main)
    }
}
