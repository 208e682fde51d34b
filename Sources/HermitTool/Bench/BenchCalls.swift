import ArgumentParser

/// `hermit bench calls`: what single calls cost, in instructions.
struct BenchCalls: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls",
        abstract: "Instructions of single calls, of hermit.h and of the C library.")

    private static let programs = [
        "Benchmarks/calls", "Benchmarks/library_calls", "Benchmarks/file_calls", "Benchmarks/socket_calls",
    ]

    mutating func run() async throws {
        let bench = try await Workbench()
        var machine = VirtualMachine()
        machine.countsInstructions = true
        var table = TextTable(["call", "instructions"])
        for program in Self.programs {
            let image = try await bench.image(program)
            let run = try await EmulatorRun(bench.emulator, bench.words(machine, image: image))
            for line in run.output.split(separator: "\n") {
                guard let match = line.wholeMatch(of: /(.+) ([0-9]+\.[0-9]+)\r?/) else { continue }
                table.add([String(match.1), String(match.2)])
            }
        }
        print(table.text, terminator: "")
    }
}
