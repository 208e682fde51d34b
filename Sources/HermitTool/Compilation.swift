/// A program in C: one file, or the files of a folder.
struct Compilation {
    let sysroot: Sysroot
    let sources: [String]
    /// Where objects and the image go.
    let folder: String

    static let flags = [
        "--target=" + Sysroot.triple, "-ffreestanding", "-O2", "-g", "-fPIE",
        "-ffunction-sections", "-fdata-sections",
    ]

    /// - Parameter target: A C file, or a folder of C files.
    init(_ target: String, sysroot: Sysroot) throws {
        self.sysroot = sysroot
        let path = Files.resolved(target)
        if Files.isFolder(path) {
            sources = try Files.names(in: path).filter { $0.hasSuffix(".c") }
                .map { path + "/" + $0 }
        } else {
            sources = [path]
        }
        guard !sources.isEmpty else { throw ToolError("\(target): there is no C file in it") }
        folder =
            sysroot.project.build + "/programs/" + Files.name(path) + "-" + Fingerprint.sum(path)
    }

    /// Compiles and links what is out of date; the image's path.
    func make() async throws -> String {
        try Files.createFolder(folder)
        var objects: [String] = []
        for source in sources { objects.append(try await compile(source)) }
        return try await link(objects)
    }

    private func compile(_ source: String) async throws -> String {
        let base = folder + "/" + Files.name(source)
        let object = base + ".o"
        let stamp = base + ".stamp"
        let dependencies = base + ".d"
        func inputs() -> Fingerprint {
            var inputs = Fingerprint()
            inputs.add(sysroot.programs.identity)
            inputs.add(Self.flags.joined(separator: " "))
            let rule = (try? Files.text(dependencies)) ?? ""
            for path in MakeRule.prerequisites(rule) { inputs.add(path: path) }
            return inputs
        }
        if Files.exists(object), Files.exists(dependencies), inputs().matches(stamp: stamp) {
            return object
        }
        try Files.remove(stamp)
        try await sysroot.programs.run(
            "clang",
            Self.flags + [
                "-MD", "-MF", dependencies, "-I", sysroot.path + "/include", "-c", source, "-o",
                object,
            ], showing: .warnings)
        try inputs().write(stamp: stamp)
        return object
    }

    private func link(_ objects: [String]) async throws -> String {
        let image = folder + "/image"
        let stamp = folder + "/image.stamp"
        var inputs = Fingerprint()
        inputs.add(sysroot.programs.identity)
        for path in objects + [sysroot.startFile, sysroot.library] { inputs.add(path: path) }
        if Files.exists(image), inputs.matches(stamp: stamp) { return image }

        try Files.remove(stamp)
        let listing = try await sysroot.programs.run(
            "llvm-nm", ["--format=posix", "--extern-only"] + objects)
        // A program with an entry of its own needs no start-up file.
        let hasEntry = SymbolTable(posixListing: listing).defined
            .contains(PublicInterface.applicationEntry)
        let new = image + ".new"
        try await sysroot.programs.run(
            "ld.lld",
            [
                "-pie", "--no-dynamic-linker", "-z", "text", "--gc-sections", "-e",
                PublicInterface.entry, "-o", new,
            ] + (hasEntry ? [] : [sysroot.startFile]) + objects + [sysroot.library],
            showing: .warnings)
        try ImageFile.check(new)
        try ImageFile.markAsHermit(new)
        try Files.move(new, to: image)
        try inputs.write(stamp: stamp)
        return image
    }
}
