/// What ld.lld says of a link that failed, by the object that is the reason.
public enum LinkFailures {
    /// The first reason of each test, by its number.
    ///
    /// The linker tells an error, and in lines that start with `>>>` who wanted
    /// it; objects are named after their tests (`TestDriver.name`).
    public static func reasons(_ errors: String) -> [Int: String] {
        var reasons: [Int: String] = [:]
        var reason = ""
        for line in errors.split(separator: "\n") {
            if let found = line.firstRange(of: "error: ") {
                reason = String(line[found.upperBound...])
                // The driver wants it, and the test has no main.
                if let match = reason.wholeMatch(of: /undefined symbol: test([0-9]+)/),
                    let test = Int(match.1)
                {
                    reasons[test] = reasons[test] ?? "it has no main"
                }
            }
            for match in line.matches(of: /\btest([0-9]+)\.o\b/) {
                guard let test = Int(match.1) else { continue }
                reasons[test] = reasons[test] ?? reason
            }
        }
        return reasons
    }
}
