/// Words put together into one line, for those who take it apart again.
public enum Quoting {
    /// A word of the kernel's command line: a space, a quote and a backslash
    /// are taken as they are when a backslash stands in front of them.
    public static func boot(_ word: String) -> String {
        guard !word.isEmpty else { return "\"\"" }
        var result = ""
        for scalar in word.unicodeScalars {
            if scalar == " " || scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// A text as a literal of Swift's.
    static func swift(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A word of a POSIX shell's command line.
    public static func shell(_ word: String) -> String {
        let plain = word.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_=./,:+@%".contains($0))
        }
        if plain && !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// The words of a line as a POSIX shell takes it apart that expands nothing
    /// (2.2, Quoting); `nil` where a quote or a backslash has nothing behind it.
    public static func words(_ line: String) -> [String]? {
        var words: [String] = []
        var word: String? = nil
        var quote: Unicode.Scalar? = nil
        var scalars = line.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch (scalar, quote) {
            case ("'", nil), ("\"", nil):
                quote = scalar
                word = word ?? ""
            case ("'", "'"), ("\"", "\""): quote = nil
            case ("\\", nil):
                guard let next = scalars.next() else { return nil }
                word = (word ?? "") + String(next)
            case ("\\", "\""):
                guard let next = scalars.next() else { return nil }
                word = (word ?? "") + ("$`\"\\".unicodeScalars.contains(next) ? "" : "\\") + String(next)
            case (" ", nil), ("\t", nil), ("\n", nil):
                if let word { words.append(word) }
                word = nil
            default: word = (word ?? "") + String(scalar)
            }
        }
        if quote != nil { return nil }
        if let word { words.append(word) }
        return words
    }
}
