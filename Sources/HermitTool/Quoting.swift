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
}
