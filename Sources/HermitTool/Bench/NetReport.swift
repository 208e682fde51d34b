import Foundation
import Subprocess
import SystemPackage

/// A row of `hermit bench net`.
struct NetRow: Equatable {
    enum Unit: String { case microseconds = "us", megabytes = "MB/s", perSecond = "/s" }

    let name: String
    let unit: Unit
    /// How many times as good as Linux it is to be.
    let aim: Double
    /// What the client is told, without how often or how long.
    private let action: String

    /// The word that makes the client measure it.
    func word(count: Int, milliseconds: Int) -> String {
        switch unit {
        case .microseconds: "\(action):\(count)"
        case .perSecond where name == "connect_echo_close": "\(action):\(count)"
        case .megabytes, .perSecond: "\(action):\(milliseconds)"
        }
    }

    /// Bytes of a message, or of each write of who sends.
    static let all: [NetRow] = [
        NetRow(name: "tcp_1", unit: .microseconds, aim: 1.8, action: "rr:1"),
        NetRow(name: "tcp_64", unit: .microseconds, aim: 1.8, action: "rr:64"),
        NetRow(name: "tcp_1024", unit: .microseconds, aim: 1.8, action: "rr:1024"),
        NetRow(name: "tcp_16384", unit: .microseconds, aim: 1.6, action: "rr:16384"),
        NetRow(name: "udp_1", unit: .microseconds, aim: 1.6, action: "udp:1"),
        NetRow(name: "to_guest_64", unit: .megabytes, aim: 1.5, action: "to:64"),
        NetRow(name: "to_guest_1024", unit: .megabytes, aim: 2.1, action: "to:1024"),
        NetRow(name: "to_guest_65536", unit: .megabytes, aim: 2.2, action: "to:65536"),
        NetRow(name: "from_guest_64", unit: .megabytes, aim: 6, action: "from:64"),
        NetRow(name: "from_guest_1024", unit: .megabytes, aim: 5, action: "from:1024"),
        NetRow(name: "from_guest_65536", unit: .megabytes, aim: 2.2, action: "from:65536"),
        NetRow(name: "connect_echo_close", unit: .perSecond, aim: 2.8, action: "connect"),
        NetRow(name: "http_1", unit: .perSecond, aim: 2.1, action: "http:1"),
        NetRow(name: "http_16", unit: .perSecond, aim: 3, action: "http:16"),
    ]

    /// Of a link that takes time and loses frames, where the link says how much can be sent.
    static let distant: [NetRow] = [
        NetRow(name: "to_guest_65536", unit: .megabytes, aim: 1, action: "to:65536"),
        NetRow(name: "from_guest_65536", unit: .megabytes, aim: 1, action: "from:65536"),
    ]
}

/// What the client has printed.
struct NetReport: Equatable {
    /// By the client's word.
    var figures: [String: Double] = [:]
    /// What went wrong, a line each.
    var problems: [String] = []

    init(_ output: String) {
        for line in output.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 3, words[0] == "figure", let figure = Double(words[2]) {
                figures[words[1]] = figure
            } else if let first = words.first, first == "failed" || first == "lost" {
                problems.append(String(line))
            }
        }
    }
}

/// The measurements of one row on both systems.
struct NetComparison {
    let row: NetRow
    var ours = Figures()
    var linux = Figures()

    init(row: NetRow) { self.row = row }

    /// How many times as good as Linux; `nil` where one has no figure.
    var ratio: Double? {
        guard ours.count > 0, linux.count > 0, ours.median > 0, linux.median > 0 else { return nil }
        return row.unit == .microseconds ? linux.median / ours.median : ours.median / linux.median
    }

    private func text(_ figures: Figures) -> String {
        figures.count > 0 ? "\(figures.median.text(digits: 1)) \(row.unit.rawValue)" : "-"
    }

    /// The heading of `cells`.
    static let heading = ["", "ours", "Linux", "ratio", "aim", ""]

    var cells: [String] {
        let verdict = if let ratio { ratio >= row.aim ? "" : "missed" } else { "" }
        return [
            row.name, text(ours), text(linux), ratio?.text(digits: 2) ?? "-", row.aim.text(digits: 1), verdict,
        ]
    }
}

/// One boot of a system, and what the client has measured of it.
struct NetBoot {
    /// By the place of the client's word.
    private(set) var figures: [(Int, Double)] = []

    /// Before each measurement this has translated what it takes, and asked for neighbours.
    private static let warming = "rr:64:200"

    /// Boots it, and has the client do what `words` say.
    init(
        _ system: String, _ emulator: String, _ machine: [String], _ client: String, _ words: [String],
        _ namespace: NetworkNamespace, seconds: Int
    ) async throws {
        let guest = namespace.command(emulator, machine)
        async let run = EmulatorRun(
            guest.path, guest.words, timeLimit: .seconds(seconds), mustEnd: false)
        let host = namespace.command(
            "/usr/bin/env",
            ["timeout", String(seconds), client, NetworkNamespace.guestAddress, "30", "wait", Self.warming]
                + words + ["end"])
        let result = try await Subprocess.run(
            .path(FilePath(host.path)), arguments: Arguments(host.words), input: .none,
            output: .string(limit: 1 << 20), error: .currentStandardError)
        let report = NetReport(result.standardOutput)
        for (index, word) in words.enumerated() {
            if let figure = report.figures[word] { figures.append((index, figure)) }
        }
        for problem in report.problems { Terminal.say("\(system): \(problem)") }
        // A guest that does not end by itself is ended when its time is over.
        let end = try await run
        if !end.didEnd {
            let last = end.output.split(whereSeparator: \.isNewline).last ?? "nothing"
            Terminal.say("\(system) did not end in \(seconds) s; it printed last: \(last)")
        }
    }
}
