/// Results of tests, counted by family.
public struct ResultTable: Sendable {
    public enum Verdict: Equatable, Sendable {
        case passed
        case failed(String)
        /// The host's own compiler and library do not pass it.
        case notOnHost(String)
        case skipped(String)
    }

    /// Verdicts by the test's name, FAMILY/NAME.
    public private(set) var verdicts: [String: Verdict] = [:]

    public init() {}

    public mutating func add(_ name: String, _ verdict: Verdict) { verdicts[name] = verdict }
    public mutating func merge(_ other: ResultTable) { verdicts.merge(other.verdicts) { $1 } }

    /// Names and reasons of those that failed, in order.
    public var failures: [(name: String, reason: String)] {
        verdicts.compactMap {
            if case .failed(let reason) = $0.value { (name: $0.key, reason: reason) } else { nil }
        }.sorted { $0.name < $1.name }
    }

    public var passedCount: Int { verdicts.values.count { $0 == .passed } }
    /// How many of those that pass on the host pass here, from 0 to 1.
    public var rate: Double {
        let eligible = passedCount + failures.count
        return eligible == 0 ? 0 : Double(passedCount) / Double(eligible)
    }

    /// The table, and the lists of what did not pass, as Markdown.
    public var text: String {
        var rows: [String: [Int]] = [:]
        var lists: [String: [String]] = [:]
        for (name, verdict) in verdicts.sorted(by: { $0.key < $1.key }) {
            let family = String(name.prefix { $0 != "/" })
            let column: Int
            switch verdict {
            case .passed: column = 0
            case .failed(let reason):
                column = 1
                lists["Failed", default: []].append("\(name): \(reason)")
            case .notOnHost(let reason):
                column = 2
                lists["Not on the host", default: []].append("\(name): \(reason)")
            case .skipped(let reason):
                column = 3
                lists["Skipped", default: []].append("\(name): \(reason)")
            }
            rows[family, default: [0, 0, 0, 0]][column] += 1
        }
        var lines = ["| family | passed | failed | not on the host | skipped |", "|---|---|---|---|---|"]
        for (family, counts) in rows.sorted(by: { $0.key < $1.key }) {
            lines.append("| \(family) | " + counts.map(String.init).joined(separator: " | ") + " |")
        }
        for (title, entries) in lists.sorted(by: { $0.key < $1.key }) {
            lines += ["", "\(title):", ""] + entries.map { "- " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
