import ArgumentParser

/// `hermit bench`.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures this version, as docs/benchmarks.md shows it.",
        discussion: """
            Times are of this machine and differ from run to run; what is compared is measured in \
            turns, and medians are shown. Instructions are counted by QEMU (-icount shift=0) and \
            hardly differ.
            """,
        subcommands: [
            BenchSize.self, BenchBoot.self, BenchInstructions.self, BenchCalls.self,
            BenchMemory.self, BenchMicro.self, BenchFiles.self, BenchNet.self, BenchParallel.self,
        ])
}

/// What every benchmark needs: the sysroot, QEMU, and programs of the project.
struct Workbench {
    let sysroot: Sysroot
    let emulator: String

    init() async throws {
        let project = try Project.find()
        guard !project.isInstalled else {
            throw ToolError("the benchmarks are among Hermit's sources: run `swift run hermit bench` there")
        }
        emulator = try await Setup.findEmulator(project)
        sysroot = Sysroot(project: project, programs: try Programs.find(), isVerbose: false)
        try await sysroot.make()
    }

    /// Builds a program of the project, without symbols.
    ///
    /// - Parameter path: Its folder, below the project's.
    /// - Returns: The image's path.
    func image(_ path: String) async throws -> String {
        let target = try Target(path: sysroot.project.root + "/" + path)
        let image = try await target.image(sysroot: sysroot, product: nil, isTraced: false)
        return try await BootCopy(programs: sysroot.programs, image: image).make()
    }

    /// QEMU's arguments to boot an image with everything on the terminal.
    ///
    /// - Parameters:
    ///   - loader: A program to boot alone, in place of our loader.
    ///   - arguments: The program's.
    func words(
        _ machine: VirtualMachine, image: String? = nil, loader: String? = nil, log: String? = nil,
        arguments: [String] = []
    ) -> [String] {
        var boot = BootLine()
        boot.name = "bench"
        boot.arguments = arguments
        boot.logLevel = log
        return machine.arguments(
            loader: loader ?? sysroot.loader(.pvh), image: image, boot: boot, wiring: .terminal)
    }
}
