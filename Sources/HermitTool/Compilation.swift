import Foundation

/// A program in C: one file, or the files of a folder.
struct Compilation {
    let sysroot: Sysroot
    let sources: [String]
    /// Where objects and the image go.
    let folder: String

    static let flags = [
        "--target=" + Sysroot.triple, "-ffreestanding", "-O2", "-g", "-fPIE",
        "-ffunction-sections", "-fdata-sections", "-fno-omit-frame-pointer",
        "-mno-omit-leaf-frame-pointer",
    ]

    /// - Parameter target: A C file, or a folder of C files.
    init(_ target: String, sysroot: Sysroot) throws {
        self.sysroot = sysroot
        var isFolder: ObjCBool = false
        _ = unsafe FileManager.default.fileExists(atPath: target, isDirectory: &isFolder)
        if isFolder.boolValue {
            sources = try FileManager.default.contentsOfDirectory(atPath: target)
                .filter { $0.hasSuffix(".c") }.sorted().map { target + "/" + $0 }
        } else {
            sources = [target]
        }
        guard !sources.isEmpty else { throw ToolError("\(target): there is no C file in it") }
        let full = URL(fileURLWithPath: target).resolvingSymlinksInPath().path
        let name = full.replacing("/", with: "_")
        folder = sysroot.project.build + "/programs/" + name
    }

    private var inputs: Fingerprint {
        var inputs = Fingerprint()
        inputs.add("program 2 " + sysroot.programs.toolchain)
        for folder in Set(sources.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path })
            .sorted()
        {
            // Headers beside the sources count too.
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where name.hasSuffix(".h") {
                inputs.add(path: folder + "/" + name)
            }
        }
        for source in sources { inputs.add(path: source) }
        inputs.add(path: sysroot.library)
        inputs.add(path: sysroot.startFile)
        return inputs
    }

    /// Compiles and links what is out of date; the image's path.
    func make() async throws -> String {
        let image = folder + "/image"
        let stamp = folder + "/stamp"
        let inputs = inputs
        if inputs.matches(stamp: stamp) && FileManager.default.fileExists(atPath: image) {
            return image
        }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? FileManager.default.removeItem(atPath: stamp)
        var objects: [String] = []
        for (index, source) in sources.enumerated() {
            let object = "\(folder)/\(index).o"
            try await sysroot.programs.run(
                "clang",
                Self.flags + ["-I", sysroot.path + "/include", "-c", source, "-o", object])
            objects.append(object)
        }
        try await link(objects, to: image)
        try inputs.write(stamp: stamp)
        return image
    }

    private func link(_ objects: [String], to image: String) async throws {
        let listing = try await sysroot.programs.run(
            "llvm-nm", ["--format=posix", "--extern-only"] + objects)
        let symbols = SymbolTable(posixListing: listing)
        // A program with an entry of its own needs no start-up file.
        let start =
            symbols.defined.contains(PublicInterface.applicationEntry) ? [] : [sysroot.startFile]
        let new = image + ".new"
        try await sysroot.programs.run(
            "ld.lld",
            [
                "-pie", "--no-dynamic-linker", "-z", "text", "--gc-sections", "-e",
                PublicInterface.entry, "-o", new,
            ] + start + objects + [sysroot.library])
        try ImageFile.markAsHermit(new)
        try? FileManager.default.removeItem(atPath: image)
        try FileManager.default.moveItem(atPath: new, toPath: image)
    }
}
