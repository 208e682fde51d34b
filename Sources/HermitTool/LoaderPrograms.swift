/// How a monitor starts the loader.
public enum LoaderKind: String, CaseIterable, Sendable {
    case pvh
    case multiboot

    /// The loader's name in the sysroot's `lib`.
    var fileName: String {
        switch self {
        case .pvh: "hermit-loader-x86_64"
        case .multiboot: "hermit-loader-x86_64-multiboot"
        }
    }
}

/// Links the loader, once for each way to start it.
struct LoaderPrograms {
    let project: Project
    let programs: Programs
    let work: String

    /// What a loader may be at most, in bytes: it shares the smallest machine
    /// with the kernel and the program.
    static let largestSize = 65536

    /// - Parameters:
    ///   - archive: The archive that SwiftPM made.
    ///   - folder: Where the loaders go.
    func make(from archive: String, in folder: String) async throws {
        for kind in LoaderKind.allCases {
            let linked = "\(work)/loader-\(kind.rawValue)"
            let loader = folder + "/" + kind.fileName
            let script = "\(project.root)/Sources/Loader/Entry/loader-\(kind.rawValue).ld"
            try await programs.run(
                "ld.lld",
                [
                    "--gc-sections", "-z", "max-page-size=4096", "-T", script, "--whole-archive",
                    archive, "-o", linked,
                ])
            // QEMU takes a Multiboot kernel as a 32-bit ELF file only.
            let format = kind == .multiboot ? ["-O", "elf32-i386"] : []
            try await programs.run("llvm-objcopy", ["--strip-all"] + format + [linked, loader])
            let size = Files.entry(loader)?.size ?? 0
            guard size <= Self.largestSize else {
                throw ToolError(
                    "the loader (\(kind)) has \(size) bytes; at most \(Self.largestSize) are allowed")
            }
        }
    }
}
