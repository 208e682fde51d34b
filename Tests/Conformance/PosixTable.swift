/// Results of the Open POSIX Test Suite's cases, counted by family, with the
/// host's beside ours.
public struct PosixTable: Sendable {
    public enum Verdict: Equatable, Sendable {
        /// What the case told on the host, and here where it passed there.
        case ran(host: PosixCase.Result, here: PosixCase.Result?, words: String)
        /// It did not compile or link on the host.
        case notOnHost(String)
        /// It makes or awaits another process by this function.
        case forks(String)
        /// Passed on the host; what it needs and does not get here.
        case notOffered(String)
    }

    /// Verdicts by the case's name, FUNCTION/NAME.
    public private(set) var verdicts: [String: Verdict] = [:]

    public init() {}

    public mutating func add(_ name: String, _ verdict: Verdict) { verdicts[name] = verdict }
    public mutating func merge(_ other: PosixTable) { verdicts.merge(other.verdicts) { $1 } }

    public var passedCount: Int {
        verdicts.values.count { if case .ran(.passed, .passed, _) = $0 { true } else { false } }
    }

    /// Of those that pass on the host, do not fork, and have what they need: the
    /// ones that do not pass here, with their result and last words, in order.
    public var failures: [(name: String, result: PosixCase.Result, words: String)] {
        verdicts.compactMap {
            guard case .ran(.passed, let here?, let words) = $0.value, here != .passed else { return nil }
            return (name: $0.key, result: here, words: words)
        }.sorted { $0.name < $1.name }
    }

    /// How many of those pass here, from 0 to 1.
    public var rate: Double {
        let eligible = passedCount + failures.count
        return eligible == 0 ? 0 : Double(passedCount) / Double(eligible)
    }

    private struct Row {
        var host = (passed: 0, failed: 0, unsupported: 0)
        var here = (passed: 0, failed: 0, unsupported: 0)
        var forks = 0, notOffered = 0

        static func += (row: inout Row, verdict: Verdict) {
            switch verdict {
            case .ran(let host, let here, _):
                count(host, in: &row.host)
                if let here { count(here, in: &row.here) }
            case .notOnHost: row.host.failed += 1
            case .forks: row.forks += 1
            case .notOffered:
                row.host.passed += 1
                row.notOffered += 1
            }
        }

        private static func count(
            _ result: PosixCase.Result, in counts: inout (passed: Int, failed: Int, unsupported: Int)
        ) {
            switch result {
            case .passed: counts.passed += 1
            case _ where result.isUnsupported: counts.unsupported += 1
            default: counts.failed += 1
            }
        }

        func text(_ title: String) -> String {
            let counts = [
                host.passed, host.failed, host.unsupported, here.passed, here.failed,
                here.unsupported, notOffered, forks,
            ]
            return "| \(title) | " + counts.map(String.init).joined(separator: " | ") + " |"
        }
    }

    /// The table, and the lists of what did not pass, as Markdown.
    public var text: String {
        var rows: [String: Row] = [:]
        var total = Row()
        var lists: [String: [String]] = [:]
        for (name, verdict) in verdicts.sorted(by: { $0.key < $1.key }) {
            let function = String(name.prefix { $0 != "/" })
            rows[PosixCase.family(of: function) ?? function, default: Row()] += verdict
            total += verdict
            switch verdict {
            case .ran(.passed, let here?, let words):
                if here == .passed { continue }
                lists["Passes on the host, not here", default: []].append(
                    "\(name): \(here.text)" + (words.isEmpty ? "" : ": " + words))
            case .ran(let host, _, _):
                lists["Does not pass on the host", default: []].append("\(name): \(host.text)")
            case .notOnHost(let reason):
                lists["Does not pass on the host", default: []].append("\(name): \(reason)")
            case .forks(let function):
                lists["Makes another process", default: []].append("\(name): \(function)")
            case .notOffered(let reason):
                lists["Not offered", default: []].append("\(name): \(reason)")
            }
        }
        var lines = [
            "| family | host: passed | failed | unsupported | here: passed | failed | unsupported | not offered | forks |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        lines += rows.sorted { $0.key < $1.key }.map { $0.value.text($0.key) }
        lines.append(total.text("all"))
        for (title, entries) in lists.sorted(by: { $0.key < $1.key }) {
            lines += ["", "\(title):", ""] + entries.map { "- " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
