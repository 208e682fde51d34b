import ArgumentParser
import Foundation

/// Measuring rows of Benchmarks/micro on Hermit and on Linux, in turns.
struct MicroRun: ParsableArguments {
    @Option(help: "Boots of each system.")
    var runs = 5
    @Option(help: "The machine's memory, as QEMU takes it; Linux wants about 96M.")
    var memory = "128M"
    @Option(help: "For how long a row is measured at least, in milliseconds; three times a boot.")
    var milliseconds = 50
    @Option(help: "The seconds after which a boot is ended, and counted as failed.")
    var timeLimit = 180
    @Option(help: "Also writes all figures to this file, as JSON.")
    var json: String?

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs takes 1 to 1000") }
        guard (1...10000).contains(milliseconds) else {
            throw ValidationError("--milliseconds takes 1 to 10000")
        }
        guard (1...86400).contains(timeLimit) else {
            throw ValidationError("--time-limit takes 1 to 86400")
        }
    }

    private static let program = "Benchmarks/micro"
    /// How often a boot measures a row.
    private static let rounds = 3

    /// Measures and prints.
    ///
    /// - Parameters:
    ///   - only: Rows whose names begin with one of these; all, where that is empty, and none for
    ///     `nil`.
    ///   - more: Measures and prints rows of its own.
    func run(
        only: [String]?, more: (Workbench) async throws -> [MicroComparison] = { _ in [] }
    ) async throws {
        let bench = try await Workbench()
        let guest = LinuxGuest(sysroot: bench.sysroot)
        var comparisons: [MicroComparison] = []
        if let only { comparisons = try await measure(only, bench, guest) }
        comparisons += try await more(bench)
        if let json { try write(comparisons, guest, to: json) }
    }

    private func measure(
        _ only: [String], _ bench: Workbench, _ guest: LinuxGuest
    ) async throws -> [MicroComparison] {
        let image = try await bench.image(Self.program)
        try await guest.make(bench.sysroot.project.root + "/" + Self.program)
        let rows = try await selectedRows(bench, image, only)
        var comparisons = rows.map { MicroComparison(row: $0) }
        var failures = (ours: 0, linux: 0)
        var reasons: [String: String] = [:]

        // A machine with more processors than a row needs would measure something else.
        let groups = Dictionary(grouping: rows.indices, by: { rows[$0].processors })
        for (processors, indices) in groups.sorted(by: { $0.key < $1.key }) {
            var machine = VirtualMachine()
            machine.memory = memory
            machine.processors = processors
            let word =
                "rounds=\(Self.rounds),milliseconds=\(milliseconds),metrics="
                + indices.map { rows[$0].name }.joined(separator: ",")
            let ourWords = bench.words(machine, image: image, arguments: [word])
            let linuxWords = guest.words(machine, arguments: [word])
            for run in 1...runs {
                Terminal.say(
                    "round \(run) of \(runs)" + (groups.count > 1 ? ", \(processors) processors" : ""))
                let ours = try await boot(bench, ourWords, "Hermit", &failures.ours)
                let linux = try await boot(bench, linuxWords, "Linux", &failures.linux)
                for index in indices {
                    let name = rows[index].name
                    if let figure = ours.figures[name] { comparisons[index].ours.add(figure) }
                    if let figure = linux.figures[name] { comparisons[index].linux.add(figure) }
                    if let reason = ours.skipped[name] { reasons["\(name) on Hermit"] = reason }
                    if let reason = linux.skipped[name] { reasons["\(name) on Linux"] = reason }
                }
            }
        }

        var table = TextTable(MicroComparison.heading)
        for comparison in comparisons { table.add(comparison.cells) }
        print(table.text, terminator: "")
        print("Linux: \(guest.kernel.package), \(memory), medians of \(runs) boots")
        for (system, count) in [("Hermit", failures.ours), ("Linux", failures.linux)] where count > 0 {
            print("\(system): \(count) boots without a regular end")
        }
        for (row, reason) in reasons.sorted(by: { $0.key < $1.key }) {
            Terminal.say("\(row) was not measured: \(reason)")
        }
        for (system, count) in [("Hermit", failures.ours), ("Linux", failures.linux)]
        where count == runs * groups.count {
            throw ToolError("no boot of \(system) came to its end")
        }
        return comparisons
    }

    /// The rows that are wanted, of those that the program has.
    private func selectedRows(
        _ bench: Workbench, _ image: String, _ only: [String]
    ) async throws -> [MicroReport.Row] {
        let words = bench.words(VirtualMachine(), image: image, arguments: ["list"])
        let list = MicroReport(try await EmulatorRun(bench.emulator, words).output)
        guard list.isWhole else { throw ToolError("\(Self.program) did not list its rows") }
        for name in only where !list.rows.contains(where: { $0.name.hasPrefix(name) }) {
            let names = list.rows.map(\.name).joined(separator: " ")
            throw ToolError("no row's name begins with \(name); there are: \(names)")
        }
        if only.isEmpty { return list.rows }
        return list.rows.filter { row in only.contains { row.name.hasPrefix($0) } }
    }

    /// Boots one system and reads what it measured; a boot that does not come
    /// to its end is counted, and what it measured until then is used.
    private func boot(
        _ bench: Workbench, _ words: [String], _ system: String, _ failures: inout Int
    ) async throws -> MicroReport {
        let run = try await EmulatorRun(
            bench.emulator, words, timeLimit: .seconds(timeLimit), mustEnd: false)
        let report = MicroReport(run.output)
        if !run.didEnd || !report.isWhole {
            failures += 1
            let last = run.output.split(whereSeparator: \.isNewline).last ?? "nothing"
            Terminal.say(
                "\(system) \(run.didEnd ? "ended too early" : "did not end in \(timeLimit) s"); it printed last: \(last)")
        }
        return report
    }

    // MARK: - JSON

    private struct Document: Encodable {
        struct Row: Encodable {
            let name, unit: String
            let hermit, linux: [Double]
            let ratio, aim: Double?
        }
        let kernel, memory: String
        let rows: [Row]
    }

    private func write(
        _ comparisons: [MicroComparison], _ guest: LinuxGuest, to path: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let document = Document(
            kernel: guest.kernel.package, memory: memory,
            rows: comparisons.map {
                Document.Row(
                    name: $0.row.name, unit: $0.row.unit, hermit: $0.ours.values,
                    linux: $0.linux.values, ratio: $0.ratio, aim: $0.row.aim)
            })
        do {
            try encoder.encode(document).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ToolError("\(path): can't be written")
        }
    }
}
