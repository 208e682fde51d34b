import ArgumentParser
import Foundation

/// `hermit bench net`: the network, from the host to the guest, beside a Linux guest.
struct BenchNet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "net",
        abstract: "Messages, streams, connections and HTTP over a tap device, beside a Linux guest.",
        discussion: """
            Benchmarks/network_server is built for Hermit and for Linux (as for hermit bench micro, \
            with the modules of Debian's for the card), Benchmarks/network_client for the host. Both \
            guests boot in turns on the same machine of QEMU's, with a virtio card whose tap device \
            is in a network namespace of the tool's, without vhost. That takes root's rights. \
            Shown are medians of boots, how many times as good as Linux we are, and want to be. \
            Other work on the host disturbs. With --round-trip or --loss a program \
            (Benchmarks/network_link) carries the frames between tap device and card, late and not \
            all of them: the streams of 64 KiB are measured then, and are to be as good as Linux's.
            """)

    @Option(help: "Boots of each system.")
    var runs = 5
    @Option(help: "The machine's memory, as QEMU takes it; Linux wants about 96M.")
    var memory = "128M"
    @Option(help: "The machine's processors.")
    var cpus = 1
    @Option(help: "How long a stream or HTTP is measured, in milliseconds.")
    var milliseconds = 2000
    @Option(help: "How many messages or connections are measured.")
    var count = 2000
    @Option(help: "The seconds after which a boot is ended, and counted as failed.")
    var timeLimit = 120
    @Option(parsing: .upToNextOption, help: "The rows to measure: those whose names begin so.")
    var only: [String] = []
    @Option(help: "How long a frame there and one back take, in milliseconds.")
    var roundTrip = 0
    @Option(help: "How many of 100 frames are lost in each direction.")
    var loss = 0.0
    @Option(help: "Also writes all figures to this file, as JSON.")
    var json: String?

    func validate() throws {
        for (name, value, most) in [
            ("runs", runs, 1000), ("cpus", cpus, 64), ("milliseconds", milliseconds, 60_000),
            ("count", count, 1_000_000), ("time-limit", timeLimit, 86_400),
        ] where !(1...most).contains(value) {
            throw ValidationError("--\(name) takes 1 to \(most)")
        }
        guard 0...1000 ~= roundTrip else { throw ValidationError("--round-trip takes 0 to 1000") }
        guard 0...50 ~= loss else { throw ValidationError("--loss takes 0 to 50") }
    }

    private static let server = "Benchmarks/network_server"
    private static let client = "Benchmarks/network_client"
    /// The link that is not the tap device alone; `nil`: it is.
    private var link: LongLink? {
        roundTrip > 0 || loss > 0 ? LongLink(roundTrip: roundTrip, loss: loss) : nil
    }
    /// A station's address for the guest's card, of those that QEMU gives.
    private static let station = "52:54:00:12:34:56"

    mutating func run() async throws {
        let rows = try selectedRows()
        if let obstacle = NetworkNamespace.obstacle { throw ToolError(obstacle) }
        let bench = try await Workbench()
        let image = try await bench.image(Self.server)
        let root = bench.sysroot.project.root + "/"
        let guest = LinuxGuest(sysroot: bench.sysroot, modules: ["virtio_pci", "virtio_net"])
        try await guest.make(root + Self.server)
        let client = try await guest.program(root + Self.client)
        let link = link
        let linkProgram = link == nil ? nil : try await guest.program(root + LongLink.source)
        var machine = VirtualMachine()
        machine.memory = memory
        machine.processors = cpus
        machine.devices = [
            .card(
                try VirtualCard(
                    network: link == nil ? .tap(NetworkNamespace.tap) : LongLink.network, station: Self.station))
        ]
        let ours = bench.words(machine, image: image)
        let linux = guest.words(machine, arguments: [NetworkNamespace.guestAddress])
        let words = rows.map { $0.word(count: count, milliseconds: milliseconds) }
        let (runs, timeLimit) = (runs, timeLimit)
        var comparisons = rows.map { NetComparison(row: $0) }
        try await NetworkNamespace.with(bench.sysroot.project) { namespace in
            for run in 1...runs {
                Terminal.say("round \(run) of \(runs)")
                func boot(_ system: String, _ machine: [String], _ add: (Int, Double) -> Void) async throws {
                    let boot = try await NetBoot(
                        system, bench.emulator, machine, client, words, namespace, seconds: timeLimit)
                    for (index, figure) in boot.figures { add(index, figure) }
                }
                // Both lose the same of a round's frames, as far as they send the same.
                func bootLinked(_ system: String, _ machine: [String], _ add: (Int, Double) -> Void) async throws {
                    guard let link, let linkProgram else { return try await boot(system, machine, add) }
                    try await link.with(linkProgram, in: namespace, seed: run) {
                        try await boot(system, machine, add)
                    }
                }
                try await bootLinked("Hermit", ours) { comparisons[$0].ours.add($1) }
                try await bootLinked("Linux", linux) { comparisons[$0].linux.add($1) }
            }
        }
        var table = TextTable(NetComparison.heading)
        for comparison in comparisons { table.add(comparison.cells) }
        print(table.text, terminator: "")
        print("Linux: \(guest.kernel.package), \(memory), \(cpus) processors, medians of \(runs) boots")
        if let json { try write(comparisons, guest, to: json) }
        for (system, counts) in [
            ("Hermit", comparisons.map(\.ours.count)), ("Linux", comparisons.map(\.linux.count)),
        ] where counts.allSatisfy({ $0 == 0 }) {
            throw ToolError("nothing was measured on \(system)")
        }
    }

    private func selectedRows() throws -> [NetRow] {
        let rows = link == nil ? NetRow.all : NetRow.distant
        for name in only where !rows.contains(where: { $0.name.hasPrefix(name) }) {
            throw ToolError(
                "no row's name begins with \(name); there are: " + rows.map(\.name).joined(separator: " "))
        }
        return rows.filter { row in only.isEmpty || only.contains { row.name.hasPrefix($0) } }
    }

    // MARK: - JSON

    private struct Document: Encodable {
        struct Row: Encodable {
            let name, unit: String
            let hermit, linux: [Double]
            let ratio: Double?
            let aim: Double
        }
        let kernel, memory: String
        let cpus: Int
        let rows: [Row]
    }

    private func write(_ comparisons: [NetComparison], _ guest: LinuxGuest, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let document = Document(
            kernel: guest.kernel.package, memory: memory, cpus: cpus,
            rows: comparisons.map {
                Document.Row(
                    name: $0.row.name, unit: $0.row.unit.rawValue, hermit: $0.ours.values,
                    linux: $0.linux.values, ratio: $0.ratio, aim: $0.row.aim)
            })
        do {
            try encoder.encode(document).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ToolError("\(path): can't be written")
        }
    }
}
