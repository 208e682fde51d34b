import ArgumentParser
import Foundation

/// `hermit build`.
struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Builds a program's image.")

    @OptionGroup var build: BuildOptions

    @Option(name: [.customShort("o"), .customLong("output")], help: "Where the image goes.")
    var output: String

    @Flag(help: "Leave out symbols and debugging information.")
    var strip = false

    mutating func run() async throws {
        let target = try Target(path: build.target)
        if case .image(let path) = target { try ImageFile.check(path) }
        let sysroot = try await build.sysroot()
        let image = try await target.image(sysroot: sysroot, product: build.product, isTraced: build.strace)
        try RightsScan.check(image, isRequired: false)
        let new = output + ".new"
        try? FileManager.default.removeItem(atPath: new)
        do {
            try FileManager.default.copyItem(atPath: image, toPath: new)
            if strip { try await sysroot.programs.run("llvm-objcopy", ["--strip-all", new]) }
            try ImageFile.markAsHermit(new)
            try? FileManager.default.removeItem(atPath: output)
            try FileManager.default.moveItem(atPath: new, toPath: output)
        } catch let error as CocoaError {
            throw ToolError("\(output): can't be written: \(error.localizedDescription)")
        }
    }
}

/// `hermit sysroot`.
struct MakeSysroot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sysroot",
        abstract: "Builds the sysroot - headers, libraries, compiler's side - and prints its path.")

    mutating func run() async throws {
        let sysroot = Sysroot(
            project: try Project.find(), programs: try Programs.find(), isVerbose: false)
        try await sysroot.makeWithCLibrary()
        print(sysroot.path)
    }
}
