import Foundation

/// The part of the sysroot that programs are linked with whose calls can be
/// traced: the same library, with gates that say what passes through them.
extension Sysroot {
    /// The folder of the `libhermit.a` that takes the place of the other one.
    var tracedLibraryFolder: String { path + "/lib/traced" }
    var tracedToolset: String { path + "/share/swift/toolset-traced.json" }

    /// What programs are linked with.
    func library(isTraced: Bool) -> String {
        isTraced ? tracedLibraryFolder + "/libhermit.a" : library
    }

    func toolset(isTraced: Bool) -> String { isTraced ? tracedToolset : toolset }

    /// Builds what is out of date of it; the rest of the sysroot is there.
    func makeTraced() async throws {
        if project.isInstalled { return }
        let lock = try BuildLock(project)
        defer { lock.release() }
        let library = library(isTraced: true)
        var inputs = Fingerprint()
        inputs.add("traced 1 " + programs.toolchain)
        inputs.add(path: self.library)
        // In the sysroot: when that is made anew, this part is too.
        let stamp = tracedLibraryFolder + "/stamp"
        if inputs.matches(stamp: stamp) { return }

        let files = FileManager.default
        let work = project.kernelBuild + "/package-traced"
        try? files.removeItem(atPath: work)
        try files.createDirectory(atPath: work + "/gate", withIntermediateDirectories: true)
        try? files.removeItem(atPath: tracedLibraryFolder)
        try files.createDirectory(atPath: tracedLibraryFolder, withIntermediateDirectories: true)
        try await Terminal.step("building the library that traces") {
            try await makeLibrary(in: work, at: library, isTraced: true)
        }
        try SwiftToolset(library: library, script: linkerScript, toolchain: programs.toolchain).json.write(
            toFile: tracedToolset, atomically: true, encoding: .utf8)
        try inputs.write(stamp: stamp)
    }

    /// The tables of what is traced, as an object; its path.
    func traceTable(of functions: [String], headers: [String], in work: String) async throws -> String {
        let table = try TraceTable(headers: headers, functions: functions)
        let source = work + "/trace_table.c"
        try table.text.write(toFile: source, atomically: true, encoding: .utf8)
        try await programs.run(
            "clang",
            [
                "--target=" + Self.triple, "-ffreestanding", "-fPIE", "-fdata-sections", "-O2", "-c",
                "-I", project.root + "/Sources/CMachine/include", source, "-o",
                work + "/trace_table.o",
            ])
        return work + "/trace_table.o"
    }
}
