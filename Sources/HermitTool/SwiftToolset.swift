/// The toolset with which `swift build` makes an image of an application.
struct SwiftToolset {
    let sysroot: String
    let toolchain: String

    private static let swiftOptions = [
        "-enable-experimental-feature", "Embedded", "-wmo", "-Xfrontend", "-function-sections",
        "-Xfrontend", "-disable-stack-protector", "-Xcc", "-ffreestanding",
    ]
    private static let cOptions = [
        "-ffreestanding", "-fPIE", "-ffunction-sections", "-fdata-sections",
        "-fno-stack-protector",
    ]

    private var linkerOptions: [String] {
        let tables =
            "\(toolchain)/../lib/swift/embedded/\(Sysroot.triple)/libswiftUnicodeDataTables.a"
        let linker = [
            "-e", PublicInterface.entry, "-z", "text", "--gc-sections", "--no-dynamic-linker",
        ]
        return [
            "-use-ld=\(toolchain)/ld.lld", "-Xclang-linker",
            "--target=x86_64-unknown-linux-gnu", "-Xclang-linker", "-nostdlib", "-Xclang-linker",
            "-static-pie",
        ] + linker.flatMap { ["-Xlinker", $0] } + [
            "-Xlinker", "\(sysroot)/lib/libhermit.a", "-Xlinker", tables,
        ]
    }

    private func list(_ words: [String]) -> String {
        words.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
            .joined(separator: ", ")
    }

    /// The toolset file's text (SE-0387).
    var json: String {
        """
        {
          "schemaVersion": "1.0",
          "swiftCompiler": { "extraCLIOptions": [\(list(Self.swiftOptions + linkerOptions))] },
          "cCompiler": { "extraCLIOptions": [\(list(Self.cOptions))] }
        }

        """
    }
}
