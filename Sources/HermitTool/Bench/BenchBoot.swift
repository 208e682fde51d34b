import ArgumentParser

/// `hermit bench boot`: from QEMU's start to the first byte of output.
struct BenchBoot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot",
        abstract: "Time from QEMU's start to the first line of main.",
        discussion: """
            Beside it the floor: a PVH program of twenty lines that prints, which is what QEMU \
            and its firmware cost. The programs run in turns. "fast" is q35 with the firmware \
            that hermit run chooses where QEMU has it, qboot, in place of SeaBIOS.
            """)

    @Option(help: "Boots of each program on each machine.")
    var runs = 21

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs takes 1 to 1000") }
    }

    mutating func run() async throws {
        let bench = try await Workbench()
        let floor = try await Self.floor(bench)
        let hello = try await bench.image("Benchmarks/boot")
        var table = TextTable(["", "floor ms", "main ms", "least", "greatest", "above floor"])
        var machines: [(String, VirtualMachine)] = []
        for kind in VirtualMachine.Kind.allCases {
            var machine = VirtualMachine()
            machine.kind = kind
            machines.append((kind.rawValue, machine))
        }
        if let firmware = Setup.fastFirmware {
            var machine = VirtualMachine()
            machine.firmware = firmware
            machines.append(("q35 fast", machine))
        }
        var figures = machines.map { _ in (floor: Figures(), hello: Figures()) }
        for _ in 0..<runs {
            for (index, (_, machine)) in machines.enumerated() {
                figures[index].floor.add(
                    try await Self.time(bench, bench.words(machine, loader: floor)))
                figures[index].hello.add(
                    try await Self.time(bench, bench.words(machine, image: hello)))
            }
        }
        for ((name, _), (floor, hello)) in zip(machines, figures) {
            table.add([
                name, floor.median.text(digits: 1), hello.median.text(digits: 1),
                hello.least.text(digits: 1), hello.greatest.text(digits: 1),
                (hello.median - floor.median).text(digits: 1),
            ])
        }
        print(table.text, terminator: "")
    }

    /// Builds the floor program; its path.
    private static func floor(_ bench: Workbench) async throws -> String {
        let programs = bench.sysroot.programs
        let path = bench.sysroot.project.build + "/floor"
        try await programs.run(
            "clang",
            [
                "--target=i386-unknown-none-elf", "-c",
                bench.sysroot.project.root + "/Benchmarks/floor/floor.S", "-o", path + ".o",
            ])
        try await programs.run("ld.lld", ["-N", "--image-base=0x100000", "-o", path, path + ".o"])
        return path
    }

    /// Milliseconds to the first byte.
    private static func time(_ bench: Workbench, _ words: [String]) async throws -> Double {
        let run = try await EmulatorRun(bench.emulator, words)
        guard let first = run.firstOutput else { throw ToolError("the guest printed nothing") }
        return first / .milliseconds(1)
    }
}
