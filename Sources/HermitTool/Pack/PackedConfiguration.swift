/// The text of `hermit.toml`, version 1: which of an archive's files is the
/// program, and what it starts with.
struct PackedConfiguration {
    static let name = "hermit.toml"

    /// The program's path in the archive.
    var kernel = ".hermit/program"
    var kernelWords: [String] = []
    var arguments: [String] = []
    /// `KEY=VALUE`.
    var environment: [String] = []
    /// Bytes of memory that the machine must have; 0: nothing is said of it.
    var mebibytes = 0
    var processors = 0

    var text: String {
        var lines = [
            "version = \"1\"", "kernel = \(Self.string(kernel))", "", "[input]",
            "kernel_args = \(Self.list(kernelWords))", "app_args = \(Self.list(arguments))",
            "env_vars = \(Self.list(environment))",
        ]
        if mebibytes > 0 || processors > 0 {
            lines += ["", "[requirements]"]
            if mebibytes > 0 { lines.append("memory = \"\(mebibytes) MiB\"") }
            if processors > 0 { lines.append("cpus = \(processors)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ words: [String]) -> String {
        "[" + words.map(string).joined(separator: ", ") + "]"
    }

    /// A basic string (TOML 1.0, "String").
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
