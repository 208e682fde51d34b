import Subprocess
import SystemPackage

/// Measuring Benchmarks/console: a mebibyte of standard output by a console device, and by the
/// serial port, in turns.
struct ConsoleRun {
    let runs: Int
    let timeLimit: Int

    private static let program = "Benchmarks/console"
    /// How many times as fast as the port the device is to be.
    fileprivate static let aim = 5.0
    /// What the program writes, the device's start among it.
    private static let size = 1 << 20 | 8192

    /// One machine's figures.
    struct Comparison {
        let machine: VirtualMachine.Kind
        var device = Figures()
        var port = Figures()

        static let heading = ["", "device", "port", "ratio", "aim", ""]

        var cells: [String] {
            let ratio = port.median > 0 ? device.median / port.median : 0
            return [
                "console, \(machine.rawValue)", device.median.text(digits: 1) + " MB/s",
                port.median.text(digits: 2) + " MB/s", ratio.text(digits: 2), ConsoleRun.aim.text(digits: 1),
                ratio >= ConsoleRun.aim ? "" : "missed",
            ]
        }

        /// For what is kept of all figures: one row for each way.
        var rows: [MicroComparison] {
            [("device", device), ("port", port)].map { name, figures in
                MicroComparison(
                    row: MicroReport.Row(
                        name: "console_\(machine.rawValue)_\(name)", unit: MicroReport.speed, aim: nil, processors: 1),
                    ours: figures)
            }
        }
    }

    /// - Throws: `ToolError` where output is missing.
    func measure(_ bench: Workbench) async throws -> [Comparison] {
        let image = try await bench.image(Self.program)
        var comparisons = VirtualMachine.Kind.allCases.map { Comparison(machine: $0) }
        for run in 1...runs {
            Terminal.say("round \(run) of \(runs), console")
            for index in comparisons.indices {
                let machine = comparisons[index].machine
                comparisons[index].device.add(try await rate(image, machine, "--console"))
                comparisons[index].port.add(try await rate(image, machine, "--no-console"))
            }
        }
        return comparisons
    }

    /// The tool itself is what takes the guest's output, as it does for a user.
    private func rate(_ image: String, _ machine: VirtualMachine.Kind, _ way: String) async throws -> Double {
        let result = try await Subprocess.run(
            .path(FilePath("/proc/self/exe")),
            arguments: Arguments(["run", "--timeout", "\(timeLimit)", "--machine", machine.rawValue, way, image]),
            input: .none, output: .bytes(limit: Self.size * 2), error: .string(limit: 1 << 20))
        let errors = result.standardError
        guard result.terminationStatus.isSuccess, result.standardOutput.count == Self.size,
            let figure = MicroReport(errors).figures["console"]
        else {
            throw ToolError("\(Self.program) on \(machine.rawValue), \(way): \(result.standardOutput.count) bytes; \(errors)")
        }
        return figure
    }
}
