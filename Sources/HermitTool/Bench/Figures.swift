/// Measurements of one quantity.
struct Figures {
    private(set) var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    var count: Int { values.count }

    /// The middle one, or the mean of the two in the middle; 0 of none.
    var median: Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1
            ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    var least: Double { values.min() ?? 0 }
    var greatest: Double { values.max() ?? 0 }
}

/// Rows of words below a heading, in columns as wide as they need.
struct TextTable {
    private var rows: [[String]]

    init(_ heading: [String]) { rows = [heading] }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The first column is flush left, the others, figures, flush right.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n") + "\n"
    }
}

extension Double {
    /// With so many digits behind the point.
    func text(digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((self * scale).rounded())
        guard digits > 0 else { return String(whole) }
        let rest = String(whole.magnitude % UInt64(scale))
        return (whole < 0 ? "-" : "") + String(whole.magnitude / UInt64(scale)) + "."
            + String(repeating: "0", count: digits - rest.count) + rest
    }
}
