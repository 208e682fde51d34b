import Foundation

/// The Swift toolchain's other programs.
package enum Tools {
    /// The path of one, beside the `swift` in PATH.
    package static func path(_ name: String) -> String {
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let swift = "\(folder)/swift"
            guard FileManager.default.fileExists(atPath: swift) else { continue }
            return URL(fileURLWithPath: swift).resolvingSymlinksInPath()
                .deletingLastPathComponent().path + "/" + name
        }
        return name
    }
}
