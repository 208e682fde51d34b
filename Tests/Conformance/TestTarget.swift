/// What the compiler and the system below it can do, as DejaGnu asks it.
public struct TestTarget: Sendable {
    /// As `config.guess` writes it.
    public var triple: String
    /// GCC's "effective targets" that hold.
    public var capabilities: Set<String>

    public init(triple: String, capabilities: Set<String>) {
        self.triple = triple
        self.capabilities = capabilities
    }

    /// Hermit, through clang. What is not here is not there: files and
    /// mappings of them, decimal floating point, 32-bit code.
    public static let hermit = TestTarget(
        triple: "x86_64-unknown-hermit",
        capabilities: [
            "alloca", "c99_runtime", "double64plus", "fpic", "indirect_jumps", "int128", "int32",
            "int32plus", "label_values", "longlong64", "lp64", "nonlocal_goto", "ptr32plus",
            "return_address", "signal", "size32plus", "stdint_types", "trampolines",
            "untyped_assembly", "unwrapped",
        ])

    /// Whether a selector - a pattern of triples, an effective target, or an
    /// expression of them with `!`, `&&` and `||` - holds.
    func satisfies(_ selector: String) -> Bool { satisfies(ToolCommandList.words(selector)) }

    private func satisfies(_ words: [String]) -> Bool {
        switch words.count {
        case 0: return false
        case 1:
            let word = words[0]
            if word.contains(where: { $0.isWhitespace || $0 == "{" }) { return satisfies(word) }
            if word.contains("-") || word.contains("*") {
                return ToolCommandList.matches(triple, word)
            }
            return capabilities.contains(word)
        default:
            if words[0] == "!" { return !satisfies(Array(words.dropFirst())) }
            if words[1] == "&&" { return satisfies([words[0]]) && satisfies(Array(words.dropFirst(2))) }
            if words[1] == "||" { return satisfies([words[0]]) || satisfies(Array(words.dropFirst(2))) }
            // A list of patterns: any of them.
            return words.contains { satisfies([$0]) }
        }
    }
}
