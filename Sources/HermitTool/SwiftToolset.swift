/// The toolset with which `swift build` makes an image of an application.
struct SwiftToolset {
    /// The `libhermit.a` that programs are linked with.
    let library: String
    /// What it is linked by, beside the linker's own.
    let script: String
    let toolchain: String

    /// Debugging information and frame pointers are for the reports of
    /// faults: the message of a failed check is in the debugging information
    /// alone. `swift_once` is the library's (HermitStart/once.c), which waits;
    /// the compiler's own must not be put in its place.
    private static let swiftOptions = [
        "-enable-experimental-feature", "Embedded", "-wmo", "-g", "-Xfrontend",
        "-function-sections", "-Xfrontend", "-disable-stack-protector", "-Xllvm", "-force-attribute=swift_once:noinline",
        "-Xcc", "-ffreestanding",
        "-Xcc", "-fno-omit-frame-pointer", "-Xcc", "-mno-omit-leaf-frame-pointer",
    ]
    private static let cOptions = [
        "-ffreestanding", "-fPIE", "-g", "-ffunction-sections", "-fdata-sections",
        "-fno-stack-protector", "-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer",
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
            "-Xlinker", script, "-Xlinker", library, "-Xlinker", tables,
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
