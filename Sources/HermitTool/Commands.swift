import ArgumentParser

/// The command `hermit`.
public struct HermitTool: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "hermit",
        abstract: "Builds C and Swift programs into images that boot alone, and boots them.",
        version: (try? Project.find().version()) ?? "unknown",
        subcommands: [Run.self, Build.self, MakeSysroot.self])

    public init() {}

    /// Parses the process's arguments, runs the command, and ends with its status.
    public static func start() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as ToolError {
            Terminal.write("hermit: error: \(error)\n")
            exit(withError: ExitCode(error.status))
        } catch {
            exit(withError: error)
        }
    }
}

/// What every command that builds takes.
struct BuildOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show the commands that are run and what they print.")
    var verbose = false

    /// The project, and the programs that build it.
    func environment() async throws -> (Project, Programs) {
        var programs = try await Programs.find()
        programs.isVerbose = verbose
        return (try Project.find(), programs)
    }
}

/// What every command that builds a program takes.
struct ProgramOptions: ParsableArguments {
    @Option(help: "The executable product to build, where a Swift package has several.")
    var product: String?

    @Argument(help: "A C file, a folder of C files, a Swift package, or a linked image.")
    var target: String
}
