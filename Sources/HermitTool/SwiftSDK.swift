import Foundation

/// A bundle with which `swift build --swift-sdk x86_64-hermit` makes images (SE-0387): the triple and
/// the toolset, which names where the libraries are.
struct SwiftSDK {
    static let name = "x86_64-hermit"

    let toolset: SwiftToolset
    let version: String

    /// What is written, by its place in the folder that `--swift-sdks-path` names.
    private var files: [(path: String, text: String)] {
        let bundle = Self.name + ".artifactbundle"
        return [
            (
                bundle + "/info.json",
                """
                {
                  "schemaVersion": "1.0",
                  "artifacts": {
                    "\(Self.name)": {
                      "type": "swiftSDK",
                      "version": "\(version)",
                      "variants": [{ "path": "\(Self.name)" }]
                    }
                  }
                }

                """
            ),
            (
                "\(bundle)/\(Self.name)/swift-sdk.json",
                """
                {
                  "schemaVersion": "4.0",
                  "targetTriples": {
                    "\(Sysroot.triple)": {
                      "sdkRootPath": "root",
                      "toolsetPaths": ["toolset.json"]
                    }
                  }
                }

                """
            ),
            ("\(bundle)/\(Self.name)/toolset.json", toolset.json),
            // Headers and modules of a system are none: what there is comes with the package.
            ("\(bundle)/\(Self.name)/root/.keep", ""),
        ]
    }

    func write(below folder: String) throws {
        for (name, text) in files {
            let path = folder + "/" + name
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
    }
}
