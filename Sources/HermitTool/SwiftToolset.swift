/// The toolset with which `swift build` makes an image of an application.
struct SwiftToolset {
    let sysroot: String
    let programs: Programs

    /// What Embedded Swift needs to compare strings; the linker takes what is used.
    static func unicodeTables(_ programs: Programs) -> String {
        Files.folder(programs.toolchain)
            + "/lib/swift/embedded/\(Sysroot.triple)/libswiftUnicodeDataTables.a"
    }

    private static let swiftOptions = [
        "-enable-experimental-feature", "Embedded", "-wmo", "-Xfrontend", "-function-sections",
        "-Xfrontend", "-disable-stack-protector", "-Xcc", "-ffreestanding",
    ]
    private static let cOptions = [
        "-ffreestanding", "-fPIE", "-ffunction-sections", "-fdata-sections",
        "-fno-stack-protector",
    ]

    /// For the driver, which would call the host's linker with the host's libraries.
    private var linkerOptions: [String] {
        let driver = ["--target=x86_64-unknown-linux-gnu", "-nostdlib", "-static-pie"]
        let linker = [
            "-e", PublicInterface.entry, "-z", "text", "--gc-sections", "--no-dynamic-linker",
            sysroot + "/lib/libhermit.a", Self.unicodeTables(programs),
        ]
        return ["-use-ld=\(programs.toolchain)/ld.lld"]
            + driver.flatMap { ["-Xclang-linker", $0] } + linker.flatMap { ["-Xlinker", $0] }
    }

    private func list(_ words: [String]) -> String {
        "["
            + words.map {
                "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            }.joined(separator: ", ") + "]"
    }

    /// The toolset file's text (SE-0387).
    var json: String {
        """
        {
          "schemaVersion": "1.0",
          "swiftCompiler": { "extraCLIOptions": \(list(Self.swiftOptions + linkerOptions)) },
          "cCompiler": { "extraCLIOptions": \(list(Self.cOptions)) }
        }

        """
    }
}
