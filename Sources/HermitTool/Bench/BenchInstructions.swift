import ArgumentParser

/// `hermit bench instructions`: what a boot costs, in instructions.
struct BenchInstructions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instructions",
        abstract: "Instructions from the loader's entry to the application's, by memory.",
        discussion: "Boots differ by where the image is placed; the median is shown.")

    @Option(help: "Boots with each amount of memory.")
    var runs = 7

    private static let sizes = ["16M", "32M", "64M", "128M", "256M", "512M", "1G", "2G", "4G"]

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs takes 1 to 1000") }
    }

    mutating func run() async throws {
        let bench = try await Workbench()
        let hello = try await bench.image("examples-c/hello_world")
        var table = TextTable(["memory", "instructions", "least", "greatest", "growth"])
        var before: Double?
        for size in Self.sizes {
            var machine = VirtualMachine()
            machine.memory = size
            machine.countsInstructions = true
            var figures = Figures()
            for _ in 0..<runs {
                let run = try await EmulatorRun(
                    bench.emulator, bench.words(machine, image: hello, log: "info"))
                // The kernel's line: "the application starts, N ticks after the loader".
                guard let match = run.output.firstMatch(of: /starts, ([0-9]+) ticks/),
                    let ticks = Double(match.1)
                else { throw ToolError("the guest said nothing about its boot: \(run.output)") }
                figures.add(ticks)
            }
            let growth = before.map { ((figures.median / $0 - 1) * 100).text(digits: 2) + " %" }
            table.add([
                size, figures.median.text(digits: 0), figures.least.text(digits: 0),
                figures.greatest.text(digits: 0), growth ?? "",
            ])
            before = figures.median
        }
        print(table.text, terminator: "")
    }
}
