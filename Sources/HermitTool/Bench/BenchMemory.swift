import ArgumentParser

/// `hermit bench memory`: the least memory that a program runs in.
struct BenchMemory: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "The least memory in which hello runs, in steps of 64 KiB.")

    /// Below this QEMU's firmware itself hangs.
    private static let lowest = 1536
    private static let highest = 16384
    private static let step = 64

    mutating func run() async throws {
        let bench = try await Workbench()
        let hello = try await bench.image("examples-c/hello_world")
        var table = TextTable(["machine", "KiB"])
        for kind in VirtualMachine.Kind.allCases {
            // `works` holds, `fails` does not: half the way until they touch.
            var fails = Self.lowest / Self.step
            var works = Self.highest / Self.step
            while works - fails > 1 {
                let middle = (works + fails) / 2
                var machine = VirtualMachine()
                machine.kind = kind
                machine.memory = "\(middle * Self.step)K"
                let run = try? await EmulatorRun(
                    bench.emulator, bench.words(machine, image: hello), timeLimit: .seconds(10))
                if run?.output.contains("exit status 0") == true { works = middle } else { fails = middle }
            }
            table.add([kind.rawValue, "\(works * Self.step)"])
        }
        print(table.text, terminator: "")
    }
}
