/// What a program like that in Benchmarks/micro prints: its rows, or what it measured.
struct MicroReport: Equatable {
    /// A row of the benchmark, as the program lists it.
    struct Row: Equatable {
        let name: String
        let unit: String
        /// How many times as fast as Linux it is to be; `nil`: that is not said.
        let aim: Double?
        /// Processors that it needs.
        let processors: Int
    }

    /// A unit of speed in place of time.
    static let speed = "MB/s"

    var rows: [Row] = []
    var figures: [String: Double] = [:]
    /// Why a row was not measured.
    var skipped: [String: String] = [:]
    /// The program came to its end.
    var isWhole = false

    /// - Parameter output: All that the guest printed. Lines that are none of
    ///   the program's are passed over.
    init(_ output: String) {
        for line in output.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ", maxSplits: 4).map(String.init)
            switch words.first {
            case "row" where words.count == 5:
                guard let processors = Int(words[4]) else { continue }
                rows.append(
                    Row(
                        name: words[1], unit: words[2], aim: Double(words[3]),
                        processors: processors))
            case "metric" where words.count >= 4:
                if let figure = Double(words[2]) { figures[words[1]] = figure }
            case "skip" where words.count > 2:
                skipped[words[1]] = words[2...].joined(separator: " ")
            case "end" where words.count == 2: isWhole = true
            default: continue
            }
        }
    }
}

/// The measurements of one row on both systems.
struct MicroComparison {
    let row: MicroReport.Row
    var ours = Figures()
    var linux = Figures()

    /// How many times as fast as Linux; `nil` where one has no figure.
    var ratio: Double? {
        guard ours.count > 0, linux.count > 0, ours.median > 0, linux.median > 0 else { return nil }
        return row.unit == MicroReport.speed
            ? ours.median / linux.median : linux.median / ours.median
    }

    /// A figure in the unit that suits it.
    private func text(_ figures: Figures) -> String {
        guard figures.count > 0 else { return "-" }
        let value = figures.median
        if row.unit == MicroReport.speed { return value.text(digits: 0) + " MB/s" }
        return value < 9999.5 ? value.text(digits: 1) + " ns" : (value / 1000).text(digits: 1) + " us"
    }

    /// The heading of `cells`.
    static let heading = ["", "ours", "Linux", "ratio", "aim", ""]

    var cells: [String] {
        let verdict = if let ratio, let aim = row.aim { ratio >= aim ? "" : "missed" } else { "" }
        return [
            row.name, text(ours), text(linux), ratio?.text(digits: 2) ?? "-",
            row.aim?.text(digits: 1) ?? "-", verdict,
        ]
    }
}
