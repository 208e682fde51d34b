/// The files that a compiler read, from the rule for make that it writes
/// with `-MD`: `TARGET: FILE FILE \` and lines that go on with blanks.
struct DependencyList: Equatable {
    let files: [String]

    /// - Parameter text: The rule. A backslash hides a blank or `#` of a
    ///   file's name, `$$` stands for `$`.
    init(makeRule text: String) {
        var words: [String] = []
        var word = ""
        func end() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        var rest = text.makeIterator()
        var ahead = rest.next()
        while let character = ahead {
            ahead = rest.next()
            switch character {
            case "\\" where ahead == "\n" || ahead == "\r\n":
                end()
                ahead = rest.next()
            case "\\" where ahead == " " || ahead == "#":
                word.append(ahead!)
                ahead = rest.next()
            case "$" where ahead == "$":
                word.append("$")
                ahead = rest.next()
            case " ", "\t", "\n", "\r\n": end()
            default: word.append(character)
            }
        }
        end()
        // The first word is the target, with the colon behind it.
        let start = words.firstIndex { $0.hasSuffix(":") }.map { $0 + 1 } ?? words.count
        files = Array(words[start...])
    }
}
