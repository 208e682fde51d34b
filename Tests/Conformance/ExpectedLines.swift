/// What DejaGnu's newlib_check_output expects of a program: a list of patterns
/// in the test's .exp file, one for each line.
public enum ExpectedLines {
    /// The patterns of the list that a script sets first.
    public static func patterns(script: String) -> [String] {
        guard let start = script.firstRange(of: /set\s+(expected_)?output\s+\{/) else { return [] }
        let list = ToolCommandList.words("{" + script[start.upperBound...])
        return list.first.map { ToolCommandList.words($0) } ?? []
    }

    /// The lines that do not fit their patterns, each with its pattern;
    /// those that are missing are empty.
    public static func mismatches(_ output: String, _ patterns: [String]) -> [String] {
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        return patterns.enumerated().compactMap { index, pattern in
            let line = index < lines.count ? String(lines[index]) : ""
            return ToolCommandList.matches(line, pattern) ? nil : "\(line) for \(pattern)"
        }
    }
}
