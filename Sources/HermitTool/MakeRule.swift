/// The rules in the dependency files that compilers write for make.
enum MakeRule {
    /// The words behind the colon of `target: one two \ ...`; a backslash
    /// joins lines, and takes a space or `#` as part of a name; `$$` is `$`.
    static func prerequisites(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var escaped = false
        var rest = text[...]
        guard let colon = text.firstRange(of: ": ") else { return [] }
        rest = text[colon.upperBound...]
        func end() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        var previousIsDollar = false
        for character in rest {
            if escaped {
                escaped = false
                switch character {
                case "\n", "\r\n": end()
                case " ", "#", "\\": word.append(character)
                default: word += "\\" + String(character)
                }
                continue
            }
            if character == "$" && previousIsDollar {
                previousIsDollar = false
                continue
            }
            previousIsDollar = character == "$"
            switch character {
            case "\\": escaped = true
            case " ", "\t": end()
            // The rule ends where its last line does.
            case "\n", "\r\n":
                end()
                return words
            default: word.append(character)
            }
        }
        end()
        return words
    }
}
