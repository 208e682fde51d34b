/// The part of the log from a report's first function on, to be told with
/// names of functions, files and lines.
public struct FaultReport: Equatable, Sendable {
    public private(set) var lines: [String] = []

    /// A report is much shorter.
    public static let maximumLines = 1000

    public init() {}

    /// Takes a line that belongs to the report.
    ///
    /// - Returns: `false`: it does not, or the report is too long.
    public mutating func take(_ line: String) -> Bool {
        guard lines.count < Self.maximumLines, !lines.isEmpty || ReportLine(line) != nil else {
            return false
        }
        lines.append(line)
        return true
    }

    /// The offsets in the image to look up, each once.
    public var offsets: [UInt64] {
        Set(lines.compactMap { ReportLine($0)?.lookedUpOffset }).sorted()
    }

    /// The lines with what is known; those of which nothing is known stay.
    /// Calls that come from one place again and again, as in a recursion, are
    /// told once.
    ///
    /// - Parameters:
    ///   - places: What is at each offset, the innermost function first.
    ///   - folder: Files below it are told from there.
    public func text(with places: [UInt64: [SourcePlace]], from folder: String) -> [String] {
        var result: [String] = []
        var last: [String] = []
        var repetitions = 0
        func endRepetitions() {
            if repetitions > 0 { result.append("     and \(repetitions) more from there") }
            repetitions = 0
        }
        for line in lines {
            guard let frame = ReportLine(line), let offset = frame.lookedUpOffset,
                let all = places[offset], !all.isEmpty
            else {
                endRepetitions()
                last = []
                result.append(line)
                continue
            }
            let functions = all.filter { $0.failure == nil }.map { $0.description(from: folder) }
            if functions == last {
                repetitions += 1
                continue
            }
            endRepetitions()
            last = functions
            // A failed check is no function: its message stands alone.
            if frame.number == 0 && frame.isExact { result += all.compactMap(\.failure) }
            let number = "#\(frame.number)"
            let indentation = String(repeating: " ", count: number.count)
            for (index, function) in functions.enumerated() {
                let end = index + 1 < functions.count ? ", inlined in" : ""
                result.append("  \(index == 0 ? number : indentation) \(function)\(end)")
            }
        }
        endRepetitions()
        return result
    }
}
