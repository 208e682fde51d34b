import ArgumentParser

/// `hermit build`.
struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Builds a program's image.")

    @OptionGroup var program: ProgramOptions
    @OptionGroup var options: BuildOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Where the image goes.", valueName: "image"))
    var output: String

    @Flag(help: "Leave out symbols and debugging information.")
    var strip = false

    mutating func run() async throws {
        let target = try Target(path: program.target)
        try target.check()
        let (project, programs) = try await options.environment()
        let lock = try BuildLock(project)
        defer { _ = lock }
        let sysroot = Sysroot(project: project, programs: programs)
        try await sysroot.make()
        let image = try await target.image(sysroot: sysroot, product: program.product)
        guard !Files.isFolder(output) else { throw ToolError("\(output): is a folder") }
        let new = output + ".new"
        do {
            try Files.write(try Files.read(image), to: new)
            if strip { try await programs.run("llvm-objcopy", ["--strip-all", new]) }
            // A stripped file has lost it.
            try ImageFile.markAsHermit(new)
            try Files.move(new, to: output)
        } catch {
            try? Files.remove(new)
            throw error
        }
    }
}

/// `hermit sysroot`.
struct MakeSysroot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sysroot",
        abstract: "Builds the sysroot - headers, libhermit.a, loader - and prints its path.")

    @OptionGroup var options: BuildOptions

    mutating func run() async throws {
        let (project, programs) = try await options.environment()
        let lock = try BuildLock(project)
        defer { _ = lock }
        let sysroot = Sysroot(project: project, programs: programs)
        try await sysroot.make()
        print(sysroot.path)
    }
}
