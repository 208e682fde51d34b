import Foundation

/// The place that compilers and build systems point at: headers,
/// `libhermit.a` and the loader. What C programs need beside them is added by
/// `makeWithCLibrary`.
struct Sysroot {
    let project: Project
    let programs: Programs
    let isVerbose: Bool

    static let triple = "x86_64-unknown-none-elf"
    /// What the loader may be, in bytes.
    static let largestLoader = 65536

    var path: String { project.sysroot }
    var library: String { path + "/lib/libhermit.a" }
    /// What is linked with it (KernelSections).
    var linkerScript: String { path + "/lib/hermit.ld" }
    var startFile: String { path + "/lib/crt0.o" }
    var toolset: String { path + "/share/swift/toolset.json" }

    func loader(_ kind: LoaderKind) -> String {
        path + "/lib/hermit-loader-x86_64" + (kind == .multiboot ? "-multiboot" : "")
    }

    /// The same with its symbols.
    func linkedLoader(_ kind: LoaderKind) -> String {
        (project.isInstalled ? project.root : project.kernelBuild + "/package") + "/loader-" + kind.rawValue
    }

    private var kernelScratch: String { project.kernelBuild + "/kernel" }
    private var products: String { "\(kernelScratch)/\(Self.triple)/release" }

    /// Builds what is out of date.
    func make() async throws {
        if project.isInstalled { return }
        let lock = try BuildLock(project)
        defer { lock.release() }

        var inputs = Fingerprint()
        inputs.add("sysroot 3 " + programs.toolchain)
        for part in ["Sources", "include", "Toolsets", "Package.swift"] {
            inputs.add(path: project.root + "/" + part)
        }
        let stamp = project.kernelBuild + "/sysroot.stamp"
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: library) { return }
        try? FileManager.default.removeItem(atPath: stamp)

