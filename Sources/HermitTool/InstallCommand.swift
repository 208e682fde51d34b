import ArgumentParser
import Foundation

/// `hermit install`.
struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts the tool and all that it needs where users want it.",
        discussion: """
            Below the folder: bin/hermit and the compiler's programs; lib/hermit/sysroot, with headers, \
            libraries and the loader; lib/hermit/swift, the library for programs in Swift; and \
            share/doc/hermit. The sources are then not needed any more; the Swift toolchain and QEMU are. \
            What an installed tool builds is in the user's cache, $XDG_CACHE_HOME/hermit. Installing again \
            replaces what was installed before.
            """)

    @Option(help: ArgumentHelp("The folder, as /usr/local; it is made where it is missing.", valueName: "dir"))
    var prefix: String

    @Option(help: ArgumentHelp("Install this executable as the tool, in place of a release build.", valueName: "file"))
    var tool: String?

    func validate() throws {
        guard !prefix.isEmpty else { throw ValidationError("--prefix takes a folder") }
    }

    mutating func run() async throws {
        let project = try Project.find()
        guard !project.isInstalled else {
            throw ToolError("an installed tool can't install: run `swift run hermit install` among Hermit's sources")
        }
        guard project.kernel == .release else { throw ToolError("HERMIT_KERNEL: only the release kernel is installed") }
        let sysroot = Sysroot(project: project, programs: try Programs.find(), isVerbose: false)
        let installation = Installation(
            prefix: URL(fileURLWithPath: prefix).standardizedFileURL.path, sysroot: sysroot)
        try installation.check()
        try await sysroot.makeWithCLibrary()
        try await sysroot.makeTraced()
        try await installation.make(tool: tool)
    }
}
