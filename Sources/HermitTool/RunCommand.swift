import ArgumentParser
import KernelSupport

extension VirtualMachine.Kind: ExpressibleByArgument {}
extension LoaderKind: ExpressibleByArgument {}

/// How a guest's instructions are to be run.
enum AccelerationChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, kvm, tcg
}

/// The kernel's log levels by their names.
enum LogChoice: String, CaseIterable, ExpressibleByArgument {
    case error, warn, info, debug, trace
}

/// `hermit run`.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Builds a program and boots it.",
        usage: "hermit run [options] TARGET [-- ARGUMENTS]",
        discussion: """
            The program's standard input, output and error are the command's own, and so is its \
            exit status. The kernel's log goes to standard error with [hermit] in front.

            Statuses of the command itself: 1 it could not build or boot, 64 wrong usage, 124 the \
            time limit passed, 125 the guest ended without a status, 128 + N ended by signal N.
            """)

    @OptionGroup var program: ProgramOptions

    @Option(help: "The guest's memory: a number with K, M or G behind it.")
    var memory = "128M"

    @Option(help: "The guest's processors, 1 to 255.")
    var cpus = 1

    @Option(name: .long, parsing: .unconditionalSingleValue, help: ArgumentHelp(
        "A variable of the program's environment; may be repeated.", valueName: "K=V"))
    var env: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("More words for the kernel.", valueName: "words"))
    var kernelArgs: String?

    @Option(help: "The kind of machine.")
    var machine = VirtualMachine.Kind.q35

    @Option(help: "How the loader is started.")
    var loader = LoaderKind.pvh

    @Option(help: "KVM, QEMU's emulation, or what works.")
    var accel = AccelerationChoice.auto

    @Option(help: "What of the kernel's log is shown; warn unless given.")
    var logLevel: LogChoice?

    @Option(help: ArgumentHelp("Kill the guest after so long.", valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "Wait for a debugger on 127.0.0.1:1234.")
    var gdb = false

    @Flag(help: "Print QEMU's command line, ready to paste, instead of running it.")
    var dryRun = false

    @OptionGroup var options: BuildOptions

    @Argument(
        parsing: .postTerminator, help: ArgumentHelp("The program's arguments.", valueName: "arguments"))
    var arguments: [String] = []

    func validate() throws {
        guard memory.wholeMatch(of: /[1-9][0-9]*[KMG]/) != nil else {
            throw ValidationError("--memory takes a number with K, M or G behind it, as 128M.")
        }
        guard (1...255).contains(cpus) else { throw ValidationError("--cpus takes 1 to 255.") }
        for variable in env where !variable.dropFirst().contains("=") {
            throw ValidationError("--env takes K=V, not '\(variable)'.")
        }
        if let timeout, !(timeout > 0 && timeout <= 1_000_000) {
            throw ValidationError("--timeout takes seconds: more than 0, at most 1000000.")
        }
    }

    mutating func run() async throws {
        let target = try Target(path: program.target)
        try target.check()
        let (project, programs) = try await options.environment()
        // Before the long steps: without QEMU they are of no use.
        let emulator = dryRun ? Setup.emulator : try await Setup.findEmulator()
        let sysroot = Sysroot(project: project, programs: programs)
        let image = try await build(target, sysroot)
        let virtual = VirtualMachine(
            kind: machine, accelerator: try accelerator(project), memory: memory,
            processors: cpus, waitsForDebugger: gdb)
        let boot = BootLine(
            name: target.name, environment: env, logLevel: logLevel?.rawValue,
            kernelWords: kernelArgs, arguments: arguments)
        if dryRun {
            let words = virtual.arguments(
                loader: sysroot.loader(loader), image: Files.absolute(image), boot: boot,
                wiring: .terminal)
            print(([emulator] + words).map(Quoting.shell).joined(separator: " "))
            return
        }
        if gdb {
            Terminal.say("waiting for a debugger: gdb \(image) -ex 'target remote :1234'")
        }
        let guest = Guest(
            emulator: emulator, machine: virtual, loader: sysroot.loader(loader), image: image,
            boot: boot, timeout: timeout, isVerbose: options.verbose)
        throw ExitCode(try await guest.run())
    }

    /// Builds under the project's lock, which is given back before the program runs.
    private func build(_ target: Target, _ sysroot: Sysroot) async throws -> String {
        let lock = try BuildLock(sysroot.project)
        defer { _ = lock }
        try await sysroot.make()
        return try await target.image(sysroot: sysroot, product: program.product)
    }

    private func accelerator(_ project: Project) throws -> VirtualMachine.Accelerator {
        if accel == .tcg { return .tcg }
        guard let obstacle = Acceleration.obstacle() else { return .kvm }
        if accel == .kvm { throw ToolError("no hardware virtualisation: \(obstacle)") }
        Acceleration.tellOnce(obstacle, project: project)
        return .tcg
    }
}
