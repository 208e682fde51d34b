import ArgumentParser
import Foundation

/// `hermit pack`.
struct Pack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts a program, its files, arguments and environment into one file that boots.",
        discussion: """
            The file is a tar archive with hermit.toml, the program, and the files, which are the \
            guest's from its root on. `hermit run FILE` boots it; so does the line that is printed, \
            for which QEMU and the loader that it names are all that is needed. Arguments that are \
            given at the boot come behind the packed ones. FILE.debug, the program with its symbols, \
            is what `hermit run FILE` names a fault's functions by; nothing else needs it.
            """)

    @OptionGroup var build: BuildOptions

    @Option(help: ArgumentHelp("The folder with the program's files.", valueName: "folder"))
    var initrd: String?

    @Option(help: ArgumentHelp("An environment variable; may be repeated.", valueName: "K=V"))
    var env: [String] = []

    @Option(help: "Further words for the kernel.")
    var kernelArgs: String?

    @Option(
        help: """
            The memory that the guest needs: a number with M or G. Less is refused at its boot. \
            (default: 128M, or what a port wants)
            """)
    var memory: String?

    @Option(
        help: """
            The processors that the guest needs. Fewer are refused at its boot. (default: 1, or what a \
            port wants)
            """)
    var cpus: Int?

    @Option(help: "The kind of machine in the line that is printed: q35 or microvm.")
    var machine = VirtualMachine.Kind.q35

    @Option(name: [.customShort("o"), .customLong("output")], help: "The file.")
    var output: String

    @Argument(parsing: .postTerminator, help: "The program's arguments.")
    var arguments: [String] = []

    func validate() throws {
        if let memory, memory.wholeMatch(of: /[1-9][0-9]{0,6}[MG]/) == nil {
            throw ValidationError("--memory takes a number with M or G behind it, as 128M")
        }
        if let cpus, !(1...255).contains(cpus) { throw ValidationError("--cpus takes 1 to 255") }
        for variable in env where !variable.dropFirst().contains("=") || variable.hasPrefix("=") {
            throw ValidationError("--env takes KEY=VALUE, not '\(variable)'")
        }
    }

    mutating func run() async throws {
        let target = try Target(path: build.target)
        if case .image(let path) = target {
            guard !PackedFile.isArchive(path) else { throw ToolError("\(path): is packed already") }
            try ImageFile.check(path)
        }
        let sysroot = try await build.sysroot()
        let image = try await target.image(
            sysroot: sysroot, product: build.product, isTraced: build.strace)
        if case .port(let path) = target {
            try PortDefaults(of: Port(path, sysroot: sysroot), product: build.product).complete(&self)
        }
        let memory = memory ?? VirtualMachine.usualMemory
        let cpus = cpus ?? 1
        var packed = PackedFile(
            image: try await BootCopy(programs: sysroot.programs, image: image).make(),
            folder: initrd)
        packed.configuration.kernelWords = ["name=" + (try target.name(product: build.product))]
            + (build.strace ? ["strace"] : [])
            + (kernelArgs?.split(separator: " ").map(String.init) ?? [])
        packed.configuration.environment = env
        packed.configuration.arguments = arguments
        packed.configuration.mebibytes = PackedFile.mebibytes(memory) ?? 0
        packed.configuration.processors = cpus
        try packed.write(to: output)
        do {
            try PackedFile.checkMemory(memory, for: output)
        } catch {
            try? FileManager.default.removeItem(atPath: output)
            throw error
        }
        try PackedSymbols.write(image: image, for: output)

        var virtual = VirtualMachine()
        virtual.kind = machine
        virtual.memory = memory
        virtual.processors = cpus
        virtual.hasPowerButton = ImageWishes(ofFile: output).contains(.powerButton)
        var boot = BootLine()
        boot.name = nil
        let words = virtual.arguments(
            loader: sysroot.loader(.pvh), image: output, boot: boot, wiring: .terminal)
        print(([Setup.emulator] + words).map(Quoting.shell).joined(separator: " "))
    }
}
