import ArgumentParser

extension VirtualMachine.Kind: ExpressibleByArgument {}
extension LoaderKind: ExpressibleByArgument {}

/// The command `hermit`.
public struct HermitTool: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hermit",
        abstract: "Builds C and Swift programs into images that boot alone, and boots them.",
        version: (try? Project.find().version()) ?? "unknown",
        subcommands: [
            Run.self, Build.self, New.self, Pack.self, MakeSysroot.self, Install.self, Bench.self,
        ])

    public init() {}

    /// Parses the process's arguments, runs the command, and ends with its status.
    public static func start() async {
        do {
            try StandardStreams.open()
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as ToolError {
            if !error.description.isEmpty { Terminal.write("hermit: error: \(error)\n") }
            exit(withError: ExitCode(error.status))
        } catch {
            exit(withError: error)
        }
    }
}

/// What every command that builds takes.
struct BuildOptions: ParsableArguments {
    @Option(help: "The executable product to build, where a Swift package or a port has several.")
    var product: String?

    @Flag(
        help: """
            Link the tracer: with the kernel's word strace, which run gives, every call of the \
            system is told on the log, with its arguments, its result and the time it took.
            """)
    var strace = false

    @Argument(help: "A C, C++ or assembly file, a folder of them, a Swift package, a port, or a linked or packed image.")
    var target: String

    func sysroot() async throws -> Sysroot {
        let sysroot = Sysroot(
            project: try Project.find(), programs: try Programs.find(), isVerbose: false)
        try await sysroot.make()
        return sysroot
    }
}
