/// The line that the kernel boots with: its own words, `--`, the program's arguments.
public struct BootLine: Equatable, Sendable {
    /// What the program is told as its own name.
    public var name = "hermit"
    /// `KEY=VALUE`.
    public var environment: [String] = []
    public var logLevel: String? = nil
    /// More words for the kernel, as the user wrote them.
    public var kernelWords: String? = nil
    public var arguments: [String] = []

    /// - Parameter usesChannel: The second serial port leads to the tool.
    func text(usesChannel: Bool) -> String {
        var words: [String] = []
        if usesChannel { words.append("channel=com2") }
        words.append(Quoting.boot("name=" + name))
        if let logLevel { words.append("log=" + logLevel) }
        words += environment.map { Quoting.boot("env=" + $0) }
        if let kernelWords { words.append(kernelWords) }
        words.append("--")
        words += arguments.map(Quoting.boot)
        return words.joined(separator: " ")
    }
}
