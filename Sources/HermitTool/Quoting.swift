/// Words put together into one line, for those who take it apart again.
public enum Quoting {
    /// A word of the kernel's command line: a backslash in front takes a
    /// space, a quote and a backslash as they are.
    public static func boot(_ word: String) -> String {
        guard !word.isEmpty else { return "\"\"" }
        var result = ""
        for scalar in word.unicodeScalars {
            if scalar == " " || scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    /// A word of a POSIX shell's command line.
    public static func shell(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            switch $0 {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "=", ".", "/", ",", ":", "+", "@", "%":
                true
            default: false
            }
        }
        if isPlain && !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
