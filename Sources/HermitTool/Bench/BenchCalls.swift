import ArgumentParser

/// `hermit bench calls`: what single calls cost, in instructions.
struct BenchCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "Instructions of single calls of the system interface.")

    mutating func run() async throws {
        let bench = try await Workbench()
        var machine = VirtualMachine()
        machine.countsInstructions = true
        let image = try await bench.image("Benchmarks/calls")
        let run = try await EmulatorRun(bench.emulator, bench.words(machine, image: image))
        var table = TextTable(["call", "instructions"])
        for line in run.output.split(separator: "\n") {
            guard let match = line.wholeMatch(of: /(.+) ([0-9]+\.[0-9]+)\r?/) else { continue }
            table.add([String(match.1), String(match.2)])
        }
        print(table.text, terminator: "")
    }
}
