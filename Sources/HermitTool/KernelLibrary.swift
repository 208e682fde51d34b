/// Makes `libhermit.a` of the kernel's objects.
///
/// One member for each module, so that a program keeps what it can reach;
/// outside of the ABI every name has the reserved prefix and is hidden.
struct KernelLibrary {
    let project: Project
    let programs: Programs
    /// Headers of the ABI, as the sysroot has them.
    let headers: String
    /// A folder for what lies in between.
    let work: String

    /// What a compiler may call at any time: also there for programs that bring none.
    private static let memoryFunctions = ["memcpy", "memmove", "memset", "memcmp"]

    /// - Parameters:
    ///   - kernel: The archive that SwiftPM made.
    ///   - library: Where `libhermit.a` goes.
    func make(from kernel: String, at library: String) async throws {
        try Files.createFolder(work)
        let archive = work + "/kernel.a"
        try Files.write(try Files.read(kernel), to: archive)
        let interface = try await completeInterface(of: archive)
        guard interface.missing.isEmpty else {
            throw ToolError(
                "the kernel leaves undefined: \(interface.missing.joined(separator: " "))")
        }
        try Files.write(interface.renaming, to: work + "/renaming")
        try Files.write(interface.renamed, to: work + "/hidden")
        // In two runs: visibility is set by the new names.
        try await programs.run("llvm-objcopy", ["--redefine-syms=\(work)/renaming", archive])
        try await programs.run(
            "llvm-objcopy",
            ["--set-symbols-visibility=\(work)/hidden=hidden", "--strip-debug", archive])

        var members = try await assembleGates(interface.functions)
        for name in Self.memoryFunctions {
            let object = "\(work)/\(name).o"
            try await programs.run(
                "clang",
                Compilation.flags + [
                    "-g0", "-c", "\(project.root)/Sources/CMemory/\(name).S", "-o", object,
                ])
            members.append(object)
        }
        try await programs.run("llvm-ar", ["qcsD", archive] + members)
        try Files.move(archive, to: library)
    }

    /// The kernel's interface; Unicode tables are added to the archive when it needs them.
    private func completeInterface(of archive: String) async throws -> PublicInterface {
        let texts = try Files.tree(below: headers).filter { $0.hasSuffix(".h") }
            .map { try Files.text(headers + "/" + $0) }
        let interface = PublicInterface(headers: texts, symbols: try await symbols(of: archive))
        let tables = SwiftToolset.unicodeTables(programs)
        guard !interface.missing.isEmpty, Files.exists(tables),
            !(try await symbols(of: tables)).defined.isDisjoint(with: interface.missing)
        else { return interface }
        let folder = work + "/tables"
        try Files.createFolder(folder)
        try await programs.run("llvm-ar", ["x", tables], in: folder)
        try await programs.run(
            "llvm-ar", ["qcsD", archive] + Files.names(in: folder).map { folder + "/" + $0 })
        return PublicInterface(headers: texts, symbols: try await symbols(of: archive))
    }

    private func symbols(of archive: String) async throws -> SymbolTable {
        SymbolTable(
            posixListing: try await programs.run(
                "llvm-nm", ["--format=posix", "--extern-only", archive]))
    }

    /// An object for each function's gate; their paths.
    private func assembleGates(_ functions: [String]) async throws -> [String] {
        if functions.isEmpty { return [] }
        let folder = work + "/gates"
        try Files.createFolder(folder)
        for name in functions {
            try Files.write(EntryGate.assembly(for: name), to: "\(folder)/\(name).s")
        }
        try await programs.run(
            "clang", ["--target=" + Sysroot.triple, "-c"] + functions.map { $0 + ".s" }, in: folder)
        return functions.map { "\(folder)/\($0).o" }
    }
}
