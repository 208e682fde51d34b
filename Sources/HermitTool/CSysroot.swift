import Foundation

/// The part of the sysroot that C and C++ programs need: newlib's headers and
/// libraries, the start-up file, and the compiler's side.
extension Sysroot {
    var cLibrary: String { path + "/lib/libc.a" }
    var compilerConfiguration: String { path + "/share/clang/x86_64-hermit.cfg" }

    /// What `Sources/Newlib` is compiled with.
    private static let shimFlags = [
        "-std=gnu23", "-Wall", "-Wextra", "-Werror", "-O2", "-ffunction-sections",
        "-fdata-sections",
    ]

    /// Builds what is out of date of the whole sysroot.
    func makeWithCLibrary() async throws {
        try await CLibrary.install(project)
        try await make()
        let lock = try BuildLock(project)
        defer { lock.release() }
        let newlib = CLibrary(project: project, programs: programs)
        try await newlib.make()

        var inputs = Fingerprint()
        inputs.add("C 1 " + programs.toolchain + " " + Self.shimFlags.joined(separator: " "))
        inputs.add(CompilerDrivers(toolchain: programs.toolchain).files.description)
        inputs.add(path: newlib.stamp)
        inputs.add(path: project.root + "/Sources/Newlib")
        inputs.add(path: library)
        // In the sysroot: when that is made anew, this part is too.
        let stamp = path + "/share/hermit/c-library.stamp"
        if inputs.matches(stamp: stamp) { return }
        try? FileManager.default.removeItem(atPath: stamp)
        try await install(newlib)
        try FileManager.default.createDirectory(
            atPath: path + "/share/hermit", withIntermediateDirectories: true)
        try inputs.write(stamp: stamp)
    }

    private func install(_ newlib: CLibrary) async throws {
        let files = FileManager.default
        let include = path + "/include"
        try CLibrary.copy(newlib.headers, over: include)
        try files.createDirectory(
            atPath: path + "/share/licenses/newlib", withIntermediateDirectories: true)
        try replace(path + "/share/licenses/newlib/COPYING.NEWLIB", with: newlib.licence)
        try CompilerDrivers(toolchain: programs.toolchain).write(into: path)

        // The compiler's helper functions: 128-bit division, complex products
        // and so on. The toolchain's are for any x86-64 ELF system.
        let resources = try await programs.run("clang", ["-print-resource-dir"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try replace(
            path + "/lib/libclang_rt.builtins.a",
            with: resources + "/lib/linux/libclang_rt.builtins-x86_64.a")

        let work = project.build + "/shim"
        try? files.removeItem(atPath: work)
        try files.createDirectory(atPath: work, withIntermediateDirectories: true)
        let folder = project.root + "/Sources/Newlib"
        let names = try files.contentsOfDirectory(atPath: folder).sorted()
        let c = names.filter { $0.hasSuffix(".c") }
        let cxx = names.filter { $0.hasSuffix(".cpp") }
        let common = ["--config=" + compilerConfiguration, "-c"]
        try await programs.run(
            "clang", common + Self.shimFlags + c.map { folder + "/" + $0 }, in: work)
        try await programs.run(
            "clang",
            common + Self.shimFlags.filter { !$0.hasPrefix("-std") } + ["-std=gnu++20"]
                + cxx.map { folder + "/" + $0 }, in: work)
        let objects = (c + cxx).map {
            work + "/" + URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent + ".o"
        }
        let archive = work + "/libc.a"
        try files.copyItem(atPath: newlib.libraries + "/libc.a", toPath: archive)
        try await programs.run("llvm-ar", ["qcs", archive] + objects)
        try replace(path + "/lib/libm.a", with: newlib.libraries + "/libm.a")
        try replace(cLibrary, with: archive)

        let start = work + "/crt0.o"
        try await programs.run("clang", common + [folder + "/crt0.S", "-o", start])
        try ImageFile.markAsHermit(start)
        try replace(startFile, with: start)
    }

    private func replace(_ target: String, with source: String) throws {
        try? FileManager.default.removeItem(atPath: target)
        try FileManager.default.copyItem(atPath: source, toPath: target)
    }
}
