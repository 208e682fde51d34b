/// The place that compilers and build systems point at: headers,
/// `libhermit.a`, the start-up file, the loader, Swift's toolset.
struct Sysroot {
    let project: Project
    let programs: Programs

    static let triple = "x86_64-unknown-none-elf"

    var path: String { project.sysroot }
    var library: String { path + "/lib/libhermit.a" }
    var startFile: String { path + "/lib/crt0.o" }
    var toolset: String { path + "/share/swift/toolset.json" }

    func loader(_ kind: LoaderKind) -> String { path + "/lib/" + kind.fileName }

    /// What the products are made from, the packaging's own code included.
    private static let sources = [
        "Package.swift", "Toolsets", "include", "Sources/CABI", "Sources/CMachine",
        "Sources/CMemory", "Sources/Kernel", "Sources/Loader", "Sources/Newlib",
        "Sources/HermitTool",
    ]

    /// Builds what is out of date. The caller holds the project's `BuildLock`.
    func make() async throws {
        var inputs = Fingerprint()
        inputs.add(programs.identity)
        for part in Self.sources { inputs.add(path: project.root + "/" + part) }
        let stamp = project.build + "/sysroot.stamp"
        let products = [library, startFile, toolset] + LoaderKind.allCases.map(loader)
        if inputs.matches(stamp: stamp) && products.allSatisfy(Files.exists) { return }

        let kernel = try await Terminal.step("building the kernel") {
            try await build("HermitKernelArchive")
        }
        let loader = try await Terminal.step("building the loader") {
            try await build("HermitLoaderArchive")
        }
        try await package(kernel: kernel, loader: loader)
        try inputs.write(stamp: stamp)
    }

    /// Builds a product of the package for the bare machine; the archive's path.
    private func build(_ product: String) async throws -> String {
        let scratch = project.build + "/kernel"
        try await programs.run(
            "swift",
            [
                "build", "-c", "release", "--package-path", project.root, "--scratch-path", scratch,
                "--triple", Self.triple, "--toolset", project.root + "/Toolsets/x86_64.json",
                "--explicit-target-dependency-import-check", "error", "--product", product,
            ])
        return "\(scratch)/\(Self.triple)/release/lib\(product).a"
    }

    private func package(kernel: String, loader: String) async throws {
        let work = project.build + "/package"
        let new = project.build + "/sysroot.new"
        for folder in [work, new] { try Files.remove(folder) }
        for folder in [work, new + "/lib", new + "/share/swift"] {
            try Files.createFolder(folder)
        }
        // The module map is for SwiftPM, which takes it from the package.
        let include = project.root + "/include"
        for header in try Files.tree(below: include) where header.hasSuffix(".h") {
            let copy = new + "/include/" + header
            try Files.createFolder(Files.folder(copy))
            try Files.write(try Files.read(include + "/" + header), to: copy)
        }
        let library = KernelLibrary(
            project: project, programs: programs, headers: new + "/include", work: work)
        try await library.make(from: kernel, at: new + "/lib/libhermit.a")
        try await LoaderPrograms(project: project, programs: programs, work: work)
            .make(from: loader, in: new + "/lib")
        try await programs.run(
            "clang",
            Compilation.flags + [
                "-I", new + "/include", "-c", project.root + "/Sources/Newlib/crt0.c", "-o",
                new + "/lib/crt0.o",
            ])
        try Files.write(
            SwiftToolset(sysroot: path, programs: programs).json,
            to: new + "/share/swift/toolset.json")
        try Files.createFolder(path)
        try Files.replace(path, with: new)
    }
}