        try await Terminal.step("building the kernel and the loader") {
            for product in ["HermitKernelArchive", "HermitLoaderArchive"] {
                // SwiftPM adds to an archive, and leaves what has no source any more in it.
                try? FileManager.default.removeItem(atPath: "\(products)/lib\(product).a")
                try await programs.run(
                    "swift",
                    [
                        "build", "-c", "release", "--triple", Self.triple, "--toolset",
                        project.root + "/Toolsets/x86_64.json", "--product", product,
                        "--scratch-path", kernelScratch, "--package-path", project.root,
                        "--explicit-target-dependency-import-check", "error",
                    ] + project.kernel.options)
            }
        }
        try await package()
        try inputs.write(stamp: stamp)
    }

    // MARK: - Packaging

    private func package() async throws {
        let files = FileManager.default
        let new = project.kernelBuild + "/sysroot.new"
        try? files.removeItem(atPath: new)
        try files.createDirectory(atPath: new + "/lib", withIntermediateDirectories: true)
        try files.createDirectory(atPath: new + "/share/swift", withIntermediateDirectories: true)
        try files.copyItem(atPath: project.root + "/include", toPath: new + "/include")
        // These belong with newlib's, which come with the C library.
        try files.removeItem(atPath: new + "/include/newlib")

        let work = project.kernelBuild + "/package"
        try? files.removeItem(atPath: work)
        try files.createDirectory(atPath: work + "/gate", withIntermediateDirectories: true)
        try await makeLibrary(in: work, at: new + "/lib/libhermit.a", isTraced: false)
        try await makeLoaders(in: work, at: new + "/lib")
        try KernelSections.script.write(toFile: new + "/lib/hermit.ld", atomically: true, encoding: .utf8)
        let toolset = SwiftToolset(library: library, script: linkerScript, toolchain: programs.toolchain)
        try toolset.json.write(
            toFile: new + "/share/swift/toolset.json", atomically: true, encoding: .utf8)
        try SwiftSDK(toolset: toolset, version: project.version()).write(below: new + "/share/swift/sdks")

        try? files.removeItem(atPath: path)
        try files.moveItem(atPath: new, toPath: path)
    }

    /// Renames what is the kernel's own, puts the gate in front of what is
    /// everybody's, and makes one archive of both.
    ///
    /// - Parameter isTraced: The calls can be traced, those of leaves, too.
    func makeLibrary(in work: String, at library: String, isTraced: Bool) async throws {
        let archive = work + "/kernel.a"
        try FileManager.default.copyItem(
            atPath: products + "/libHermitKernelArchive.a", toPath: archive)
        let listing = try await programs.run("llvm-nm", ["--format=posix", "--extern-only", archive])
        let symbols = SymbolTable(posixListing: listing)
        let headers = try headerTexts()
        let interface = PublicInterface(headers: headers, symbols: symbols, isTraced: isTraced)
        let missing = symbols.missing.subtracting([PublicInterface.applicationEntry])
            .subtracting(PublicInterface.linkersOwn)
        guard missing.isEmpty else {
            throw ToolError("the kernel leaves undefined: \(missing.sorted().joined(separator: " "))")
        }
        try interface.renaming.write(toFile: work + "/renaming", atomically: true, encoding: .utf8)
        try interface.renamed.joined(separator: "\n").write(
            toFile: work + "/hidden", atomically: true, encoding: .utf8)
        try await programs.run(
            "llvm-objcopy",
            ["--redefine-syms=\(work)/renaming", archive])
        try await programs.run(
            "llvm-objcopy",
            ["--set-symbols-visibility=\(work)/hidden=hidden"] + interface.alignment + [archive])
        let sections = try await programs.run("llvm-objdump", ["-h", archive])
        try await programs.run(
            "llvm-objcopy", KernelSections.renaming(listing: sections) + [archive])

        // What a compiler may call at any time, for programs that bring none.
        var members: [String] = []
        for name in ["memcpy", "memmove", "memset", "memcmp"] {
            let object = "\(work)/gate/\(name).o"
            try await programs.run(
                "clang",
                [
                    "--target=" + Self.triple, "-c",
                    "\(project.root)/Sources/ApplicationMemory/\(name).S", "-o", object,
                ])
            members.append(object)
        }
        let functions = interface.functions
        for name in functions {
            let text =
                isTraced
                ? EntryGate.tracedAssembly(for: name, isLeaf: interface.leaves.contains(name))
                : EntryGate.assembly(for: name)
            try text.write(
                toFile: "\(work)/gate/\(name).s", atomically: true, encoding: .utf8)
        }
        if !functions.isEmpty {
            try await programs.run(
                "clang", ["--target=" + Self.triple, "-c"] + functions.map { $0 + ".s" },
                in: work + "/gate")
        }
        members += functions.map { "\(work)/gate/\($0).o" }
        if isTraced {
            members.append(try await traceTable(of: functions, headers: headers, in: work))
        }
        try await programs.run("llvm-ar", ["qcs", archive] + members)
        try FileManager.default.moveItem(atPath: archive, toPath: library)
    }

    private func headerTexts() throws -> [String] {
        let folder = project.root + "/include"
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        return try names.filter { $0.hasSuffix(".h") }.map {
            try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)
        }
    }

    private func makeLoaders(in work: String, at folder: String) async throws {
        let scripts = project.root + "/Sources/Loader/Entry/loader-"
        for kind in LoaderKind.allCases {
            let linked = "\(work)/loader-\(kind.rawValue)"
            let stripped =
                folder + "/hermit-loader-x86_64" + (kind == .multiboot ? "-multiboot" : "")
            try await programs.run(
                "ld.lld",
                [
                    "--gc-sections", "-T", scripts + kind.rawValue + ".ld", "--whole-archive",
                    products + "/libHermitLoaderArchive.a", "-o", linked,
                ])
            let format = kind == .multiboot ? ["-O", "elf32-i386"] : []
            try await programs.run(
                "llvm-objcopy", ["--strip-all"] + format + [linked, stripped])
            let size = try FileManager.default.attributesOfItem(atPath: stripped)[.size] as? Int
            guard let size, size <= Self.largestLoader else {
                throw ToolError("the loader is larger than \(Self.largestLoader) bytes")
            }
        }
    }
}

/// How a monitor starts the loader.
public enum LoaderKind: String, CaseIterable, Sendable {
    case pvh
    case multiboot
}
