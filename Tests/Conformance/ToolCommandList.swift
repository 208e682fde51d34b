/// A list of Tcl, in which DejaGnu's directives are written: words between
/// blanks, where braces or double quotes make one word of several.
enum ToolCommandList {
    /// The words of a list. A brace or quote that nothing closes ends with the
    /// text.
    static func words(_ text: some StringProtocol) -> [String] {
        var words: [String] = []
        var word: String? = nil
        var depth = 0
        var isQuoted = false
        for character in text {
            if depth > 0 {
                if character == "{" { depth += 1 }
                if character == "}" { depth -= 1 }
                if depth > 0 { word?.append(character) }
            } else if isQuoted {
                if character == "\"" { isQuoted = false } else { word?.append(character) }
            } else if character.isWhitespace {
                if let whole = word { words.append(whole) }
                word = nil
            } else if character == "{" && word == nil {
                depth = 1
                word = ""
            } else if character == "\"" && word == nil {
                isQuoted = true
                word = ""
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let whole = word { words.append(whole) }
        return words
    }

    /// Whether a name fits a pattern of `string match` with `*` and `?`.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        matches(name[...], pattern[...])
    }

    private static func matches(_ name: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" {
            return matches(name, rest) || (!name.isEmpty && matches(name.dropFirst(), pattern))
        }
        guard let character = name.first, first == "?" || first == character else { return false }
        return matches(name.dropFirst(), rest)
    }
}
