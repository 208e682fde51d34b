import ArgumentParser

/// `hermit bench parallel`: what a second processor gives, beside the host's.
struct BenchParallel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parallel",
        abstract: "How much faster two cores compute than one, beside two processes of the host.",
        discussion: """
            Benchmarks/parallel computes pi: once, and twice at the same time. Twice the time of \
            one divided by the time of both is the speed-up, 2 at best. The same program runs as \
            one and as two processes of the host, in turns with the guest. What counts is the \
            guest's speed-up in relation to the host's; 0.95 is wanted.
            """)

    @Option(help: "Rounds of guest and host.")
    var runs = 5
    @Option(help: "How long one computation takes, in milliseconds.")
    var milliseconds = 1000

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs takes 1 to 1000") }
        guard (10...60000).contains(milliseconds) else {
            throw ValidationError("--milliseconds takes 10 to 60000")
        }
    }

    private static let program = "Benchmarks/parallel"

    mutating func run() async throws {
        let bench = try await Workbench()
        let image = try await bench.image(Self.program)
        let hostProgram = bench.sysroot.project.build + "/parallel"
        try await bench.sysroot.programs.run(
            "clang",
            [
                "-O2", "-std=gnu17", "-o", hostProgram,
                bench.sysroot.project.root + "/" + Self.program + "/main.c",
            ])
        var machine = VirtualMachine()
        machine.processors = 2
        let guestSteps = try number(
            "steps", try await boot(bench, machine, image, ["find", "\(milliseconds)"]))
        let hostSteps = try number(
            "steps", try await Programs.run(hostProgram, ["find", "\(milliseconds)"]))

        var guest = (alone: Figures(), both: Figures(), gain: Figures())
        var host = (alone: Figures(), both: Figures(), gain: Figures())
        for run in 1...runs {
            Terminal.say("round \(run) of \(runs)")
            let report = try await boot(bench, machine, image, ["tasks", "\(Int(guestSteps))"])
            Self.add(
                try number("alone", report) / 1e6, try number("both", report) / 1e6, to: &guest)
            let alone = try await Self.time(hostProgram, steps: Int(hostSteps), processes: 1)
            let both = try await Self.time(hostProgram, steps: Int(hostSteps), processes: 2)
            Self.add(alone, both, to: &host)
        }
        var table = TextTable(["", "one ms", "two ms", "speed-up"])
        for (name, figures) in [("guest", guest), ("host", host)] {
            table.add([
                name, figures.alone.median.text(digits: 1), figures.both.median.text(digits: 1),
                figures.gain.median.text(digits: 3),
            ])
        }
        print(table.text, terminator: "")
        let ratio = guest.gain.median / host.gain.median
        print("in relation: \(ratio.text(digits: 3)), wanted 0.95; medians of \(runs) rounds")
    }

    private static func add(
        _ alone: Double, _ both: Double,
        to figures: inout (alone: Figures, both: Figures, gain: Figures)
    ) {
        figures.alone.add(alone)
        figures.both.add(both)
        figures.gain.add(2 * alone / both)
    }

    private func boot(
        _ bench: Workbench, _ machine: VirtualMachine, _ image: String, _ arguments: [String]
    ) async throws -> String {
        let limit = Duration.milliseconds(60_000 + 20 * milliseconds)
        return try await EmulatorRun(
            bench.emulator, bench.words(machine, image: image, arguments: arguments),
            timeLimit: limit
        ).output
    }

    /// The figure behind a name, on a line of its own.
    private func number(_ name: String, _ report: String) throws -> Double {
        for line in report.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name, let value = Double(words[1]), value > 0 {
                return value
            }
        }
        throw ToolError("\(Self.program) did not tell \(name); it printed: \(report)")
    }

    /// Milliseconds until all of so many processes have ended.
    private static func time(
        _ program: String, steps: Int, processes: Int
    ) async throws -> Double {
        let clock = ContinuousClock()
        let start = clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<processes {
                group.addTask { _ = try await Programs.run(program, ["\(steps)"]) }
            }
            try await group.waitForAll()
        }
        return (clock.now - start) / .milliseconds(1)
    }
}
